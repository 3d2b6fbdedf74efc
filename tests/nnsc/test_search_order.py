"""The best come first, however many are found and however few are wanted."""

import random
from datetime import date, timedelta

import pytest
from django.db import transaction

import make
from impact.models import City
from news.models import Article
from nnsc.search_engines import engine
from nnsc.searching import search

pytestmark = pytest.mark.django_db

N_COUNTED = 12
# What is typed, and the words that a text must have for it, the best first.
TYPED = {
    "police": ["police"],
    "pol": ["pol", "police"],
    '"police pol"': ["police pol"],
    "zebra police": ["zebra police"],
}


@pytest.fixture(
    scope="module",
    params=["few have them", "most have them", "the newest lack them"],
)
def articles(request, database_of_module):
    """Return articles of which some have the words, in the title or elsewhere."""
    with transaction.atomic():
        yield make_articles(request.param)
        transaction.set_rollback(True)


def make_articles(which):
    chance, source = random.Random(11), make.source()
    made = []
    for n in range(60):
        has = {
            "few have them": chance.random() < 0.3,
            "most have them": chance.random() < 0.8,
            "the newest lack them": n < 46,
        }[which]
        words = ["police"] * has
        title = words if chance.random() < 0.3 else []
        pol = ["pol"] * (chance.random() < 0.3)
        made.append(
            make.article(
                title=" ".join([f"Story {n}", *title]),
                quote=" ".join(["Said", *words, *pol]),
                dated=date(2016, 1, 1) + timedelta(days=n // 2),
                source=source,
            )
        )
    make.city("Police")
    # PostgreSQL counts them, and may look at the newest first.
    search("story")
    engine().finish()
    return made


def expected(articles, typed):
    """Return primary keys as they should be found, all of them."""

    def rank(article):
        texts = [article.title, f"{article.title} · {article.quote}"]
        for way, wanted in enumerate(TYPED[typed]):
            for where, words in enumerate(texts):
                if f" {wanted} " in f" {words.lower()} ":
                    return 2 * way + where
        return None

    found = [article for article in articles if rank(article) is not None]
    found.sort(key=lambda article: (article.dated, article.pk), reverse=True)
    return [article.pk for article in sorted(found, key=rank)]


@pytest.mark.parametrize("n_in_order", [1, 5, N_COUNTED])
@pytest.mark.parametrize("typed", TYPED)
def test_the_first_are_the_best(articles, typed, n_in_order, monkeypatch):
    monkeypatch.setattr("nnsc.searching.N_COUNTED", N_COUNTED)
    monkeypatch.setattr("nnsc.search_engines.N_LOOKED_AT", 30)
    wanted = expected(articles, typed)

    results = search(typed, as_typed=True, n_in_order=n_in_order)

    keys = results.of(Article)
    assert keys[:n_in_order] == wanted[:n_in_order]
    assert len(keys) == min(len(wanted), N_COUNTED)
    assert set(keys) <= set(wanted)
    assert len(results.of(City)) == (typed in ("police", "pol"))
    assert results.is_capped is (len(wanted) > N_COUNTED)
