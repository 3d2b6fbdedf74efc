"""The site behind its kept pages, in one process and without its threads."""

import gzip
import io
from contextlib import contextmanager
from math import inf
from types import SimpleNamespace

import brotli
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections
from django.utils.datastructures import CaseInsensitiveMapping

from nnsc.editions import current_edition
from nnsc.pagecache.bodies import Reader
from nnsc.pagecache.boundary import PageCache
from nnsc.pagecache.shared import SharedShelf
from nnsc.pagecache.shelf import Shelf
from nnsc.pagecache.watch import Watch
from nnsc.pagecache.workshop import (
    Workshop,
    close_old_connections_but_busy_ones,
    spare_open_transactions,
)

DECODERS = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


class Site:
    """The site behind its kept pages. Moments pass when they are told to."""

    def __init__(self, django=None, shelf=None):
        self.database_is_down = False
        self.n_asked = 0
        self.django = django or get_wsgi_application()
        self.watch = Watch(self.ask_edition, has_thread=False)
        self.shelf = shelf or Shelf(5_000_000)
        self.pages = PageCache(
            Workshop(self.ask_django, n_threads=0),
            self.watch,
            self.shelf,
            SharedShelf(is_on=False),
        )

    def ask_edition(self):
        if self.database_is_down:
            raise OperationalError
        return current_edition()

    def ask_django(self, environ, start_response):
        self.n_asked += 1
        return self.django(environ, start_response)

    def get(self, address, method="GET", **headers):
        """Return the answer; headers are written as host="localhost"."""
        path, _, query = address.partition("?")
        said = {"host": "localhost"} | headers
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        } | {f"HTTP_{name.upper()}": value for name, value in said.items()}
        head = []
        with connections_stay():
            chunks = self.pages(environ, lambda *said: head.extend(said))
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        status, pairs = head
        return SimpleNamespace(
            status=int(status[:3]),
            headers=CaseInsensitiveMapping(pairs),
            body=body,
            is_streamed=isinstance(chunks, Reader),
        )

    def a_moment_later(self):
        self.watch.calm_until = self.watch.fresh_until = -inf


@contextmanager
def connections_stay():
    """Let Django not close the test's connection, as its own client does not."""
    spare_open_transactions()
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections_but_busy_ones)
            signal.connect(close_old_connections)


def decoded(answer):
    coding = answer.headers.get("Content-Encoding", "")
    return DECODERS[coding](answer.body)
