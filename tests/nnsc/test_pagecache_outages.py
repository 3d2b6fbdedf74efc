"""Kept pages while the database is down, and what is shown to nobody even then."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

import make
from nnsc.changes import record_bulk_change, something_was_taken_back
from nnsc.editions import current_edition
from nnsc.publishing import State

pytestmark = pytest.mark.django_db


def test_while_the_database_is_down_kept_pages_are_shown_and_marked(site):
    page = site.get("/news/")
    site.database_is_down = True
    site.a_moment_later()

    stale, other = site.get("/news/?utm=1"), site.get("/about/")

    assert (stale.status, stale.body) == (200, page.body)
    assert stale.headers["X-NNSC-Kept"] == "stale"
    assert "X-NNSC-Kept" not in page.headers
    assert other.status == 503
    assert other.headers["Retry-After"] == "5"
    assert other.headers["Cache-Control"] == "no-store"
    assert b"We cannot reach our own records" in other.body


def test_a_page_of_the_edition_before_is_better_than_none(site):
    page = site.get("/news/")
    make.article()
    site.a_moment_later()
    site.get("/")
    site.database_is_down = True
    site.a_moment_later()

    assert site.get("/news/").body == page.body


def test_nothing_is_shown_for_longer_than_is_set(site, settings):
    site.get("/news/")
    site.database_is_down = True
    site.a_moment_later()

    settings.STALE_SECONDS = 0

    assert site.get("/news/").status == 503


def test_when_the_database_is_back_pages_are_fresh(site, caplog):
    site.get("/news/")
    site.database_is_down = True
    site.a_moment_later()
    site.get("/news/")
    site.get("/news/")
    make.article(title="Made meanwhile")
    site.database_is_down = False

    after = site.get("/news/")

    assert b"Made meanwhile" in after.body
    assert "X-NNSC-Kept" not in after.headers
    assert [record.message[:21] for record in caplog.records] == [
        "The database is down ",
        "The database answers ",
    ]


def test_a_database_that_fails_in_the_middle_of_a_page_is_no_fault_of_the_page(
    site, monkeypatch
):
    site.get("/about/")
    page = site.get("/news/")
    record_bulk_change()
    site.a_moment_later()

    def broken():
        raise OperationalError

    monkeypatch.setattr("news.views.news_index", broken)

    stale, other = site.get("/news/"), site.get("/news/tags/")
    assert (stale.status, stale.body) == (200, page.body)
    assert stale.headers["X-NNSC-Kept"] == "stale"
    assert other.status == 503


def test_what_was_taken_back_is_gone_though_the_database_be_down(site):
    article = make.article(title="Not for the public")
    address = article.get_absolute_url()
    site.get(address)
    before = current_edition()
    article.state = State.WITHDRAWN
    article.save()
    assert something_was_taken_back(before.generation)

    site.shelf.forget_all_but(current_edition().name)
    site.database_is_down = True
    site.a_moment_later()

    assert site.get(address).status == 503


@pytest.mark.parametrize(
    "change, is_taken_back",
    [
        (lambda: make.article(), False),
        (lambda: make.city(), False),
        (lambda: make.article(state=State.DRAFT), True),
        (lambda: make.article(goes_live_at=timezone.now() + timedelta(days=1)), True),
        (lambda: make.city().delete(), True),
        (record_bulk_change, True),
    ],
)
def test_taken_back_is_what_is_not_to_be_seen_any_more(change, is_taken_back):
    number = current_edition().generation
    change()

    assert something_was_taken_back(number) is is_taken_back


def test_a_withdrawn_article_is_dropped_by_whoever_asks_for_it(site):
    article = make.article()
    address = article.get_absolute_url()
    site.get(address)
    article.state = State.WITHDRAWN
    article.save()
    site.a_moment_later()
    assert site.get(address).status == 410

    site.database_is_down = True
    site.a_moment_later()

    assert site.get(address).status == 503
