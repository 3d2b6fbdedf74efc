import csv
import io
import re

import pytest

import make
from impact.models import Metric
from nnsc.editions import current_edition
from nnsc.publishing import State
from reading import HTML, links, main, parse, text

pytestmark = pytest.mark.django_db


def test_a_figure_under_review_shows_its_line_and_no_number(client):
    boston = make.city("Boston")
    program = make.program("Ceasefire", cities=[boston])
    make.metric_under_review(
        headline="reduction in gun assaults",
        city=boston,
        program=program,
        value_low="71.7",
        value_high="77.7",
        caveats="A case study reports 28% fewer.",
        other_readings="61%: the university",
    )

    for address in ["/", "/impact/", "/cities/boston/", "/programs/ceasefire/"]:
        page = client.get(address)
        assert "reduction in gun assaults" in main(page)
        assert not re.search(r"7[17]\.7|28%|61%", page.content.decode())


def test_a_draft_that_is_not_listed_is_not_shown(client):
    make.metric_under_review(headline="secret change", listed_under_review=False)

    assert "secret change" not in main(client.get("/impact/"))
    assert "No figure has been confirmed at its source yet." in main(
        client.get("/impact/")
    )


def classed(page, name):
    return [element for element in parse(page).iter() if element.get("class") == name]


def rows(page):
    """Return what the cells of the table say, a row of it a list."""
    (body,) = parse(page).iter(f"{HTML}tbody")
    return [[text(cell) for cell in row] for row in body]


def test_every_percentage_on_a_page_belongs_to_a_figure_with_its_citation(client):
    make.metric(citation=make.citation(authors="Braga, A. A."))

    for address in ["/", "/impact/"]:
        page = client.get(address)
        figures = [
            *parse(page).iter(f"{HTML}article"),
            *parse(page).iter(f"{HTML}tr"),
            *classed(page, "plot__row"),
        ]
        said = [words for words in map(text, figures) if "%" in words]
        assert said
        assert all("Braga" in words for words in said)


def test_a_figure_is_a_row_of_the_table(client):
    metric = make.metric(
        city=make.city("Boston", state="MA"),
        program=make.program("Ceasefire"),
        citation=make.citation(authors="Braga, A. A.", year=2001),
        interval_not_reported=False,
        interval_low=5,
        interval_high=60,
    )
    make.metric(city=None, program=make.program("Elsewhere"), year_to=None)

    first, second = rows(client.get("/impact/"))

    assert first == [
        "gun homicide",
        "−42%fell by 42%",
        "5% to 60%",
        "Boston, MA",
        "Ceasefire",
        "1997–2002",
        "Time series",
        "Braga 2001",
    ]
    assert second[2:6] == ["not reported", "–", "Elsewhere", "from 1997"]
    assert metric.get_absolute_url() in links(client.get("/impact/"))


def test_the_chart_groups_the_figures_by_outcome(client):
    make.metric(outcome="Gun homicide", city=make.city("Boston"))
    make.metric(outcome="shootings", city=make.city("Chicago"))
    make.metric(outcome="gun  homicide", city=make.city("Stockton"))

    groups = [text(group) for group in classed(client.get("/impact/"), "plot__group")]

    assert [group.split(" Doe")[0] for group in groups] == [
        "Gun homicide Boston, 1997–2002",
        "shootings Chicago, 1997–2002",
    ]
    assert "Stockton, 1997–2002" in groups[0]


def test_the_chart_says_in_words_what_it_draws(client):
    make.metric(city=make.city("Boston"), value_low=35, value_high=45)
    make.metric(outcome="thefts", interval_not_reported=False, interval_low=-5,
                interval_high=60)  # fmt: skip

    page = client.get("/impact/")

    (plot,) = classed(page, "plot")
    words = text(plot)
    assert "Boston, 1997–2002 Doe & Roe 2008 −35–45%fell by 35–45%" in words
    assert "Lighter: the range of values of one study." in words
    assert "Thin line: the interval, where the study reports one." in words
    (value, _), (extent,) = classed(page, "plot__value"), classed(page, "plot__range")
    assert (value.get("x"), value.get("width")) == ("43.33", "23.34")
    assert (extent.get("x"), extent.get("width")) == ("36.67", "6.66")


