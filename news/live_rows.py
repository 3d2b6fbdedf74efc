"""The live articles as the database has them: what the index of the news is made of."""

from array import array
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from impact.models import City
from news.bits import bits_at
from news.models import Article, ArticleCity, ArticleTag, Source
from nnsc.models import Tag
from nnsc.publishing import State

FACETS = ["city", "tag", "source", "year", "month"]
# Names and places of what these say are kept beside the bitmaps.
NAMED = {"city": City, "tag": Tag, "source": Source}
NAME_FIELDS = {
    "city": ["name", "slug", "state", "kind"],
    "tag": ["name", "slug"],
    "source": ["name", "slug", "home_page"],
}


@dataclass(frozen=True)
class Row:
    """What the index knows of one live article; key sorts the newest first."""

    id: int
    key: tuple[int, float, int]
    values: list[tuple[str, object]]


@dataclass(frozen=True)
class Columns:
    """All live articles, the newest first: parallel columns, and bits by facet."""

    ids: array
    days: array
    moments: array
    bitmaps: dict[str, dict[object, int]]


def read_columns() -> Columns:
    """Read all live articles. Three queries; a second or so for 100,000 articles."""
    ids, days, moments = array("q"), array("i"), array("d")
    positions: dict[str, dict[object, list[int]]] = {
        facet: defaultdict(list) for facet in FACETS
    }
    place_of = {}
    rows = live_rows(Article.objects.all()).newest_first()
    for at, (pk, dated, created_at, source) in enumerate(rows.iterator(5_000)):
        day, moment, _ = key_of(dated, created_at, pk)
        ids.append(pk)
        days.append(day)
        moments.append(moment)
        place_of[pk] = at
        for facet, value in own_values(dated, source):
            positions[facet][value].append(at)
    for facet, join, columns in [
        ("city", ArticleCity, ("article", "city")),
        ("tag", ArticleTag, ("content_object", "tag")),
    ]:
        for pk, value in join.objects.values_list(*columns).iterator(20_000):
            if pk in place_of:
                positions[facet][value].append(place_of[pk])
    size = len(ids) // 8 + 1
    bitmaps = {
        facet: {value: bits_at(at, size) for value, at in values.items()}
        for facet, values in positions.items()
    }
    return Columns(ids, days, moments, bitmaps)


def key_of(dated, created_at, pk) -> tuple[int, float, int]:
    """Return what sorts as Article.objects.newest_first() does, the newest lowest."""
    return -dated.toordinal(), -created_at.timestamp(), -pk


def live_rows(articles):
    return articles.live().values_list("pk", "dated", "created_at", "source")


def own_values(dated, source) -> list[tuple[str, object]]:
    return [
        ("source", source),
        ("year", dated.year),
        ("month", (dated.year, dated.month)),
    ]


def read_rows(changed: set[int]) -> list[Row]:
    cities, tags = defaultdict(list), defaultdict(list)
    for pk, city in ArticleCity.objects.filter(article__in=changed).values_list(
        "article", "city"
    ):
        cities[pk].append(("city", city))
    for pk, tag in ArticleTag.objects.filter(content_object__in=changed).values_list(
        "content_object", "tag"
    ):
        tags[pk].append(("tag", tag))
    return [
        Row(
            pk,
            key_of(dated, created_at, pk),
            own_values(dated, source) + cities[pk] + tags[pk],
        )
        for pk, dated, created_at, source in live_rows(
            Article.objects.filter(pk__in=changed)
        )
    ]


def read_scheduled(changed: set[int] | None = None) -> list[tuple[datetime, int]]:
    articles = Article.objects.filter(
        state=State.PUBLISHED, goes_live_at__gt=timezone.now()
    )
    if changed is not None:
        articles = articles.filter(pk__in=changed)
    return sorted(articles.values_list("goes_live_at", "pk"))


def read_names() -> dict[str, dict[int, object]]:
    """Return the cities, tags and sources by primary key, with NAME_FIELDS alone."""
    return {
        facet: {record.pk: record for record in model.objects.only(*NAME_FIELDS[facet])}
        for facet, model in NAMED.items()
    }


def by_slug(names) -> dict[str, dict[str, int]]:
    return {
        facet: {record.slug: pk for pk, record in records.items()}
        for facet, records in names.items()
    }
