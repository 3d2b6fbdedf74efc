"""The search page: all kinds of records on one page, or one kind page by page."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db import connection, models
from django.http import QueryDict
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from impact.geography import STATES
from impact.models import City, CityAlias, Metric, Program
from news.facets import NewsFilter
from news.index import NewsIndex, news_index
from news.models import Article, Source, SourceAlias
from nnsc.models import Tag, TagAlias
from nnsc.naming import fold
from nnsc.public import public_page
from nnsc.search_hits import Hit
from nnsc.search_queries import COMMON, Query, all_parts
from nnsc.searching import BEHIND, N_COUNTED, Results, found_among, search
from principles.models import Principle

N_OF_EACH = 10
PER_PAGE = 20
FIRST = "1"
MAX_NAME_WORDS = 12
N_NAMING_WORDS = 20


@dataclass(frozen=True)
class Kind:
    """One kind of record: its name in the address, its heading, the link to all."""

    name: str
    label: Promise
    all_of_them: Promise
    model: type[models.Model]


KINDS = [
    Kind("article", _("Articles"), _("All %(n)s articles"), Article),
    Kind("city", _("Cities"), _("All %(n)s cities"), City),
    Kind("figure", _("Figures"), _("All %(n)s figures"), Metric),
    Kind("program", _("Programs"), _("All %(n)s programs"), Program),
    Kind("principle", _("Principles"), _("All %(n)s principles"), Principle),
    Kind("tag", _("Tags"), _("All %(n)s tags"), Tag),
    Kind("source", _("Sources"), _("All %(n)s sources"), Source),
]


# The facets that a query may name, with what has their names and their other names.
NAMED = [
    ("source", Source, SourceAlias),
    ("tag", Tag, TagAlias),
    ("city", City, CityAlias),
]


@dataclass(frozen=True)
class Group:
    """What was found of one kind: how many, and a page of them."""

    kind: Kind
    n: int
    is_capped: bool
    page: Page
    hits: list[Hit]
    query: str

    @property
    def n_text(self) -> str:
        """Return "12", "1,234", or "1,000+" where the rest were not counted."""
        n = number_format(self.n, use_l10n=True, force_grouping=True)
        return f"{n}+" if self.is_capped else n

    @property
    def all_text(self) -> str:
        return self.kind.all_of_them % {"n": self.n_text}

    @property
    def has_more(self) -> bool:
        return self.n > len(self.hits)


@dataclass(frozen=True)
class Narrowed:
    """The news list, narrowed to what the words of a query name.

    n_articles is None where there are too many to count.
    """

    text: str
    address: str
    n_articles: int | None


@public_page("q", "kind", "page", "as_typed")
def search_page(request):
    """Show what is found for the words in the box, grouped by kind."""
    typed = request.GET.get("q", "")
    kinds = [kind for kind in KINDS if kind.name == request.GET.get("kind")]
    per_page = PER_PAGE if kinds else N_OF_EACH
    asked = request.GET.get("page", FIRST) if kinds else FIRST
    # The first page is asked for most, and needs no order of what it does not show.
    results = search(
        typed,
        as_typed="as_typed" in request.GET,
        n_in_order=per_page if asked == FIRST else N_COUNTED,
    )
    index = news_index()
    groups = [
        group_of(kind, results, index, per_page, asked) for kind in kinds or KINDS
    ]
    context = {
        "results": results,
        "behind": BEHIND if results.is_behind else "",
        "query": results.query,
        "groups": [group for group in groups if group.n],
        "kind": kinds[0] if kinds else None,
        "narrowed": None if kinds else narrowed(results, index),
    }
    response = render(request, "front/search.html", context)
    if results.is_behind:
        add_never_cache_headers(response)
    return response


def group_of(
    kind: Kind, results: Results, index: NewsIndex, per_page: int, asked
) -> Group:
    keys = shown(kind, results.of(kind.model), index)
    page = Paginator(keys, per_page).get_page(asked)
    return Group(
        kind=kind,
        n=len(keys),
        is_capped=kind.model is Article and results.is_capped,
        page=page,
        hits=results.hits(kind.model, page.object_list),
        query=urlencode({"q": results.query.typed, "kind": kind.name}),
    )


def shown(kind: Kind, keys: list[int], index: NewsIndex) -> list[int]:
    """Leave out tags and sources that only unpublished articles have."""
    if kind.name not in ("tag", "source"):
        return keys
    return [key for key in keys if index.bitmaps[kind.name].get(key)]


def narrowed(results: Results, index: NewsIndex) -> Narrowed | None:
    """Return the news list that a query describes, None where it names nothing.

    "stockton reconciliation 2016" is a city, a tag and a year; words that name nothing
    stay words. One query, and two more where there are such words.
    """
    names = read_names(results.query)
    if not names.facets:
        return None
    choice = QueryDict(mutable=True)
    for facet, value in names.facets:
        choice.appendlist(facet, value)
    chosen = NewsFilter(choice, index)
    is_counted = True
    if names.rest:
        chosen.words = " ".join(names.rest)
        # Where more were found than are counted, some of them must do.
        is_counted = not results.is_capped
        articles = results.of(Article)
        if is_counted:
            articles = found_among(Article, chosen.words, names.certain)
        chosen.having_words = index.these(articles)
    n_articles = len(chosen.selection)
    if chosen.problems or not n_articles:
        return None
    return Narrowed(chosen.text(), chosen.address(), n_articles if is_counted else None)


@dataclass(frozen=True)
class Names:
    """What a query names: facets and their values by the words; and its other words."""

    named: dict[str, list[tuple[str, str]]]
    rest: list[str]

    @property
    def facets(self) -> list[tuple[str, str]]:
        found = (value for values in self.named.values() for value in values)
        return list(dict.fromkeys(found))

    @property
    def certain(self) -> str:
        """Words that each article has which all that is named narrows the news to.

        It is about one of two cities, and need not have the name of the other.
        """
        runs = defaultdict(set)
        for run, values in self.named.items():
            for facet, _value in values:
                runs[facet].add(run)
        lone = (alike for alike in runs.values() if len(alike) == 1)
        return " ".join(run for alike in lone for run in alike)


def read_names(query: Query) -> Names:
    parts = islice(all_parts(query.typed), N_NAMING_WORDS)
    # What stands in quotation marks is a name as a whole, or none.
    typed = [" ".join(part.words) for part in parts]
    values = named_by(typed)
    named, rest = {}, []
    at = 0
    while at < len(typed):
        for end in range(min(len(typed), at + MAX_NAME_WORDS), at, -1):
            run = " ".join(typed[at:end])
            if run in values:
                named[run] = values[run]
                at = end
                break
        else:
            rest.append(typed[at])
            at += 1
    telling = [words for words in rest if words not in COMMON]
    return Names(named, [f'"{each}"' if " " in each else each for each in telling])


def named_by(typed: list[str]) -> dict[str, list[tuple[str, str]]]:
    """Return what runs of the words name: facets and their values by the run."""
    runs = {
        " ".join(typed[start:end])
        for start in range(len(typed))
        for end in range(start + 1, min(len(typed), start + MAX_NAME_WORDS) + 1)
    }
    values: dict[str, list[tuple[str, str]]] = {}
    for run in runs:
        if len(run) == 4 and run.isascii() and run.isdigit():
            values.setdefault(run, []).append(("year", run))
    for facet, name, slug, state in read_rows(runs):
        more = ("", state, STATES[state]) if state else ("",)
        for key in (fold(f"{name} {added}") for added in more):
            values.setdefault(key, []).append((facet, slug))
    return values


def read_rows(keys: Collection[str]) -> list[tuple[str, str, str, str]]:
    """Return facet, name, slug and state of what has one of the keys. A query."""
    if not keys:
        return []
    # Every search asks, and Django takes longer for such a statement than the database.
    marks = ", ".join(["%s"] * len(keys))
    parts = []
    for facet, model, alias in NAMED:
        own, others = model._meta.db_table, alias._meta.db_table
        state = "own.state" if model is City else "''"
        parts += [
            f"SELECT '{facet}', other.name, own.slug, {state} FROM {others} other"  # noqa: S608
            f" JOIN {own} own ON own.id = other.{alias.part_of}_id"
            f" WHERE other.key IN ({marks})",
            f"SELECT '{facet}', own.name, own.slug, {state} FROM {own} own"  # noqa: S608
            f" WHERE own.key IN ({marks})",
        ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), [*keys] * len(parts))
        return cursor.fetchall()
