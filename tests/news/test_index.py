"""The index of the news agrees with the database after whatever happens."""

import random
from datetime import date, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

import make
from news import index, live_rows
from news.bits import places
from news.index import build, news_index
from news.models import Article, ArticleCity, ArticleTag
from nnsc.changes import record_bulk_change
from nnsc.publishing import State

pytestmark = pytest.mark.django_db


def contents(index):
    """Return all that an index says, without empty values."""
    bitmaps = {
        (facet, value): bits
        for facet, values in index.bitmaps.items()
        for value, bits in values.items()
        if bits
    }
    return list(index.ids), list(index.days), list(index.moments), bitmaps


def test_it_has_the_live_articles_in_the_order_of_a_list():
    for day in [3, 1, 2, 2]:
        make.article(dated=date(2016, 1, day), dated_precision="day")
    make.article(state=State.DRAFT)

    assert list(news_index().ids) == [
        article.pk for article in Article.objects.live().newest_first()
    ]


def test_a_change_is_seen_at_the_next_use():
    article = make.article(tags=["Trust"])
    tag = article.tags.get()
    assert len(news_index().of("tag", tag.pk)) == 1

    article.state = State.WITHDRAWN
    article.save()

    assert len(news_index().of("tag", tag.pk)) == 0


@pytest.mark.parametrize(
    "change",
    [
        lambda article, city, tag: article.cities.add(city),
        lambda article, city, tag: article.cities.clear(),
        lambda article, city, tag: city.articles.add(article),
        lambda article, city, tag: city.articles.clear(),
        lambda article, city, tag: article.tags.set([tag]),
        lambda article, city, tag: article.tags.clear(),
        lambda article, city, tag: article.delete(),
        lambda article, city, tag: ArticleCity.objects.create(
            article=article, city=city
        ),
        lambda article, city, tag: ArticleTag.objects.create(
            content_object=article, tag=tag
        ),
        lambda article, city, tag: ArticleCity.objects.all()[0].delete(),
    ],
)
def test_every_way_to_change_an_article_is_noticed(change):
    article = make.article(cities=[make.city()], tags=["One"])
    city, tag = make.city(), make.tag()
    make.article(cities=[city])
    news_index()

    change(article, city, tag)

    assert contents(news_index()) == contents(build())


def test_many_random_changes_leave_it_as_if_made_anew():
    chance = random.Random(7)
    cities, tags = [make.city() for _ in range(3)], [make.tag() for _ in range(3)]
    news_index()
    for _ in range(60):
        articles = list(Article.objects.all())
        if not articles or chance.random() < 0.5:
            make.article(
                dated=date(2016, chance.randint(1, 3), 1),
                cities=chance.sample(cities, chance.randint(0, 2)),
                tags=chance.sample(tags, chance.randint(0, 2)),
            )
        else:
            article = chance.choice(articles)
            article.dated = date(2015, chance.randint(1, 12), 1)
            article.state = chance.choice(State.values)
            article.save()
            if chance.random() < 0.2:
                article.delete()
        assert contents(news_index()) == contents(build())


def test_a_scheduled_article_is_in_on_its_second(time_machine):
    time_machine.move_to("2016-01-25T09:00Z", tick=False)
    make.article(goes_live_at=timezone.now() + timedelta(minutes=5))
    assert len(news_index().select(news_index().all)) == 0

    time_machine.shift(timedelta(minutes=4, seconds=59))
    assert len(news_index().ids) == 0
    time_machine.shift(timedelta(seconds=1))

    assert len(news_index().ids) == 1
    assert contents(news_index()) == contents(build())


def test_what_goes_live_while_all_are_read_is_not_lost(monkeypatch, time_machine):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    article = make.article(goes_live_at=timezone.now() + timedelta(seconds=1))

    def read_slowly():
        columns = live_rows.read_columns()
        time_machine.shift(2)
        return columns

    monkeypatch.setattr(index, "read_columns", read_slowly)
    news_index()

    assert list(news_index().ids) == [article.pk]


def test_a_renamed_city_is_called_by_its_new_name():
    city = make.city("Bostn")
    make.article(cities=[city])
    news_index()

    city.name = "Boston"
    city.save()

    assert news_index().names["city"][city.pk].name == "Boston"


def test_a_bulk_change_is_read_all_anew():
    make.article()
    news_index()
    Article.objects.update(dated=date(2011, 1, 1))
    record_bulk_change()

    assert news_index().counts("year") == [(2011, 1)]


@pytest.mark.parametrize(
    "page, field", [("/sources/", "source"), ("/news/tags/", "tag")]
)
def test_what_its_last_article_has_left_can_be_deleted(client, page, field):
    article = make.article(source=make.source(), tags=["Trust"])
    record = {"source": article.source, "tag": article.tags.get()}[field]
    client.get(page)
    article.source = make.source()
    article.save()
    article.tags.clear()
    record.delete()

    for address in [page, article.get_absolute_url(), "/news/"]:
        response = client.get(address)
        assert response.status_code == 200
        assert record.name not in response.content.decode()


def test_what_was_rolled_back_is_not_believed(transactional_db):
    make.article()
    news_index()
    with transaction.atomic():
        make.article()
        assert len(news_index().ids) == 2
        transaction.set_rollback(True)

    assert len(news_index().ids) == 1


def test_using_it_costs_one_query(django_assert_num_queries):
    make.article()
    news_index()

    with django_assert_num_queries(1):
        news_index()


@pytest.mark.parametrize(
    "start,stop", [(0, 20), (7, 9), (990, 1000), (5, 5), (0, 9999)]
)
def test_places_are_those_of_the_set_bits(start, stop):
    chance = random.Random(1)
    at = sorted(chance.sample(range(50_000), 1000))
    bits = sum(1 << place for place in at)

    assert list(places(bits, start, stop)) == at[start:stop]


def test_forgetting_means_reading_anew():
    make.article()
    first = news_index()

    index.forget()

    assert news_index() is not first
