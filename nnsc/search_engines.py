"""The full-text engines of the two databases, behind one port.

An engine keeps, for each place, the stems of a title and of all that is searched, and
says which places have a combination of stems. Stems are made in nnsc.words, so neither
engine folds, stems or drops anything itself, and both find the same.

Its table is no model: Django would remake it on SQLite, and lose it. It is made after
migrate, and filled again from the search entries whenever it lacks one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

TABLE = "nnsc_searchtext"
# A place is a day, a kind of record and its key. Undated records are of day 0.
DAY_BITS, KIND_BITS, KEY_BITS = 17, 14, 32
FIRST_DATED = 1 << (KIND_BITS + KEY_BITS)
BEYOND = 1 << (DAY_BITS + KIND_BITS + KEY_BITS)
OF_KIND, OF_KEY = (1 << KIND_BITS) - 1, (1 << KEY_BITS) - 1
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
class Within:
    """Which places are wanted: from low to before high, live at a moment, so many."""

    low: int
    high: int
    live_at: datetime
    limit: int


class Engine:
    def exists(self) -> bool:
        with connection.cursor() as cursor:
            return TABLE in connection.introspection.table_names(cursor)

    def count(self) -> int:
        return self._rows(f"SELECT count(*) FROM {TABLE}", [])[0][0]  # noqa: S608

    def ends(self) -> tuple[int | None, int | None]:
        """Return the lowest and the highest place; at once, however many there are."""
        sql = f"SELECT {self.place} FROM {TABLE} ORDER BY {self.place} %s LIMIT 1"  # noqa: S608
        rows = [self._rows(sql % way, []) for way in ("ASC", "DESC")]
        lowest, highest = (row[0][0] if row else None for row in rows)
        return lowest, highest

    def clear(self) -> None:
        self._run(f"DELETE FROM {TABLE}")  # noqa: S608

    def _rows(self, sql, parameters):
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return cursor.fetchall()

    def _run(self, *statements):
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


class Fts5(Engine):
    """SQLite's FTS5. It keeps a word's places in order, so the newest come at once."""

    place = "rowid"

    def make(self) -> None:
        self._run(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {TABLE}"
            " USING fts5(title, rest, tokenize='ascii', columnsize=0)"
        )

    def add(self, texts: Iterable[Text]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {TABLE} (rowid, title, rest) VALUES (%s, %s, %s)",  # noqa: S608
                [(text.place, text.title, text.rest) for text in texts],
            )

    def remove(self, places: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.executemany(
                f"DELETE FROM {TABLE} WHERE rowid = %s",  # noqa: S608
                [(place,) for place in places],
            )

    def finish(self) -> None:
        self._run(f"INSERT INTO {TABLE} ({TABLE}) VALUES ('optimize')")  # noqa: S608

    def match(self, groups: list[Group], within: Within, in_title=False) -> list[int]:
        """Return the places that have a phrase of every group, the newest first."""
        wanted = self._wanted(groups)
        if in_title:
            wanted = f"{{title}} : ({wanted})"
        # CROSS keeps SQLite from walking through the entries first.
        rows = self._rows(
            f"SELECT t.rowid FROM {TABLE} t"  # noqa: S608
            " CROSS JOIN nnsc_searchentry e ON e.id = t.rowid"
            f" WHERE {TABLE} MATCH %s AND t.rowid BETWEEN %s AND %s"
            " AND e.goes_live_at <= %s ORDER BY t.rowid DESC LIMIT %s",
            [
                *[wanted, within.low, within.high - 1],
                connection.ops.adapt_datetimefield_value(within.live_at),
                within.limit,
            ],
        )
        return [place for (place,) in rows]

    def keys(self, groups: list[Group], kind: int) -> list[int]:
        """Return the keys of all dated records of a kind, live or not, in no order."""
        ((keys,),) = self._rows(
            f"SELECT group_concat(rowid & {OF_KEY}) FROM {TABLE}"  # noqa: S608
            f" WHERE {TABLE} MATCH %s AND rowid >= {FIRST_DATED}"
            f" AND (rowid >> {KEY_BITS}) & {OF_KIND} = %s",
            [self._wanted(groups), kind],
        )
        return list(map(int, keys.split(","))) if keys else []

    def _wanted(self, groups):
        return " AND ".join(
            "(" + " OR ".join(f'"{" ".join(phrase)}"' for phrase in group) + ")"
            for group in groups
        )


class TextVectors(Engine):
    """PostgreSQL's text vectors, written as such: its parser would part "15-year"."""

    place = "place"

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
                f"INSERT INTO {TABLE} (place, goes_live_at, title, whole)"  # noqa: S608
                f" VALUES {values}",
                [column for row in rows for column in row],
            )

    def remove(self, places: Iterable[int]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE place = ANY(%s)",  # noqa: S608
                [list(places)],
            )

    def finish(self) -> None:
        self._run(f"ANALYZE {TABLE}")
        for index in ["title", "whole"]:
            self._run(f"SELECT gin_clean_pending_list('{TABLE}_{index}')")

    def match(self, groups: list[Group], within: Within, in_title=False) -> list[int]:
        """Return the places that have a phrase of every group, the newest first."""
        column = "title" if in_title else "whole"
        rows = self._rows(
            f"SELECT place FROM {TABLE} WHERE {column} @@ %s::tsquery"  # noqa: S608
            " AND place BETWEEN %s AND %s AND goes_live_at <= %s"
            " ORDER BY place DESC LIMIT %s",
            [
                *[self._wanted(groups), within.low, within.high - 1],
                *[within.live_at, within.limit],
            ],
        )
        return [place for (place,) in rows]

    def keys(self, groups: list[Group], kind: int) -> list[int]:
        """Return the keys of all dated records of a kind, live or not, in no order."""
        ((keys,),) = self._rows(
            f"SELECT string_agg((place & {OF_KEY})::text, ',') FROM {TABLE}"  # noqa: S608
            f" WHERE whole @@ %s::tsquery AND place >= {FIRST_DATED}"
            f" AND (place >> {KEY_BITS}) & {OF_KIND} = %s",
            [self._wanted(groups), kind],
        )
        return list(map(int, keys.split(","))) if keys else []

    def _wanted(self, groups):
        return " & ".join(
            "(" + " | ".join(map(self._phrase, group)) + ")" for group in groups
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
