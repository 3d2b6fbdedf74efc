"""What can be searched, kept in step with the content.

A model is searched when its records answer search_entry(). Its search_joins name what
that reads of other records, so that a renamed city is found in its articles too.

The entries follow the changes that nnsc.changes notes in the transaction of each: who
searches first brings them up to date, whatever process made the change, and whether or
not it lived on. After a bulk change every record is read again, some at each search, or
all at once by rebuild().
"""

import logging
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from functools import partial
from itertools import islice

from django.apps import apps
from django.db import OperationalError, connection, models, transaction

from nnsc.changes import changes_since, current_generation
from nnsc.entries import read_joined
from nnsc.models import Generation, SearchEntry, SearchProgress, SearchTerm
from nnsc.search_engines import engine
from nnsc.search_texts import stored, text_of
from nnsc.vocabulary import count_terms

logger = logging.getLogger(__name__)
# How many records one search reads again at most; at about 4,000 a second.
N_AT_ONCE = 400
N_A_BATCH = 1_000
PAUSE_SECONDS = 0.05


def searchable_models() -> list[type[models.Model]]:
    found = (model for model in apps.get_models() if hasattr(model, "search_entry"))
    return sorted(found, key=lambda model: model._meta.label_lower)


# Up to date


def catch_up(patience_milliseconds: int | None = None) -> bool:
    """Bring the entries up to date; return whether they are. One query if they were.

    They are not while a sweep is on, of which each call does a part, nor where others
    write for longer than the patience, if any is given. A sweep also puts back what the
    engine has lost.
    """
    if is_up_to_date():
        return True
    begin = transaction.atomic
    if patience_milliseconds is not None:
        begin = partial(engine().transaction, patience_milliseconds)
    try:
        with begin():
            progress = locked_progress()
            follow(progress)
            if not progress.sweep_label and not engine().ends_as_entries_do():
                begin_sweep(progress)
            if progress.sweep_label:
                sweep(progress, N_AT_ONCE)
            progress.save()
    except OperationalError:
        if patience_milliseconds is None or not engine().exists():
            raise
        logger.info("Others write for long; search goes by what is known.")
        return False
    return not progress.sweep_label


