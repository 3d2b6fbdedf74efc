"""A feed for every view of the news, as Atom and as JSON Feed."""

from operator import itemgetter

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from impact.models import City, Program
from news.dates import Precision, date_text, first_of
from news.index import news_index
from news.live_rows import key_of
from news.models import Article, Source
from news.outputs import choice_of, feed_title
from news.selection import Selection
from nnsc.editions import noted_edition
from nnsc.feeds import Entry, Feed, feed_response, latest, tag_uri
from nnsc.models import Tag
from nnsc.outputs import absolute, output, refuse_others, with_query
from nnsc.public import kept_by_whole_query

N_ENTRIES = 50


@kept_by_whole_query
@output
def news(request, form):
    choice = choice_of(request)
    query = choice.query()
    return respond(
        request,
        form,
        choice.selection,
        name=f"feed/news/{choice.name()}",
        of=choice.text(),
        page=with_query(reverse("article_list"), query),
    )


@kept_by_whole_query
@output
def year(request, form, year):
    selection = found(news_index().of("year", year))
    return feed_of_page(request, form, selection, "article_year", [year], of=year)


@kept_by_whole_query
@output
def month(request, form, year, month):
    selection = found(news_index().of("month", (year, month)))
    of = date_text(first_of(year, month), Precision.MONTH)
    return feed_of_page(request, form, selection, "article_month", [year, month], of=of)


@kept_by_whole_query
@output
def tag(request, form, slug):
    return feed_of_record(request, form, "tag", get_object_or_404(Tag, slug=slug))


@kept_by_whole_query
@output
def source(request, form, slug):
    return feed_of_record(request, form, "source", get_object_or_404(Source, slug=slug))


@kept_by_whole_query
@output
def city(request, form, slug):
    return feed_of_record(request, form, "city", get_object_or_404(City, slug=slug))


@kept_by_whole_query
@output
def program(request, form, slug):
    program = get_object_or_404(Program, slug=slug)
    selection = news_index().of("tag", program.tag_id)
    return feed_of_page(
        request, form, selection, "program", [slug], of=program, key=program.pk
    )


def found(selection: Selection) -> Selection:
    if not selection:
        raise Http404(_("There is no news of that time here."))
    return selection


def feed_of_record(request, form, facet, record):
    selection = news_index().of(facet, record.pk)
    return feed_of_page(
        request, form, selection, facet, [record.slug], of=record, key=record.pk
    )


def feed_of_page(request, form, selection, page, arguments, *, of, key=None):
    """Answer with the feed of a page that has an address of its own.

    key names what it is about where its address may change.
    """
    refuse_others(request.GET, [])
    key = key or "/".join(str(argument) for argument in arguments)
    return respond(
        request,
        form,
        selection,
        name=f"feed/{page}/{key}",
        of=of,
        page=reverse(page, args=arguments),
    )


def respond(
    request: HttpRequest,
    form: str,
    selection: Selection,
    *,
    name: str,
    of: object,
    page: str,
) -> HttpResponse:
    entries = entries_of(selection)
    feed = Feed(
        id=tag_uri(name),
        title=feed_title(of),
        page_url=absolute(page),
        feed_url=absolute(request.get_full_path()),
        updated_at=latest(
            (entry.updated_at for entry in entries), without=noted_edition().since
        ),
        entries=entries,
    )
    return feed_response(feed, form)


def entries_of(selection: Selection) -> list[Entry]:
    """Return the articles that were shown last, in the order of a list.

    One query; three more where any has changed.
    """

    def make(missing: list[int]) -> dict[int, tuple[tuple, Entry]]:
        return {
            article.pk: (
                key_of(article.dated, article.created_at, article.pk),
                entry(article),
            )
            for article in Article.objects.filter(pk__in=missing).for_lists()
        }

    latest_ones = selection.latest(N_ENTRIES)
    cards = selection.index.cards("feed", latest_ones, make).values()
    return [entry for _key, entry in sorted(cards, key=itemgetter(0))]


def entry(article: Article) -> Entry:
    """Return an article from for_lists() as an entry.

    Its moments say when it was shown here. The date of the story, which is often known
    to the month alone and would have to be made up to the second, stands in the text.
    """
    return Entry(
        id=tag_uri(f"article/{article.pk}"),
        url=absolute(article.get_absolute_url()),
        title=article.title,
        html=render_to_string("news/_feed_entry.html", {"article": article}).strip(),
        author=str(article.source),
        published_at=article.goes_live_at,
        updated_at=max(article.updated_at, article.goes_live_at),
        source_url=article.source_url,
        tags=[
            *(str(city) for city in article.cities.all()),
            *(tag.name for tag in article.tags.all()),
        ],
    )
