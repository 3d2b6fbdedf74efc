"""The page of one figure, with its evidence and what is near it."""

import re

import pytest

import make
from impact.models import Metric
from nnsc.front.loading import load_content
from nnsc.publishing import State
from reading import HTML, headings, links, main, parse, text, titles

pytestmark = pytest.mark.django_db


def page_of(client, metric):
    page = client.get(metric.get_absolute_url())
    assert page.status_code == 200
    return page


def facts(page):
    """Return what the card says, by what it calls it."""
    terms, details = (
        [text(part) for part in parse(page).iter(f"{HTML}{name}")]
        for name in ("dt", "dd")
    )
    return dict(zip(terms, details, strict=True))


def test_a_figure_stands_with_all_its_evidence(client):
    metric = make.metric(
        headline="reduction in youth homicide",
        outcome="youth homicide",
        city=make.city("Boston", state="MA"),
        city_inferred=True,
        program=make.program("Operation Ceasefire"),
        scope="victims aged 24 and under",
        comparison="other large cities",
        design_details="one-group interrupted time series",
        citation=make.citation(
            authors="Braga, A. A.", year=2001, title="Problem & policing"
        ),
        verified_where="National Research Council (2005), p. 238",
        verified_on="2026-02-03",
        caveats="Weak design.\nToo few incidents for strong conclusions.",
        other_readings="35%: raw change, CEBCP",
    )

    page = page_of(client, metric)

    assert headings(page, "h1") == ["42% reduction in youth homicide"]
    words = main(page)
    for said in [
        "42% reduction in youth homicide Boston, MA, 1997–2002",
        "Operation Ceasefire was associated with a 42% reduction",
        "Weak design.",
        "Too few incidents for strong conclusions.",
        "35%: raw change, CEBCP",
    ]:
        assert said in words
    assert facts(page) == {
        "Change": "youth homicide: fell by 42%",
        "Counts": "victims aged 24 and under",
        "City": "Boston, MA (inferred: the network’s own line names no city)",
        "Program": "Operation Ceasefire",
        "Years": "1997–2002",
        "Compared with": "other large cities",
        "Interval": "no interval reported in the sources we read",
        "Study design": "Time series. Many months before and after the start were "
        "compared, to see whether their course changed. In the study’s words: "
        "one-group interrupted time series.",
        "Citation": "Braga, A. A. (2001). Problem & policing.",
        "Checked": "Confirmed, February 3, 2026. National Research Council (2005), "
        "p. 238",
    }
    assert {"/cities/boston/", "/programs/operation-ceasefire/"} <= set(links(page))


def test_what_is_not_known_is_said_and_not_left_out(client):
    metric = make.metric(interval_not_reported=False, interval_low=5, interval_high=60)

    page = page_of(client, metric)

    said = facts(page)
    assert said["Interval"] == "5% to 60%"
    assert said["Compared with"] == "not stated in the sources we read"
    assert said["Checked"] == "Confirmed; the day was not kept."
    assert "Independent ratings We know of none." in main(page)
    assert "which does not mean that there are none." in main(page)


def test_ratings_that_disagree_stand_side_by_side(client):
    load_content()
    metric = Metric.objects.get(outcome="shootings")

    page = page_of(client, metric)

    ratings = [text(li) for li in parse(page).iter() if li.get("class") == "rating"]
    assert ratings == [
        "CrimeSolutions (NIJ) No Effects - one study November 21, 2018",
        "CEBCP Evidence-Based Policing Matrix Effective; moderately rigorous",
    ]
    assert "Where they disagree, all of them stand here" in main(page)


@pytest.mark.parametrize(
    "direction,numeral,change",
    [
        ("fell", "42%", "gun homicide: fell by 42%"),
        ("rose", "42%", "gun homicide: rose by 42%"),
        ("unchanged", "No clear change", "gun homicide: no clear change (42%)"),
    ],
)
def test_its_direction_is_in_words(client, direction, numeral, change):
    page = page_of(client, make.metric(direction=direction))

    (large,) = [
        text(element)
        for element in parse(page).iter()
        if element.get("class", "").startswith("numeral ")
        or element.get("class") == "numeral"
    ]
    assert large == numeral
    assert facts(page)["Change"] == change


def test_a_former_slug_leads_to_the_page_in_one_hop(client):
    metric = make.metric(outcome="gun homicide", city=make.city("Boston"))
    address = metric.get_absolute_url()
    assert address == f"/impact/{metric.pk}-gun-homicide-boston/"

    Metric.objects.filter(pk=metric.pk).update(outcome="shootings")
    moved = client.get(address)

    assert moved.status_code == 301
    assert moved["Location"] == f"/impact/{metric.pk}-shootings-boston/"
    assert client.get(moved["Location"]).status_code == 200


@pytest.mark.parametrize("outcome", ["銃", "%&/", "Tötung " * 60, "x" * 120])
def test_any_outcome_has_an_address(client, outcome):
    metric = make.metric(outcome=outcome[:120], city=None, program=make.program("%"))

    assert len(metric.get_absolute_url()) < 110
    assert outcome.split()[0] in main(page_of(client, metric))


