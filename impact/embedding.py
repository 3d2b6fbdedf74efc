"""Figures on the pages of others: a frame that needs no script, and oEmbed.

A frame is asked for whenever its page is read, so it says when its figure has been
withdrawn. Nothing else of this site may be framed.
"""

from functools import wraps
from urllib.parse import unquote, urlencode, urlsplit

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from impact.downloads import public_figure
from impact.models import Metric
from impact.sharing import figure_image
from nnsc.feeds import printable
from nnsc.outputs import Gone, Refused, absolute, output
from nnsc.public import public_page
from nnsc.structured import organization

# In pixels. In a narrower place the text is longer, and the frame scrolls.
WIDTH, HEIGHT = 600, 440
SMALLEST, MAX_SIZE = 120, 99_999
CACHE_SECONDS = 3600
# Which of our pages stand for a figure.
PAGES = ["metric", "embed"]


def framed_by_all(view):
    """Decorator of views: their pages may be framed by any page of any site."""

    @wraps(view)
    @xframe_options_exempt
    @csp_replace({"frame-ancestors": ["*"]})
    def framed(request, *args, **kwargs):
        return view(request, *args, **kwargs)

    return framed


@public_page()
@framed_by_all
@require_safe
def embed(request, pk):
    """Show a figure within another page: what it says, who says so, if it still does.

    Two queries.
    """
    try:
        metric = public_figure(pk)
    except Gone:
        return framed_page(request, "withdrawn", status=410)
    except Http404:
        return framed_page(request, "missing", status=404)
    if not metric.is_live:
        return framed_page(request, "under_review", metric=metric)
    return framed_page(request, "live", metric=metric)


def framed_page(request, what: str, metric: Metric | None = None, status: int = 200):
    page = metric.get_absolute_url() if metric else reverse("impact")
    context = {
        "what": what,
        "metric": metric,
        "page_url": absolute(page),
        "canonical_url": absolute(page),
    }
    return render(request, "impact/embed.html", context, status=status)


def frame(metric: Metric, width: int = WIDTH, height: int = HEIGHT) -> SafeString:
    """Return the element that shows a live figure on any page."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy"'
        # On the pages of others no stylesheet of ours is at hand, and a class of ours
        # might mean something else.
        ' style="border: 0; max-width: 100%"></iframe>',
        absolute(reverse("embed", args=[metric.pk])),
        metric.sentence(),
        width,
        height,
    )


def oembed_urls(metric: Metric) -> dict[str, str]:
    """Return where programs find the frame of a figure, by format."""
    page = absolute(metric.get_absolute_url())
    return {form: oembed_url(page, form) for form in ("json", "xml")}


def oembed_url(page: str, form: str) -> str:
    query = urlencode({"url": page, "format": form})
    return absolute(f"{reverse('oembed')}?{query}")


@output
def oembed(request):
    """Tell programs how to show the figure whose page they name. Three queries.

    Format: oEmbed 1.0, type rich. Parameters that are not known are passed over, for
    there are programs that send some of their own to all sites.
    """
    query = request.GET
    form = query.get("format", "json")
    if form not in ("json", "xml"):
        return HttpResponse(
            _("What can be had is json or xml.") + "\n",
            status=501,
            content_type="text/plain; charset=utf-8",
        )
    metric = figure_at(query.get("url", ""))
    said = description(metric, size(query, "maxwidth"), size(query, "maxheight"))
    if form == "xml":
        return HttpResponse(as_xml(said), content_type="text/xml; charset=utf-8")
    return JsonResponse(said)


def figure_at(url: str) -> Metric:
    """Return the live figure of the page at url.

    Raise Refused without a url, Gone for what was withdrawn, Http404 for what is none.
    """
    if not url:
        raise Refused(_("Name the page of a figure as “url”."), ["url"])
    try:
        parts = urlsplit(url)
        found = resolve(unquote(parts.path))
    except (ValueError, Resolver404):
        found = parts = None
    here = urlsplit(settings.SITE_URL).netloc
    if not found or parts.netloc != here or found.url_name not in PAGES:
        raise Http404(_("There is no figure at that address."))
    metric = public_figure(found.kwargs["pk"])
    if not metric.is_live:
        raise Http404(_("That figure is under review."))
    return metric


def size(query, name: str) -> int:
    """Return how large what is sent may be, in pixels."""
    asked = query.get(name)
    if not asked:
        return MAX_SIZE
    if not (asked.isascii() and asked.isdigit() and len(asked) < 6):
        raise Refused(
            _("“%(name)s” is a number of pixels, such as 480.") % {"name": name}, [name]
        )
    return max(int(asked), SMALLEST)


def description(metric: Metric, max_width: int, max_height: int) -> dict:
    image = figure_image(metric)
    width, height = min(WIDTH, max_width), min(HEIGHT, max_height)
    publisher = organization()
    said = {
        "version": "1.0",
        "type": "rich",
        "title": metric.sentence(),
        "author_name": metric.citation.authors,
        "author_url": metric.citation.url,
        "provider_name": publisher["name"],
        "provider_url": publisher["url"],
        "cache_age": CACHE_SECONDS,
        "html": frame(metric, width, height),
        "width": width,
        "height": height,
    }
    # It may be no larger than what was asked for.
    if image.width > max_width or image.height > max_height:
        return said
    return said | {
        "thumbnail_url": image.url,
        "thumbnail_width": image.width,
        "thumbnail_height": image.height,
    }


def as_xml(said: dict) -> str:
    parts = (
        f"<{name}>{escape(printable(str(text)))}</{name}>"
        for name, text in said.items()
    )
    head = '<?xml version="1.0" encoding="utf-8" standalone="yes"?>'
    return f"{head}\n<oembed>{''.join(parts)}</oembed>\n"
