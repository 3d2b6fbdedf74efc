"""One change to many records: seen before it is done, and checked again when it is.

What was seen is kept as a fingerprint of each record, as far as the change looks at it.
A record that is no longer as it was seen is left as it is, and named.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.changes import note_changes
from nnsc.history import (
    batches,
    fields_of,
    key_of,
    last_versions,
    locked,
    record_changes,
    rows_of,
    snapshots,
)
from nnsc.journals import JournalWriter
from nnsc.models import Act, Revision
from nnsc.moments import in_words
from nnsc.publishing import State
from nnsc.rows import moments_of

N_SHOWN = 50
N_NAMED = 10


class CannotChangeError(Exception):
    """A change that cannot be made to any record, with a sentence that says why."""


class Change:
    """A change to records of a model, as many as there are.

    It is written past save(): what it sets depends on nothing else of the record.
    """

    # The permission that it needs of the model, and that its undoing needs.
    right = "change"

    def __init__(self, model: type[models.Model]):
        self.model = model

    @property
    def permission(self) -> str:
        opts = self.model._meta
        return f"{opts.app_label}.{self.right}_{opts.model_name}"

    def spec(self) -> list:
        """Return what change_of() makes it of again, ready for JSON."""
        raise NotImplementedError

    def sentence(self) -> str:
        """Return what is done, for the history: "Tags added: “Reconciliation”."."""
        raise NotImplementedError

    def seen(self, data: dict) -> object:
        """Return what of a snapshot must still be so when the change is made."""
        raise NotImplementedError

    def is_made(self, record: models.Model, data: dict) -> bool:
        """Whether the record is already as the change would have it."""
        raise NotImplementedError

    def refusal(self, record: models.Model) -> str:
        """Return why the record is not fit for it; empty where it is."""
        return ""

    def before_and_after(self, shown: list[tuple[models.Model, dict]]) -> list[tuple]:
        """Return how records are shown before and after it, given their snapshots."""
        raise NotImplementedError

    def check(self) -> None:
        """Lock what the change points at. Raise CannotChangeError where it is gone."""

    def rows(self, keys: Collection[int]) -> Iterator[models.QuerySet]:
        """Yield the rows that it writes, for a journal to watch."""
        raise NotImplementedError

    def make(self, records: list[models.Model], data: dict, now: datetime) -> None:
        """Write the change, and let the records be as they are then."""
        raise NotImplementedError

    def own_rows(self, keys: Collection[int], *names: str) -> models.QuerySet:
        opts = self.model._meta
        columns = {opts.pk.attname, *names, *moments_of(self.model)}
        return self.model._base_manager.filter(pk__in=keys).values(*columns)

    def update(self, records: Iterable[models.Model], now: datetime, **values) -> None:
        rows = self.model._base_manager.filter(pk__in=[record.pk for record in records])
        rows.update(**dict.fromkeys(moments_of(self.model), now), **values)


class ToState(Change):
    """Publish, withdraw, take back to draft."""

    right = "publish"

    def __init__(self, model, state: str):
        super().__init__(model)
        self.state = State(state)

    def spec(self):
        return ["state", self.state.value]

    def sentence(self):
        return _("State: “%(state)s”.") % {"state": self.state.label}

    def seen(self, data):
        # All of it: who publishes stands for what is read.
        return data

    def is_made(self, record, data):
        return record.state == self.state

    def refusal(self, record):
        was_public = record.state in (State.PUBLISHED, State.WITHDRAWN)
        if self.state == State.WITHDRAWN and not was_public:
            return _("It was never published, so there is nothing to withdraw.")
        if self.state == State.PUBLISHED:
            return " ".join(map(str, record.missing_for_publishing().values()))
        return ""

    def before_and_after(self, shown):
        return [
            (
                life_text(record.state, record.goes_live_at),
                life_text(self.state, record.goes_live_at),
            )
            for record, _data in shown
        ]

    def rows(self, keys):
        yield self.own_rows(keys, "state", "goes_live_at")

    def make(self, records, data, now):
        values = {"state": self.state}
        if self.state == State.PUBLISHED:
            values["goes_live_at"] = Coalesce("goes_live_at", now)
        self.update(records, now, **values)
        for record in records:
            record.state = self.state
            if self.state == State.PUBLISHED:
                record.goes_live_at = record.goes_live_at or now


def life_text(state: str, goes_live_at: datetime | None) -> str:
    """Return "Draft", or "Published, live from Tuesday, 24 November 2026 on"."""
    label = State(state).label
    if state == State.PUBLISHED and goes_live_at and goes_live_at > timezone.now():
        about = {"state": label, "moment": in_words(goes_live_at)}
        return _("%(state)s, live from %(moment)s on") % about
    return str(label)


class Pointing(Change):
    """A change of what records point at: one record, or several."""

    def __init__(self, model, name: str, keys: list[int]):
        super().__init__(model)
        self.field = model._meta.get_field(name)
        self.name = name
        self.keys = sorted(set(keys))

    @property
    def other(self) -> type[models.Model]:
        return self.field.related_model

    def spec(self):
        return [type(self).__name__, self.name, self.keys]

    def names(self) -> str:
        found = self.other._base_manager.filter(pk__in=self.keys)
        return ", ".join(f"“{record}”" for record in found.order_by("pk"))

    def seen(self, data):
        return data[self.name]

    def check(self):
        if len(locked(self.other, self.keys)) < len(self.keys):
            about = {"kinds": self.other._meta.verbose_name_plural}
            text = _("Some of the %(kinds)s you chose are not there any more.")
            raise CannotChangeError(text % about)


class Setting(Pointing):
    """Let records point at another one: the source of articles."""

    def sentence(self):
        kind = capfirst(self.field.verbose_name)
        return _("%(kind)s: %(names)s.") % {"kind": kind, "names": self.names()}

    def is_made(self, record, data):
        return [data[self.name]] == self.keys

    def before_and_after(self, shown):
        after = self.other._base_manager.filter(pk__in=self.keys).first()
        return [
            (str(getattr(record, self.name) or ""), str(after or ""))
            for record, _data in shown
        ]

    def rows(self, keys):
        yield self.own_rows(keys, self.field.attname)

    def make(self, records, data, now):
        other = self.other._base_manager.get(pk=self.keys[0])
        self.update(records, now, **{self.name: other})
        for record in records:
            setattr(record, self.name, other)


class OfSet(Pointing):
    @property
    def through(self):
        return rows_of(self.model)[self.name]

    def after(self, keys: list[int]) -> set[int]:
        raise NotImplementedError

    def is_made(self, record, data):
        return self.after(data[self.name]) == set(data[self.name])

    def before_and_after(self, shown):
        keys = {key for _record, data in shown for key in data[self.name]}
        names = {
            record.pk: str(record)
            for record in self.other._base_manager.filter(pk__in=keys | {*self.keys})
        }

        def words(keys):
            return ", ".join(sorted(names[key] for key in keys if key in names))

        return [
            (words(data[self.name]), words(self.after(data[self.name])))
            for _record, data in shown
        ]

    def rows(self, keys):
        model, whole, _other = self.through
        yield model._base_manager.filter(**{f"{whole.name}__in": keys}).values()
        yield self.own_rows(keys)


class Adding(OfSet):
    """Add tags or cities to records."""

    def sentence(self):
        kind = capfirst(self.field.verbose_name)
        about = {"kind": kind, "names": self.names()}
        return _("%(kind)s added: %(names)s.") % about

    def after(self, keys):
        return {*keys, *self.keys}

    def make(self, records, data, now):
        model, whole, other = self.through
        model._base_manager.bulk_create(
            model(**{whole.attname: record.pk, other.attname: key})
            for record in records
            for key in self.keys
            if key not in data[key_of(record)][self.name]
        )
        self.update(records, now)


class Removing(OfSet):
    """Take tags or cities from records."""

    def sentence(self):
        kind = capfirst(self.field.verbose_name)
        about = {"kind": kind, "names": self.names()}
        return _("%(kind)s removed: %(names)s.") % about

    def after(self, keys):
        return {*keys} - {*self.keys}

    def make(self, records, data, now):
        model, whole, other = self.through
        held = {
            f"{whole.name}__in": [record.pk for record in records],
            f"{other.name}__in": self.keys,
        }
        rows = model._base_manager.filter(**held)
        rows._raw_delete(rows.db)
        self.update(records, now)


POINTING = {kind.__name__: kind for kind in (Setting, Adding, Removing)}


def change_of(model: type[models.Model], spec: list) -> Change:
    kind, *rest = spec
    return ToState(model, *rest) if kind == "state" else POINTING[kind](model, *rest)


# Before


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
    refused: dict[str, list] = field(default_factory=dict)

    @property
    def n_refused(self) -> int:
        return sum(n for n, _first in self.refused.values())

    @property
    def n_more(self) -> int:
        return len(self.seen) - len(self.examples)

    def refuse(self, record: models.Model, reason: str) -> None:
        n, first = self.refused.get(reason, (0, []))
        self.refused[reason] = [n + 1, [*first, record][:N_NAMED]]


def plan(
    change: Change, keys: Iterable[int], may: Callable[[models.Model], bool]
) -> Plan:
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
        shown = []
        for record in records:
            one = data[key_of(record)]
            if change.is_made(record, one):
                found.n_made += 1
            elif reason := what_forbids(change, record, may):
                found.refuse(record, reason)
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


def what_forbids(change, record, may) -> str:
    return change.refusal(record) if may(record) else _("You may not change this.")


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
def carry_out(
    change: Change, seen: dict[int, str], by, may: Callable[[models.Model], bool]
) -> Done:
    """Make the change to the records that are still as they were seen.

    All in one transaction and one act, which can be undone. About 15 queries for every
    500 records. Raise CannotChangeError where what it points at is gone.
    """
    change.check()
    done = Done(Revision.of(by, Act.BULK, change.sentence()))
    journal = JournalWriter(change.permission)
    touched = []
    for keys in batches(sorted(seen)):
        records = locked(change.model, keys)
        data = snapshots(records)
        fit = list(still_fit(change, keys, records, data, seen, may, done))
        fit = made(change, fit, data, journal, done)
        before = {key_of(record): data[key_of(record)] for record in fit}
        record_changes(before, done.revision, fit)
        touched += before
    done.n_changed = len(touched)
    if touched:
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
    for record in records:
        one = data[key_of(record)]
        if fingerprint(change, one) != seen[record.pk]:
            done.left.append((record, _("was changed meanwhile")))
        elif reason := what_forbids(change, record, may):
            done.left.append((record, reason))
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
            done.left.append((record, complaint(record)))
    return found


def watching(change, records, journal):
    keys = [record.pk for record in records]
    return journal.watching(map(key_of, records), *change.rows(keys))


def complaint(record) -> str:
    """Return what the record itself says against being as it is."""
    try:
        record.full_clean()
    except ValidationError as error:
        return " ".join(error.messages)
    return _("does not fit together with something else")
