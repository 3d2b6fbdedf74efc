import pytest

import make
from reading import HTML, headings, links, main, parse, text, titles

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


def test_a_reader_picks_city_tag_and_year_and_has_the_news_in_one_step(client):
    stockton = make.city("Stockton", state="CA")
    wanted = make.article(cities=[stockton], tags=["Reconciliation"])
    make.article(cities=[stockton], tags=["Ceasefire"])
    make.article(cities=[make.city("Gary", state="IN")], tags=["Reconciliation"])

    (form,) = [
        form
        for form in parse(client.get("/")).iter(f"{HTML}form")
        if form.get("aria-label") == "Find news"
    ]
    offered = {
        select.get("name"): {
            text(option): option.get("value") for option in select.iter(f"{HTML}option")
        }
        for select in form.iter(f"{HTML}select")
    }
    choice = {
        "city": offered["city"]["Stockton, CA"],
        "tag": offered["tag"]["Reconciliation"],
        "year": offered["year"]["2016"],
    }
    page = client.get(form.get("action"), choice)

    assert titles(page) == [wanted.title]
    (feed,) = [
        link.get("href")
        for link in parse(page).iter(f"{HTML}link")
        if link.get("type") == "application/atom+xml"
    ]
    assert feed.endswith("/news/feed.atom?city=stockton&tag=reconciliation&year=2016")


def test_the_longest_lists_to_pick_from_are_cut_to_the_most_used(client, monkeypatch):
    monkeypatch.setattr("news.facets.N_TO_PICK", 2)
    for name in ["Aa", "Bb", "Cc"]:
        make.article(tags=[name])
    make.article(tags=["Cc"])

    html = client.get("/").text

    assert [tag in html for tag in ('value="aa"', 'value="bb"', 'value="cc"')] == [
        *(True, False, True)
    ]
