"""What was corrected, as readers find it: the page, the feeds, earlier versions."""

import json

import pytest
from django.core.exceptions import ValidationError

import make
from impact.models import Metric
from nnsc.publishing import State
from reading import HTML, headings, links, main, parse, text

pytestmark = pytest.mark.django_db


# What readers find


def test_the_page_lists_all_the_newest_first(client, metric):
    make.correction(metric, note="It was <b>misread</b>.\n\nSee https://example.org/.")
    make.correction(metric, note="The study was retracted.", state=State.WITHDRAWN)

    page = client.get("/corrections/")

    assert headings(page) == ["Reduction in gun homicide · Boston"] * 2
    said = main(page)
    assert said.index("Withdrawn") < said.index("Corrected")
    assert "Before: fell by 42% Now: fell by 40%" in said
    assert "It was <b>misread</b>." in said
    assert "The study was retracted. It said: 40% reduction in gun homicide" in said
    assert f"/impact/{metric.pk}.json?version=1" in links(page)
    alternates = [
        link.get("href")
        for link in parse(page).iter(f"{HTML}link")
        if link.get("rel") == "alternate"
    ]
    assert alternates == ["/corrections/feed.atom", "/corrections/feed.json"]


def test_before_the_first_the_page_says_so(client):
    assert "No figure has been corrected" in main(client.get("/corrections/"))
    assert client.get("/corrections/feed.json").json()["items"] == []
    for page in ("abc", "-1", "99999"):
        assert client.get("/corrections/", {"page": page}).status_code == 200


def test_its_pages_take_as_many_queries_for_fifty_as_for_one(
    client, django_assert_num_queries
):
    addresses = {"/corrections/": 3, "/corrections/feed.atom": 2}
    metrics = [make.metric(program=make.program()) for _ in range(3)]
    make.correction(metrics[0])
    for address in addresses:
        client.get(address)
    for address, n_queries in addresses.items():
        with django_assert_num_queries(n_queries):
            client.get(address)
    for metric in metrics:
        for value in range(10):
            make.correction(metric, value_low=value, value_high=value)
    for address, n_queries in addresses.items():
        client.get(address)
        with django_assert_num_queries(n_queries):
            client.get(address)
    assert "Page 1 of 2" in main(client.get("/corrections/"))


@pytest.mark.parametrize("form", ["atom", "json"])
def test_the_feed_has_the_note_and_what_was_changed(client, metric, form):
    correction = make.correction(metric, note="It was misread.")

    answer = client.get(f"/corrections/feed.{form}")

    said = answer.content.decode()
    assert f"correction/{correction.pk}" in said
    assert f"/corrections/#correction-{correction.pk}" in said
    assert "Corrected: reduction in gun homicide · Boston" in said
    assert "It was misread." in said
    assert "fell by 42%" in said
    assert client.get(f"/corrections/feed.{form}?x=1").status_code == 400


def test_the_page_of_the_figure_shows_its_history(client, metric):
    page = client.get(metric.get_absolute_url())
    assert "its study have not been changed." in main(page)

    make.correction(metric, note="It was misread.")
    page = client.get(metric.get_absolute_url())
    assert "History of changes Corrected" in main(page)
    assert "Before: fell by 42% Now: fell by 40%" in main(page)
    assert f"/impact/{metric.pk}.json?version=1" in links(page)
    assert "/corrections/" in links(page)


def test_the_page_of_a_withdrawn_figure_says_why(client, metric):
    make.correction(metric, note="It was retracted.", state=State.WITHDRAWN)

    page = client.get(metric.get_absolute_url())
    assert page.status_code == 410
    assert "It was retracted." in main(page)


# Versions


def version(client, metric, number):
    return client.get(f"/impact/{metric.pk}.json", {"version": number})


