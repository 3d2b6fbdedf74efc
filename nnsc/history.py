"""What every record was: a version for each change, with its cities, tags and parts.

Whoever changes content takes snapshots of it first, in the transaction and under lock,
makes the change, and passes the gate, which keeps what has become of it:

    before = snapshots(locked(Article, keys))
    ...
    record_changes(before, Revision.of(user, Act.BULK))

It is no signal, for cities and tags are saved after their article: a signal would keep
half a record. What passes the gate by, in a shell, is found at the next change.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import models, transaction

from nnsc.changes import content_models
from nnsc.models import Act, Revision, Version
from nnsc.publishing import Publishable, State

N_A_BATCH = 500
PLAIN = (str, bool, int, type(None))

# The label of a record's model and its primary key.
Key = tuple[str, int]


def key_of(record: models.Model) -> Key:
    return record._meta.label_lower, record.pk


def by_label(keys: Iterable[Key]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for label, key in keys:
        found[label].append(key)
    return found


# What a record consists of


class Rows(NamedTuple):
    """Rows of another table that belong to a record: a set of others, or parts."""

    model: type[models.Model]
    # The key that leads to the whole.
    whole: models.ForeignKey
    # The key that leads to what the set holds; None where the rows are parts.
    other: models.ForeignKey | None


@cache
def has_history(model: type[models.Model]) -> bool:
    """Whether records of the model have versions: content that is no part of other."""
    return model in content_models() and not hasattr(model, "part_of")


@cache
def fields_of(model: type[models.Model]) -> list[models.Field]:
    """Return what of its own table is content; when it was saved is none."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not getattr(field, "auto_now", False)
    ]


@cache
def rows_of(model: type[models.Model]) -> dict[str, Rows]:
    """Return the rows that belong to a record, by the names it has for them."""
    sets = {field.remote_field.through: field for field in model._meta.many_to_many}
    found = {}
    for part in content_models():
        if not hasattr(part, "part_of"):
            continue
        whole = part._meta.get_field(part.part_of)
        if whole.related_model is not model:
            continue
        if part in sets:
            keys = (field for field in part._meta.fields if field.many_to_one)
            other = next(field for field in keys if field != whole)
            found[sets[part].name] = Rows(part, whole, other)
        else:
            name = whole.remote_field.get_accessor_name()
            found[name] = Rows(part, whole, None)
    return found


# Snapshots


def snapshots(records: Iterable[models.Model]) -> dict[Key, dict]:
    """Return what each record is, by its key, in order: see snapshot().

    The records have just been read. A query for each kind of set and part that their
    models have, however many there are.
    """
    by_model = defaultdict(dict)
    for record in records:
        by_model[type(record)][record.pk] = values_of(record)
    found = {}
    for model, values in by_model.items():
        add_rows(model, values)
        found |= {(model._meta.label_lower, pk): data for pk, data in values.items()}
    return found


def snapshot(record: models.Model) -> dict:
    """Return all that the record is, ready for JSON and enough to make it anew.

    Its fields by their names: a key as it is, a figure as text with all its decimals, a
    day and a moment (UTC) as in ISO 8601, an image as the name of its file. A set such
    as cities is a sorted list of keys; parts such as aliases are a list of dicts of the
    same making, each with its own id, in order of these.
    """
    return snapshots([record])[key_of(record)]


def values_of(record: models.Model) -> dict:
    fields = fields_of(type(record))
    return {field.name: stored_value(field, record) for field in fields}


def stored_value(field: models.Field, record: models.Model):
    value = field.value_from_object(record)
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, Decimal):
        return f"{value:.{field.decimal_places}f}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return field.value_to_string(record)


def add_rows(model, values: dict[int, dict]):
    """Add sets and parts to the values of records, which are by their keys."""
    for name, rows in rows_of(model).items():
        for data in values.values():
            data[name] = []
        for keys in batches(values):
            found = rows.model._base_manager.filter(**{f"{rows.whole.name}__in": keys})
            if rows.other:
                pairs = found.values_list(rows.whole.attname, rows.other.attname)
                for whole, other in pairs.order_by(rows.other.attname):
                    values[whole][name].append(other)
                continue
            for part in found.order_by("pk"):
                data = {"id": part.pk} | values_of(part)
                values[data.pop(rows.whole.name)][name].append(data)


def batches(items: Iterable) -> Iterable[list]:
    items = list(items)
    for at in range(0, len(items), N_A_BATCH):
        yield items[at : at + N_A_BATCH]


def differ(old: dict, new: dict) -> bool:
    """Whether two snapshots of one record tell of different content.

    A field that only one of them knows was added to its model since, or taken away.
    """
    if old == new:
        return False
    return any(values_differ(old[name], new[name]) for name in old.keys() & new.keys())


def is_told(model: type[models.Model], data: dict, now: dict) -> bool:
    """Whether a version's data tell what the record is now.

    Who added it is forgotten with their account, which is no change of the record.
    """
    names = now.keys() - forgotten_fields(model)
    return not differ(data, {name: now[name] for name in names})


@cache
def forgotten_fields(model: type[models.Model]) -> set[str]:
    return {
        field.name
        for field in fields_of(model)
        if field.is_relation
        and not field.editable
        and not has_history(field.related_model)
    }


def values_differ(old, new) -> bool:
    both = [old, new]
    if all(isinstance(value, list) for value in both) and len(old) == len(new):
        return any(map(values_differ, old, new))
    if all(isinstance(value, dict) for value in both):
        return differ(*both)
    return old != new


