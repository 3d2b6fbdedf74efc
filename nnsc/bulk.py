"""One change to many records: seen before it is done, and checked again when it is.

What was seen is kept as a fingerprint of each record, as far as the change looks at it.
A record that is no longer as it was seen is left as it is, and named.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import IntegrityError, models, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nnsc.bulk_changes import Change, Refusal
from nnsc.changes import note_changes
from nnsc.history import (
    batches,
    fields_of,
    key_of,
    last_versions,
    locked,
    record_changes,
    snapshots,
)
from nnsc.journals import JournalWriter
from nnsc.models import Revision

N_SHOWN = 50
N_NAMED = 10

May = Callable[[models.Model], bool]


# Before


class Refused(NamedTuple):
    """How many records stay as they are for one reason; the first, with details."""

    n: int = 0
    first: list[tuple[models.Model, str]] = []


class Example(NamedTuple):
    record: models.Model
    before: str
    after: str


@dataclass
class Plan:
    """What a change would do to some records.

    seen are fingerprints of those that would change, by key; examples are the first of
    them. refused are, by the reason, how many stay as they are and the first of them.
    """

    change: Change
    seen: dict[int, str] = field(default_factory=dict)
    examples: list[Example] = field(default_factory=list)
    n_made: int = 0
    refused: dict[str, Refused] = field(default_factory=dict)

    @property
    def n_more(self) -> int:
        return len(self.seen) - len(self.examples)

    def refuse(self, record: models.Model, refusal: Refusal) -> None:
        n, first = self.refused.get(refusal.reason, Refused())
        first = [*first, (record, refusal.detail)][:N_NAMED]
        self.refused[refusal.reason] = Refused(n + 1, first)


def plan(change: Change, keys: Iterable[int], may: May) -> Plan:
    """Return what the change would do; may says which records may be changed.

    About four queries for every 500 records, which are read without locks.
    """
    found = Plan(change)
    names = [field.name for field in fields_of(change.model) if field.is_relation]
    manager = change.model._base_manager.select_related(*names)
    for some in batches(keys):
        by_key = manager.in_bulk(some)
        records = [by_key[key] for key in some if key in by_key]
        data = snapshots(records)
        refused = refusals(change, records, may)
        shown = []
        for record in records:
            one = data[key_of(record)]
            if change.is_made(record, one):
                found.n_made += 1
            elif refusal := refused.get(record.pk):
                found.refuse(record, refusal)
            else:
                found.seen[record.pk] = fingerprint(change, one)
                shown.append((record, one))
        shown = shown[: N_SHOWN - len(found.examples)]
        texts = change.before_and_after(shown) if shown else []
        found.examples += [
            Example(record, *text)
            for (record, _one), text in zip(shown, texts, strict=True)
        ]
    return found


def refusals(change: Change, records, may: May) -> dict[int, Refusal]:
    """Return which records the change is not made to, and why, by their keys."""
    refusal = Refusal(_("You may not change this."))
    forbidden = {record.pk: refusal for record in records if not may(record)}
    return change.refusals(records) | forbidden if records else {}


def fingerprint(change: Change, data: dict) -> str:
    seen = json.dumps(change.seen(data), sort_keys=True)
    return hashlib.blake2b(seen.encode(), digest_size=6).hexdigest()


# When it is done


@dataclass
class Done:
    """What a change did: to how many, and which were left, with the reason."""

    revision: Revision | None = None
    n_changed: int = 0
    left: list[tuple[object, str]] = field(default_factory=list)


@transaction.atomic
def carry_out(change: Change, seen: dict[int, str], by, may: May) -> Done:
    """Make the change to the records that are still as they were seen.

    All in one transaction and one act, which can be undone. About 15 queries for every
    500 records. Raise CannotChangeError where what it points at is gone.
    """
    change.check()
    done = Done(Revision.of(by, change.act, change.sentence()))
    journal = JournalWriter(change.permission)
    touched = []
    for keys in batches(sorted(seen)):
        records = locked(change.model, keys)
        data = snapshots(records)
        fit = list(still_fit(change, keys, records, data, seen, may, done))
        fit = made(change, fit, data, journal, done)
        before = {key_of(record): data[key_of(record)] for record in fit}
        record_changes(before, done.revision, [] if change.deletes else fit)
        touched += before
    done.n_changed = len(touched)
    if touched:
        if journal.pages:
            journal.keep(done.revision)
        note_changes(touched)
    else:
        done.revision = None
    return done


def still_fit(change, keys, records, data, seen, may, done):
    """Yield the records that are as they were seen; say why of the others."""
    label = change.model._meta.label_lower
    gone = [key for key in keys if (label, key) not in data]
    last = last_versions(label, gone) if gone else {}
    for key in gone:
        title = last[key].title if key in last else str(key)
        done.left.append((title, _("was deleted meanwhile")))
    refused = refusals(change, records, may)
    for record in records:
        one = data[key_of(record)]
        if fingerprint(change, one) != seen[record.pk]:
            done.left.append((record, _("was changed meanwhile")))
        elif refusal := refused.get(record.pk):
            done.left.append((record, " ".join(filter(None, refusal))))
        else:
            yield record


def made(change, records, data, journal, done) -> list[models.Model]:
    """Make the change to records; return those to which the database let it be made."""
    now = timezone.now()
    try:
        with transaction.atomic(), watching(change, records, journal):
            change.make(records, data, now)
        return records
    except IntegrityError:
        found = []
    for record in records:
        try:
            with transaction.atomic(), watching(change, [record], journal):
                change.make([record], data, now)
            found.append(record)
        except IntegrityError:
            done.left.append((record, change.complaint(record)))
    return found


def watching(change, records, journal):
    keys = [record.pk for record in records]
    return journal.watching(map(key_of, records), *change.rows(keys))
