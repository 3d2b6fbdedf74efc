"""The full-text engines of the two databases: see nnsc.search_port."""

# As there: what readers typed is given beside the statements.
# ruff: noqa: S608

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat

from django.db import connection, transaction

from nnsc.search_port import (
    FIRST_DATED,
    GAP,
    OF_KEY,
    TABLE,
    Engine,
    Text,
    dated_of,
    room_for,
)

# So many of the newest texts PostgreSQL looks at before it asks its index: at most, and
# for each place that is wanted.
N_LOOKED_AT, N_LOOKED_AT_FOR_EACH = 16_000, 100
# How many pages SQLite's index merges in one step.
N_MERGED = 500
MAX_POSITION = 16_383


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
        # As "optimize" would, but in steps, so that others can write between them.
        merge = f"INSERT INTO {TABLE} ({TABLE}, rank) VALUES ('merge', %s)"
        for n_pages in chain([-N_MERGED], repeat(N_MERGED)):
            before = connection.connection.total_changes
            self._rows(merge, [n_pages])
            if connection.connection.total_changes - before < 2:
                break

    @contextmanager
    def transaction(self, patience_milliseconds: int) -> Iterator[None]:
        ((before,),) = self._rows("PRAGMA busy_timeout")
        self._run(f"PRAGMA busy_timeout = {patience_milliseconds}")
        try:
            with transaction.atomic():
                yield
        finally:
            self._run(f"PRAGMA busy_timeout = {before}")

    def _parts(self, tiers, live_at):
        last = tiers[-1]
        found, values = self._in_tier(last, live_at)
        newest = f"ORDER BY t.rowid DESC LIMIT {last.n_wanted}"
        yield "found", f"{found} {newest}", values
        # From the lowest place on, for from above it would pass all that are dated.
        any_undated = (
            f"t.rowid < {FIRST_DATED} ORDER BY t.rowid"
            " LIMIT CASE WHEN EXISTS (SELECT 1 FROM found) THEN -1 ELSE 0 END"
        )
        newest = f"SELECT place FROM found WHERE place >= {FIRST_DATED}"
        yield f"dated{last.number}", newest, []
        yield f"undated{last.number}", f"{found} AND {any_undated}", values
        for tier in tiers[:-1]:
            found, values = self._in_tier(tier, live_at)
            newest = f"t.rowid >= {FIRST_DATED} ORDER BY t.rowid DESC"
            room = room_for(tier, tiers)
            yield f"dated{tier.number}", f"{found} AND {newest} LIMIT {room}", values
            yield f"undated{tier.number}", f"{found} AND {any_undated}", values

    def _in_tier(self, tier, live_at):
        sql, (wanted, moment) = self._matching(tier.wording, live_at)
        if tier.in_title:
            wanted = f"{{title}} : ({wanted})"
        return f"SELECT t.rowid AS place {sql}", [wanted, moment]

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
            f"SELECT {self.listed(f'rowid & {OF_KEY}')},"
            f" EXISTS (SELECT 1 {any_live} AND {dated_of(kind, 't.rowid')})"
            f" FROM {TABLE} WHERE {TABLE} MATCH %s AND {dated_of(kind, 'rowid')}"
        )
        return sql, [*values, self._wanted(wording)]

    def listed(self, number: str) -> str:
        return f"group_concat({number})"

    def _wanted(self, wording):
        return " AND ".join(
            "(" + " OR ".join(f'"{" ".join(phrase)}"' for phrase in group) + ")"
            for group in wording.groups
        )