def test_what_the_chart_does_not_draw_it_says(client):
    make.metric()
    make.metric(value_low=300, value_high=300, unit="count")

    (plot,) = classed(client.get("/impact/"), "plot")

    assert "No interval is drawn, because none was reported" in text(plot)
    assert "One figure is a count, no percentage, and stands in the table alone." in (
        text(plot)
    )


def test_a_count_has_no_place_on_a_scale_of_percent(client):
    make.metric(value_low=300, value_high=300, unit="count")

    page = client.get("/impact/")

    assert rows(page)[0][1] == "−300fell by 300"
    assert classed(page, "plot") == []


def test_figures_come_in_the_order_that_staff_gave_them(client):
    make.metric(outcome="second", position=2)
    make.metric(outcome="first", position=1)

    words = main(client.get("/impact/"))

    assert words.index("first") < words.index("second")


def test_a_figure_leads_to_its_city_and_program(client):
    make.metric(city=make.city("Boston"), program=make.program("Ceasefire"))

    assert {"/cities/boston/", "/programs/ceasefire/"} <= set(
        links(client.get("/impact/"))
    )


# Narrowing


@pytest.fixture
def figures():
    """Make three figures and one under review, by two cities and two programs."""
    chicago, boston = make.city("Chicago", state="IL"), make.city("Boston", state="MA")
    safe, group = make.program("Safe Neighborhoods"), make.program("Group Work")
    make.city("Gary", state="IN")
    make.metric(outcome="homicides", city=chicago, program=safe)
    make.metric(
        outcome="shootings", city=chicago, program=group, design="quasi_experiment"
    )
    make.metric(outcome="youth homicide", city=boston)
    make.metric_under_review(
        headline="reduction in thefts", outcome="homicides", city=chicago, program=safe
    )


def outcomes(client, query):
    page = client.get(f"/impact/?{query}")
    assert page.status_code == 200
    if not list(parse(page).iter(f"{HTML}tbody")):
        return []
    return [row[0] for row in rows(page)]


@pytest.mark.parametrize(
    "query,found",
    [
        ("", ["homicides", "shootings", "youth homicide"]),
        ("city=chicago", ["homicides", "shootings"]),
        ("city=chicago&city=boston", ["homicides", "shootings", "youth homicide"]),
        ("city=chicago&program=group-work", ["shootings"]),
        ("outcome=youth-homicide&outcome=shootings", ["shootings", "youth homicide"]),
        ("design=quasi_experiment", ["shootings"]),
        ("design=randomized", []),
        ("city=gary", []),
        ("city=&program=", ["homicides", "shootings", "youth homicide"]),
        ("else=1", ["homicides", "shootings", "youth homicide"]),
    ],
)
def test_values_of_a_facet_widen_and_facets_narrow(client, figures, query, found):
    assert outcomes(client, query) == found


def test_a_figure_under_review_is_chosen_by_what_readers_know_of_it(client, figures):
    assert "thefts" in main(client.get("/impact/?city=chicago"))
    assert "thefts" in main(client.get("/impact/?program=safe-neighborhoods"))
    # Its outcome and its design are drafts; who could ask for them would read them.
    assert "thefts" not in main(client.get("/impact/?outcome=homicides"))
    assert "thefts" not in main(client.get("/impact/?design=time_series"))


def options(page):
    """Return what can be chosen, by legend, with how many figures it leads to."""
    return {
        text(fieldset.find(f"{HTML}legend")): [
            text(label) for label in fieldset.iter(f"{HTML}label")
        ]
        for fieldset in parse(page).iter(f"{HTML}fieldset")
    }


def test_each_choice_says_how_many_figures_it_leads_to(client, figures):
    assert options(client.get("/impact/?city=boston")) == {
        "City": ["Chicago, IL 3", "Boston, MA 1"],
        "Outcome": ["youth homicide 1"],
        "Study design": ["Time series 1"],
    }


