from datetime import date

import pytest

import make
from nnsc.editions import current_edition
from nnsc.publishing import State
from reading import headings, links, main, titles

pytestmark = pytest.mark.django_db


def test_cities_are_listed_by_state_with_what_there_is_about_each(client):
    boston = make.city("Boston", state="MA")
    make.city("Lowell", state="MA")
    make.city("Birmingham", state="AL")
    make.metric(city=boston)
    make.metric(city=boston)
    make.article(cities=[boston])
    make.article(cities=[boston], state=State.DRAFT)
    make.metric_under_review(city=boston)

    page = client.get("/cities/")

    assert headings(page) == ["Alabama", "Massachusetts"]
    assert "Boston 2 figures, 1 article" in main(page)


def test_a_city_shows_its_figures_its_programs_and_its_news(client):
    chicago = make.city("Chicago", state="IL")
    make.metric(city=chicago, headline="reduction in homicides")
    make.metric(headline="elsewhere")
    make.program("Violence Reduction Strategy", cities=[chicago])
    make.article(title="Wanted", cities=[chicago])
    make.article(title="Other", cities=[make.city()])

    page = client.get("/cities/chicago/")

    words = main(page)
    assert "42% reduction in homicides" in words
    assert "elsewhere" not in words
    assert "/programs/violence-reduction-strategy/" in links(page)
    assert titles(page) == ["Wanted"]


def test_a_city_of_which_nothing_is_known_says_so(client):
    make.city("Gary")

    words = main(client.get("/cities/gary/"))

    assert "No evaluation with a figure for Gary is recorded here." in words
    assert "No program is recorded for Gary yet." in words
    assert "No news about Gary has been published here yet." in words


def test_programs_are_listed_by_kind_with_their_cities(client):
    boston = make.city("Boston")
    make.program("Ceasefire", kind="local", cities=[boston])
    make.program("Group Violence Intervention", kind="strategy")

    page = client.get("/programs/")

    assert headings(page) == ["Strategies", "Local initiatives"]
    assert headings(page, "h3") == ["Group Violence Intervention", "Ceasefire"]
    assert "/cities/boston/" in links(page)


def test_a_program_shows_its_cities_its_figures_and_the_news_under_its_tag(client):
    tag = make.tag("Ceasefire")
    program = make.program(
        "Operation Ceasefire",
        tag=tag,
        cities=[make.city("Boston")],
        description="Aimed at gun killings.",
        references="https://en.wikipedia.org/wiki/Operation_Ceasefire",
    )
    make.metric(program=program, headline="reduction in youth homicide")
    make.article(title="Wanted", tags=[tag])
    make.article(title="Other")

    page = client.get(program.get_absolute_url())

    words = main(page)
    assert "Aimed at gun killings." in words
    assert "reduction in youth homicide" in words
    assert titles(page) == ["Wanted"]
    assert "/cities/boston/" in links(page)
    assert 'href="https://en.wikipedia.org/wiki/Operation_Ceasefire"' in (
        page.content.decode()
    )


def test_a_program_without_a_tag_has_no_news(client):
    program = make.program("Ceasefire")
    make.article()

    page = client.get(program.get_absolute_url())

    assert "No news about Ceasefire has been published here yet." in main(page)


@pytest.mark.parametrize("address", ["/cities/x/", "/programs/x/", "/cities/%00/"])
def test_an_unknown_name_is_not_found(client, address):
    assert client.get(address).status_code == 404


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    tag = make.tag("Trust")
    city = make.city("Boston")
    program = make.program("Ceasefire", tag=tag, cities=[city])
    for _ in range(6):
        make.article(cities=[city, make.city()], tags=[tag, make.tag()])
        make.metric(city=city, program=program)
        make.metric_under_review(city=city, program=program)
        make.program(cities=[make.city(), city])

    for address in [
        "/cities/",
        "/cities/boston/",
        "/programs/",
        "/programs/ceasefire/",
    ]:
        # What a process asks once for each generation, not for each page.
        current_edition()
        with django_assert_max_num_queries(11):
            client.get(address)


def test_a_city_shows_how_much_was_reported_each_year_gaps_and_all(client):
    boston = make.city("Boston")
    for year in [2014, 2016, 2016]:
        make.article(cities=[boston], dated=date(year, 1, 1))
    make.article(cities=[make.city()], dated=date(2015, 1, 1))

    page = client.get("/cities/boston/")

    assert "Articles by year" in main(page)
    assert "2016 2 2015 0 2014 1" in main(page)
    assert "/news/?city=boston&year=2016" in links(page)
    assert "/news/?city=boston&year=2015" not in links(page)


def test_a_city_leads_to_the_others_of_its_state(client):
    make.city("Chicago", state="IL")
    make.city("Rockford", state="IL")
    make.city("Gary", state="IN")

    page = client.get("/cities/chicago/")

    assert "Also in Illinois Rockford" in main(page)
    assert "/cities/gary/" not in links(page)