def made_of(label: str, key: int | None, data: dict) -> models.Model:
    """Return a record with the fields of a snapshot, not saved, without its rows."""
    model = apps.get_model(label)
    values = {
        field.attname: data[field.name] and field.to_python(data[field.name])
        for field in fields_of(model)
        if field.name in data
    }
    return model(pk=key, **values)


# The gate


def locked(model: type[models.Model], keys: Iterable[int]) -> list[models.Model]:
    """Return those records that are there, locked until the transaction ends.

    In the order of their keys, so that two who lock the same do not wait for each
    other. With what their own keys lead to, for they are called by it.
    """
    names = [field.name for field in fields_of(model) if field.is_relation]
    # Others may point at them meanwhile: an article at a tag whose meaning is changed.
    rows = model._base_manager.select_for_update(of=["self"], no_key=True)
    records = rows.select_related(*names)
    return [
        record
        for some in batches(sorted(keys))
        for record in records.filter(pk__in=some).order_by("pk")
    ]


def record_change(
    record: models.Model,
    *,
    by,
    act: Act,
    note: str = "",
    before: dict | None = None,
) -> Version | None:
    """Keep what has become of a record: see record_changes(). by: None for nobody."""
    revision = Revision.of(by, act, note)
    versions = record_changes({key_of(record): before}, revision)
    return versions[0] if versions else None


@transaction.atomic(savepoint=False)
def record_changes(
    before: dict[Key, dict | None],
    revision: Revision,
    records: Iterable[models.Model] | None = None,
) -> list[Version]:
    """Keep a version of each record that is no longer what it was; return them.

    before holds snapshots of what the records were, None for one that was not there.
    Those that are gone are kept as they were. What a record was is kept as well where
    its last version tells otherwise, or it has none. records are those that are there,
    locked and as they are now, where the caller has them: a batch at most.

    The revision is saved with its first version; given again, it takes more. Up to 500
    records of a model take a query for the rows, one for each kind of set and part, one
    for the last versions and two to keep them. Search and pages follow by themselves,
    see nnsc.changes.
    """
    known = None if records is None else {key_of(record): record for record in records}
    found, kept = [], []
    for label, all_keys in by_label(before).items():
        for keys in batches(all_keys):
            there = known
            if there is None:
                now = locked(apps.get_model(label), keys)
                there = {key_of(record): record for record in now}
            after = snapshots(there.values())
            last = last_versions(label, keys)
            for key in keys:
                one = label, key
                versions = new_versions(
                    one, before[one], after.get(one), last.get(key), there.get(one)
                )
                found += versions[:-1]
                kept += versions[-1:]
    if found:
        keep(found, Revision.of(None, Act.FOUND))
    if kept:
        keep(kept, revision)
    return kept


def keep(versions: list[Version], revision: Revision):
    if revision.pk is None:
        revision.save()
    for version in versions:
        version.revision = revision
    Version.objects.bulk_create(versions, batch_size=N_A_BATCH)


def last_versions(label: str, keys: Iterable[int]) -> dict[int, Version]:
    """Return the last version of each record that has one, by its key. One query."""
    versions = Version.objects.filter(label=label)
    newer = versions.filter(
        record=models.OuterRef("record"), number__gt=models.OuterRef("number")
    )
    last = versions.filter(~models.Exists(newer), record__in=keys)
    return {version.record: version for version in last}


def new_versions(
    key: Key,
    before: dict | None,
    after: dict | None,
    last: Version | None,
    record: models.Model | None,
) -> list[Version]:
    """Return the version to keep, after the one that the history lacks before it.

    Empty where nothing has changed. last is the last one kept; record is the record as
    it is after the change, None where it is gone.
    """
    known = last.data if last and not last.gone else None
    if before is None:
        before = known
    if after is None:
        return [] if before is None else [version_of(key, before, last, gone=True)]
    if before is None:
        return [version_of(key, after, last, record, published=is_public(key, after))]
    if not differ(before, after):
        return []
    versions = []
    if known is None or not is_told(type(record), known, before):
        # Where only cities or tags have changed, it was called as it is now.
        fields = (field.name for field in fields_of(type(record)))
        is_alike = all(before.get(name) == after[name] for name in fields)
        last = version_of(key, before, last, record if is_alike else None)
        versions.append(last)
    published = is_public(key, after) and not is_public(key, before)
    return [*versions, version_of(key, after, last, record, published=published)]


def version_of(key: Key, data: dict, last: Version | None, record=None, **marks):
    label, pk = key
    try:
        title = str(record or made_of(label, pk, data))
    except ObjectDoesNotExist:
        # It was called by what is gone as well.
        title = last.title if last else str(pk)
    number = last.number + 1 if last else 1
    return Version(
        label=label, record=pk, number=number, title=title, data=data, **marks
    )


def is_public(key: Key, data: dict) -> bool:
    is_publishable = issubclass(apps.get_model(key[0]), Publishable)
    return is_publishable and data["state"] == State.PUBLISHED


# Who did what lately


def lately_published(labels: Iterable[str], n: int) -> list[Version]:
    """Return the last n versions that brought records before the public, newest first.

    Of the models of those labels, each with its revision, which says who and when, and
    without its data. One query, however many versions there are.
    """
    versions = Version.objects.filter(published=True, label__in=labels)
    with_revision = versions.select_related("revision").defer("data")
    return list(with_revision.order_by("-id")[:n])
