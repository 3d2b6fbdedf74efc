"""The generation of the content: a number that grows with every change.

Whatever is kept in a process (bitmaps, later pages) asks here what has changed since it
was made. Saving a record, deleting it and setting its cities or tags are noticed by
themselves; who writes many rows at once, past the models, calls record_bulk_change().
What a change was and whose is told to nnsc.history.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save

from nnsc.models import (
    Change,
    Generation,
    Journal,
    JournalPage,
    LoadedItem,
    MergedRecord,
    OldAddress,
    PreviewLink,
    Revision,
    SearchEntry,
    SearchProgress,
    SearchTerm,
    Version,
)
from nnsc.publishing import Publishable

N_KEPT = 5_000
# Of more at once, it is told that anything may have changed: what follows the changes
# is then quicker made anew.
N_NOTED = 400
NOT_CONTENT = [
    *[Change, Generation, LoadedItem, OldAddress, PreviewLink],
    *[SearchEntry, SearchProgress, SearchTerm],
    *[Revision, Version, Journal, JournalPage, MergedRecord],
]


def notice_changes() -> None:
    """Let every saved, deleted or related record of the content begin a generation."""
    for model in content_models():
        post_save.connect(_on_save, sender=model)
        post_delete.connect(_on_save, sender=model)
        for field in model._meta.many_to_many:
            m2m_changed.connect(_on_relate, sender=field.remote_field.through)


def content_models() -> list[type[models.Model]]:
    """Return the models of which public pages are made."""
    every = apps.get_models()
    labels = {"nnsc"} | {
        model._meta.app_label for model in every if issubclass(model, Publishable)
    }
    return [
        model
        for model in every
        if model._meta.app_label in labels and model not in NOT_CONTENT
    ]


def _on_save(sender, instance, raw=False, **kwargs):
    # A fixture is loaded table by table, past the gate; who loads one says so.
    if not raw:
        note_change(instance)


def whole_of(record: models.Model) -> tuple[str, int]:
    """Return the label and key of the record, or of the one that it is a part of.

    A tag of an article is a part of the article, a former name of a tag one of the tag:
    such models name the field in part_of. Once deleted, nothing else says whose it was.
    """
    field = getattr(record, "part_of", None)
    if field is None:
        return record._meta.label_lower, record.pk
    whole = record._meta.get_field(field)
    return whole.related_model._meta.label_lower, getattr(record, whole.attname)


def _on_relate(sender, instance, action, reverse, model, pk_set, **kwargs):
    if not action.startswith("post_"):
        return
    if not reverse:
        note_change(instance)
    elif pk_set is None:
        record_bulk_change()
    else:
        for record in model._base_manager.filter(pk__in=pk_set):
            note_change(record)


def current_generation() -> int:
    """Return the number of the last change that was committed. One query."""
    return last_change()[0]


def last_change() -> tuple[int, str]:
    """Return the number and the token of the last change committed. One query."""
    # Every page asks, some thrice, so that Django's making of SQL would show.
    table = Generation._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT number, token FROM {table}")  # noqa: S608
        return cursor.fetchone() or (0, "")


@contextmanager
def held_still():
    """Let no change be committed meanwhile: whoever makes one waits. For short work."""
    with transaction.atomic():
        # SQLite's transactions lock all the same, and pass over this.
        Generation.objects.select_for_update().first()
        yield


def something_was_taken_back(since: int) -> bool:
    """Whether any record that changed since then is not to be seen any more.

    True where that is not known. One query, and one for each kind that changed.
    """
    changes = changes_since(since)
    if changes is None:
        return True
    records = defaultdict(set)
    for label, record in changes:
        records[label].add(record)
    return any(
        n_seen(apps.get_model(label), changed) < len(changed)
        for label, changed in records.items()
    )


def n_seen(model: type[models.Model], records: set[int]) -> int:
    found = model._default_manager.filter(pk__in=records)
    return found.live().count() if issubclass(model, Publishable) else found.count()


@transaction.atomic
def note_change(record: models.Model) -> None:
    """Note the record's change, or its whole's, in the transaction that makes it."""
    _begin_generations([whole_of(record)])


@transaction.atomic
def note_changes(records: Collection[tuple[str, int]]) -> None:
    """Note the changes of records, by label and key, that were written past the models.

    At most four queries. Of more than N_NOTED: that anything may have changed.
    """
    if len(records) > N_NOTED:
        record_bulk_change()
    elif records:
        _begin_generations(records)


@transaction.atomic
def record_bulk_change() -> None:
    """Note that anything may have changed."""
    _begin_generations([("", None)])


def changes_since(number: int) -> list[tuple[str, int]] | None:
    """Return (model's label, primary key) of what changed, None if that is not known.

    One query. It is not known after a bulk change, or when number is long past.
    """
    changes = list(
        Change.objects.filter(generation__gt=number)
        .order_by("generation")
        .values_list("generation", "label", "record")
    )
    if not changes:
        return []
    was_pruned = changes[0][0] > number + 1
    if was_pruned or any(not label for _, label, _ in changes):
        return None
    return [(label, record) for _, label, record in changes]


def _begin_generations(records: Collection[tuple[str, int | None]]) -> None:
    # The row stays locked until the transaction ends, so that generations are committed
    # in their order and no reader passes one that is still to come.
    n, token = len(records), secrets.token_hex(8)
    if not Generation.objects.update(number=F("number") + n, token=token):
        Generation.objects.create(number=n, token=token)
    number = current_generation()
    Change.objects.bulk_create(
        Change(generation=generation, label=label, record=record)
        for generation, (label, record) in enumerate(records, start=number - n + 1)
    )
    if number // 500 > (number - n) // 500:
        Change.objects.filter(generation__lte=number - N_KEPT).delete()
