"""Records shown on their real pages before the public sees them, or not like this.

A view that shows a record names the function that renders it, with @shows. A preview
calls that function with a record that is not saved, or not live, under a banner. Staff
see previews out of their forms; others by a link that staff make, one record each.
"""

import hashlib
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from django.apps import apps
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nnsc.models import PreviewLink
from nnsc.moments import in_words
from nnsc.outputs import absolute

LINKS_LIVE = timedelta(days=7)
TOKEN_BYTES = 24

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


# Links for others


def make_link(record: models.Model, by) -> str:
    """Return the address of a new link to record. It is known here and never again."""
    PreviewLink.objects.filter(expires_at__lte=timezone.now()).delete()
    token = secrets.token_urlsafe(TOKEN_BYTES)
    PreviewLink.objects.create(
        token_hash=hash_of(token),
        label=record._meta.label_lower,
        record=record.pk,
        made_by=by,
        expires_at=timezone.now() + LINKS_LIVE,
    )
    return absolute(reverse("preview_link", args=[token]))


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@require_safe
def linked(request, token):
    """Show the record of a link as it is saved, draft or not, to whoever has the link.

    A token that never was, has expired or was revoked looks like any wrong address.
    """
    link = PreviewLink.objects.living().filter(token_hash=hash_of(token)).first()
    model = link and apps.get_model(link.label)
    record = link and model._default_manager.filter(pk=link.record).first()
    if record is None:
        raise Http404(_("There is no such page here."))
    return render_preview(request, record, Preview(sentence_for_others(record, link)))


def sentence_for_others(record: models.Model, link: PreviewLink) -> str:
    if record.is_live:
        sentence = _('This is public now: <a href="{address}">the page</a>.')
        return format_html(sentence, address=record.get_absolute_url())
    sentence = _(
        "This is not public. It may still change, or never appear. The link works "
        "until %(moment)s."
    )
    return sentence % {"moment": in_words(link.expires_at)}
