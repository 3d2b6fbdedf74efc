"""Rows as a journal has them: read, compared, and written past their models."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils.duration import duration_string

from nnsc.history import Key
from nnsc.pointing import is_row_of_keys, part_of

# Rows that get the same values are written together; of more kinds, all at once.
N_TOGETHER = 10

# The columns of a row as JSON has them, by their attribute names.
Columns = dict[str, object]


class RowChange(NamedTuple):
    """What an act did to a row: the columns that it changed, and whose part the row is.

    A row that was made was None before, one that was deleted is None after; the other
    side has all its columns.
    """

    label: str
    pk: int
    before: Columns | None
    after: Columns | None

    @property
    def key(self) -> Key:
        return self.label, self.pk

    @property
    def model(self) -> type[models.Model]:
        return apps.get_model(self.label)

    def is_of_moments(self) -> bool:
        """Whether nothing was changed but when the row was saved last."""
        sides = [self.before, self.after]
        moments = moments_of(self.model)
        return all(side is not None and side.keys() <= moments for side in sides)

    def name(self, now: Columns | None) -> str:
        """Return what the row is or was called; a row of keys has no name."""
        if is_row_of_keys(self.model):
            return ""
        columns = (self.before or {}) | (self.after or {}) | (now or {})
        return columns.get("name", columns.get("path", ""))

    def targets(self) -> list[Key]:
        """Return the records that it pointed at, as far as the act changed that."""
        before = self.before or {}
        return [
            (field.related_model._meta.label_lower, before[field.attname])
            for field in self.model._meta.concrete_fields
            if field.is_relation and before.get(field.attname) is not None
        ]


def read_rows(rows: Iterable[models.QuerySet]) -> dict[Key, Columns]:
    found = {}
    for some in rows:
        label, pk = some.model._meta.label_lower, some.model._meta.pk.attname
        for row in some.order_by():
            columns = {name: as_json(value) for name, value in row.items()}
            found[label, columns.pop(pk)] = columns
    return found


def as_json(value):
    """Return a column's value as JSON holds it exactly, and to_python() reads it."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, timedelta):
        return duration_string(value)
    if isinstance(value, bytes | memoryview):
        return b64encode(value).decode()
    return value


def changed_rows(
    before: dict[Key, Columns], after: dict[Key, Columns]
) -> list[RowChange]:
    changes = []
    for label, pk in sorted(before.keys() | after.keys()):
        old, new = before.get((label, pk)), after.get((label, pk))
        if old is not None and new is not None:
            names = [name for name in old if old[name] != new[name]]
            if not names:
                continue
            if part := part_of(apps.get_model(label)):
                names.append(part.attname)
            old, new = ({name: row[name] for name in names} for row in (old, new))
        changes.append(RowChange(label, pk, old, new))
    return changes


@cache
def moment_fields(model: type[models.Model]) -> list[models.Field]:
    """Return the fields that say when a row was saved last."""
    fields = model._meta.concrete_fields
    return [field for field in fields if getattr(field, "auto_now", False)]


@cache
def moments_of(model: type[models.Model]) -> set[str]:
    """Return the columns that say when a row was saved last."""
    return {field.attname for field in moment_fields(model)}


def is_same(
    model: type[models.Model], now: Columns | None, wanted: Columns | None
) -> bool:
    """Whether a row is as wanted, whenever it was saved; or alike, there is none."""
    if now is None or wanted is None:
        return now is wanted
    names = (wanted.keys() - moments_of(model)) or wanted.keys()
    return all(now[name] == wanted[name] for name in names)


def with_columns(
    label: str, pk: int, columns: Columns, record: models.Model | None = None
) -> models.Model:
    """Return the record, or a new one that is not saved, with these columns."""
    model = apps.get_model(label)
    values = {}
    for name, value in columns.items():
        field = model._meta.get_field(name)
        values[name] = value if value is None else field.to_python(value)
    if record is None:
        return model(**{model._meta.pk.attname: pk, **values})
    # Past the descriptors: that of an image would open its file.
    record.__dict__.update(values)
    return record


def update_rows(label: str, rows: dict[int, Columns]) -> None:
    """Give rows their columns, which are the same of all, by their keys."""
    alike = defaultdict(list)
    for pk, columns in rows.items():
        alike[tuple(sorted(columns.items()))].append(pk)
    model = apps.get_model(label)
    manager = model._base_manager
    if len(alike) <= N_TOGETHER:
        for columns, pks in alike.items():
            names = [name for name, _value in columns]
            row = with_columns(label, pks[0], dict(columns))
            values = {name: row.__dict__[name] for name in names}
            manager.filter(pk__in=pks).update(**values)
    else:
        names = next(iter(rows.values())).keys()
        found = [with_columns(label, pk, columns) for pk, columns in rows.items()]
        manager.bulk_update(found, names)


def insert_rows(label: str, rows: list[tuple[int, Columns]]) -> None:
    records = [with_columns(label, pk, columns) for pk, columns in rows]
    model = apps.get_model(label)
    model._base_manager.bulk_create(records)
    # What a field fills in when it is saved is put back too.
    if moments := moments_of(model):
        update_rows(label, {pk: {n: row[n] for n in moments} for pk, row in rows})
