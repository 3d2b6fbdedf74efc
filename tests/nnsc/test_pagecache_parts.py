"""What kept pages are made of, each part for itself."""

import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from itertools import repeat
from math import inf

import pytest
from django.core.cache.backends.redis import RedisCache
from django.db import OperationalError
from django.utils import timezone

import services
from nnsc.editions import Edition
from nnsc.pagecache import bodies, shared, watch, workshop
from nnsc.pagecache.bodies import TooLarge, TooSlow, whole_body
from nnsc.pagecache.boundary import (
    MAX_REMEMBERED_LENGTH,
    N_REMEMBERED,
    remember,
)
from nnsc.pagecache.page import FOR_EVER, Page, bounded
from nnsc.pagecache.shared import SharedShelf
from nnsc.pagecache.shelf import Shelf
from nnsc.pagecache.watch import Watch
from nnsc.pagecache.workshop import Busy, Workshop, with_pauses

pytestmark = pytest.mark.once

PAGE_BYTES = Page("200 OK", [], b"x" * 1_000).n_bytes


def page(edition="1"):
    return Page("200 OK", [], b"x" * 1_000, edition)


def shelf_of(n_pages):
    return Shelf(n_pages * PAGE_BYTES)


def put(shelf, *names):
    for name in names:
        shelf.put((name, ""), page())


def use(shelf, *names):
    for name in names:
        shelf.pages[name, ""].was_used = True


def names(shelf):
    return {name for name, _ in shelf.pages}


# The shelf


def test_it_never_takes_more_room_than_it_has():
    shelf = shelf_of(40)
    for number in range(500):
        put(shelf, f"/{number}")
        if number % 3:
            use(shelf, f"/{number}")
        assert shelf.n_bytes <= shelf.max_bytes
        assert shelf.n_bytes == sum(page.n_bytes for page in shelf.pages.values())

    assert len(shelf.pages) == 40


def test_what_was_used_least_recently_goes_first():
    shelf = shelf_of(20)
    put(shelf, *map(str, range(20)))
    use(shelf, "0", "3")
    put(shelf, *map(str, range(20, 28)))

    assert {"0", "3"} < names(shelf)
    assert not {"1", "2", "4"} & names(shelf)


def test_a_thousand_random_addresses_push_out_each_other_alone():
    shelf = shelf_of(100)
    real = [f"/real/{number}" for number in range(60)]
    put(shelf, *real)
    use(shelf, *real)

    for number in range(1_000):
        put(shelf, f"/random/{number}")

    assert set(real) < names(shelf)


def test_what_was_asked_for_twice_but_long_ago_goes_in_the_end():
    shelf = shelf_of(20)
    put(shelf, "/old")
    use(shelf, "/old")
    for number in range(200):
        put(shelf, f"/{number}")
        use(shelf, f"/{number}")

    assert "/old" not in names(shelf)


def test_a_new_edition_takes_the_place_of_the_one_before():
    shelf = shelf_of(100)
    put(shelf, "/")
    use(shelf, "/")
    shelf.put(("/", ""), page("2"))

    assert shelf.pages["/", ""].edition == "2"
    assert shelf.pages["/", ""].was_used
    assert shelf.n_bytes == PAGE_BYTES


def test_what_is_too_large_is_not_kept_and_displaces_what_was_there():
    shelf = shelf_of(20)
    put(shelf, "/")
    shelf.put(("/", ""), Page("200 OK", [], b"x" * 5_000, "1"))

    assert shelf.pages == {}
    assert shelf.n_bytes == 0


def test_old_editions_are_forgotten_and_lasting_files_are_not():
    shelf = shelf_of(100)
    put(shelf, "/1")
    shelf.put(("/2", ""), page("2"))
    shelf.put(("/static/a.css", ""), page(FOR_EVER))

    shelf.forget_all_but("2")

    assert names(shelf) == {"/2", "/static/a.css"}
    assert shelf.n_bytes == 2 * PAGE_BYTES


# The watch

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


# The workshop


class Streamed:
    """An answer in pieces, as Django gives it."""

    streaming = True

    def __init__(self, chunks):
        self.chunks = chunks
        self.is_closed = threading.Event()

    def __iter__(self):
        return iter(self.chunks)

    def close(self):
        self.is_closed.set()


