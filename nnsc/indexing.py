"""What can be searched, kept in step with the content.

A model is searched when its records answer search_entry(). Its search_joins name what
that reads of other records, so that a renamed city is found in its articles too.

The entries follow the changes that nnsc.changes notes in the transaction of each: who
searches first brings them up to date, whatever process made the change, and whether or
not it lived on. After a bulk change every record is read again, some at each search, or
all at once by rebuild().
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from datetime import date
from itertools import islice

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import OperationalError, connection, models, transaction
from django.db.models import Subquery

from nnsc.changes import changes_since, current_generation
from nnsc.entries import Entry
from nnsc.models import Generation, SearchEntry, SearchProgress, SearchTerm
from nnsc.search_engines import (
    DAY_BITS,
    GAP,
    KEY_BITS,
    KIND_BITS,
    OF_KEY,
    OF_KIND,
    Text,
    engine,
)
from nnsc.vocabulary import count_terms
from nnsc.words import stem, words

logger = logging.getLogger(__name__)
MAX_WORDS = 10_000
# How many records one search reads again at most; at about 4,000 a second.
N_AT_ONCE = 400
N_A_BATCH = 1_000

FIRST_DAY = date(1850, 1, 1).toordinal() - 1


def searchable_models() -> list[type[models.Model]]:
    found = (model for model in apps.get_models() if hasattr(model, "search_entry"))
    return sorted(found, key=lambda model: model._meta.label_lower)


def kind_number(model: type[models.Model]) -> int:
    return ContentType.objects.get_for_model(model).pk


def place_of(record: models.Model, dated: date | None) -> int:
    """Return where the record stands among all: the newest have the highest places."""
    day = 0
    if dated:
        last_day = (1 << DAY_BITS) - 1
        day = min(max(dated.toordinal() - FIRST_DAY, 1), last_day)
    return (day << KIND_BITS | kind_number(type(record))) << KEY_BITS | record.pk


def kind_and_key(place: int) -> tuple[int, int]:
    """Return the number of the kind and the primary key out of a place."""
    return place >> KEY_BITS & OF_KIND, place & OF_KEY


# Up to date


def catch_up(patience_milliseconds: int | None = None) -> bool:
    """Bring the entries up to date; return whether they are. One query if they were.

    They are not while a sweep is on, of which each call does a part, nor where others
    write for longer than the patience, if any is given.
    """
    now_at = Generation.objects.order_by("pk").values("number")[:1]
    progress = SearchProgress.objects.annotate(now_at=Subquery(now_at)).first()
    if progress and is_done(progress, progress.now_at or 0):
        return True
    waiting = nullcontext()
    if patience_milliseconds is not None:
        waiting = engine().patience(patience_milliseconds)
    try:
        with waiting, transaction.atomic():
            progress = locked_progress()
            follow(progress)
            if progress.sweep_label:
                sweep(progress, N_AT_ONCE)
            progress.save()
    except OperationalError:
        if patience_milliseconds is None:
            raise
        logger.info("Others write for long; search goes by what is known.")
        return False
    return not progress.sweep_label


def is_done(progress: SearchProgress, generation: int) -> bool:
    return progress.generation == generation and not progress.sweep_label


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


def replace(model, records, old, afresh=False) -> set[int]:
    found = model._base_manager.filter(pk__in=records)
    new = []
    for record in found.prefetch_related(*model.search_joins):
        entry = record.search_entry()
        if entry:
            new.append(stored(record, entry))
    return replace_entries(old, new, afresh)


def replace_entries(old, new: list[SearchEntry], afresh=False) -> set[int]:
    """Put the new entries where the old are; return the records whose names differ."""
    before = {entry.record: entry for entry in old}
    after = {entry.record: entry for entry in new}
    kept = set()
    if not afresh:
        kept = {pk for pk in after if is_same(before.get(pk), after[pk])}
    gone = [entry for entry in before.values() if entry.record not in kept]
    come = [entry for entry in after.values() if entry.record not in kept]
    search = engine()
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


def stored(record: models.Model, entry: Entry) -> SearchEntry:
    """Return the entry as it is kept: folded words with spaces between them."""

    def folded(*texts):
        lines = (
            " ".join(
                word.folded
                for word in words(text)
                if entry.found_by_numbers or not any(map(str.isdigit, word.folded))
            )
            for text in texts
        )
        kept = f" {GAP} ".join(filter(None, lines)).split()
        return " ".join(islice(kept, MAX_WORDS))

    return SearchEntry(
        id=place_of(record, entry.dated),
        label=record._meta.label_lower,
        record=record.pk,
        goes_live_at=entry.goes_live_at,
        title=folded(entry.title),
        # In one order, so that what says the same is the same.
        keywords=folded(*sorted(set(entry.keywords()))),
        body=folded(*entry.body.splitlines()),
    )


def text_of(entry: SearchEntry) -> Text:
    def stems(folded):
        return " ".join(map(stem, folded.split()))

    rest = f"{stems(entry.keywords)} {GAP} {stems(entry.body)}"
    return Text(entry.pk, stems(entry.title), rest, entry.goes_live_at)


# Whole


def rebuild(
    show_progress: Callable[[int, int], None] = lambda done, n: None,
    afresh: bool = False,
) -> int:
    """Read everything again, batch by batch; return how many entries there are.

    What has not changed is left as it is, or written again if afresh. Searches go on
    meanwhile. Cut off, it leaves a sweep that later searches take on.
    """
    mend()
    with transaction.atomic():
        progress = locked_progress()
        progress.generation = current_generation()
        begin_sweep(progress)
        progress.save()
    n_records = sum(model._base_manager.count() for model in searchable_models())
    n_done = 0
    show_progress(n_done, n_records)
    while progress.sweep_label:
        with transaction.atomic():
            progress = locked_progress()
            n_done += sweep(progress, N_A_BATCH, afresh)
            progress.save()
        show_progress(min(n_done, n_records), n_records)
    if afresh:
        count_all_terms()
    engine().finish()
    return SearchEntry.objects.count()


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


def mend() -> None:
    """Make the engine's table where it is missing; fill it where it lacks a text."""
    if is_whole():
        return
    with transaction.atomic():
        search = engine()
        search.make()
        locked_progress()
        if search.count() == SearchEntry.objects.count():
            return
        search.clear()
        for entries in batches(SearchEntry.objects.order_by("pk")):
            search.add(map(text_of, entries))


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
    mend()
    if not SearchProgress.objects.exists() and has_content():
        rebuild()


def has_content() -> bool:
    return any(model._base_manager.exists() for model in searchable_models())