def test_a_withdrawn_figure_says_so_without_its_number_and_leads_on(client):
    metric = make.metric(state=State.WITHDRAWN, value_low="61.7", value_high="61.7")

    for slug in [metric.slug, "other"]:
        page = client.get(f"/impact/{metric.pk}-{slug}/")
        assert page.status_code == 410
        assert "This figure was withdrawn" in main(page)
        assert "61.7" not in page.content.decode()
        assert "/impact/" in links(page)


@pytest.mark.parametrize("pk", [10**9, 10**30])
def test_a_figure_that_never_was_is_not_found(client, pk):
    assert client.get(f"/impact/{pk}-x/").status_code == 404


def test_a_figure_that_is_not_shown_is_not_found(client):
    draft = make.metric_under_review(listed_under_review=False)
    later = make.metric(goes_live_at="2999-01-01T00:00Z")

    for metric in [draft, later]:
        assert client.get(metric.get_absolute_url()).status_code == 404


def test_a_figure_under_review_has_a_page_and_no_number(client):
    metric = make.metric_under_review(
        headline="reduction in gun assaults",
        outcome="secret 77.7",
        city=make.city("Lowell", state="MA"),
        program=make.program("Safe Neighborhoods"),
        value_low="71.7",
        value_high="77.7",
        year_from=1971,
        year_to=1977,
        caveats="A case study reports 28% fewer.",
        verified_where="p. 77.7",
    )
    make.rating(metric, rating="77.7 points")

    page = page_of(client, metric)

    words = main(page)
    assert "Figure under review Reduction in gun assaults" in words
    assert "no number stands here" in words
    assert {"/cities/lowell/", "/programs/safe-neighborhoods/"} <= set(links(page))
    assert not re.search(r"7[17]\.7|197[17]|28%|secret", page.content.decode())
    assert metric.slug == "reduction-in-gun-assaults-lowell"


def test_a_draft_that_lacks_nothing_shows_the_public_no_number_yet(client):
    metric = make.metric(
        city=make.city("Boston"), state=State.DRAFT, listed_under_review=True
    )
    assert not metric.missing_for_publishing()

    words = main(page_of(client, metric))

    assert "Figure under review" in words
    assert "42%" not in words


def test_the_figures_without_a_value_show_no_number_on_their_pages(client):
    load_content()
    for metric in Metric.objects.under_review():
        words = main(page_of(client, metric)).replace(metric.headline, "")
        own = words.partition("Other figures")[0]
        assert "%" not in own


def test_its_neighbours_are_the_other_figures_of_its_city_and_program(client):
    chicago, safe = make.city("Chicago"), make.program("Safe Neighborhoods")
    metric = make.metric(city=chicago, program=safe, headline="its own line")
    make.metric(city=chicago, headline="same city")
    make.metric(program=safe, headline="same program")
    make.metric(headline="elsewhere")
    make.metric_under_review(program=safe, headline="under review there")
    make.metric(city=chicago, headline="withdrawn", state=State.WITHDRAWN)

    page = page_of(client, metric)

    others = headings(page, "h3")
    assert others == ["same city", "same program", "Figures under review"]
    assert "under review there" in main(page)


def test_a_figure_without_a_program_has_none_of_those_that_lack_one_too(client):
    metric = make.metric(city=make.city())
    make.metric(headline="elsewhere")

    assert "elsewhere" not in main(page_of(client, metric))


def test_related_news_are_of_its_city_and_about_its_program_where_there_are_such(
    client,
):
    chicago, trust = make.city("Chicago"), make.tag("Trust")
    program = make.program("Trust Building", tag=trust)
    metric = make.metric(city=chicago, program=program)
    make.article(title="City", cities=[chicago])
    make.article(title="Program", tags=[trust])
    make.article(title="Neither")

    assert titles(page_of(client, metric)) == ["Program", "City"]
    make.article(title="Both", cities=[chicago], tags=[trust])
    assert titles(page_of(client, metric)) == ["Both"]


def test_old_links_to_a_place_on_the_page_of_all_figures_still_find_it(client):
    metric, under_review = make.metric(), make.metric_under_review()

    ids = {element.get("id") for element in parse(client.get("/impact/")).iter()}

    assert {f"figure-{metric.pk}", f"figure-{under_review.pk}"} <= ids


def test_its_queries_do_not_grow(client, django_assert_max_num_queries):
    city, program = make.city("Chicago"), make.program("P", tag=make.tag("Trust"))
    metrics = [make.metric(city=city, program=program) for _ in range(7)]
    for metric in metrics:
        make.rating(metric)
        make.metric_under_review(city=city, program=make.program())
        make.article(cities=[city], tags=[make.tag()])
    client.get(metrics[0].get_absolute_url())  # which makes this process's index

    with django_assert_max_num_queries(9):
        page_of(client, metrics[0])