def answering(response, headers=(), wait=None):
    def django(environ, start_response):
        if wait:
            wait.wait(10)
        start_response("200 OK", list(headers))
        return response

    return django


def test_django_works_in_a_few_threads_that_are_not_the_readers():
    seen = set()

    def django(environ, start_response):
        seen.add(threading.current_thread().name)
        start_response("200 OK", [])
        return [b"wh", b"ole"]

    workshop = Workshop(django, 2)
    answers = [workshop.run(workshop.answer, {}) for _ in range(10)]

    assert {answer.body for answer in answers} == {b"whole"}
    assert seen <= {"django_0", "django_1"}


def test_while_all_threads_hang_others_are_turned_away(monkeypatch):
    monkeypatch.setattr(workshop, "START_SECONDS", 0.05)
    end = threading.Event()
    busy = Workshop(answering([b"at last"], wait=end), 1)
    with pytest.raises(Busy):
        busy.run(busy.answer, {}, patience_seconds=0.05)
    with pytest.raises(Busy):
        busy.run(busy.answer, {})

    end.set()

    assert busy.run(busy.answer, {}).body == b"at last"


def test_work_that_has_begun_is_waited_for(monkeypatch):
    monkeypatch.setattr(workshop, "START_SECONDS", 0.05)
    end = threading.Event()
    slow = Workshop(answering([b"at last"], wait=end), 1)
    threading.Timer(0.2, end.set).start()

    assert slow.run(slow.answer, {}).body == b"at last"


def test_an_error_reaches_who_asked():
    def django(environ, start_response):
        raise TimeoutError("of the work itself")

    broken = Workshop(django, 1)

    with pytest.raises(TimeoutError, match="of the work itself"):
        broken.run(broken.answer, {})


def test_a_slow_reader_of_a_long_answer_holds_no_thread():
    long = Streamed([b"a" * 1_000] * 300)
    site = Workshop(answering(long), 1)

    with closing(site.run(site.answer, {}).body) as slowly_read:
        pieces = iter(slowly_read)
        first = next(pieces)
        assert long.is_closed.wait(10)
        with closing(site.run(site.answer, {}).body) as read_at_once:
            assert b"".join(read_at_once) == b"a" * 300_000
        assert first + b"".join(pieces) == b"a" * 300_000


def test_a_reader_who_leaves_ends_a_long_answer():
    endless = Streamed(repeat(b"a" * 1_000))
    site = Workshop(answering(endless), 1)

    spool = site.run(site.answer, {}).body
    assert next(iter(spool))
    spool.close()

    assert endless.is_closed.wait(10)


def test_while_long_answers_are_made_pages_are_answered(monkeypatch):
    monkeypatch.setattr(workshop, "N_LONG", 1)
    endless = Streamed(repeat(b"a" * 1_000))
    responses = iter([endless, Streamed([b"b"]), [b"a page"]])

    def django(environ, start_response):
        start_response("200 OK", [])
        return next(responses)

    site = Workshop(django, 1)
    long, waiting = (site.run(site.answer, {}).body for _ in range(2))

    assert site.run(site.answer, {}).body == b"a page"
    long.close()
    with closing(waiting):
        assert b"".join(waiting) == b"b"


def test_a_long_answer_that_breaks_off_is_told_to_operators(caplog):
    def chunks():
        yield b"a part"
        raise OperationalError("it went away")

    site = Workshop(answering(Streamed(chunks())), 1)

    with closing(site.run(site.answer, {}).body) as spool:
        assert b"".join(spool) == b"a part"
    assert "An answer broke off." in caplog.text


def test_a_small_file_is_taken_whole():
    file = Streamed([b"ab", b"cd"])
    site = Workshop(answering(file, [("Content-Length", "4")]), 1)

    assert site.run(site.answer, {}).body == b"abcd"
    assert file.is_closed.is_set()