class TextVectors(Engine):
    """PostgreSQL's text vectors, written as such: its parser would part "15-year".

    Their index finds all places of a word, which must then be sorted. Of a word that
    many texts have, the newest are found sooner by looking at them in turn. PostgreSQL
    cannot tell which way is shorter where words are looked for together, or stand in
    the texts of one year alone; so the way is chosen here.
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
    def transaction(self, patience_milliseconds: int) -> Iterator[None]:
        with transaction.atomic():
            self._run(f"SET LOCAL lock_timeout = {patience_milliseconds}")
            yield

    def _parts(self, tiers, live_at):
        last = tiers[-1]
        for tier in [last, *tiers[:-1]]:
            room = room_for(tier, tiers)
            undated = f"SELECT * FROM {TABLE} WHERE place < {FIRST_DATED}"
            if tier.wording.n_at_most > last.n_wanted:
                yield from self._newest_first(tier, last, live_at, room)
            else:
                sql, values = self._newest(tier, live_at)
                yield f"dated{tier.number}", f"{sql} LIMIT {room}", values
            if tier.wording.n_at_most > N_LOOKED_AT:
                # Then all undated are looked at sooner than the index finds the dated.
                undated += " OFFSET 0"
            sql, values = self._having(tier, live_at)
            undated = f"SELECT place FROM ({undated}) t WHERE {sql}"
            yield f"undated{tier.number}", undated, values

    def _newest(self, tier, live_at):
        sql, values = self._having(tier, live_at)
        return (
            f"SELECT place FROM {TABLE} WHERE {sql} AND place >= {FIRST_DATED}"
            # Not the bare place, or it would go by place through all that there is.
            " ORDER BY place + 0 DESC",
            values,
        )

    def _newest_first(self, tier, last, live_at, room):
        """Look at the newest, and only if they do not have enough, at all."""
        seen = f"seen{tier.number}"
        is_full = f"(SELECT count(*) FROM {seen}) >= {tier.n_wanted}"
        # Where they have not enough of the last tier, they have less of this.
        seen_room = room
        if tier is not last:
            enough = f"(SELECT count(*) FROM seen{last.number}) >= {last.n_wanted}"
            seen_room = f"CASE WHEN {enough} THEN {room} ELSE 0 END"
        sql, values = self._having(tier, live_at)
        latest = self._latest(tier.n_wanted, tier.wording.n_at_most)
        yield (
            seen,
            f"SELECT place FROM ({latest}) t WHERE {sql}"
            f" ORDER BY place DESC LIMIT {seen_room}",
            values,
        )
        sql, values = self._newest(tier, live_at)
        rest = f"CASE WHEN {is_full} THEN 0 ELSE {room} END"
        yield (
            f"dated{tier.number}",
            f"SELECT place FROM {seen} WHERE {is_full}"
            f" UNION ALL SELECT place FROM ({sql} LIMIT {rest}) t",
            values,
        )

    def _having(self, tier, live_at):
        column = "title" if tier.in_title else "whole"
        sql = f"{column} @@ %s::tsquery AND goes_live_at <= %s"
        return sql, [self._wanted(tier.wording), live_at]

    def _latest(self, n_wanted, n_at_most):
        """Select the newest, as many as are looked at; none where that is no short cut.

        They are at most half as many as the index may find, and must be enough for the
        wanted to be among them where those that have a word are spread evenly.
        """
        n_looked_at = min(n_at_most // 2, N_LOOKED_AT, N_LOOKED_AT_FOR_EACH * n_wanted)
        n_texts_at_most = n_looked_at * n_at_most // n_wanted * 4 // 5
        return (
            f"SELECT * FROM {TABLE} WHERE place >= {FIRST_DATED} ORDER BY place DESC"
            # How many texts there are, as PostgreSQL has last counted them.
            f" LIMIT (SELECT CASE WHEN reltuples <= {n_texts_at_most}"
            f" THEN {n_looked_at} ELSE 0 END"
            f" FROM pg_class WHERE oid = '{TABLE}'::regclass)"
        )

    def _is_live(self, wording, live_at):
        wanted = self._wanted(wording)
        # The first moment of all, for if asked for any one place it might go through
        # all that there is.
        sql = (
            f"(SELECT min(goes_live_at) FROM {TABLE} WHERE whole @@ %s::tsquery) <= %s"
        )
        return (
            f"coalesce((SELECT true FROM ({self._latest(1, wording.n_at_most)}) t"
            f" WHERE whole @@ %s::tsquery AND goes_live_at <= %s LIMIT 1), {sql})",
            [wanted, live_at] * 2,
        )

    def _keys(self, wording, kind, live_at):
        return (
            f"SELECT {self.listed(f'place & {OF_KEY}')},"
            f" bool_or(goes_live_at <= %s) FROM {TABLE}"
            f" WHERE whole @@ %s::tsquery AND {dated_of(kind, 'place')}",
            [live_at, self._wanted(wording)],
        )

    def listed(self, number: str) -> str:
        return f"string_agg(({number})::text, ',')"

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
