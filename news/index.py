"""All live articles as bitmaps: what a list of news counts and cuts its pages from.

Each process keeps one NewsIndex. A facet's value (a city, a tag ...) is one whole
number with a bit for every live article, the newest lowest; narrowing is an AND and
counting a population count. At 100,000 articles and 315 values that is 4 MB and about a
millisecond for all counts of a page, where the database takes hundreds.

Every use asks for the content's generation (one query) and reads again what has changed
since; and it asks the clock, so that a scheduled article is in on its second.
"""

import threading
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils import timezone

from impact.models import City
from news.bits import bits_at
from news.live_rows import (
    NAMED,
    Row,
    by_slug,
    key_of,
    read_columns,
    read_names,
    read_rows,
    read_scheduled,
)
from news.models import Article
from news.selection import Selection
from nnsc.changes import changes_since, current_generation
from nnsc.editions import generation_for_page
from nnsc.fragments import keep, parts
from nnsc.models import Tag

# More changed articles than this are read all anew: each one shifts every bitmap.
N_ONE_BY_ONE = 100
# How many cards are kept, at one to five KB.
N_CARDS = 6_000


@dataclass(frozen=True)
class NewsIndex:
    """The live articles at one generation. Never changed; refreshed() makes another.

    ids, days and moments are parallel and sorted, the newest first. bitmaps map a facet
    and a value (a primary key, a year, or a year and month) to its articles. scheduled
    are the moments, and the articles, that the clock has still to pass.
    """

    generation: int
    ids: array
    days: array
    moments: array
    bitmaps: dict[str, dict[object, int]]
    scheduled: list[tuple[datetime, int]]
    names: dict[str, dict[int, object]]
    slugs: dict[str, dict[str, int]]
    # What pages and feeds show of an article, by its key and the kind of card.
    kept_cards: dict[tuple[int, str], Any] = field(default_factory=dict)

    def cards(
        self, kind: str, articles: list[int], make: Callable[[list[int]], dict]
    ) -> dict[int, Any]:
        """Return cards by article, in their order; make() those that are not kept.

        One may be missing that was deleted meanwhile.
        """
        found = {pk: self.kept_cards.get((pk, kind)) for pk in articles}
        missing = [pk for pk, card in found.items() if card is None]
        if missing:
            found |= (made := make(missing))
            new = {(pk, kind): card for pk, card in made.items()}
            keep(self.kept_cards, new, N_CARDS)
        return {pk: card for pk, card in found.items() if card is not None}

    @property
    def all(self) -> int:
        return (1 << len(self.ids)) - 1

    def having(self, facet: str, values: Iterable) -> int:
        """Return the bits of the articles that have any of the values."""
        bits = 0
        for value in values:
            bits |= self.bitmaps[facet].get(value, 0)
        return bits

    def lacking(self, facet: str) -> Selection:
        """Return the articles that have no value of a facet."""
        return self.select(self.all & ~self.having(facet, self.bitmaps[facet]))

    @cached_property
    def kept_words(self) -> dict[str, tuple[str, int]]:
        """What words were found to mean, and their articles, by the words typed."""
        return {}

    @cached_property
    def place_of(self) -> dict[int, int]:
        """Where each article stands, by primary key."""
        return {pk: at for at, pk in enumerate(self.ids)}

    def these(self, articles: Iterable[int]) -> int:
        """Return the bits of the articles that are live, out of some primary keys."""
        at = self.place_of
        places = [at[pk] for pk in articles if pk in at]
        return bits_at(places, len(self.ids) // 8 + 1)

    def select(self, bits: int) -> Selection:
        return Selection(self, bits)

    def of(self, facet: str, value) -> Selection:
        return self.select(self.having(facet, [value]))

    def counts(self, facet: str, within: int | None = None):
        """Return (value, articles) of years or months, newest first.

        within are the bits of the articles that count; all do where it is None.
        """
        within = self.all if within is None else within
        counted = (
            (value, (bits & within).bit_count())
            for value, bits in self.bitmaps[facet].items()
        )
        return sorted(((v, n) for v, n in counted if n), reverse=True)

    def named(self, facet: str) -> list[tuple[object, int]]:
        """Return the records of live articles by name, each with how many it has."""
        bitmaps = self.bitmaps[facet]
        used = (
            (record, bitmaps[value].bit_count())
            for value, record in self.names[facet].items()
            if value in bitmaps
        )
        return sorted(used, key=lambda pair: pair[0].name.casefold())

    def others_in_state(self, city: City) -> list[City]:
        """Return the other cities of its state, by name."""
        others = self.names["city"].values()
        found = (
            other
            for other in others
            if other.state == city.state and other.pk != city.pk
        )
        return sorted(found, key=lambda other: other.name)

    def records_of(self, article: Article) -> tuple[list[City], list[Tag]] | None:
        """Return its cities and its tags by name; None if it is not here."""
        key = key_of(article.dated, article.created_at, article.pk)
        if not self.has(key, self.all):
            return None
        at = self._place(key)
        try:
            return self._records_at(at, "city"), self._records_at(at, "tag")
        except KeyError:
            # It was merged while the index was read, and is known at the next use.
            return None

    def _records_at(self, at: int, facet: str) -> list:
        named = self.names[facet]
        found = (
            named[value]
            for value, bits in self.bitmaps[facet].items()
            if bits >> at & 1
        )
        return sorted(found, key=lambda record: (record.name, str(record)))

    def neighbours(self, article: Article) -> tuple[Article | None, Article | None]:
        """Return the live articles before and after it in a list. A query at most."""
        at = self._place(key_of(article.dated, article.created_at, article.pk))
        # It may stand here, or elsewhere under another date: in a preview.
        newer, older = (
            [pk for pk in self.ids[start:end] if pk != article.pk]
            for start, end in [(max(at - 2, 0), at), (at, at + 2)]
        )
        before, behind = newer[-1] if newer else None, older[0] if older else None
        both = [pk for pk in (before, behind) if pk]
        found = parts("neighbour", both, ("news",), read_titles)
        return found.get(before), found.get(behind)

    def about(self, cities) -> Selection:
        """Return the articles about one of the cities."""
        return self.select(self.having("city", [city.pk for city in cities]))

    def has(self, key, bits: int) -> bool:
        """Whether the article that sorts by key is among the bits."""
        at = self._place(key)
        return at < len(self.ids) and self.ids[at] == -key[2] and bits >> at & 1 == 1

    def behind(self, key) -> int:
        """Return the bits of the articles that a list shows after key."""
        first = bisect_right(range(len(self.ids)), tuple(key), key=self._key_at)
        return self.all >> first << first

    def _place(self, key) -> int:
        return bisect_left(range(len(self.ids)), key, key=self._key_at)

    def _key_at(self, at: int):
        return self.days[at], self.moments[at], -self.ids[at]

    def refreshed(self) -> "NewsIndex":
        """Return an index that is up to date: itself where nothing has changed."""
        generation = generation_for_page()
        if generation < self.generation:
            # Another page has met a change meanwhile; or the database was restored.
            generation = current_generation()
        due = [pk for moment, pk in self.scheduled if moment <= timezone.now()]
        if generation == self.generation and not due:
            return self
        changes = changes_since(self.generation)
        if generation < self.generation or changes is None:
            return build()
        labels = {label for label, _ in changes}
        articles = {pk for label, pk in changes if label == Article._meta.label_lower}
        index = replace(self, generation=generation)
        if labels & {model._meta.label_lower for model in NAMED.values()}:
            names = read_names()
            index = replace(index, names=names, slugs=by_slug(names), kept_cards={})
        changed = articles | set(due)
        if len(changed) > N_ONE_BY_ONE:
            return build()
        return index.with_articles(changed) if changed else index

    def with_articles(self, changed: set[int]) -> "NewsIndex":
        """Return an index that has the changed articles as the database does."""
        ids, days, moments = self.ids[:], self.days[:], self.moments[:]
        bitmaps = {facet: dict(values) for facet, values in self.bitmaps.items()}
        scheduled = [(moment, pk) for moment, pk in self.scheduled if pk not in changed]
        # A copy: what is made of the articles as they were stays with this index.
        cards = dict(self.kept_cards)
        for key in [key for key in cards if key[0] in changed]:
            del cards[key]
        index = replace(
            self,
            ids=ids,
            days=days,
            moments=moments,
            bitmaps=bitmaps,
            scheduled=sorted(scheduled + read_scheduled(changed)),
            kept_cards=cards,
        )
        for pk in changed:
            index._take_out(pk)
        for row in read_rows(changed):
            index._put_in(row)
        # What no article has any more may be gone altogether.
        for facet, values in bitmaps.items():
            bitmaps[facet] = {value: bits for value, bits in values.items() if bits}
        return index

    def _take_out(self, pk: int) -> None:
        try:
            at = self.ids.index(pk)
        except ValueError:
            return
        for column in (self.ids, self.days, self.moments):
            del column[at]
        below = (1 << at) - 1
        for values in self.bitmaps.values():
            for value, bits in values.items():
                values[value] = (bits & below) | ((bits >> (at + 1)) << at)

    def _put_in(self, row: Row) -> None:
        at = self._place(row.key)
        day, moment, _ = row.key
        self.ids.insert(at, row.id)
        self.days.insert(at, day)
        self.moments.insert(at, moment)
        below = (1 << at) - 1
        for values in self.bitmaps.values():
            for value, bits in values.items():
                values[value] = (bits & below) | ((bits >> at) << (at + 1))
        for facet, value in row.values:
            self.bitmaps[facet][value] = self.bitmaps[facet].get(value, 0) | 1 << at


def read_titles(articles: list[int]) -> dict[int, Article]:
    return Article.objects.only("title", "slug").order_by().in_bulk(articles)


def build() -> NewsIndex:
    """Read all live articles. Eight queries; see read_columns()."""
    generation = current_generation()
    # First, so that whatever goes live while the rest is read is due at the next use.
    scheduled = read_scheduled()
    columns = read_columns()
    names = read_names()
    return NewsIndex(
        generation=generation,
        ids=columns.ids,
        days=columns.days,
        moments=columns.moments,
        bitmaps=columns.bitmaps,
        scheduled=scheduled,
        names=names,
        slugs=by_slug(names),
    )


# One for each process

_lock = threading.Lock()
_kept: NewsIndex | None = None


def news_index() -> NewsIndex:
    """Return this process's index, up to date. One query where nothing has changed."""
    global _kept
    kept = _kept
    index = kept.refreshed() if kept else None
    if index is None or index is not kept:
        with _lock:
            _kept = index = _kept.refreshed() if _kept else build()
    return index


def forget() -> None:
    """Drop this process's index, as tests do between databases."""
    global _kept
    _kept = None