def test_earlier_versions_stay_at_their_addresses(client, metric):
    make.rating(metric, rating="Effective")
    make.correction(metric, value_low=40, value_high=40)
    make.correction(metric, year_to=2003)

    (first,) = version(client, metric, 1).json()["items"]
    assert (first["value_low"], first["year_to"]) == (42, 2002)
    assert first["status"] == "superseded"
    assert first["ratings"][0]["rating"] == "Effective"
    second = version(client, metric, 2).json()
    assert second["items"][0]["value_low"] == 40
    assert second["ended_by"]["changes"] == [
        {"name": "years", "was": "1997–2002", "now": "1997–2003"}
    ]
    now = client.get(f"/impact/{metric.pk}.json").json()
    assert now["version"] == 3
    assert [one["ended_version"] for one in now["corrections"]] == [1, 2]
    assert version(client, metric, 3).json() == now
    assert version(client, metric, 4).status_code == 404


@pytest.mark.parametrize(
    "number, status",
    [
        *[(number, 404) for number in ("0", "2", "999999")],
        *[(number, 400) for number in ("-1", "abc", "", "9" * 40, "١")],
        ("1", 200),
    ],
)
def test_a_version_that_never_was_is_not_found(client, metric, number, status):
    assert version(client, metric, number).status_code == status
    assert client.get(f"/impact/{metric.pk}.csv", {"version": 1}).status_code == 400


def test_a_draft_is_never_a_version(client, metric):
    make.correction(metric, note="It is read anew.", state=State.DRAFT)
    Metric.objects.update(value_low=77, value_high=77, listed_under_review=True)
    metric = Metric.objects.get()
    metric.value_low = metric.value_high = 78
    metric.save()
    make.correction(metric, note="Read anew.", state=State.PUBLISHED)

    (first,) = version(client, metric, 1).json()["items"]
    assert first["value_low"] == 42
    assert version(client, metric, 2).json()["items"][0]["value_low"] == 78
    assert "77" not in client.get("/corrections/").content.decode()


def test_a_withdrawn_figure_keeps_its_versions(client, metric):
    make.correction(metric, note="It was retracted.", state=State.WITHDRAWN)

    assert client.get(f"/impact/{metric.pk}.json").status_code == 410
    said = version(client, metric, 1).json()
    assert said["items"][0]["value_low"] == 42
    assert said["ended_by"]["note"] == "It was retracted."
    assert version(client, metric, 2).status_code == 410


def test_under_review_no_number_is_shown_from_before_or_since(client, metric):
    note = "It was 42, and is 717171717."
    make.correction(metric, note=note, value_low=71, value_high=71)
    metric.refresh_from_db()
    metric.correction_note = "The table gives 71, and we doubt it."
    metric.state, metric.listed_under_review = State.DRAFT, True
    with pytest.raises(ValidationError, match="this note names one"):
        metric.save()
    metric.correction_note = "Its authors have corrected the table (2026)."
    metric.save()

    addresses = [
        *["/corrections/", "/corrections/feed.atom", "/corrections/feed.json"],
        *[f"/impact/{metric.pk}.json", metric.get_absolute_url(), "/impact/"],
        *[f"/impact/{metric.pk}.json?version={number}" for number in (1, 2, 3)],
    ]
    for address in addresses:
        said = client.get(address).content.decode()
        for number in ("42%", "71%", "717171717", '"value_low": 4', '"value_low": 7'):
            assert number not in said, (address, number)
    for number in (1, 2):
        assert version(client, metric, number).status_code == 404
    listed = main(client.get("/corrections/"))
    assert "Its authors have corrected the table (2026)." in listed
    assert "under review now, so no number of it is shown" in listed
    assert "corrected the table" in main(client.get(metric.get_absolute_url()))
    (taken, corrected) = json.loads(client.get("/corrections/feed.json").content)[
        "items"
    ]
    assert "misread" not in corrected["content_html"]
    assert "2026" in taken["content_html"]
    correction = metric.corrections.latest("id")
    correction.note = "It was 71."
    with pytest.raises(ValidationError, match="this note names one"):
        correction.full_clean()

    make.correction(metric, note="Read anew.", state=State.PUBLISHED)
    assert note in main(client.get("/corrections/"))
    assert version(client, metric, 1).status_code == 200


def test_the_footer_of_every_page_leads_there(client):
    footer = parse(client.get("/")).find(f".//{HTML}footer")

    assert "Corrections" in text(footer)
