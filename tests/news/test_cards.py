"""The card of an article is made once, and anew when anything on it changes."""

import pytest
from django.template import Context, Template

import make
from news import index
from news.index import news_index
from news.models import Article
from nnsc.changes import record_bulk_change
from nnsc.publishing import State
from reading import links, main, titles

pytestmark = pytest.mark.django_db

CARDS = Template('{% load cards %}{% cards shown "h2" %}')


@pytest.fixture
def card(client):
    """Return what the one card of a list says, as a reader sees it."""
    return lambda: main(client.get("/news/"))


def test_a_card_that_is_kept_costs_no_query(django_assert_num_queries):
    articles = [make.article(cities=[make.city()]) for _ in range(3)]
    first = CARDS.render(Context({"shown": news_index().select(7)[:3]}))
    shown = news_index().select(7)[:3]

    with django_assert_num_queries(0):
        again = CARDS.render(Context({"shown": shown}))

    assert again == first
    assert all(article.title in first for article in articles)


def test_of_many_cards_only_the_new_ones_are_made(django_assert_num_queries):
    for _ in range(3):
        make.article()
    CARDS.render(Context({"shown": news_index().select(7)[:3]}))
    new = make.article(title="Just in")
    shown = news_index().select(15)[:4]

    with django_assert_num_queries(3):
        html = CARDS.render(Context({"shown": shown}))

    assert html.count("<article") == 4
    assert new.title in html


@pytest.mark.parametrize(
    "change, says",
    [
        (lambda a: rename(a, "title"), "Renamed"),
        (lambda a: rename(a.source, "name"), "Renamed"),
        (lambda a: rename(a.cities.get(), "name"), "Renamed"),
        (lambda a: rename(a.tags.get(), "name"), "Renamed"),
        (lambda a: a.tags.add(make.tag("Another tag")), "Another tag"),
        (lambda a: a.cities.add(make.city("Another city")), "Another city"),
        (lambda a: rename(a, "quote"), "Renamed"),
    ],
)
def test_a_card_says_what_is_so_now(card, change, says):
    article = make.article(cities=[make.city()], tags=[make.tag()])
    before = card()
    change(Article.objects.get(pk=article.pk))

    assert says not in before
    assert says in card()


def rename(record, field):
    setattr(record, field, "Renamed")
    record.save()


def test_rows_changed_past_the_models_are_shown_once_that_is_said(card):
    make.article()
    card()
    Article.objects.update(title="Changed in bulk")
    record_bulk_change()

    assert "Changed in bulk" in card()


def test_a_withdrawn_article_has_no_card(client):
    stays, goes = make.article(), make.article()
    client.get("/news/")
    goes.state = State.WITHDRAWN
    goes.save()

    assert titles(client.get("/news/")) == [stays.title]


def test_each_page_has_the_heading_that_it_needs(client):
    city = make.city("Boston")
    article = make.article(cities=[city])

    assert f'<h2 class="story__title"><a href="{article.get_absolute_url()}' in str(
        client.get("/news/").content
    )
    assert '<h3 class="story__title">' in str(client.get("/cities/boston/").content)


def test_what_was_read_before_a_change_is_not_kept_after_it():
    article = make.article(title="As it was")
    before = news_index()
    shown = before.select(before.all)[:1]
    old = shown.load(shown.ids)
    article.title = "As it is"
    article.save()
    after = news_index()

    before.cards("h2", [article.pk], lambda keys: {article.pk: str(old[0])})

    assert (article.pk, "h2") not in after.kept_cards


def test_no_more_is_kept_than_is_set(monkeypatch):
    monkeypatch.setattr(index, "N_CARDS", 2)
    for _ in range(5):
        make.article()
    shown = news_index().select(31)[:5]

    html = CARDS.render(Context({"shown": shown}))

    assert html.count("<article") == 5
    assert len(news_index().kept_cards) == 2


def test_one_that_was_deleted_meanwhile_is_left_out():
    stays, goes = make.article(), make.article()
    shown = news_index().select(3)[:2]
    Article.objects.filter(pk=goes.pk).delete()

    html = CARDS.render(Context({"shown": shown}))

    assert stays.title in html
    assert goes.title not in html


def test_an_article_shows_the_records_that_the_index_has(client):
    article = make.article(
        cities=[make.city("Zion"), make.city("Akron")], tags=[make.tag("Trust")]
    )
    page = client.get(article.get_absolute_url())

    about = [
        link for link in links(page) if link.startswith(("/cities/", "/news/tags/"))
    ]
    assert about.index("/cities/akron/") < about.index("/cities/zion/")
    assert "/news/tags/trust/" in about
    assert str(article.source) in main(page)


def test_an_article_that_the_index_has_not_met_is_shown_all_the_same(
    client, monkeypatch
):
    old = news_index()
    article = make.article(cities=[make.city("Akron")])
    monkeypatch.setattr("news.views.news_index", lambda: old)

    assert "/cities/akron/" in links(client.get(article.get_absolute_url()))