def test_too_many_long_answers_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(workshop, "MAX_READERS", 1)
    first = Streamed(repeat(b"a"))
    responses = iter([first, Streamed([b"a"]), Streamed([b"a"])])

    def django(environ, start_response):
        start_response("200 OK", [])
        return next(responses)

    site = Workshop(django, 2)
    spool = site.run(site.answer, {}).body

    with pytest.raises(Busy):
        site.run(site.answer, {})
    spool.close()
    assert first.is_closed.wait(10)
    with closing(site.run(site.answer, {}).body) as next_one:
        assert b"".join(next_one) == b"a"


def tables(*responses):
    """Answer with one after the other, which all bear the ETag that is asked for."""
    left = iter(responses)

    def django(environ, start_response):
        headers = [("Cache-Control", "public, max-age=60"), ("ETag", environ["etag"])]
        start_response("200 OK", headers)
        return next(left)

    return django


def test_a_table_is_made_once_for_all_who_read_it():
    made, never_read, other = (Streamed([part] * 100) for part in (b"a", b"", b"b"))
    site = Workshop(tables(made, never_read, other), 1)

    readers = [site.run(site.answer, {"etag": etag}).body for etag in ["1", "1", "2"]]
    pieces = iter(readers[0])
    begun = next(pieces)
    for reader, said in zip(readers[1:], [b"a" * 100, b"b" * 100], strict=True):
        assert b"".join(reader) == said
        reader.close()
    assert begun + b"".join(pieces) == b"a" * 100
    readers[0].close()

    assert never_read.is_closed.is_set()


def test_tables_rest_while_they_are_made_so_that_pages_are_read(monkeypatch):
    moments = iter([0.0, 0.05, 10.0, 13.0, 20.0])
    rests = []
    monkeypatch.setattr(workshop, "monotonic", lambda: next(moments))
    monkeypatch.setattr(workshop, "sleep", rests.append)

    assert list(with_pauses([b"a", b"b"])) == [b"a", b"b"]
    assert rests == [0.05, workshop.MAX_PAUSE_SECONDS]


def test_a_table_that_all_have_left_is_made_anew():
    endless, anew = Streamed(repeat(b"a" * 1_000)), Streamed([b"b"])
    site = Workshop(tables(endless, anew), 1)

    first = site.run(site.answer, {"etag": "1"}).body
    assert next(iter(first))
    first.close()
    assert endless.is_closed.wait(10)

    with closing(site.run(site.answer, {"etag": "1"}).body) as second:
        assert b"".join(second) == b"b"


def test_nobody_joins_a_table_that_broke_off(caplog):
    def chunks():
        yield b"a part"
        raise OperationalError("it went away")

    site = Workshop(tables(Streamed(chunks()), Streamed([b"whole"])), 1)

    with closing(site.run(site.answer, {"etag": "1"}).body) as first:
        assert b"".join(first) == b"a part"
        with closing(site.run(site.answer, {"etag": "1"}).body) as second:
            assert b"".join(second) == b"whole"


def test_no_more_wait_than_leave_the_server_its_threads(monkeypatch):
    monkeypatch.setattr(workshop, "MAX_WAITING", 0)
    monkeypatch.setattr(workshop, "MAX_BODIES", 0)
    site = Workshop(answering([b"whole"]), 1)

    with pytest.raises(Busy):
        site.run(site.answer, {})
    with pytest.raises(Busy), site.takes_body():
        pass


# Bodies


class SlowBody:
    """A body whose bytes come at a pace, by a clock of its own."""

    def __init__(self, n_bytes, bytes_per_second):
        self.left = n_bytes
        self.pace = bytes_per_second
        self.now = 0.0
        self.largest = 0

    def read(self, n_bytes):
        n_bytes = min(n_bytes, self.left)
        self.largest = max(self.largest, n_bytes)
        self.left -= n_bytes
        self.now += n_bytes / self.pace
        return b"a" * n_bytes


@pytest.fixture
def read_from(monkeypatch):
    def read_from(body, n_bytes):
        monkeypatch.setattr(bodies, "monotonic", lambda: body.now)
        with whole_body(body, n_bytes) as whole:
            return whole.read()

    return read_from


@pytest.mark.parametrize("n_bytes", [1, 64, 65, 3_000_000])
def test_a_body_is_there_as_it_was_sent(read_from, n_bytes):
    body = SlowBody(n_bytes, bytes_per_second=100_000)

    assert read_from(body, n_bytes) == b"a" * n_bytes


