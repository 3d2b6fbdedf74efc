"""The full-text engines of the two databases, behind one port.

An engine keeps, for each place, the stems of a title and of all that is searched, and
says which places have a combination of stems. Stems are made in nnsc.words, so neither
engine folds, stems or drops anything itself, and both find the same.

Its table is no model: Django would remake it on SQLite, and lose it. It is made after
migrate, and filled again from the search entries whenever it lacks one.
"""

# Its statements are put together of names and numbers of the site's own; what readers
# typed is given beside them.
# ruff: noqa: S608

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

TABLE = "nnsc_searchtext"
# A place is a day, a kind of record and its key. Undated records are of day 0.
DAY_BITS, KIND_BITS, KEY_BITS = 17, 14, 32
FIRST_DATED = 1 << (KIND_BITS + KEY_BITS)
BEYOND = 1 << (DAY_BITS + KIND_BITS + KEY_BITS)
OF_KIND, OF_KEY = (1 << KIND_BITS) - 1, (1 << KEY_BITS) - 1
# PostgreSQL's index finds all of so many places; where there may be more, so many of
# the newest are looked at first.
FEW, N_LOOKED_AT = 10_000, 10_000
# Stands between texts, so that no phrase runs from one into the next.
GAP = "·"
MAX_POSITION = 16_383

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

    Tier 1 of two wordings is the first in the title, tier 2 the first anywhere.
    """

    number: int
    wording: Wording
    in_title: bool


class Engine:
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

    def best(
        self, wordings: list[Wording], live_at: datetime, limit: int
    ) -> tuple[list[int], list[int]]:
        """Return places of dated records and of undated ones, the best of each first.

        Those with all words in the title come before others, the first wording before
        the next, then the newest. What the next finds, the last must find as well. At
        most limit of each tier; of dated records, no tier after a full one. One query.
        """
        ways = [(wording, where) for wording in wordings for where in (True, False)]
        tiers = [Tier(number, *way) for number, way in enumerate(ways, start=1)]
        parts, parameters = [], []
        # The last is asked first: where it has nothing, no other has.
        for tier in [tiers[-1], *tiers[:-1]]:
            room = room_for(tier, tiers, limit)
            for name, sql, values in [
                *self._newest(tier, live_at, limit, room),
                (f"undated{tier.number}", *self._undated(tier, live_at, limit)),
            ]:
                parts.append(f"{name} AS {self.once} ({sql})")
                parameters += values
        asked = " UNION ALL ".join(
            f"SELECT {tier.number}, place FROM dated{tier.number}"
            f" UNION ALL SELECT {tier.number}, place FROM undated{tier.number}"
            for tier in tiers
        )
        rows = self._rows(f"WITH {', '.join(parts)} {asked}", parameters)
        rows.sort(key=lambda row: (row[0], -row[1]))
        places = dict.fromkeys(place for _, place in rows)
        dated = [place for place in places if place >= FIRST_DATED]
        return dated, [place for place in places if place < FIRST_DATED]

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
        return list(map(int, keys.split(","))) if keys and has_live else []

    def _rows(self, sql, parameters=()):
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def _run(self, *statements):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def room_for(tier: Tier, tiers: list[Tier], limit: int) -> str:
    """Return, in SQL, how many places of the tier are wanted after the better ones."""
    if tier is tiers[-1]:
        return str(limit)
    needed = [f"EXISTS (SELECT 1 FROM dated{tiers[-1].number})"]
    needed += [
        f"(SELECT count(*) FROM dated{better}) < {limit}"
        for better in range(1, tier.number)
    ]
    return f"CASE WHEN {' AND '.join(needed)} THEN {limit} ELSE 0 END"


def dated_of(kind: int, place: str) -> str:
    return f"{place} >= {FIRST_DATED} AND ({place} >> {KEY_BITS}) & {OF_KIND} = {kind}"


class Fts5(Engine):
    """SQLite's FTS5. It keeps a word's places in order, so the newest come at once."""

    place = "rowid"
    # It makes what is read twice once by itself; older releases know no word for that.
    once = ""

    def exists(self) -> bool:
        sql = "SELECT count(*) FROM sqlite_master WHERE name = %s"
        return self._rows(sql, [TABLE])[0][0] > 0

    def make(self) -> None:
        self._run(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE}"
            " USING fts5(title, rest, tokenize='ascii', columnsize=0)"
        )

    def add(self, texts: Iterable[Text]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {TABLE} (rowid, title, rest) VALUES (%s, %s, %s)",
                [(text.place, text.title, text.rest) for text in texts],
            )

    def remove(self, places: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"DELETE FROM {TABLE} WHERE rowid = %s",
                [(place,) for place in places],
            )

    def finish(self) -> None:
        self._run(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")

    @contextmanager
    def patience(self, milliseconds: int) -> Iterator[None]:
        """Let this connection wait only so long for others that write."""
        ((before,),) = self._rows("PRAGMA busy_timeout")
        self._run(f"PRAGMA busy_timeout = {milliseconds}")
        try:
            yield
        finally:
            self._run(f"PRAGMA busy_timeout = {before}")

    def _newest(self, tier, live_at, limit, room):
        sql, values = self._within(tier, live_at, FIRST_DATED, BEYOND)
        yield f"dated{tier.number}", f"{sql} LIMIT {room}", values

    def _undated(self, tier, live_at, limit):
        sql, values = self._within(tier, live_at, 0, FIRST_DATED)
        return f"{sql} LIMIT {limit}", values

    def _within(self, tier, live_at, low, high):
        sql, (wanted, moment) = self._matching(tier.wording, live_at)
        if tier.in_title:
            wanted = f"{{title}} : ({wanted})"
        return (
            f"SELECT t.rowid AS place {sql}"
            f" AND t.rowid BETWEEN {low} AND {high - 1} ORDER BY t.rowid DESC",
            [wanted, moment],
        )

    def _matching(self, wording, live_at):
        # CROSS keeps SQLite from walking through the entries first.
        sql = (
            f"FROM {TABLE} t CROSS JOIN nnsc_searchentry e ON e.id = t.rowid"
            f" WHERE {TABLE} MATCH %s AND e.goes_live_at <= %s"
        )
        moment = connection.ops.adapt_datetimefield_value(live_at)
        return sql, [self._wanted(wording), moment]

    def _is_live(self, wording, live_at):
        sql, values = self._matching(wording, live_at)
        return f"EXISTS (SELECT 1 {sql})", values

    def _keys(self, wording, kind, live_at):
        any_live, values = self._matching(wording, live_at)
        sql = (
            f"SELECT group_concat(rowid & {OF_KEY}),"
            f" EXISTS (SELECT 1 {any_live} AND {dated_of(kind, 't.rowid')})"
            f" FROM {TABLE} WHERE {TABLE} MATCH %s AND {dated_of(kind, 'rowid')}"
        )
        return sql, [*values, self._wanted(wording)]

    def _wanted(self, wording):
        return " AND ".join(
            "(" + " OR ".join(f'"{" ".join(phrase)}"' for phrase in group) + ")"
            for group in wording.groups
        )


class TextVectors(Engine):
    """PostgreSQL's text vectors, written as such: its parser would part "15-year".

    Their index finds all places of a word, which must then be sorted. Of a word that
    nearly every text has, the newest are found sooner by looking at them in turn.
    PostgreSQL cannot tell which way is shorter where words are looked for together, or
    stand in the texts of one year alone; so the way is chosen here.
    """

    place = "place"
    once = "MATERIALIZED"

    def exists(self) -> bool:
        return self._rows("SELECT to_regclass(%s) IS NOT NULL", [TABLE])[0][0]

    def make(self) -> None:
        self._run(
            f"CREATE TABLE IF NOT EXISTS {TABLE} (place bigint PRIMARY KEY,"
            " goes_live_at timestamptz NOT NULL,"
            " title tsvector NOT NULL, whole tsvector NOT NULL)",
            f"CREATE INDEX IF NOT EXISTS {TABLE}_title ON {TABLE} USING gin (title)",
            f"CREATE INDEX IF NOT EXISTS {TABLE}_whole ON {TABLE} USING gin (whole)",
        )

    def add(self, texts: Iterable[Text]) -> None:
        rows = [
            (
                text.place,
                text.goes_live_at,
                vector(text.title),
                vector(f"{text.title} {GAP} {text.rest}"),
            )
            for text in texts
        ]
        if not rows:
            return
        values = ", ".join(["(%s, %s, %s::tsvector, %s::tsvector)"] * len(rows))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (place, goes_live_at, title, whole)"
                f" VALUES {values}",
                [column for row in rows for column in row],
            )

    def remove(self, places: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE place = ANY(%s)",
                [list(places)],
            )

    def finish(self) -> None:
        self._run(f"ANALYZE {TABLE}")
        for index in ["title", "whole"]:
            self._run(f"SELECT gin_clean_pending_list('{TABLE}_{index}')")

    @contextmanager
    def patience(self, milliseconds: int) -> Iterator[None]:
        """Let this connection wait only so long for others that write."""
        self._run(f"SET lock_timeout = {milliseconds}")
        try:
            yield
        finally:
            self._run("RESET lock_timeout")

    def _newest(self, tier, live_at, limit, room):
        sql, values = self._having(tier, live_at)
        dated = f"place >= {FIRST_DATED}"
        # Not the bare place, or it would go by place through all that there is.
        found = (
            f"SELECT place FROM {TABLE} WHERE {sql} AND {dated} ORDER BY place + 0 DESC"
        )
        name = f"dated{tier.number}"
        if tier.wording.n_at_most <= FEW:
            yield name, f"{found} LIMIT {room}", values
            return
        yield (
            f"seen{tier.number}",
            f"SELECT place FROM ({self._latest()}) t WHERE {sql}"
            f" ORDER BY place DESC LIMIT {room}",
            values,
        )
        is_full = f"(SELECT count(*) FROM seen{tier.number}) >= {limit}"
        rest = f"CASE WHEN {is_full} THEN 0 ELSE {room} END"
        yield (
            name,
            f"SELECT place FROM seen{tier.number} WHERE {is_full}"
            f" UNION ALL SELECT place FROM ({found} LIMIT {rest}) t",
            values,
        )

    def _undated(self, tier, live_at, limit):
        sql, values = self._having(tier, live_at)
        return (
            f"SELECT place FROM {TABLE} WHERE {sql} AND place < {FIRST_DATED}"
            f" ORDER BY place DESC LIMIT {limit}",
            values,
        )

    def _having(self, tier, live_at):
        column = "title" if tier.in_title else "whole"
        sql = f"{column} @@ %s::tsquery AND goes_live_at <= %s"
        return sql, [self._wanted(tier.wording), live_at]

    def _latest(self):
        return (
            f"SELECT * FROM {TABLE} WHERE place >= {FIRST_DATED}"
            f" ORDER BY place DESC LIMIT {N_LOOKED_AT}"
        )

    def _is_live(self, wording, live_at):
        wanted = self._wanted(wording)
        # The first moment of all, for if asked for any one place it might go through
        # all that there is.
        sql = (
            f"(SELECT min(goes_live_at) FROM {TABLE} WHERE whole @@ %s::tsquery) <= %s"
        )
        if wording.n_at_most <= FEW:
            return sql, [wanted, live_at]
        return (
            f"coalesce((SELECT true FROM ({self._latest()}) t"
            f" WHERE whole @@ %s::tsquery AND goes_live_at <= %s LIMIT 1), {sql})",
            [wanted, live_at] * 2,
        )

    def _keys(self, wording, kind, live_at):
        return (
            f"SELECT string_agg((place & {OF_KEY})::text, ','),"
            f" bool_or(goes_live_at <= %s) FROM {TABLE}"
            f" WHERE whole @@ %s::tsquery AND {dated_of(kind, 'place')}",
            [live_at, self._wanted(wording)],
        )

    def _wanted(self, wording):
        return " & ".join(
            "(" + " | ".join(map(self._phrase, group)) + ")" for group in wording.groups
        )

    def _phrase(self, phrase):
        return "(" + " <-> ".join(f"'{stem}'" for stem in phrase) + ")"


def vector(stems: str) -> str:
    """Return stems as PostgreSQL writes a text vector: "'crime':2,5 'rate':3"."""
    positions: dict[str, list[str]] = {}
    for at, stem in enumerate(stems.split(), start=1):
        if stem != GAP:
            positions.setdefault(stem, []).append(str(min(at, MAX_POSITION)))
    return " ".join(f"'{stem}':{','.join(at)}" for stem, at in positions.items())


def engine() -> Engine:
    """Return the engine of the database in use."""
    return Fts5() if connection.vendor == "sqlite" else TextVectors()
