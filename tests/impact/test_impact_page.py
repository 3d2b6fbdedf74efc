import re

import pytest

import make
from nnsc.editions import current_edition
from reading import HTML, links, main, parse, text

pytestmark = pytest.mark.django_db


def test_a_figure_stands_with_all_its_evidence(client):
    metric = make.metric(
        headline="reduction in youth homicide",
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
        caveats="Weak design.\nToo few incidents for strong conclusions.",
        other_readings="35%: raw change, CEBCP",
    )
    make.rating(metric, rating="No Effects - one study")
    make.rating(metric, body="CEBCP", rating="Effective", dated="2021-04-23")

    words = main(client.get("/impact/"))

    for said in [
        "42%",
        "reduction in youth homicide",
        "Operation Ceasefire was associated with a 42% reduction",
        "Boston, MA (inferred",
        "victims aged 24 and under",
        "1997–2002",
        "other large cities",
        "one-group interrupted time series",
        "no interval reported in the sources we read",
        "Braga, A. A. (2001). Problem & policing.",
        "National Research Council (2005), p. 238",
        "CrimeSolutions (NIJ): No Effects - one study",
        "CEBCP: Effective (April 23, 2021)",
        "Weak design.",
        "Too few incidents for strong conclusions.",
        "35%: raw change, CEBCP",
    ]:
        assert said in words


def test_a_figure_under_review_shows_its_line_and_no_number(client):
    boston = make.city("Boston")
    program = make.program("Ceasefire", cities=[boston])
    make.metric_under_review(
        headline="reduction in gun assaults",
        city=boston,
        program=program,
        value_low=71,
        value_high=77,
        caveats="A case study reports 28% fewer.",
        other_readings="61%: the university",
    )

    for address in ["/", "/impact/", "/cities/boston/", "/programs/ceasefire/"]:
        page = client.get(address)
        assert "reduction in gun assaults" in main(page)
        assert not re.search("71|77|28%|61%", page.content.decode())


def test_a_draft_that_is_not_listed_is_not_shown(client):
    make.metric_under_review(headline="secret change", listed_under_review=False)

    assert "secret change" not in main(client.get("/impact/"))
    assert "No figure has been confirmed at its source yet." in main(
        client.get("/impact/")
    )


def test_every_percentage_on_a_page_belongs_to_a_figure_with_its_citation(client):
    make.metric()

    for address in ["/", "/impact/"]:
        for numeral in parse(client.get(address)).iter(f"{HTML}article"):
            words = text(numeral)
            assert "%" not in words or "What the letters changed" in words


def test_the_chart_says_in_its_cells_what_it_draws(client):
    make.metric(
        city=make.city("Boston"),
        value_low=35,
        value_high=45,
        outcome="gun homicide",
    )

    tree = parse(client.get("/impact/"))
    table = tree.find(f".//{HTML}table")
    bar, whisker = [
        element for element in table.iter() if element.tag.endswith("}rect")
    ]

    assert "gun homicideBoston, 1997–2002. Doe & Roe 2008 −35–45% Fell" in text(table)
    assert bar.get("width") == "40.0"
    assert (whisker.get("x"), whisker.get("width")) == ("35.0", "10.0")


def test_a_count_has_no_place_on_a_scale_of_percent(client):
    make.metric(value_low=300, value_high=300, unit="count")

    page = client.get("/impact/")

    assert "300" in main(page)
    assert parse(page).find(f".//{HTML}table") is None


def test_figures_come_in_the_order_that_staff_gave_them(client):
    make.metric(headline="second", position=2)
    make.metric(headline="first", position=1)

    words = main(client.get("/impact/"))

    assert words.index("first") < words.index("second")


def test_a_figure_leads_to_its_city_and_program(client):
    make.metric(city=make.city("Boston"), program=make.program("Ceasefire"))

    assert {"/cities/boston/", "/programs/ceasefire/"} <= set(
        links(client.get("/impact/"))
    )


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    for _ in range(8):
        make.rating(make.metric(program=make.program()))
        make.metric_under_review(program=make.program())

    # What a process asks once for each generation, not for each page.
    current_edition()
    with django_assert_max_num_queries(7):
        client.get("/impact/")
