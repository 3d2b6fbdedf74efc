from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from impact.models import Program
from news.dates import Precision, date_text, date_value, first_of
from news.facets import NewsFilter, filled_in
from news.index import news_index
from news.models import Article, Source
from news.outputs import feed_title, take_away
from news.structured import article_page, way_to_year
from nnsc.models import Tag
from nnsc.outputs import TakeAway
from nnsc.paging import page_of
from nnsc.previews import shows
from nnsc.public import public_page
from nnsc.structured import json_ld, page_below
from nnsc.trash import was_public

PER_PAGE = 20
N_RELATED = 3


@public_page("city", "tag", "source", "year", "q", "page")
def article_list(request):
    """Show the newest articles that fit the reader's choice of facets."""
    filled = filled_in(request.GET)
    index = news_index()
    # First, for it may lead further than to what is filled in.
    chosen = NewsFilter(filled, index)
    if filled != request.GET:
        query = filled.urlencode()
        return redirect(f"{request.path}?{query}" if query else request.path)
    context = {
        "chosen": chosen,
        "page": page_of(request, chosen.selection, PER_PAGE),
        "years": index.counts("year"),
        "canonical_url": settings.SITE_URL + chosen.address(),
        "take_away": take_away(
            feed_title(chosen.text()),
            reverse("article_list"),
            query=chosen.query(),
            feed_query=chosen.query(),
        ),
    }
    response = render(request, "news/article_list.html", context)
    if chosen.is_behind:
        add_never_cache_headers(response)
    return response


def former_list(request):
    """Lead an address of the former site to the news. Its pages held other items."""
    return redirect("article_list", permanent=True)


@public_page("page")
def article_year(request, year):
    index = news_index()
    page = page_of(request, index.of("year", year), PER_PAGE)
    if not page.paginator.count:
        raise Http404(_("There is no news of %(year)s here.") % {"year": year})
    months = [
        {
            "number": month,
            "text": date_text(first_of(year, month), Precision.MONTH),
            "value": date_value(first_of(year, month), Precision.MONTH),
            "n_articles": n_articles,
        }
        for (its_year, month), n_articles in index.counts("month")
        if its_year == year
    ]
    context = {
        "year": year,
        "months": months,
        "page": page,
        "take_away": take_away(feed_title(year), request.path, f"year={year}"),
        "structured_data": json_ld(way_to_year(year)),
    }
    return render(request, "news/article_year.html", context)


@public_page("page")
def article_month(request, year, month):
    page = page_of(request, news_index().of("month", (year, month)), PER_PAGE)
    text = date_text(first_of(year, month), Precision.MONTH)
    if not page.paginator.count:
        raise Http404(_("There is no news of %(month)s here.") % {"month": text})
    query = f"month={date_value(first_of(year, month), Precision.MONTH)}"
    context = {
        "year": year,
        "month_text": text,
        "page": page,
        "take_away": take_away(feed_title(text), request.path, query),
        "structured_data": json_ld(way_to_year(year, (text, request.path))),
    }
    return render(request, "news/article_month.html", context)


def render_article(request, article, is_public=False):
    """Render the page of an article in any state, as far as it is filled in.

    Only a public one is described to machines too.
    """
    index = news_index()

    def make(*keys):
        body = {"article": article, "cities": cities, "tags": tags}
        machines = json_ld(*article_page(article, cities, tags)) if is_public else ""
        return {article.pk: (render_to_string("news/_article.html", body), machines)}

    if at_hand := is_public and index.records_of(article):
        cities, tags = at_hand
        # The row may be newer than the index, whose cards are as old as it is.
        found = index.cards(f"page {article.updated_at}", [article.pk], make)
    else:
        cities, tags = list(article.cities.all()), list(article.tags.all())
        found = make()
    body, machines = found[article.pk]
    newer, older = index.neighbours(article) if article.dated else (None, None)
    related = index.about(cities)[: N_RELATED + 1].without(article)
    context = {
        "article": article,
        "body": body,
        "newer": newer,
        "older": older,
        "related": related.up_to(N_RELATED),
        "structured_data": machines,
    }
    return render(request, "news/article.html", context)


@public_page()
@shows(render_article)
def article(request, pk, slug):
    """Show one article; an old slug leads to its address, a withdrawn one says so."""
    # Kept for all who ask, several threads among them: who reads it changes nothing.
    asked = Article.objects.select_related("source").order_by().filter(pk=pk)
    rows = news_index().cards("row", [pk], lambda keys: {row.pk: row for row in asked})
    article = rows.get(pk)
    if article.is_withdrawn if article else was_public(Article, pk):
        return render(request, "410.html", status=410)
    if article is None or not article.is_live:
        raise Http404(_("There is no such article here."))
    if slug != article.slug:
        return redirect(article, permanent=True)
    return render_article(request, article, is_public=True)


@public_page()
def tag_list(request):
    context = {
        "tags": news_index().named("tag"),
        "take_away": TakeAway(csv=reverse("tag_csv"), json=reverse("api:tags")),
    }
    return render(request, "news/tag_list.html", context)


def render_tag(request, tag):
    context = {
        "tag": tag,
        "program": SimpleLazyObject(Program.objects.filter(tag=tag).first),
        "page": page_of(request, news_index().of("tag", tag.pk), PER_PAGE),
        "take_away": take_away(feed_title(tag), request.path, f"tag={tag.slug}"),
        "structured_data": page_below(_("Tags"), reverse("tag_list"), tag),
    }
    return render(request, "news/tag.html", context)


@public_page("page")
@shows(render_tag)
def tag(request, slug):
    return render_tag(request, get_object_or_404(Tag, slug=slug))


@public_page()
def source_list(request):
    context = {
        "sources": news_index().named("source"),
        "take_away": TakeAway(csv=reverse("source_csv"), json=reverse("api:sources")),
    }
    return render(request, "news/source_list.html", context)


def render_source(request, source):
    context = {
        "source": source,
        "page": page_of(request, news_index().of("source", source.pk), PER_PAGE),
        "take_away": take_away(
            feed_title(source), request.path, f"source={source.slug}"
        ),
        "structured_data": page_below(_("Sources"), reverse("source_list"), source),
    }
    return render(request, "news/source.html", context)


@public_page("page")
@shows(render_source)
def source(request, slug):
    return render_source(request, get_object_or_404(Source, slug=slug))
