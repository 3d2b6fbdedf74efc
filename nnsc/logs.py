"""What the site says while it runs, each line with the id of the request it is about.

No line of ours tells of a person: no address, no name, no words that were searched for,
no browser. Parts of paths that let somebody in are left out.
"""

import json
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextvars import ContextVar
from datetime import UTC, datetime
from uuid import uuid4

from django.conf import settings

# What a proxy may call a request: nothing that could break a line or a header.
SANE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
# Words in our addresses have no capitals; what has some, and is long, is a token.
TOKEN = re.compile(r"(?<=/)(?=[^/]*[A-Z])[^/]{20,}")
UNSAFE = re.compile(r"[^\x21-\x7e]")
MAX_PATH_LENGTH = 300
# Asked for every few seconds by whoever watches over the site.
QUIET = {"/healthz", "/readyz"}

ID = "nnsc.request_id"
current_id: ContextVar[str] = ContextVar("request id", default="")
access = logging.getLogger("nnsc.access")


class LineFormatter(logging.Formatter):
    """A line for people: 2026-01-31 12:00:00,000 INFO nnsc.access [id]: GET / 200."""

    def format(self, record):
        request = current_id.get()
        record.about = f" [{request}]" if request else ""
        return super().format(record)


class JsonFormatter(logging.Formatter):
    """A line for programs: one JSON object, with the record's own fields in it."""

    def format(self, record):
        moment = datetime.fromtimestamp(record.created, UTC)
        line = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": current_id.get() or None,
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


class RequestLog:
    """WSGI around the whole site: names each request, and says how it was answered.

    The id is in every line that is written meanwhile and in the answer's X-Request-ID.
    The line comes when the last of the answer has been handed over. Who lets another
    thread go on with the request finds the id in environ, under ID.
    """

    def __init__(self, application: Callable):
        self.application = application

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        started = time.perf_counter()
        name = request_id(environ)
        current_id.set(name)
        environ[ID] = name
        status = ""

        def start(its_status, headers, *exc_info):
            nonlocal status
            status = its_status
            return start_response(
                its_status, [*headers, ("X-Request-ID", name)], *exc_info
            )

        def done():
            log_request(environ, status, time.perf_counter() - started)
            current_id.set("")

        try:
            return Logged(self.application(environ, start), done)
        except BaseException:
            done()
            raise


class RequestIdMiddleware:
    """Lets what Django does in a thread of its own be told by the id as well."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        current_id.set(request.META.get(ID, ""))
        return self.get_response(request)


class Logged:
    """The body of an answer. Calls done once, at its end or where it was given up."""

    def __init__(self, body: Iterable[bytes], done: Callable[[], None]):
        self.body = body
        self.done = done
        # What Django makes while it is sent is not to be taken into memory whole.
        self.streaming = getattr(body, "streaming", False)

    def __iter__(self) -> Iterator[bytes]:
        yield from self.body
        # A server that is being stopped may not come to close it.
        self.end()

    def close(self) -> None:
        try:
            if hasattr(self.body, "close"):
                self.body.close()
        finally:
            self.end()

    def end(self) -> None:
        done, self.done = self.done, lambda: None
        done()


def request_id(environ: dict) -> str:
    """Return what the proxy in front calls the request, or a name of our own.

    Without a proxy that is ours, a stranger would choose it.
    """
    given = environ.get("HTTP_X_REQUEST_ID", "")
    return given if settings.PROXIES and SANE_ID.fullmatch(given) else uuid4().hex


def log_request(environ: dict, status: str, seconds: float) -> None:
    path = environ.get("PATH_INFO", "")
    level = logging.DEBUG if path in QUIET else logging.INFO
    if not access.isEnabledFor(level):
        return
    fields = {
        "method": plain(environ.get("REQUEST_METHOD", ""))[:20],
        "path": plain(TOKEN.sub("...", path))[:MAX_PATH_LENGTH],
        # Without one, the answer was never begun.
        "status": int(status[:3] or 500),
        "ms": round(seconds * 1000, 1),
    }
    message = "%(method)s %(path)s %(status)d in %(ms)s ms"
    access.log(level, message, fields, extra={"fields": fields})


def plain(text: str) -> str:
    """Return text as one line: all but visible ASCII is escaped."""
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
