"""The outermost layer: answers from what is kept, before Django hears of a request."""

import threading
from concurrent.futures import Future
from contextlib import ExitStack, nullcontext
from time import monotonic
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.db import Error as DatabaseProblem
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.utils.http import parse_http_date_safe
from django.utils.translation import gettext as _

from nnsc.changes import held_still
from nnsc.failing import NOTHING_KEPT, unavailable_headers, unavailable_html
from nnsc.pagecache.bodies import Reader, TooLarge, TooSlow, whole_body
from nnsc.pagecache.page import (
    FOR_EVER,
    Page,
    Variant,
    best_coding,
    digest_of,
    ending,
    is_unchanged,
    marked,
    variant_of,
)
from nnsc.pagecache.shared import SharedShelf
from nnsc.pagecache.shelf import Address, Shelf
from nnsc.pagecache.watch import CALM_SECONDS, Watch
from nnsc.pagecache.workshop import Answer, Busy, Workshop, plain_environ
from nnsc.public import ALL

READING = ("GET", "HEAD")
NOTHING = [b""]
# How long a page may take to be made.
PAGE_SECONDS = 10
# So often a page is made anew because the content changed meanwhile; the last time,
# changes wait for it.
N_TRIES = 4
MAX_QUERY_LENGTH = 2_000
MAX_PARAMETERS = 100
N_REMEMBERED = 1_000
MAX_REMEMBERED_LENGTH = 200


