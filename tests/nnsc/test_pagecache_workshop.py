"""The workshop: pages made in a few threads, and long answers beside them."""

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from itertools import repeat
from time import monotonic

import pytest
from django.db import OperationalError

from nnsc.pagecache import crew, workshop
from nnsc.pagecache.workshop import REST, Busy, Workshop, by_turns

pytestmark = pytest.mark.once

# Longer than a busy machine lets a thread wait for its turn.
A_WHILE_SECONDS = 10


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


def test_django_works_in_one_thread_that_is_no_readers(monkeypatch):
    monkeypatch.setattr(crew, "HELD_UP_SECONDS", A_WHILE_SECONDS)
    seen = []

    def django(environ, start_response):
        seen.append(threading.current_thread())
        start_response("200 OK", [])
        return [b"wh", b"ole"]

    site = Workshop(django, 4)
    with ThreadPoolExecutor(8) as readers:
        answers = list(readers.map(site.run, repeat(site.answer, 100), repeat({})))

    assert {answer.body for answer in answers} == {b"whole"}
    assert len(seen) == 100
    assert [thread.name for thread in set(seen)] == ["django-first_0"]


def test_what_came_before_and_after_who_is_held_up_is_done_by_others(monkeypatch):
    end, begun = threading.Event(), threading.Event()

    def django(environ, start_response):
        if environ["PATH_INFO"] == "/slow/":
            begun.set()
            assert end.wait(A_WHILE_SECONDS)
        start_response("200 OK", [])
        return [threading.current_thread().name.encode()]

    site = Workshop(django, 3)
    with ThreadPoolExecutor(8) as readers:
        slow = readers.submit(site.run, site.answer, {"PATH_INFO": "/slow/"})
        assert begun.wait(A_WHILE_SECONDS)
        # The earliest wait in line before anybody knows that something is slow; many
        # call for help just as what they wait for is begun by whom others have called.
        page = {"PATH_INFO": "/"}
        others = [readers.submit(site.run, site.answer, page) for _ in range(100)]
        names = {other.result(A_WHILE_SECONDS).body for other in others}
        names.add(site.run(site.answer, page).body)
        end.set()

        assert slow.result(A_WHILE_SECONDS).body not in names
    monkeypatch.setattr(crew, "HELD_UP_SECONDS", A_WHILE_SECONDS)
    assert site.run(site.answer, page).body == b"django-first_0"


def test_who_is_free_again_does_what_waits_for_those_that_hang():
    ends = {path: threading.Event() for path in ("/one/", "/two/")}
    begun = {path: threading.Event() for path in ends}

    def django(environ, start_response):
        if path := environ.get("PATH_INFO"):
            begun[path].set()
            assert ends[path].wait(A_WHILE_SECONDS)
        start_response("200 OK", [])
        return [threading.current_thread().name.encode()]

    site = Workshop(django, 2)
    with ThreadPoolExecutor(4) as readers:
        hanging = []
        for path in ends:
            asked = {"PATH_INFO": path}
            hanging.append(readers.submit(site.run, site.answer, asked))
            assert begun[path].wait(A_WHILE_SECONDS)
        waiting = readers.submit(site.run, site.answer, {})
        # It is called for by now, in vain.
        assert wait([waiting], 3 * crew.HELD_UP_SECONDS).not_done
        ends["/one/"].set()

        one, third = (it.result(A_WHILE_SECONDS).body for it in (hanging[0], waiting))
        ends["/two/"].set()
        assert third == one != hanging[1].result(A_WHILE_SECONDS).body


@pytest.mark.parametrize("n_threads", [1, 3])
def test_while_all_threads_hang_others_are_turned_away(monkeypatch, n_threads):
    monkeypatch.setattr(workshop, "START_SECONDS", 0.1)
    end = threading.Event()
    begun = []

    def django(environ, start_response):
        begun.append(environ)
        assert end.wait(A_WHILE_SECONDS)
        start_response("200 OK", [])
        return [b"at last"]

    busy = Workshop(django, n_threads)
    # Who is turned away may not have begun; all have well before the first would end.
    ends_at = monotonic() + A_WHILE_SECONDS / 2
    while len(begun) < n_threads and monotonic() < ends_at:
        with pytest.raises(Busy):
            busy.run(busy.answer, {}, patience_seconds=0.1)
    with pytest.raises(Busy):
        busy.run(busy.answer, {})
    assert len(begun) == n_threads

    end.set()
    monkeypatch.setattr(workshop, "START_SECONDS", A_WHILE_SECONDS)

    assert busy.run(busy.answer, {}).body == b"at last"


def test_work_that_has_begun_is_waited_for(monkeypatch):
    monkeypatch.setattr(workshop, "START_SECONDS", 0.3)
    end = threading.Event()
    slow = Workshop(answering([b"at last"], wait=end), 1)
    threading.Timer(0.5, end.set).start()

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
    turn = threading.Lock()
    moments = iter([0.0, 0.05, 10.0, 13.0, 20.0, 20.0])
    rests = []

    def sleep(seconds):
        # No other table is made meanwhile.
        assert turn.locked()
        rests.append(seconds)

    monkeypatch.setattr(workshop, "monotonic", lambda: next(moments))
    monkeypatch.setattr(workshop, "sleep", sleep)

    assert list(by_turns([b"a", b"b"], turn)) == [b"a", b"b"]
    assert rests == [REST * 0.05, workshop.MAX_REST_SECONDS, 0]


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