def is_up_to_date() -> bool:
    # Every search asks, so that Django's making of SQL would show.
    progress, generation = SearchProgress._meta.db_table, Generation._meta.db_table
    sql = (
        f"SELECT 1 FROM {progress} WHERE sweep_label = '' AND generation ="  # noqa: S608
        f" coalesce((SELECT number FROM {generation}), 0)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() is not None


def locked_progress() -> SearchProgress:
    """Return the progress, which stays this transaction's own until it ends."""
    SearchProgress.objects.get_or_create(pk=1, defaults=first_progress())
    return SearchProgress.objects.select_for_update().get(pk=1)


def first_progress():
    return {"generation": current_generation(), "sweep_label": first_label()}


def first_label() -> str:
    return searchable_models()[0]._meta.label_lower


def follow(progress: SearchProgress) -> None:
    """Read again what has changed; begin a sweep where that is much, or not known."""
    generation = current_generation()
    if generation == progress.generation:
        return
    changes = None
    if generation > progress.generation:
        changes = changes_since(progress.generation)
    if changes is None or not follow_changes(set(changes)):
        begin_sweep(progress)
    progress.generation = generation


def follow_changes(changes: set[tuple[str, int]]) -> bool:
    """Read again what has changed and what names it; return whether that was all."""
    changed = defaultdict(set)
    labels = {model._meta.label_lower: model for model in apps.get_models()}
    for label, record in changes:
        if label in labels:
            changed[labels[label]].add(record)
    naming = defaultdict(set)
    n = 0
    for model, records in changed.items():
        if hasattr(model, "search_entry"):
            n += len(records)
            if n > N_AT_ONCE:
                return False
            records = read_again(model, records)
        for other, path in joins_to(model):
            found = other._base_manager.filter(**{f"{path}__in": records})
            naming[other].update(
                found.order_by().values_list("pk", flat=True)[: N_AT_ONCE + 1]
            )
    if n + sum(map(len, naming.values())) > N_AT_ONCE:
        return False
    for model, records in naming.items():
        read_again(model, records)
    return True


def joins_to(model) -> list[tuple[type[models.Model], str]]:
    """Return the searched models that read from this one, and by which path."""
    return [
        (other, path)
        for other in searchable_models()
        for path in {join.split("__")[0] for join in other.search_joins}
        if other._meta.get_field(path).related_model is model
    ]


def begin_sweep(progress: SearchProgress) -> None:
    progress.sweep_label, progress.sweep_record = first_label(), 0


def sweep(progress: SearchProgress, n: int, afresh: bool = False) -> int:
    """Read the next n records again, in the order of their models; return how many.

    What has not changed is left as it is, or written again if afresh.
    """
    labels = {model._meta.label_lower: model for model in searchable_models()}
    n_read = 0
    while progress.sweep_label and n_read < n:
        model = labels.get(progress.sweep_label)
        records = []
        if model:
            after = model._base_manager.filter(pk__gt=progress.sweep_record)
            records = list(
                after.order_by("pk").values_list("pk", flat=True)[: n - n_read]
            )
        old = SearchEntry.objects.filter(
            label=progress.sweep_label, record__gt=progress.sweep_record
        )
        is_last = len(records) < n - n_read
        if not is_last:
            old = old.filter(record__lte=records[-1])
        if model:
            replace(model, records, old, afresh)
        else:
            replace_entries(old, [])
        n_read += len(records)
        if is_last:
            progress.sweep_label = next_label(progress.sweep_label, labels)
            progress.sweep_record = 0
        else:
            progress.sweep_record = records[-1]
    return n_read


def next_label(label: str, labels: Iterable[str]) -> str:
    """Return the label that a sweep comes to next; entries may have labels of old."""
    kept = SearchEntry.objects.order_by().values_list("label", flat=True).distinct()
    return min((other for other in {*labels, *kept} if other > label), default="")


def read_again(model, records: set[int]) -> set[int]:
    """Bring these records' entries up to date; return those that are called anew."""
    label = model._meta.label_lower
    old = SearchEntry.objects.filter(label=label, record__in=records)
    return replace(model, records, old)


def read_now(label: str, records: Collection[int]) -> None:
    """Bring records' entries up to date, in the transaction that changes them."""
    with transaction.atomic():
        locked_progress()
        read_again(apps.get_model(label), set(records))


def replace(model, records, old, afresh=False) -> set[int]:
    new = []
    for record in read_joined(model, records):
        entry = record.search_entry()
        if entry:
            new.append(stored(record, entry))
    return replace_entries(old, new, afresh)


def replace_entries(old, new: list[SearchEntry], afresh=False) -> set[int]:
    """Put the new entries where the old are; return the records whose names differ."""
    before = {entry.record: entry for entry in old}
    after = {entry.record: entry for entry in new}
    search = engine()
    kept = set()
    if not afresh:
        kept = {pk for pk in after if is_same(before.get(pk), after[pk])}
        lost = search.missing([after[pk].pk for pk in kept])
        search.add(text_of(after[pk]) for pk in kept if after[pk].pk in lost)
    gone = [entry for entry in before.values() if entry.record not in kept]
    come = [entry for entry in after.values() if entry.record not in kept]
    if gone:
        search.remove([entry.pk for entry in gone])
        SearchEntry.objects.filter(pk__in=[entry.pk for entry in gone]).delete()
    if come:
        SearchEntry.objects.bulk_create(come)
        search.add(map(text_of, come))
    count_terms(gone, come)
    return {
        record
        for record in {*before, *after}
        if names_of(before.get(record)) != names_of(after.get(record))
    }


def is_same(one: SearchEntry | None, other: SearchEntry) -> bool:
    if one is None:
        return False
    fields = ["id", "goes_live_at", "title", "keywords", "body"]
    return all(getattr(one, name) == getattr(other, name) for name in fields)


def names_of(entry: SearchEntry | None) -> tuple[str, str] | None:
    return entry and (entry.title, entry.keywords)


# Whole


def rebuild(
    show_progress: Callable[[int, int], None] = lambda done, n: None,
    afresh: bool = False,
) -> int:
    """Read everything again, batch by batch; return how many entries there are.

    What has not changed is left as it is, or written again if afresh. Searches go on
    meanwhile. Cut off, it leaves a sweep that later searches take on.
    """
    sweep_anew()
    n_records = sum(model._base_manager.count() for model in searchable_models())
    n_done = 0
    show_progress(n_done, n_records)
    while n_read := sweep_a_batch(afresh):
        n_done += n_read
        show_progress(min(n_done, n_records - 1), n_records)
        # Between its batches others write. Those who wait for SQLite look again and
        # again whether they may, and would find it busy each time.
        time.sleep(PAUSE_SECONDS)
    if afresh:
        count_all_terms()
    engine().finish()
    show_progress(n_records, n_records)
    return SearchEntry.objects.count()


@transaction.atomic
def sweep_anew() -> None:
    """Let the engine be there, and everything be read again."""
    progress = locked_progress()
    engine().make()
    engine().remove_strays()
    progress.generation = current_generation()
    begin_sweep(progress)
    progress.save()


@transaction.atomic
def sweep_a_batch(afresh: bool) -> int:
    progress = locked_progress()
    n_read = sweep(progress, N_A_BATCH, afresh)
    progress.save()
    return n_read


@transaction.atomic
def count_all_terms() -> None:
    locked_progress()
    SearchTerm.objects.all().delete()
    for entries in batches(SearchEntry.objects.order_by("pk")):
        count_terms([], entries)


def seems_whole() -> bool:
    """Whether the engine's texts begin and end with the entries. Two quick queries."""
    search = engine()
    return search.exists() and search.ends_as_entries_do()


def is_whole() -> bool:
    """Whether the engine has a text for each entry. Slow where there are many."""
    search = engine()
    return search.exists() and search.count() == SearchEntry.objects.count()


def mend(patience_milliseconds: int) -> bool:
    """Begin to put back what the engine lost; return whether others let it.

    The sweeps of the searches that follow put it back, a part each.
    """
    try:
        with engine().transaction(patience_milliseconds):
            sweep_anew()
    except OperationalError:
        return False
    return True


@transaction.atomic
def fill() -> None:
    """Put back all at once what the engine lacks, from the entries as they are."""
    locked_progress()
    search = engine()
    search.make()
    search.remove_strays()
    for entries in batches(SearchEntry.objects.order_by("pk")):
        missing = search.missing([entry.pk for entry in entries])
        search.add(text_of(entry) for entry in entries if entry.pk in missing)


def batches(entries) -> Iterable[list[SearchEntry]]:
    found = entries.iterator(N_A_BATCH)
    while batch := list(islice(found, N_A_BATCH)):
        yield batch


def mend_after_migrate(using, **kwargs):
    """Let a site that has just been migrated have a whole index of what it has."""
    if using != connection.alias:
        return
    tables = connection.introspection.table_names()
    needed = [*searchable_models(), SearchEntry, SearchTerm, SearchProgress]
    if not all(model._meta.db_table in tables for model in needed):
        return
    if not is_whole():
        fill()
    if not SearchProgress.objects.exists() and has_content():
        rebuild()


def has_content() -> bool:
    return any(model._base_manager.exists() for model in searchable_models())
