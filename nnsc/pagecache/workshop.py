"""Where pages are made: Django, in a few threads of its own.

The server's threads, of which there are many, speak with readers, fast or slow, and
hand over what is not kept. So a reader who sends or takes a byte a second holds none of
Django's threads and no connection to the database; and when these hang because the
database does, kept pages are answered all the same.
"""

import io
import logging
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic, sleep
from typing import Any
from weakref import WeakValueDictionary

from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections

from nnsc.pagecache.bodies import Reader, Spool
from nnsc.pagecache.crew import Crew
from nnsc.pagecache.page import Headers

logger = logging.getLogger(__name__)

# How long somebody waits for a thread to begin with what was asked.
START_SECONDS = 10
# What is streamed but small, such as a file, is taken whole.
MAX_WHOLE_BYTES = 2_000_000
# Long answers, such as tables, are made so many at once, beside the pages; each once
# for all who ask for it meanwhile.
N_LONG = 2
# After each piece all of them rest for so many times as long as it took: most readers
# of kept pages then meet none being made.
REST = 2
MAX_REST_SECONDS = 0.5
# How many at once may wait for Django, send a body, and take a long answer. Of the
# server's threads, which script/production sets, some are always left for kept pages.
MAX_WAITING = 128
MAX_BODIES = 192
MAX_READERS = 128


class Busy(Exception):  # noqa: N818
    """No thread has had time in time."""


@dataclass(frozen=True)
class Answer:
    """What Django answers; body is a Reader where it is too much to hold."""

    status: str
    headers: Headers
    body: bytes | Reader

    def header(self, name: str) -> str:
        """Return what the header says, with commas where it stands more than once."""
        found = (said for key, said in self.headers if key.lower() == name)
        return ",".join(found).lower()


class Workshop:
    """Runs django, a WSGI application, in n_threads; in the caller's if that is 0."""

    def __init__(self, django, n_threads: int):
        self._django = django
        self._crew = self._long_ones = None
        if n_threads:
            self._crew = Crew(n_threads)
            self._long_ones = ThreadPoolExecutor(N_LONG, thread_name_prefix="long")
        self._waiting = threading.Semaphore(MAX_WAITING)
        self._bodies = threading.Semaphore(MAX_BODIES)
        self._readers = threading.Semaphore(MAX_READERS)
        self._spools: WeakValueDictionary[str, Spool] = WeakValueDictionary()
        self._lock = threading.Lock()
        self._turn = threading.Lock()

    def run(self, work, *arguments, patience_seconds: float | None = None) -> Any:
        """Return what work(promise, *arguments) puts into the promise, or raise it.

        Raise Busy if it does not begin in time, or takes longer than patience_seconds.
        """
        with one_of(self._waiting):
            return self._run(work, arguments, patience_seconds)

    def _run(self, work, arguments, patience_seconds):
        promise = Future()
        job = partial(self._keep, promise, work, arguments)
        if self._crew is None:
            job()
            return promise.result()
        self._crew.do(job, promise, patience_seconds or START_SECONDS)
        if not promise.done() and (promise.cancel() or patience_seconds is not None):
            raise Busy
        return promise.result()

    def _keep(self, promise, work, arguments):
        try:
            work(promise, *arguments)
        except BaseException as error:
            if promise.done():
                logger.exception("An answer broke off.")
            else:
                promise.set_exception(error)

    def ask(self, environ: dict) -> Answer:
        """Return Django's answer, whole; in a thread that run() has given."""
        promise = Future()
        self.answer(promise, environ)
        return promise.result()

    def answer(self, promise: Future, environ: dict) -> None:
        """Let Django answer: work for run(). It may go on after the promise is kept."""
        head = []

        def start_response(status, headers, exc_info=None):
            head[:] = status, headers

        response = self._django(environ, start_response)
        status, headers = head
        if not is_whole(response, headers):
            return self._answer_at_length(promise, status, headers, response)
        try:
            promise.set_result(Answer(status, headers, b"".join(response)))
        finally:
            close(response)

    def _answer_at_length(self, promise, status, headers, response):
        if not self._readers.acquire(blocking=False):
            close(response)
            raise Busy
        name = name_of(status, headers)
        with self._lock:
            spool = self._spools.get(name)
            reader = spool and spool.reader(self._readers.release)
            is_there = reader is not None
            if not is_there:
                spool = Spool()
                reader = spool.reader(self._readers.release)
                if name:
                    self._spools[name] = spool
        promise.set_result(Answer(status, headers, reader))
        if is_there:
            close(response)
        elif self._long_ones is None:
            fill(spool, response, self._turn)
        else:
            self._long_ones.submit(fill, spool, response, self._turn)

    def takes_body(self):
        """Return the context in which a body is read. It raises Busy."""
        return one_of(self._bodies)


