"""The pictures of figures and cities."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image

import make
from impact.models import Metric
from impact.sharing import city_card, figure_card
from nnsc.front.loading import load_content
from nnsc.publishing import State
from nnsc.sharing import site_image
from reading import HTML, parse

pytestmark = pytest.mark.django_db


def metas(client, address):
    return {
        meta.get("property"): meta.get("content")
        for meta in parse(client.get(address)).iter(f"{HTML}meta")
        if meta.get("property")
    }


def picture(client, address):
    url = metas(client, address)["og:image"]
    assert url.startswith("http://localhost:8000/share/")
    return url.removeprefix("http://localhost:8000")


def test_a_figure_is_shared_with_its_number_its_place_its_years_and_its_study(client):
    metric = make.metric(
        outcome="youth homicide",
        city=make.city("Boston", state="MA"),
        program=make.program("Ceasefire"),
        citation=make.citation(authors="Braga, A. A.", year=2001, title="Why"),
    )

    shared = metas(client, metric.get_absolute_url())

    assert shared["og:image:alt"] == (
        "42% reduction in youth homicide. Boston, MA, 1997–2002. Ceasefire. "
        "Braga, A. A. (2001). Why"
    )
    assert (shared["og:image:width"], shared["og:image:height"]) == ("1200", "630")
    response = client.get(picture(client, metric.get_absolute_url()))
    assert response["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(response.content)) as image:
        assert image.size == (1200, 630)


def test_where_nothing_clearly_changed_there_is_no_number():
    card = figure_card(make.metric(direction="unchanged", value_low=4, value_high=4))

    assert (card.number, card.title) == ("", "no clear change in gun homicide")


def test_what_changes_a_figure_changes_the_address_of_its_picture(client):
    metric = make.metric(city=make.city("Boston"))
    page = metric.get_absolute_url()
    before = picture(client, page)

    Metric.objects.update(staff_note="seen by nobody")
    assert picture(client, page) == before
    Metric.objects.update(value_low=41)
    after = picture(client, page)

    assert after != before
    moved = client.get(before)
    assert (moved.status_code, moved["Location"]) == (302, after)


def test_what_is_not_live_has_no_picture(client):
    metric = make.metric()
    address = picture(client, metric.get_absolute_url())
    for hidden in [
        {"state": State.WITHDRAWN},
        {"state": State.DRAFT, "listed_under_review": True},
        {
            "state": State.PUBLISHED,
            "goes_live_at": timezone.now() + timedelta(hours=1),
        },
    ]:
        Metric.objects.update(**hidden)
        assert client.get(address).status_code == 404
    # Caches let go of it on the next day.
    Metric.objects.update(state=State.PUBLISHED, goes_live_at=timezone.now())
    assert client.get(address)["Cache-Control"] == "public, max-age=86400"


def test_a_figure_under_review_is_shared_as_the_site_is(client):
    metric = make.metric_under_review(value_low="71.7", value_high="71.7")

    shared = metas(client, metric.get_absolute_url())

    assert shared["og:image"] == site_image().url
    assert "71.7" not in " ".join(shared.values())


def test_a_city_is_shared_with_its_first_figures(client):
    chicago = make.city("Chicago", state="IL")
    for value in (10, 20, 30, 40, 50):
        make.metric(city=chicago, value_low=value, value_high=value)
    make.metric_under_review(city=chicago, value_low="71.7", value_high="71.7")

    shared = metas(client, "/cities/chicago/")

    figure = "reduction in gun homicide, 1997–2002 (Doe & Roe 2008)"
    assert shared["og:image:alt"] == (
        f"Chicago. Illinois, and 2 more figures. 10% {figure}. 20% {figure}. "
        f"30% {figure}"
    )
    response = client.get(picture(client, "/cities/chicago/"))
    assert response["Content-Type"] == "image/png"


def test_a_city_without_figures_is_shared_with_its_programs():
    card = city_card(make.city("Gary", state="IN"), [], [make.program("Group Work")])

    assert card.alt == "Gary. Indiana. Group Work"


def test_no_picture_of_the_first_content_has_a_number_that_is_under_review(client):
    load_content()
    for metric in Metric.objects.under_review().select_related("city"):
        for address in [metric.get_absolute_url(), metric.city.get_absolute_url()]:
            alt = metas(client, address)["og:image:alt"]
            live = Metric.objects.live().filter(city=metric.city).exists()
            assert live or "%" not in alt


@pytest.mark.parametrize("address", ["/", "/news/", "/impact/", "/about/", "/nothing/"])
def test_every_other_page_is_shared_as_the_site_is(client, address):
    assert metas(client, address)["og:image"] == site_image().url


def test_pictures_ask_the_database_little(client, django_assert_max_num_queries):
    city = make.city("Chicago")
    metrics = [make.metric(city=city, program=make.program()) for _ in range(5)]
    figure_address = picture(client, metrics[0].get_absolute_url())
    city_address = picture(client, "/cities/chicago/")

    with django_assert_max_num_queries(1):
        client.get(figure_address)
    with django_assert_max_num_queries(3):
        client.get(city_address)
