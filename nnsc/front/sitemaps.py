"""What search engines may read: robots.txt, and a sitemap in files of 50,000 pages."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.db.models import F, Max
from django.db.models.functions import Greatest
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import gettext as _

from impact.models import City, Metric, Program
from news.index import news_index
from news.models import Article
from news.tables import sources, tags
from nnsc.outputs import absolute, output
from nnsc.public import public_page
from principles.models import Principle

# What sitemaps.org allows in one file, and files in one index.
MAX_URLS = 50_000
MAX_FILES = 50_000
CHUNK_SIZE = 2_000
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
PAGES = [
    "home",
    "article_list",
    "tag_list",
    "source_list",
    "city_list",
    "program_list",
    "impact",
    "methods",
    "principle_list",
    "about",
    "accessibility",
    "data",
]

# A page's path and when it changed, None where nobody knows: a list changes with what
# enters and leaves it, and a wrong moment is worse than none.
Page = tuple[str, datetime | None]


@public_page()
def robots(request):
    """Keep robots out of the admin alone; pages say themselves what is not for them."""
    lines = [
        "User-agent: *",
        f"Disallow: {reverse('admin:index')}",
        "",
        f"Sitemap: {absolute(reverse('sitemap_index'))}",
    ]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain")


@output
def index(request):
    """Name the files: as many of articles, and of all else, as they need."""
    n_pages = sum(1 for _page in pages())
    files = [("pages", number, None) for number in file_numbers(n_pages)]
    for number in file_numbers(Article.objects.live().count()):
        changed = articles_of(number).aggregate(changed=Max("changed_at"))
        files.append(("articles", number, changed["changed"]))
    entries = (
        (reverse("sitemap", args=[part, number]), changed_at)
        for part, number, changed_at in files
    )
    return xml("sitemapindex", "sitemap", entries)


@output
def part(request, part, number):
    if not 0 < number <= MAX_FILES:
        raise Http404(_("There is no such part of the sitemap."))
    if part == "pages":
        start = (number - 1) * MAX_URLS
        if of_file := list(islice(pages(), start, start + MAX_URLS)):
            return xml("urlset", "url", of_file)
    if part == "articles" and articles_of(number).exists():
        return xml("urlset", "url", article_pages(number))
    raise Http404(_("There is no such part of the sitemap."))


def file_numbers(n_urls: int) -> range:
    return range(1, -(-n_urls // MAX_URLS) + 1)


def articles_of(number: int):
    """The live articles of a file, by id, so that a new one changes the last file."""
    start = (number - 1) * MAX_URLS
    articles = Article.objects.live().order_by("id")
    changed_at = Greatest(F("updated_at"), F("goes_live_at"))
    return articles.annotate(changed_at=changed_at)[start : start + MAX_URLS]


def article_pages(number: int) -> Iterator[Page]:
    rows = articles_of(number).values_list("pk", "slug", "changed_at")
    for pk, slug, changed_at in rows.iterator(CHUNK_SIZE):
        yield reverse("article", args=[pk, slug]), changed_at


def pages() -> Iterator[Page]:
    """Yield all that is no article. Seven queries."""
    figures = [(metric, metric.changed_at()) for metric in shown_metrics()]
    figures_changed_at = max((moment for _metric, moment in figures), default=None)
    for name in PAGES:
        yield reverse(name), figures_changed_at if name == "impact" else None
    for metric, moment in figures:
        yield metric.get_absolute_url(), moment
    for principle in Principle.objects.live():
        yield principle.get_absolute_url(), principle.updated_at
    for records in [City.objects.all(), Program.objects.all(), sources(), tags()]:
        for record in records.only("slug").prefetch_related(None):
            yield record.get_absolute_url(), None
    index = news_index()
    for year, _n in index.counts("year"):
        yield reverse("article_year", args=[year]), None
    for (year, month), _n in index.counts("month"):
        yield reverse("article_month", args=[year, month]), None


def shown_metrics():
    return Metric.objects.shown().select_related("city", "program")


def xml(root: str, element: str, entries) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        written(root, element, entries), content_type="application/xml; charset=utf-8"
    )


def written(root: str, element: str, entries) -> Iterator[str]:
    yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n'
    for path, changed_at in entries:
        changed = ""
        if changed_at:
            changed = f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>"
        yield f"<{element}><loc>{escape(absolute(path))}</loc>{changed}</{element}>\n"
    yield f"</{root}>\n"
