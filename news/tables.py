"""The news, its sources and its tags as tables."""

from django.db.models import Exists, OuterRef

from news.index import news_index
from news.models import Article, ArticleTag, Source
from news.outputs import choice_of
from nnsc.models import Tag
from nnsc.outputs import absolute, output, refuse_others
from nnsc.tables import CHUNK_SIZE, csv_response, fields

ARTICLE = {
    **fields("id"),
    "url": lambda article: absolute(article.get_absolute_url()),
    **fields("title", "source", "source_url"),
    # "2016-01" where the month alone is known: a day is not made up.
    "dated": lambda article: article.date_value(),
    **fields("dated_precision", "quote", "summary", "byline", "kind", "editor_note"),
    "cities": lambda article: list(article.cities.all()),
    "tags": lambda article: list(article.tags.all()),
    **fields("goes_live_at", "updated_at"),
}


@output
def article_csv(request):
    """All articles that fit the query, three queries for every N_STREAMED of them."""
    return csv_response("news", ARTICLE, choice_of(request).selection.stream())


@output
def source_csv(request):
    refuse_others(request.GET, [])
    columns = {
        **fields("id"),
        "url": lambda source: absolute(source.get_absolute_url()),
        **fields("name", "slug", "home_page"),
        "aliases": lambda source: list(source.aliases.all()),
        "n_articles": counter("source"),
    }
    return csv_response("sources", columns, sources().iterator(CHUNK_SIZE))


@output
def tag_csv(request):
    refuse_others(request.GET, [])
    columns = {
        **fields("id"),
        "url": lambda tag: absolute(tag.get_absolute_url()),
        **fields("name", "slug", "meaning"),
        "aliases": lambda tag: list(tag.aliases.all()),
        "n_articles": counter("tag"),
    }
    return csv_response("tags", columns, tags().iterator(CHUNK_SIZE))


def counter(facet: str):
    """Return what tells of a record how many live articles it has."""
    bitmaps = news_index().bitmaps[facet]
    return lambda record: bitmaps.get(record.pk, 0).bit_count()


def count_articles(facet: str, records) -> None:
    """Give each record its n_articles."""
    n_articles = counter(facet)
    for record in records:
        record.n_articles = n_articles(record)


def sources():
    """The outlets of live articles by name. Two queries a chunk."""
    its_own = Article.objects.live().filter(source=OuterRef("pk"))
    return named(Source.objects.filter(Exists(its_own)))


def tags():
    """The tags of live articles by name. Two queries a chunk."""
    live = Article.objects.live()
    its_own = ArticleTag.objects.filter(tag=OuterRef("pk"), content_object__in=live)
    return named(Tag.objects.filter(Exists(its_own)))


def named(records):
    return records.order_by("name", "id").prefetch_related("aliases")
