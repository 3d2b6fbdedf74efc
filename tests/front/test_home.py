import pytest

import make
from reading import headings, links, main, titles

pytestmark = pytest.mark.django_db


def test_home_shows_the_mission_the_figures_the_news_the_principles_and_the_cities(
    client,
):
    metric = make.metric(city=make.city("Boston"), headline="reduction in homicide")
    make.principle("First do no harm")
    make.article(title="Teens and veterans")

    page = client.get("/")

    words = main(page)
    assert "supports cities implementing proven strategic interventions" in words
    assert "42% reduction in homicide Boston, OH, 1997–2002" in words
    assert metric.citation.title in words
    assert titles(page) == ["Teens and veterans"]
    assert {"/cities/boston/", "/principles/first-do-no-harm/"} <= set(links(page))
    assert headings(page, "h1") == ["National Network for Safe Communities"]


def test_home_shows_the_latest_six_articles(client):
    for at in range(8):
        make.article(title=f"Story {at}")

    assert titles(client.get("/")) == [f"Story {at}" for at in [7, 6, 5, 4, 3, 2]]


def test_an_empty_site_says_so_everywhere(client):
    words = main(client.get("/"))

    for said in [
        "No figure has been confirmed at its source yet.",
        "No news has been published yet.",
        "The principles are being written.",
        "No city has been listed yet.",
    ]:
        assert said in words


def test_the_map_marks_the_cities_that_have_a_place(client):
    make.city("Boston", state="MA", latitude="42.3584", longitude="-71.0598")
    make.city("Somewhere")

    html = client.get("/").content.decode()

    assert html.count("<circle cx=") == 1 + 6  # and the emblem's six
    assert "<title>Boston, MA</title>" in html


def test_the_number_of_queries_does_not_grow(client, django_assert_max_num_queries):
    for _ in range(7):
        make.article(cities=[make.city()], tags=["One"])
        make.metric(program=make.program())
        make.metric_under_review()
        make.principle()

    client.get("/")  # which makes this process's index

    with django_assert_max_num_queries(10):
        client.get("/")