def test_a_telephone_line_is_fast_enough(read_from):
    assert read_from(SlowBody(100_000, bytes_per_second=4_000), 100_000)


def test_who_sends_a_byte_a_second_is_cut_off(read_from):
    body = SlowBody(100_000, bytes_per_second=1)

    with pytest.raises(TooSlow):
        read_from(body, 100_000)
    assert body.now < 120


def test_who_ends_early_is_told(read_from):
    with pytest.raises(TooSlow):
        read_from(SlowBody(10, bytes_per_second=1_000), 100)


def test_what_is_too_large_is_not_read(read_from):
    body = SlowBody(10**12, bytes_per_second=1_000)

    with pytest.raises(TooLarge):
        read_from(body, 10**12)
    assert body.now == 0


# Pages


def test_what_strangers_put_into_headers_is_remembered_within_bounds():
    meanings = {}
    for number in range(3_000):
        remember(meanings, f"gzip;q=0.{number}", "gzip")
        remember(meanings, f"{number}" * 300, "")

    assert len(meanings) <= N_REMEMBERED
    assert max(map(len, meanings)) <= MAX_REMEMBERED_LENGTH


@pytest.mark.parametrize(
    "said, shortened",
    [
        ("public, max-age=60", "public, max-age=7"),
        ("public, max-age=5", "public, max-age=5"),
        (
            "max-age=0, s-maxage=9, stale-while-revalidate=5, stale-if-error=86400",
            "max-age=0, s-maxage=7, stale-while-revalidate=0, stale-if-error=86400",
        ),
    ],
)
def test_what_lasts_is_shortened(said, shortened):
    assert bounded("Cache-Control", said, 7) == shortened


@pytest.mark.parametrize(
    "kind, is_compressed",
    [
        ("text/html; charset=utf-8", True),
        ("application/feed+json; charset=utf-8", True),
        ("application/atom+xml; charset=utf-8", True),
        ("application/json", True),
        ("image/webp", False),
        ("font/woff2", False),
    ],
)
def test_what_is_compressed_already_is_not_compressed_again(kind, is_compressed):
    page = Page("200 OK", [("Content-Type", kind)], b"words " * 100)

    assert (len(page.variant("br").body[0]) < 600) is is_compressed
    assert (len(page.variant("gzip").body[0]) < 600) is is_compressed


# What all share


@pytest.fixture(scope="module")
def redis():
    if not services.find_redis():
        # Anyone may test without; where nothing may be skipped this fails the run.
        pytest.skip("redis-server is not in PATH")
    with services.redis() as url:
        cache = RedisCache(url, {"OPTIONS": {"socket_timeout": 0.5}})
        yield cache
        cache.close()


def test_what_one_machine_made_all_have(redis, monkeypatch):
    monkeypatch.setattr(shared, "cache", redis)
    made = Page("200 OK", [("Content-Type", "text/html")], b"words " * 100, "1")
    SharedShelf(is_on=True).put(("/", "q=1"), made)

    other = SharedShelf(is_on=True)
    found = other.get("1", ("/", "q=1"))

    assert found.variant("br") == made.variant("br")
    assert found.edition == "1"
    assert other.get("2", ("/", "q=1")) is None
    assert other.get("1", ("/", "q=2")) is None


def test_without_its_cache_it_does_without(monkeypatch, caplog):
    n_asked = 0

    class Broken:
        def get(self, key):
            nonlocal n_asked
            n_asked += 1
            raise OSError("refused")

        set = get

    monkeypatch.setattr(shared, "cache", Broken())
    shelf = SharedShelf(is_on=True)

    for _ in range(3):
        assert shelf.get("1", ("/", "")) is None
        shelf.put(("/", ""), page())

    assert n_asked == len(caplog.records) == 1


def test_without_a_cache_set_nothing_is_shared(monkeypatch):
    monkeypatch.setattr(shared, "cache", None)
    shelf = SharedShelf(is_on=False)

    shelf.put(("/", ""), page())

    assert shelf.get("1", ("/", "")) is None
