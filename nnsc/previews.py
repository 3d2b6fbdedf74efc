"""Records shown on their real pages before the public sees them, or not like this.

A view that shows a record names the function that renders it, with @shows. A preview
calls that function with a record that is not saved, or not live, under a banner.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.urls import resolve

# Of a request, what a page may need to know of the machine that it is asked from.
OF_THE_MACHINE = ["HTTP_HOST", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL"]

# No cache, no search engine and no page that it leads to learns of a preview.
HEADERS = {
    "Cache-Control": "no-store, private",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


@dataclass(frozen=True)
class Preview:
    """What the banner says: one sentence, then lists of sentences where there are any.

    problems are of what was typed and could not be read, missing what must be there
    before the record can be published.
    """

    sentence: str
    problems: Iterable[str] = ()
    missing: Iterable[str] = ()


def shows(page: Callable[[HttpRequest, models.Model], HttpResponse]):
    """Decorator of a view: page(request, record) renders what the view shows.

    page takes a record in any state, saved or not, with fields still empty.
    """

    def name_page(view):
        view.page = page
        return view

    return name_page


def render_preview(
    request: HttpRequest, record: models.Model, preview: Preview
) -> HttpResponse:
    """Return the page of record as a reader would get it, under a banner.

    The record has a key, be it one that no other has, for pages ask for its articles.
    """
    if hasattr(record, "prepare"):
        record.prepare()
    path = urlsplit(record.get_absolute_url()).path
    asked = readers_request(request, path)
    asked.preview = preview
    response = resolve(path).func.page(asked, record)
    for name, value in HEADERS.items():
        response.headers[name] = value
    return response


def readers_request(request: HttpRequest, path: str) -> HttpRequest:
    """Return the request of a reader, who has no session, for the page at path."""
    asked = HttpRequest()
    asked.method = "GET"
    asked.path = asked.path_info = path
    asked.META = {
        name: request.META[name] for name in OF_THE_MACHINE if name in request.META
    }
    return asked
