from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from impact.models import Program
from news.dates import Precision, date_text, date_value, first_of
from news.facets import NewsChoice
from news.models import Article, Source
from nnsc.models import Tag
from nnsc.paging import page_of

PER_PAGE = 20
N_RELATED = 3


def article_list(request):
    """Show the newest articles that fit the reader's choice."""
    live = Article.objects.live()
    choice = NewsChoice(request.GET, live)
    page = page_of(request, choice.apply(live).for_lists(), PER_PAGE)
    context = {
        "choice": choice,
        "page": page,
        "years": choice.years,
        "canonical_url": settings.SITE_URL + choice.address(),
    }
    return render(request, "news/article_list.html", context)


def article_year(request, year):
    articles = Article.objects.live().in_year(year)
    page = page_of(request, articles.for_lists(), PER_PAGE)
    if not page.paginator.count:
        raise Http404(_("There is no news of %(year)s here.") % {"year": year})
    months = [
        {
            "number": first.month,
            "text": date_text(first, Precision.MONTH),
            "value": date_value(first, Precision.MONTH),
            "n_articles": n_articles,
        }
        for first, n_articles in articles.months()
    ]
    context = {"year": year, "months": months, "page": page}
    return render(request, "news/article_year.html", context)


def article_month(request, year, month):
    articles = Article.objects.live().in_month(year, month).for_lists()
    page = page_of(request, articles, PER_PAGE)
    text = date_text(first_of(year, month), Precision.MONTH)
    if not page.paginator.count:
        raise Http404(_("There is no news of %(month)s here.") % {"month": text})
    context = {"year": year, "month_text": text, "page": page}
    return render(request, "news/article_month.html", context)


def article(request, pk, slug):
    """Show one article; an old slug leads to its address, a withdrawn one says so."""
    article = get_object_or_404(Article.objects.select_related("source"), pk=pk)
    if article.is_withdrawn:
        return render(request, "410.html", status=410)
    if not article.is_live:
        raise Http404(_("There is no such article here."))
    if slug != article.slug:
        return redirect(article, permanent=True)
    live = Article.objects.live()
    context = {
        "article": article,
        "cities": article.cities.all(),
        "tags": article.tags.all(),
        "newer": live.newer_than(article).first(),
        "older": live.older_than(article).first(),
        "related": live.related_to(article).for_lists()[:N_RELATED],
    }
    return render(request, "news/article.html", context)


def tag_list(request):
    return render(
        request, "news/tag_list.html", {"tags": Article.objects.live().tags()}
    )


def tag(request, slug):
    tag = get_object_or_404(Tag, slug=slug)
    articles = Article.objects.live().tagged(tag).for_lists()
    context = {
        "tag": tag,
        "program": Program.objects.filter(tag=tag).first(),
        "page": page_of(request, articles, PER_PAGE),
    }
    return render(request, "news/tag.html", context)


def source_list(request):
    context = {"sources": Article.objects.live().sources()}
    return render(request, "news/source_list.html", context)


def source(request, slug):
    source = get_object_or_404(Source, slug=slug)
    articles = Article.objects.live().from_source(source).for_lists()
    context = {"source": source, "page": page_of(request, articles, PER_PAGE)}
    return render(request, "news/source.html", context)
