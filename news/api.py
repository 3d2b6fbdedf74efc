"""Articles, sources and tags in the API."""

from datetime import datetime

from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema
from ninja.errors import HttpError

from news.index import key_of
from news.models import Article, Source
from news.outputs import choice_of
from news.tables import count_articles, named, sources, tags
from nnsc.api import (
    MISSING,
    NOT_READY,
    REFUSED,
    Listing,
    PageParameters,
    Problem,
    by_slug,
    next_url,
    page_of,
    read_cursor,
)
from nnsc.models import Tag
from nnsc.outputs import absolute

router = Router(tags=["news"])


class Link(Schema):
    """What an article points at: a source, a city, a tag."""

    name: str
    slug: str
    url: str

    @staticmethod
    def resolve_name(record):
        return str(record)

    @staticmethod
    def resolve_url(record):
        return absolute(record.get_absolute_url())


class ArticleOut(Schema):
    id: int
    url: str = Field(description="Its page here.")
    title: str = Field(description="As the outlet printed it.")
    source: Link = Field(description="The outlet that ran it.")
    source_url: str = Field(description="The story itself; empty where it is nowhere.")
    dated: str = Field(
        description="2016-01, or 2016-01-05 where the day is known.",
        pattern="^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$",
    )
    dated_precision: str = Field(description="month or day.")
    quote: str = Field(description="A passage word for word from the story.")
    summary: str = Field(description="What it says, in our words.")
    byline: str
    kind: str = Field(description="news, feature, op_ed, press_release or audio.")
    editor_note: str
    cities: list[Link]
    tags: list[Link]
    goes_live_at: datetime = Field(description="When it was first shown here.")
    updated_at: datetime

    @staticmethod
    def resolve_url(article):
        return absolute(article.get_absolute_url())

    @staticmethod
    def resolve_dated(article):
        return article.date_value()


class Gathering(Schema):
    """What gathers articles: a source or a tag."""

    id: int
    url: str = Field(description="Its page here.")
    name: str
    slug: str
    aliases: list[str] = Field(description="Other names of it.")
    n_articles: int

    @staticmethod
    def resolve_url(record):
        return absolute(record.get_absolute_url())

    @staticmethod
    def resolve_aliases(record):
        return [alias.name for alias in record.aliases.all()]


class SourceOut(Gathering):
    home_page: str


class TagOut(Gathering):
    meaning: str = Field(description="One line that tells what it gathers.")


class ArticleParameters(PageParameters):
    """Values of one parameter widen each other, parameters narrow each other."""

    city: list[str] = Field([], description="Slugs of cities: `chicago`.")
    tag: list[str] = Field([], description="Slugs of tags: `reconciliation`.")
    source: list[str] = Field([], description="Slugs of sources: `npr`.")
    year: list[str] = Field([], description="Years that have news: `2016`.")
    month: list[str] = Field([], description="Months that have news: `2016-01`.")
    q: str = Field("", description="Words that the articles have: `homicide`.")


@router.get("/articles", response={200: Listing[ArticleOut], **REFUSED, **NOT_READY})
def articles(request, parameters: Query[ArticleParameters]):
    """The published articles, the newest first."""
    chosen = choice_of(request, *PageParameters.model_fields).selection
    rest = chosen
    if last := read_cursor(request, parameters.after):
        rest = chosen.after(last)
    items = rest[: parameters.limit]
    goes_on = len(rest) > parameters.limit
    last = items[-1] if goes_on else None
    return {
        "count": len(chosen),
        "next": next_url(request, key_of(last.dated, last.created_at, last.pk))
        if last
        else None,
        "items": items,
    }


@router.get("/articles/{int:id}", response={200: ArticleOut, **MISSING, 410: Problem})
def article(request, id: int):
    """One article; 410 where it was withdrawn."""
    article = get_object_or_404(Article.objects.for_lists(), pk=id)
    if article.is_withdrawn:
        raise HttpError(410, _("This article was withdrawn."))
    return get_object_or_404(Article.objects.live().for_lists(), pk=id)


@router.get(
    "/sources", response={200: Listing[SourceOut], **REFUSED}, url_name="sources"
)
def source_list(request, parameters: Query[PageParameters]):
    """The outlets that ran a published article, by name."""
    page = page_of(request, sources(), ["name", "id"], parameters)
    count_articles("source", page["items"])
    return page


@router.get("/sources/{slug:slug}", response={200: SourceOut, **MISSING})
def source(request, slug: str):
    """One outlet."""
    source = by_slug(named(Source.objects), slug)
    count_articles("source", [source])
    return source


@router.get("/tags", response={200: Listing[TagOut], **REFUSED}, url_name="tags")
def tag_list(request, parameters: Query[PageParameters]):
    """The tags of published articles, by name."""
    page = page_of(request, tags(), ["name", "id"], parameters)
    count_articles("tag", page["items"])
    return page


@router.get("/tags/{slug:slug}", response={200: TagOut, **MISSING})
def tag(request, slug: str):
    """One tag."""
    tag = by_slug(named(Tag.objects), slug)
    count_articles("tag", [tag])
    return tag