def spare_open_transactions() -> None:
    """Let Django, when a request begins or ends, close no connection in a transaction.

    It would, and with it end the one in which changes wait for a page.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
        signal.connect(close_old_connections_but_busy_ones)


def close_old_connections_but_busy_ones(**kwargs):
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()


@contextmanager
def one_of(semaphore):
    if not semaphore.acquire(blocking=False):
        raise Busy
    try:
        yield
    finally:
        semaphore.release()


def fill(spool: Spool, response, turn: threading.Lock) -> None:
    close_old_connections_but_busy_ones()
    is_whole = False
    try:
        is_whole = all(map(spool.write, by_turns(response, turn)))
    except Exception:
        logger.exception("An answer broke off.")
    finally:
        spool.end(is_whole=is_whole)
        close(response)


def by_turns(chunks: Iterable[bytes], turn: threading.Lock) -> Iterator[bytes]:
    """Yield the chunks, each made in turn with those of others, and a rest after it.

    Else pages that are kept, too, would wait until the last is made.
    """
    chunks = iter(chunks)
    while True:
        with turn:
            began_at = monotonic()
            chunk = next(chunks, None)
            sleep(min(MAX_REST_SECONDS, REST * (monotonic() - began_at)))
        if chunk is None:
            return
        yield chunk


def name_of(status: str, headers: Headers) -> str:
    """Return what all answers that are the same to the byte have in common, or "".

    An ETag of ours names the address and the edition of the content.
    """
    said = {name.lower(): value for name, value in headers}
    is_for_all = "public" in said.get("cache-control", "") and "set-cookie" not in said
    if not (status.startswith("200") and is_for_all and "etag" in said):
        return ""
    return f"{said['etag']} {said.get('content-encoding', '')}"


def close(response) -> None:
    if hasattr(response, "close"):
        response.close()


def is_whole(response, headers: Headers) -> bool:
    """Whether the answer is small enough to hold, as far as it says how large it is."""
    if not getattr(response, "streaming", False):
        return True
    lengths = (said for name, said in headers if name.lower() == "content-length")
    return int(next(lengths, MAX_WHOLE_BYTES + 1)) <= MAX_WHOLE_BYTES


PLAIN = [
    *["SCRIPT_NAME", "PATH_INFO", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"],
    *["wsgi.version", "wsgi.url_scheme", "wsgi.errors"],
    *["wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once"],
]


def plain_environ(environ: dict, query: str, host: str) -> dict:
    """Return an environ that asks for a page, and tells nothing of who asks."""
    return {name: environ[name] for name in PLAIN} | {
        "REQUEST_METHOD": "GET",
        "QUERY_STRING": query,
        "HTTP_HOST": host,
        # Whether a proxy has spoken TLS was looked at before.
        "HTTP_X_FORWARDED_PROTO": environ.get("HTTP_X_FORWARDED_PROTO", ""),
        "REMOTE_ADDR": "",
        "wsgi.input": io.BytesIO(),
    }
