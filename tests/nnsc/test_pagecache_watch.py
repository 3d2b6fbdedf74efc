"""The watch: which edition the content has, and whether the database answers."""

import threading
from dataclasses import replace
from datetime import timedelta
from math import inf

import pytest
from django.utils import timezone

from nnsc.editions import Edition
from nnsc.pagecache import watch
from nnsc.pagecache.watch import Watch

pytestmark = pytest.mark.once

EDITION = Edition(generation=1, since=timezone.now(), changes_at=None)


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(watch, "INTERVAL_SECONDS", 0.01)
    monkeypatch.setattr(watch, "PATIENCE_SECONDS", 0.2)
    monkeypatch.setattr(watch, "LEASE_SECONDS", 0.1)


class Database:
    """Tells of an edition, refuses to, or does not answer at all."""

    def __init__(self):
        self.edition = EDITION
        self.refuses = False
        self.answers = threading.Event()
        self.answers.set()

    def ask(self):
        self.answers.wait(10)
        if self.refuses:
            raise OSError("refused")
        return self.edition


@pytest.fixture
def database():
    database = Database()
    yield database
    # Lets the watch's thread go on, which ends with the tests.
    database.answers.set()


def wait_for(condition):
    for _ in range(500):
        if condition():
            return
        threading.Event().wait(0.01)
    pytest.fail("That took too long.")


def test_the_watch_hears_of_a_new_edition_by_itself(database, quick):
    told = []
    watch = Watch(database.ask, lambda before, new: told.append((before, new)))
    assert watch.freshen()
    assert watch.edition == EDITION.name

    database.edition = replace(EDITION, generation=2)

    wait_for(lambda: watch.edition == database.edition.name and told)
    assert told == [(EDITION, database.edition)]


def test_a_refusing_database_is_down_until_it_answers(database, quick):
    database.refuses = True
    watch = Watch(database.ask)
    assert not watch.freshen()
    assert not watch.freshen()

    database.refuses = False

    wait_for(watch.freshen)


def test_a_hanging_database_is_down_until_it_answers(database, quick):
    watch = Watch(database.ask)
    assert watch.freshen()
    database.answers.clear()
    wait_for(lambda: not watch.is_fresh)
    assert not watch.freshen()
    assert watch.silent_seconds > 0.1

    database.answers.set()

    wait_for(watch.freshen)


def test_what_the_watch_cannot_find_out_stops_nothing(database, quick):
    def broken(before, new):
        raise OSError

    watch = Watch(database.ask, broken)
    watch.freshen()
    for generation in (2, 3):
        database.edition = replace(EDITION, generation=generation)
        wait_for(lambda: watch.edition == database.edition.name)


def test_who_asked_later_knows_better():
    old, new = EDITION, replace(EDITION, generation=2)
    editions = []

    def ask():
        if not editions:
            # While we wait for our answer somebody else gets theirs.
            editions.append(old)
            assert watch.look() == new
            return old
        return new

    watch = Watch(ask, has_thread=False)
    watch.look()

    assert watch.edition == new.name


def test_the_watch_relies_on_nothing_beyond_the_next_scheduled_moment():
    soon = timezone.now() + timedelta(seconds=0.3)
    watch = Watch(lambda: replace(EDITION, changes_at=soon), has_thread=False)
    watch.look()

    assert watch.fresh_until == watch.ends_at < inf
    assert watch.calm_until < watch.fresh_until