class PageCache:
    """A WSGI application that answers for Django with the pages it keeps.

    A page is kept when its view is marked, as in nnsc.public, and a file when it is
    said to be immutable. All else is Django's, as is everything that staff ask for.
    """

    def __init__(
        self, workshop: Workshop, watch: Watch, shelf: Shelf, shared: SharedShelf
    ):
        self._workshop = workshop
        self._watch = watch
        self._shelf = shelf
        self._pages = shelf.pages
        self._shared = shared
        self._being_made: dict[Address, Future] = {}
        self._lock = threading.Lock()
        # What headers were found to mean, for few differ.
        self._hosts: dict[str, bool] = {}
        self._codings: dict[str, str] = {}
        self._session = f"{settings.SESSION_COOKIE_NAME}="
        self._is_https = settings.HTTPS
        self._files = (settings.STATIC_URL, settings.MEDIA_URL)

    # What is kept

    def __call__(self, environ, start_response):
        # This is all that most readers cost us, so it is written to be fast.
        page = self._pages.get((environ["PATH_INFO"], environ["QUERY_STRING"]))
        watch = self._watch
        if (
            page is not None
            and (
                (page.edition == watch.edition and monotonic() < watch.calm_until)
                or page.edition == FOR_EVER
            )
            and self._is_for_anyone(environ)
        ):
            coding = self._codings.get(environ.get("HTTP_ACCEPT_ENCODING", ""))
            variant = page.variants.get(coding)
            if variant is not None:
                page.was_used = True
                if (
                    "HTTP_IF_NONE_MATCH" in environ
                    or "HTTP_IF_MODIFIED_SINCE" in environ
                    or environ["REQUEST_METHOD"] != "GET"
                ):
                    return send(variant, environ, start_response)
                start_response("200 OK", variant.headers)
                return variant.body
        return self._look_closer(environ, start_response)

    def _is_for_anyone(self, environ) -> bool:
        """Whether what is asked for is the same for whoever asks."""
        return (
            environ["REQUEST_METHOD"] in READING
            and self._hosts.get(environ.get("HTTP_HOST"), False)
            and ("HTTP_COOKIE" not in environ or not self._has_session(environ))
            and "HTTP_RANGE" not in environ
            and "HTTP_AUTHORIZATION" not in environ
            and (not self._is_https or environ.get("HTTP_X_FORWARDED_PROTO") == "https")
        )

    def _has_session(self, environ) -> bool:
        return self._session in environ["HTTP_COOKIE"]

    def _look_closer(self, environ, start_response):
        self._learn(environ)
        address = None
        if self._shelf.max_bytes and self._is_for_anyone(environ):
            address = address_of(environ, self._files)
        if address is None:
            return self._pass_on(environ, start_response)
        if address[0].startswith(self._files):
            return self._send_file(address, environ, start_response)
        page, is_stale = self._find(address, environ)
        if page is None:
            return self._pass_on(environ, start_response)
        variant = page.variant(self._coding(environ))
        seconds_left = self._watch.ends_at - monotonic()
        if seconds_left < CALM_SECONDS:
            variant = ending(variant, max(0, int(seconds_left)))
        if is_stale:
            variant = marked(variant, "X-NNSC-Kept", "stale")
        return send(variant, environ, start_response, page.status)

    def _learn(self, environ):
        """Find out what the headers mean that every request is asked for."""
        host = environ.get("HTTP_HOST")
        if host not in self._hosts:
            domain, _port = split_domain_port(host or "")
            is_ours = bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)
            remember(self._hosts, host, is_ours)
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        if accepted not in self._codings:
            remember(self._codings, accepted, best_coding(accepted))

    def _coding(self, environ) -> str:
        return best_coding(environ.get("HTTP_ACCEPT_ENCODING", ""))

    def _find(self, address: Address, environ) -> tuple[Page | None, bool]:
        """Return the page and whether it may be out of date; None if it is no page."""
        if self._watch.freshen():
            page = self._pages.get(address)
            if page is not None and page.edition == self._watch.edition:
                page.was_used = True
                return page, False
            try:
                page = self._make_once(address, environ)
            except Busy:
                page = unavailable()
            if page is None or NOTHING_KEPT not in page.headers:
                return page, False
        old = self._pages.get(address) or self._shared.get(self._watch.edition, address)
        if old and self._watch.silent_seconds < settings.STALE_SECONDS:
            old.was_used = True
            return old, True
        return unavailable(), False

    # What is made

    def _make_once(self, address: Address, environ) -> Page | None:
        """Make a page, or wait for whoever makes it already. Raise Busy."""
        with self._lock:
            coming = self._being_made.get(address)
            if coming is None:
                ours = self._being_made[address] = Future()
        if coming is not None:
            try:
                return coming.result(PAGE_SECONDS)
            except TimeoutError:
                raise Busy from None
        try:
            ours.set_result(
                self._workshop.run(
                    self._make, address, environ, patience_seconds=PAGE_SECONDS
                )
            )
        except BaseException as error:
            ours.set_exception(error)
        finally:
            with self._lock:
                del self._being_made[address]
        return ours.result()

    def _make(self, promise: Future, address: Address, environ) -> None:
        """Keep the promise with a page, of the shared shelf or made anew."""
        page = self._shared.get(self._watch.edition, address)
        if page is None:
            page = self._render(environ, query=address[1])
            if page and page.edition:
                self._shared.put(address, page)
        if page and page.edition:
            self._shelf.put(address, page)
        elif page and not page.status.startswith("5"):
            # Withdrawn or gone: not even a stale one is to be shown.
            self._shelf.forget(address)
        promise.set_result(page)

    def _render(self, environ, query: str) -> Page | None:
        """Return a page that is of one edition as a whole; None if it is no page."""
        for n_left in reversed(range(N_TRIES)):
            edition = self._watch.edition
            with nullcontext() if n_left else held_still():
                if not n_left:
                    edition = self._watch.look().name
                answer = self._workshop.ask(plain_environ(environ, query, self._host))
                if not is_for_all(answer):
                    return None
                page = Page(answer.status, answer.headers, answer.body)
                if not is_to_keep(answer):
                    return page
                try:
                    is_whole = self._watch.look().name == edition
                except DatabaseProblem:
                    return page
            if is_whole:
                page.edition = edition
                return page
        return page

    @property
    def _host(self) -> str:
        return urlsplit(settings.SITE_URL).netloc

    def _send_file(self, address: Address, environ, start_response):
        """Answer with a file, which comes compressed from where it is, if at all."""
        coding = self._coding(environ)
        page = self._pages.get(address)
        variant = page and page.variants.get(coding)
        if variant is None:
            asked = plain_environ(environ, "", environ["HTTP_HOST"])
            asked["HTTP_ACCEPT_ENCODING"] = coding
            try:
                answer = self._workshop.run(self._workshop.answer, asked)
            except Busy:
                return self._pass_on(environ, start_response)
            if isinstance(answer.body, Reader) or not is_immutable(answer):
                close(answer.body)
                return self._pass_on(environ, start_response)
            if page is None:
                page = Page(answer.status, answer.headers, answer.body, FOR_EVER)
                self._shelf.put(address, page)
            digest, found = digest_of(answer.body), answer.header("content-encoding")
            variant = variant_of(page.headers, answer.body, digest, found)
            page.variants[coding] = variant
        else:
            page.was_used = True
        return send(variant, environ, start_response)

    # What is Django's

    def _pass_on(self, environ, start_response):
        try:
            if environ["PATH_INFO"] == "/healthz":
                # It says that this process lives, whatever Django's threads hang in.
                answer = self._workshop.ask(environ)
            elif n_bytes := content_length(environ):
                answer = self._pass_on_with_body(environ, n_bytes)
            else:
                answer = self._workshop.run(self._workshop.answer, environ)
        except TooLarge:
            answer = refusal("413 Content Too Large", _("That is more than we take."))
        except TooSlow:
            answer = refusal("408 Request Timeout", _("That came too slowly."))
        except Busy:
            page = unavailable()
            answer = Answer(page.status, page.headers, page.body)
        start_response(answer.status, answer.headers)
        if environ["REQUEST_METHOD"] == "HEAD":
            close(answer.body)
            return NOTHING
        return answer.body if isinstance(answer.body, Reader) else [answer.body]

    def _pass_on_with_body(self, environ, n_bytes) -> Answer:
        with ExitStack() as stack:
            with self._workshop.takes_body():
                body = whole_body(environ["wsgi.input"], n_bytes)
                environ["wsgi.input"] = stack.enter_context(body)
            return self._workshop.run(self._workshop.answer, environ)


