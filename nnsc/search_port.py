"""What search asks of the database's full-text engine, whichever it is.

An engine keeps, for each place, the stems of a title and of all that is searched, and
says which places have a combination of stems. Stems are made in nnsc.words, so neither
engine folds, stems or drops anything itself, and both find the same.

Its table is no model: Django would remake it on SQLite, and lose it. It is made after
migrate, and filled again from the search entries whenever it lacks one.
"""

# Its statements are put together of names and numbers of the site's own; what readers
# typed is given beside them.
# ruff: noqa: S608

from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from django.db import connection

TABLE = "nnsc_searchtext"
# A place is a day, a kind of record and its key. Undated records are of day 0.
DAY_BITS, KIND_BITS, KEY_BITS = 17, 14, 32
FIRST_DATED = 1 << (KIND_BITS + KEY_BITS)
BEYOND = 1 << (DAY_BITS + KIND_BITS + KEY_BITS)
OF_KIND, OF_KEY = (1 << KIND_BITS) - 1, (1 << KEY_BITS) - 1
# Stands between texts, so that no phrase runs from one into the next.
GAP = "·"

# A phrase is its stems in their order; a group is phrases, of which one is enough.
Phrase = tuple[str, ...]
Group = tuple[Phrase, ...]


@dataclass(frozen=True)
class Text:
    """What is searched of one place, as stems parted by spaces."""

    place: int
    title: str
    rest: str
    goes_live_at: datetime


@dataclass(frozen=True)
class Wording:
    """What is looked for: all groups at once. About n_at_most places have them."""

    groups: list[Group]
    n_at_most: int


@dataclass(frozen=True)
class Tier:
    """One wording in one part of a text; earlier tiers are better, and are in the last.

    Tier 1 of two wordings is the first in the title, tier 2 the first anywhere. Of its
    dated places the newest n_wanted are enough.
    """

    number: int
    wording: Wording
    in_title: bool
    n_wanted: int


class Engine:
    """What both engines do alike. Each also has:

    exists(), make(), add(texts), remove(places), finish() after many were added,
    listed(number), in SQL, for numbers(), and transaction(patience_milliseconds), which
    waits only so long for others that write, and then raises OperationalError.
    """

    def count(self) -> int:
        return self._rows(f"SELECT count(*) FROM {TABLE}")[0][0]

    def ends_as_entries_do(self) -> bool:
        """Whether texts and entries have the same first and last place. One query."""
        ends = ", ".join(
            f"(SELECT {place} FROM {table} ORDER BY {place} {way} LIMIT 1)"
            for table, place in [(TABLE, self.place), ("nnsc_searchentry", "id")]
            for way in ("ASC", "DESC")
        )
        ((*of_texts, first, last),) = self._rows(f"SELECT {ends}")
        return of_texts == [first, last]

    def clear(self) -> None:
        self._run(f"DELETE FROM {TABLE}")

    def missing(self, places: list[int]) -> set[int]:
        """Return those of the places that have no text. One query; none for none."""
        if not places:
            return set()
        marks = ", ".join(["%s"] * len(places))
        sql = f"SELECT {self.place} FROM {TABLE} WHERE {self.place} IN ({marks})"
        return set(places) - {place for (place,) in self._rows(sql, places)}

    def remove_strays(self) -> None:
        """Remove texts that no entry has."""
        entry = f"SELECT 1 FROM nnsc_searchentry e WHERE e.id = {TABLE}.{self.place}"
        self._run(f"DELETE FROM {TABLE} WHERE NOT EXISTS ({entry})")

    def best(
        self, wordings: list[Wording], live_at: datetime, limit: int, n_in_order: int
    ) -> tuple[list[int], list[int]]:
        """Return places of dated records and of undated ones, the best of each first.

        Those with all words in the title come before others, the first wording before
        the next, then the newest; what any finds, the last must find as well. At most
        limit of either; of the dated only the first n_in_order are in their order. One
        query.
        """
        ways = [(wording, where) for wording in wordings for where in (True, False)]
        tiers = [
            Tier(number, *way, limit if number == len(ways) else n_in_order)
            for number, way in enumerate(ways, start=1)
        ]
        parts, parameters = [], []
        for name, sql, values in self._parts(tiers, live_at):
            parts.append(f"{name} AS {self.once} ({sql})")
            parameters += values
        asked = " UNION ALL ".join(
            f"SELECT {tier.number}, '{kind}', {self.listed('place')}"
            f" FROM {kind}{tier.number}"
            for tier in tiers
            for kind in ("dated", "undated")
        )
        rows = self._rows(f"WITH {', '.join(parts)} {asked}", parameters)
        places = {"dated": {}, "undated": {}}
        # SQL does not promise that one tier comes after another, nor any order in them.
        for _, kind, listed in sorted(rows, key=itemgetter(0)):
            newest_first = sorted(numbers(listed), reverse=True)
            places[kind] |= dict.fromkeys(newest_first)
        dated, undated = map(list, places.values())
        return dated[:limit], undated[:limit]

    def live(self, stems: dict[str, int], live_at: datetime) -> set[str]:
        """Return those of the stems that a live text has. One query; none for none.

        stems say about how many texts have each, live or not.
        """
        if not stems:
            return set()
        parts, parameters = [], []
        for stem, n in stems.items():
            sql, values = self._is_live(Wording([((stem,),)], n), live_at)
            parts.append(f"SELECT %s WHERE {sql}")
            parameters += [stem, *values]
        rows = self._rows(" UNION ALL ".join(parts), parameters)
        return {stem for (stem,) in rows}

    def keys(self, wording: Wording, kind: int, live_at: datetime) -> list[int]:
        """Return the keys of all dated records of a kind, live or not, in no order.

        None where no live one is among them. One query.
        """
        ((keys, has_live),) = self._rows(*self._keys(wording, kind, live_at))
        return numbers(keys) if has_live else []

    def _rows(self, sql, parameters=()):
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def _run(self, *statements):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def numbers(listed: str | None) -> list[int]:
    """Return the numbers that listed() has put into one value; far sooner than rows."""
    return list(map(int, listed.split(","))) if listed else []


def room_for(tier: Tier, tiers: list[Tier]) -> str:
    """Return, in SQL, how many places of the tier are wanted after the better ones."""
    if tier is tiers[-1]:
        return str(tier.n_wanted)
    needed = [f"EXISTS (SELECT 1 FROM dated{tiers[-1].number})"]
    needed += [
        f"(SELECT count(*) FROM dated{better.number}) < {better.n_wanted}"
        for better in tiers[: tier.number - 1]
    ]
    return f"CASE WHEN {' AND '.join(needed)} THEN {tier.n_wanted} ELSE 0 END"


def dated_of(kind: int, place: str) -> str:
    return f"{place} >= {FIRST_DATED} AND ({place} >> {KEY_BITS}) & {OF_KIND} = {kind}"