@pytest.mark.parametrize(
    "query,sentence",
    [
        ("city=chicgo", "No city called “chicgo”. Did you mean Chicago, IL?"),
        ("program=group-wrk", "No program called “group-wrk”. Did you mean Group Wo"),
        ("outcome=shotings", "No figure about “shotings”. Did you mean shootings?"),
        ("design=random", "No study design called “random”. Did you mean Randomi"),
        ("design=%00%FF&city=" + "x" * 3000, "No city called “" + "x" * 60 + "”."),
    ],
)
def test_an_unknown_value_gets_a_kind_sentence(client, figures, query, sentence):
    page = client.get(f"/impact/?{query}")

    assert page.status_code == 200
    assert sentence in main(page)
    assert len(rows(page)) == 3


def test_a_thousand_unknown_values_get_a_few_sentences(client, figures):
    query = "&".join(f"city=nowhere-{number}" for number in range(900))

    page = client.get(f"/impact/?{query}")

    assert len(classed(page, "notice")) == 10
    assert client.get(f"/impact.csv?{query}").status_code == 400


def test_what_is_chosen_can_be_taken_back(client, figures):
    page = client.get("/impact/?city=chicago&program=group-work&city=nowhere")

    chips = {text(chip): chip.get("href") for chip in classed(page, "chip")}

    assert chips == {
        "Take back: Chicago, IL ×": "/impact/?program=group-work",
        "Take back: Group Work ×": "/impact/?city=chicago",
    }


def test_a_choice_that_fits_nothing_says_so(client, figures):
    words = main(client.get("/impact/?city=boston&program=group-work"))

    assert "No figure fits this choice." in words


def head(page):
    tree = parse(page)
    (canonical,) = [
        link.get("href")
        for link in tree.iter(f"{HTML}link")
        if link.get("rel") == "canonical"
    ]
    robots = [
        meta.get("content")
        for meta in tree.iter(f"{HTML}meta")
        if meta.get("name") == "robots"
    ]
    return canonical.removeprefix("http://localhost:8000"), robots


@pytest.mark.parametrize(
    "query,address,robots",
    [
        ("", "/impact/", []),
        ("city=chicago", "/cities/chicago/", []),
        ("program=group-work", "/programs/group-work/", []),
        ("design=time_series", "/impact/?design=time_series", []),
        (
            "program=group-work&city=chicago&city=boston",
            "/impact/?city=boston&city=chicago&program=group-work",
            ["noindex,follow"],
        ),
        ("city=nowhere", "/impact/", []),
    ],
)
def test_one_choice_has_one_address(client, figures, query, address, robots):
    assert head(client.get(f"/impact/?{query}")) == (address, robots)


def test_a_part_of_the_figures_is_no_dataset_of_its_own(client, figures):
    assert "ld+json" in client.get("/impact/").content.decode()
    assert "ld+json" not in client.get("/impact/?city=chicago").content.decode()


@pytest.mark.parametrize(
    "query", ["city=chicago", "outcome=shootings&design=quasi_experiment", ""]
)
def test_page_table_and_api_show_the_same_figures(client, figures, query):
    table = b"".join(client.get(f"/impact.csv?{query}")).decode("utf-8-sig")
    listed = client.get(f"/api/v1/metrics?{query}").json()["items"]

    of_table = [row["outcome"] for row in csv.DictReader(io.StringIO(table))]
    of_api = [item["outcome"] or "" for item in listed]

    assert of_table == of_api
    assert [outcome for outcome in of_api if outcome] == outcomes(client, query)
    page = client.get(f"/impact/?{query}").content.decode()
    assert f"/impact.csv?{query}".rstrip("?").replace("&", "&amp;") in page


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    for _ in range(8):
        make.rating(make.metric(program=make.program()))
        make.metric_under_review(program=make.program())

    # What a process asks once for each generation, not for each page.
    current_edition()
    with django_assert_max_num_queries(3):
        client.get("/impact/")
    # Whether there is such a city, and whether there was one.
    with django_assert_max_num_queries(5):
        client.get("/impact/?city=nowhere&outcome=nothing")


# Methods


def test_the_methods_explain_every_design_and_lead_to_its_figures(client):
    make.metric(design="quasi_experiment")
    make.metric(design="quasi_experiment", state=State.DRAFT)

    page = client.get("/impact/methods/")

    ids = {element.get("id") for element in parse(page).iter()}
    assert set(Metric.Design.values) <= ids
    assert "1 figure here comes from such a study" in main(page)
    assert "/impact/?design=quasi_experiment" in links(page)
    assert "/impact/?design=randomized" not in links(page)