def unavailable() -> Page:
    body = unavailable_html().encode()
    return Page("503 Service Unavailable", unavailable_headers(), body)


def refusal(status: str, sentence: str) -> Answer:
    headers = [("Content-Type", "text/plain; charset=utf-8")]
    return Answer(status, headers, f"{sentence}\n".encode())


def send(variant: Variant, environ, start_response, status="200 OK") -> list[bytes]:
    if is_known(variant, environ) and status == "200 OK":
        start_response("304 Not Modified", variant.unchanged)
        return NOTHING
    start_response(status, variant.headers)
    return variant.body if environ["REQUEST_METHOD"] == "GET" else NOTHING


def is_known(variant: Variant, environ) -> bool:
    """Whether the reader has the page, as it is, already."""
    known = environ.get("HTTP_IF_NONE_MATCH")
    if known is not None:
        return is_unchanged(known, variant.etag)
    if not variant.modified:
        return False
    since = parse_http_date_safe(environ.get("HTTP_IF_MODIFIED_SINCE", ""))
    return since is not None and parse_http_date_safe(variant.modified) <= since


def remember(meanings: dict, said, meaning) -> None:
    """Note what a header means, of which readers may send any number."""
    if len(said or "") > MAX_REMEMBERED_LENGTH:
        return
    if len(meanings) >= N_REMEMBERED:
        meanings.clear()
    meanings[said] = meaning


def address_of(environ, files: tuple[str, ...]) -> Address | None:
    """Return under which address the answer is kept; None where none is."""
    path, query = environ["PATH_INFO"], environ["QUERY_STRING"]
    if path.startswith(files):
        return path, ""
    if len(query) > MAX_QUERY_LENGTH:
        return None
    try:
        view = resolve(get_path_info(environ)).func
        known = getattr(view, "kept_parameters", frozenset())
        if not hasattr(view, "kept_parameters"):
            return None
        return path, query if known is ALL else canonical_query(query, known)
    except (Resolver404, ValueError):
        return None


def canonical_query(query: str, known: frozenset[str]) -> str:
    """Return what of a query a page knows, in one order. Raise ValueError of too many.

    Values of one name stay in their order, which may mean something.
    """
    if not query:
        return ""
    pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    return urlencode(sorted((p for p in pairs if p[0] in known), key=lambda p: p[0]))


def is_for_all(answer: Answer) -> bool:
    """Whether the answer is the same for everyone: nobody's cookie is in it."""
    return (
        isinstance(answer.body, bytes)
        and not answer.header("set-cookie")
        and answer.header("vary") in ("", "accept-encoding")
    )


def is_to_keep(answer: Answer) -> bool:
    said = answer.header("cache-control")
    return (
        answer.status.startswith("200")
        and "public" in said
        and "no-store" not in said
        and "private" not in said
    )


def is_immutable(answer: Answer) -> bool:
    is_found = answer.status.startswith("200") and not answer.header("set-cookie")
    return is_found and "immutable" in answer.header("cache-control")


def content_length(environ) -> int:
    try:
        return int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def close(body: bytes | Reader) -> None:
    if isinstance(body, Reader):
        body.close()
