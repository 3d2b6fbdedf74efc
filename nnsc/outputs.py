"""What is taken away rather than read as a page: feeds, tables, the API.

Each is sent again only when it has changed, may be read by scripts of other sites, and
refuses a query that it does not understand instead of passing over it.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _

from nnsc.editions import Edition, edition_noted
from nnsc.moved import Moved

MAX_AGE_SECONDS = 60
RETRY_AFTER_SECONDS = 60
MAX_SHOWN_LENGTH = 60


class Refused(Exception):  # noqa: N818
    """A query that cannot be answered, with a sentence that names what is wrong."""

    def __init__(self, sentence: str, parameters: list[str]):
        super().__init__(sentence)
        self.sentence = sentence
        self.parameters = parameters


class NotReady(Exception):  # noqa: N818
    """What cannot be answered whole at this moment, with a sentence that says why."""

    def __init__(self, sentence: str):
        super().__init__(sentence)
        self.sentence = sentence


class Gone(Exception):  # noqa: N818
    """What was asked for was taken back, as the sentence says."""


def refuse_others(query: QueryDict, known: Iterable[str]) -> None:
    """Raise Refused, naming every parameter of the query that is not known."""
    known = list(known)
    unknown = [name for name in query if name not in known]
    if not unknown:
        return
    shown = ", ".join(f"“{name[:MAX_SHOWN_LENGTH]}”" for name in unknown[:5])
    sentence = _("There is no parameter %(names)s here.") % {"names": shown}
    if known:
        sentence += " " + _("What can be asked: %(names)s.") % {
            "names": ", ".join(known)
        }
    raise Refused(sentence, unknown)


def output(view):
    """Decorator of views: 304 where nothing has changed, 400 where Refused is raised.

    410 where Gone is, 503 where NotReady is, 301 where Moved is. A 304 costs one query.
    Scripts of other sites may read all.
    """

    @wraps(view)
    def answer(request, *args, **kwargs):
        response = _answer(view, request, *args, **kwargs)
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Expose-Headers"] = "ETag"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        # Search engines are to find the pages.
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer


def _answer(view, request, *args, **kwargs):
    if request.method == "OPTIONS":
        return _preflight()
    if request.method not in ("GET", "HEAD"):
        return _text(_("This can be read, and nothing else."), status=405, Allow=ALLOW)
    with edition_noted() as edition:
        return _answer_of(edition, view, request, *args, **kwargs)


def _answer_of(edition, view, request, *args, **kwargs):
    etag, modified = etag_of(edition, request), modified_at(edition)
    unchanged = get_conditional_response(request, etag=etag, last_modified=modified)
    try:
        response = unchanged or view(request, *args, **kwargs)
    except Moved as moved:
        return moved.response(request)
    except Refused as refused:
        return _text(refused.sentence, status=400)
    except Gone as gone:
        return _text(str(gone), status=410)
    except NotReady as not_ready:
        response = _text(not_ready.sentence, status=503)
    if response.status_code == 503:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    if response.status_code in (200, 304):
        response.headers["ETag"] = etag
        response.headers["Cache-Control"] = f"public, max-age={max_age(edition)}"
        if modified:
            response.headers["Last-Modified"] = http_date(modified)
    return response


ALLOW = "GET, HEAD, OPTIONS"


def _preflight():
    return HttpResponse(
        status=204,
        headers={
            "Allow": ALLOW,
            "Access-Control-Allow-Methods": ALLOW,
            "Access-Control-Allow-Headers": "If-None-Match, If-Modified-Since",
            "Access-Control-Max-Age": "86400",
        },
    )


def _text(sentence: str, status: int, **headers) -> HttpResponse:
    return HttpResponse(
        sentence + "\n",
        status=status,
        content_type="text/plain; charset=utf-8",
        headers=headers,
    )


def etag_of(edition: Edition, request: HttpRequest) -> str:
    name = f"{edition.name} {request.get_full_path()}"
    return f'"{hashlib.sha256(name.encode()).hexdigest()[:24]}"'


def modified_at(edition: Edition) -> int | None:
    """Return when the edition began, in seconds; None while that second lasts.

    Within it the next edition may begin, and would bear the same time.
    """
    since = int(edition.since.timestamp())
    return since if since < int(timezone.now().timestamp()) else None


def max_age(edition: Edition) -> int:
    if edition.changes_at is None:
        return MAX_AGE_SECONDS
    left = (edition.changes_at - timezone.now()).total_seconds()
    return max(0, min(MAX_AGE_SECONDS, int(left)))


def absolute(path: str) -> str:
    """Return the address that readers anywhere know: https://site/news/."""
    return settings.SITE_URL + path


def license_url() -> str:
    """Return where readers find what they may do with the figures."""
    return absolute(f"{reverse('data')}#license")


@dataclass(frozen=True)
class TakeAway:
    """What a page shows, in other forms. A path is empty where there is none.

    page is the path under which its feeds stand, title is theirs; csv, json and zip are
    paths of the table, the list of the API and an archive; query narrows all alike.
    """

    title: str = ""
    page: str = ""
    csv: str = ""
    json: str = ""
    zip: str = ""
    feed_query: str = ""
    query: str = ""

    @property
    def atom_url(self) -> str:
        return with_query(f"{self.page}feed.atom", self.feed_query)

    @property
    def json_feed_url(self) -> str:
        return with_query(f"{self.page}feed.json", self.feed_query)

    @property
    def csv_url(self) -> str:
        return with_query(self.csv, self.query)

    @property
    def json_url(self) -> str:
        return with_query(self.json, self.query)

    @property
    def zip_url(self) -> str:
        return with_query(self.zip, self.query)


def with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
