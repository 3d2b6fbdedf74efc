"""A reader's choice among the news, and what is left to choose.

The one definition of it: pages, feeds, downloads and the API read the same query string
here, narrow the same way and count the same.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import and_
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from news.index import NewsIndex
from news.live_rows import NAMED
from news.models import Article
from news.selection import Selection
from nnsc.facets import MAX_SHOWN_LENGTH, Facet, Option, nobodys
from nnsc.moved import lead_on
from nnsc.search_queries import read_query
from nnsc.searching import BEHIND, matching

# How many readers' words are kept with the articles that have them.
N_KEPT = 32
# The longest list of choices to pick one from.
N_TO_PICK = 100


@dataclass(frozen=True)
class Kind:
    """What a facet is called: in the address, above its choices, and in a sentence."""

    name: str
    label: str
    unknown: str
    page: str
    value_of: Callable[[NewsIndex, str], object | None]


def by_slug(facet: str):
    def value_of(index, slug):
        return index.slugs[facet].get(slug)

    return value_of


def by_year(index, typed):
    year = (
        int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 4 else None
    )
    return year if year in index.bitmaps["year"] else None


KINDS = [
    Kind("city", _("City"), _("No city called “%s”."), "city", by_slug("city")),
    Kind("tag", _("Tag"), _("No tag called “%s”."), "tag", by_slug("tag")),
    Kind(
        "source", _("Source"), _("No source called “%s”."), "source", by_slug("source")
    ),
    Kind("year", _("Year"), _("No news of the year “%s”."), "article_year", by_year),
]


class NewsFilter:
    """What a query string asks for, of the articles that the index has.

    chosen maps the name of each kind to its values, as primary keys or years; values of
    one kind widen each other, kinds narrow each other. What is unknown narrows nothing;
    problems has a sentence for each. words are what the articles must have besides;
    where is_behind, not all articles that have them are known yet.

    Raise Moved where the query has a former slug.
    """

    def __init__(self, query: QueryDict, index: NewsIndex):
        self.index = index
        self.chosen: dict[str, dict[str, object]] = {}
        self.problems: list[str] = []
        self.is_behind = False
        unknown = {}
        for kind in KINDS:
            # In the order of the alphabet, so that one choice has one address.
            asked = sorted(filter(None, set(query.getlist(kind.name))))
            values = {slug: kind.value_of(index, slug) for slug in asked}
            unknown[kind] = [slug for slug in asked if values[slug] is None]
            self.chosen[kind.name] = {
                slug: value for slug, value in values.items() if value is not None
            }
        named = {kind.name: slugs for kind, slugs in unknown.items()}
        lead_on(query, {name: (model, named[name]) for name, model in NAMED.items()})
        for kind, slugs in unknown.items():
            self.problems += [self._problem(kind, slug) for slug in slugs]
        self.words = read_query(query.get("q", "")).typed
        self.having_words = index.all
        if self.words:
            self._find_words()

    def _find_words(self):
        typed = self.words
        self.words, found = self.index.kept_words.get(typed) or self._match(typed)
        if self.is_behind:
            self.problems.append(str(BEHIND))
        if not self.words:
            return
        self.having_words = found
        if self.words != typed:
            self.problems.append(
                gettext("No article has “%(typed)s”; these have “%(found)s”.")
                % {"typed": typed[:MAX_SHOWN_LENGTH], "found": self.words}
            )

    def _match(self, typed):
        """Return the words that were meant, empty for none, and their articles' bits.

        They are kept with the index, unless something may be missing.
        """
        matches = matching(Article, typed)
        self.is_behind = matches.is_behind
        meant = "" if matches.query.is_empty else matches.query.typed
        found = meant, self.index.these(matches.keys)
        kept = self.index.kept_words
        if not self.is_behind:
            for oldest in list(kept)[: len(kept) - N_KEPT + 1]:
                kept.pop(oldest, None)
            kept[typed] = found
        return found

    @property
    def selection(self) -> Selection:
        return self.index.select(self._bits())

    @property
    def is_empty(self) -> bool:
        return not self.words and not any(self.chosen.values())

    @property
    def is_mixed(self) -> bool:
        """Whether no page of its own shows this choice."""
        n_values = sum(len(values) for values in self.chosen.values())
        return n_values > 1 or bool(self.words)

    def _bits(self, without: str = "") -> int:
        chosen = (
            self.index.having(name, values.values())
            for name, values in self.chosen.items()
            if values and name != without
        )
        return reduce(and_, chosen, self.having_words)

    @cached_property
    def facets(self) -> list[Facet]:
        """What can be chosen, each counted without the choice of its own kind."""
        return [Facet(kind.name, kind.label, self._options(kind)) for kind in KINDS]

    def _options(self, kind: Kind) -> list[Option]:
        bits = self._bits(without=kind.name)
        chosen = self.chosen[kind.name].values()
        options = [
            Option(
                value=self._slug(kind, value),
                label=self.label(kind.name, value),
                n_records=n_articles,
                is_chosen=value in chosen,
                without=self.query(without=(kind.name, value))
                if value in chosen
                else "",
            )
            for value, having in self.index.bitmaps[kind.name].items()
            if (n_articles := (bits & having).bit_count()) or value in chosen
        ]
        if kind.name == "year":
            return sorted(options, key=lambda option: option.value, reverse=True)
        return sorted(options, key=lambda option: (-option.n_records, option.label))

    def chips(self) -> list[Option]:
        """Return what is chosen, each with the query string that takes it back."""
        chips = [
            option
            for facet in self.facets
            for option in facet.options
            if option.is_chosen
        ]
        if self.words:
            chips.append(
                Option(
                    value=self.words,
                    label=self._words_label(),
                    n_records=self.having_words.bit_count(),
                    is_chosen=True,
                    without=self.query(without=("q", self.words)),
                )
            )
        return chips

    def text(self) -> str:
        """Return "Chicago, IL or Gary, IN · 2016"; empty where nothing is chosen."""
        parts = [
            gettext(" or ").join(self.label(name, value) for value in values.values())
            for name, values in self.chosen.items()
            if values
        ]
        if self.words:
            parts.append(self._words_label())
        return " · ".join(parts)

    def _words_label(self) -> str:
        return gettext("“%(words)s”") % {"words": self.words}

    def label(self, name: str, value) -> str:
        record = self.index.names.get(name, {}).get(value, value)
        return str(record)

    def query(self, without: tuple[str, object] | None = None) -> str:
        """Return the choice as the address has it: "city=chicago&year=2016"."""
        pairs = [
            (name, asked)
            for name, values in self.chosen.items()
            for asked, value in values.items()
            if (name, value) != without
        ]
        if self.words and without != ("q", self.words):
            pairs.append(("q", self.words))
        return urlencode(pairs)

    def address(self) -> str:
        """Return the permanent address of the choice: a lone value has its own page."""
        if self.is_empty:
            return reverse("article_list")
        if self.is_mixed:
            return f"{reverse('article_list')}?{self.query()}"
        for kind in KINDS:
            for asked in self.chosen[kind.name]:
                return reverse(kind.page, args=[asked])

    def _slug(self, kind: Kind, value) -> str:
        record = self.index.names.get(kind.name, {}).get(value)
        return record.slug if record else str(value)

    def _problem(self, kind: Kind, asked: str) -> str:
        known = self.index.slugs.get(kind.name, {})
        labels = {slug: self.label(kind.name, value) for slug, value in known.items()}
        return nobodys(kind.unknown, asked, labels)


def facets_to_pick_from(index: NewsIndex, *names: str) -> list[Facet]:
    """Return facets of all news for lists that show one choice: cut to the most used.

    The years stay newest first; other choices are by name, as who looks for one does.
    """
    return [
        facet
        if facet.name == "year"
        else replace(facet, options=by_label(facet.options[:N_TO_PICK]))
        for facet in NewsFilter(QueryDict(), index).facets
        if facet.name in names
    ]


def by_label(options: list[Option]) -> list[Option]:
    return sorted(options, key=lambda option: option.label.casefold())


def filled_in(query: QueryDict) -> QueryDict:
    """Return the query without what was left empty, which a form sends all the same."""
    filled = QueryDict(mutable=True)
    for name, values in query.lists():
        filled.setlist(name, [value for value in values if value.strip()])
    return filled
