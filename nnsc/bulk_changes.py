"""What can be done to many records at once: see nnsc.bulk, which does it."""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from copy import copy
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count
from django.db.models.deletion import PROTECT
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.history import key_of, locked, rows_of
from nnsc.models import Act
from nnsc.moments import in_words
from nnsc.naming import Named
from nnsc.pointing import pointing_at
from nnsc.publishing import State
from nnsc.rows import moments_of
from nnsc.trash import KEPT_FOR
from nnsc.trash import moments_of as moments_kept


class CannotChangeError(Exception):
    """A change that cannot be made to any record, with a sentence that says why."""


class Refusal(NamedTuple):
    """Why a record is not fit for a change, and what more there is to say of it."""

    reason: str
    detail: str = ""


def counted(model: type[models.Model], n: int) -> str:
    """Return "1 article", "3,214 articles"."""
    opts = model._meta
    return f"{n:,} {opts.verbose_name if n == 1 else opts.verbose_name_plural}"


class Change(ABC):
    """A change to records of a model, as many as there are.

    It is written past save(): what it sets depends on nothing else of the record.
    """

    # The permission that it needs of the model, and that its undoing needs.
    right = "change"
    act = Act.BULK
    # Whether the records are gone when it is made.
    deletes = False
    can_be_undone = True
    # Of how many it can be made at once, in some seconds.
    n_at_most = 5_000

    def __init__(self, model: type[models.Model]):
        self.model = model

    @property
    def permission(self) -> str:
        opts = self.model._meta
        return f"{opts.app_label}.{self.right}_{opts.model_name}"

    @abstractmethod
    def spec(self) -> list:
        """Return what change_of() makes it of again, ready for JSON."""

    @abstractmethod
    def sentence(self) -> str:
        """Return what is done, for the history: "Tags added: “Reconciliation”."."""

    @abstractmethod
    def deed(self, n: int) -> str:
        """Return what is done to n records, for a button: "Publish 3 articles"."""

    def counted(self, n: int) -> dict[str, str]:
        return {"records": counted(self.model, n)}

    @abstractmethod
    def seen(self, data: dict) -> object:
        """Return what of a snapshot must still be so when the change is made."""

    @abstractmethod
    def is_made(self, record: models.Model, data: dict) -> bool:
        """Whether the record is already as the change would have it."""

    def refusals(self, records: list[models.Model]) -> dict[int, Refusal]:
        """Return which records are not fit for it, and why, by their keys."""
        return {}

    @abstractmethod
    def before_and_after(self, shown: list[tuple[models.Model, dict]]) -> list[tuple]:
        """Return how records are shown before and after it, given their snapshots."""

    def check(self) -> None:  # noqa: B027 - most changes point at nothing
        """Lock what the change points at. Raise CannotChangeError where it is gone."""

    @abstractmethod
    def rows(self, keys: Collection[int]) -> Iterator[models.QuerySet]:
        """Yield the rows that it writes, for a journal to watch."""

    @abstractmethod
    def make(self, records: list[models.Model], data: dict, now: datetime) -> None:
        """Write the change, and let the records be as they are then."""

    def own_rows(self, keys: Collection[int], *names: str) -> models.QuerySet:
        opts = self.model._meta
        columns = {opts.pk.attname, *names, *moments_of(self.model)}
        return self.model._base_manager.filter(pk__in=keys).values(*columns)

    def update(self, records: Iterable[models.Model], now: datetime, **values) -> None:
        rows = self.model._base_manager.filter(pk__in=[record.pk for record in records])
        rows.update(**dict.fromkeys(moments_of(self.model), now), **values)

    def complaint(self, record: models.Model) -> str:
        """Return what the record itself says against being as it is."""
        try:
            record.full_clean()
        except ValidationError as error:
            return " ".join(error.messages)
        return _("does not fit together with something else")


PUBLIC = (State.PUBLISHED, State.WITHDRAWN)


class ToState(Change):
    """Publish, withdraw, mark as ready, take back to draft.

    Who may not publish may change nothing that is or was public, so what else they may
    bring to draft or to review is asked of each record.
    """

    def __init__(self, model, state: str):
        super().__init__(model)
        self.state = State(state)
        self.right = "publish" if self.state in PUBLIC else "change"

    def spec(self):
        return ["state", self.state.value]

    def sentence(self):
        return _("State: “%(state)s”.") % {"state": self.state.label}

    def deed(self, n):
        sentences = {
            State.DRAFT: _("Take %(records)s back to draft"),
            State.READY: _("Mark %(records)s as ready"),
            State.PUBLISHED: _("Publish %(records)s"),
            State.WITHDRAWN: _("Withdraw %(records)s"),
        }
        return sentences[self.state] % self.counted(n)

    def seen(self, data):
        # All of it: who publishes stands for what is read.
        return data

    def is_made(self, record, data):
        return record.state == self.state

    def refusals(self, records):
        found = ((record.pk, self.refusal(record)) for record in records)
        return {pk: Refusal(reason) for pk, reason in found if reason}

    def refusal(self, record) -> str:
        if self.state == State.WITHDRAWN and record.state not in PUBLIC:
            return _("It was never published, so there is nothing to withdraw.")
        if self.state == State.READY and record.state == State.PUBLISHED:
            return _("It is published. Take it back to draft first.")
        if self.state == State.PUBLISHED and (
            missing := record.missing_for_publishing()
        ):
            return " ".join(map(str, missing.values()))
        return note_missing(record, self.state)

    @property
    def can_be_undone(self):
        # What readers know of such a record is taken back with a word to them alone.
        return not (self.model.told and self.state == State.PUBLISHED)

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


def note_missing(record: models.Model, state: str) -> str:
    """Return why a record is not brought to a state without a word to the public."""
    if not record.told:
        return ""
    then = copy(record)
    then.state = state
    if state == State.PUBLISHED:
        then.goes_live_at = then.goes_live_at or timezone.now()
    return str(then.note_missing(record))


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

    def of_kind(self, n: int) -> dict[str, str]:
        return self.counted(n) | {"kind": self.field.verbose_name}

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

    def deed(self, n):
        return _("Set the %(kind)s of %(records)s") % self.of_kind(n)

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

    @abstractmethod
    def after(self, keys: list[int]) -> set[int]:
        """Return the keys that a record would have, given those that it has."""

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

    def deed(self, n):
        return _("Add %(kind)s to %(records)s") % self.of_kind(n)

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

    def deed(self, n):
        return _("Remove %(kind)s from %(records)s") % self.of_kind(n)

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


class ToTrash(Change):
    """Delete records, which are kept in the trash for a while; see nnsc.trash.

    What brings them back together is what restores from the trash, and no journal.
    """

    right = "delete"
    act = Act.DELETED
    deletes = True
    # Each of them is made anew when it comes back.
    n_at_most = 500

    def spec(self):
        return ["trash"]

    def sentence(self):
        return ""

    def deed(self, n):
        return _("Move %(records)s to the trash") % self.counted(n)

    def seen(self, data):
        return data

    def is_made(self, record, data):
        return False

    def refusals(self, records):
        """A query for each kind of rows that do not let records go."""
        uses = defaultdict(list)
        for pointing in pointing_at(self.model):
            if pointing.key.remote_field.on_delete is not PROTECT:
                continue
            kind = capfirst(pointing.known_as._meta.verbose_name_plural)
            rows = pointing.rows(records).order_by().values_list(pointing.key.attname)
            for pk, n in rows.annotate(n=Count("pk")):
                uses[pk].append(f"{kind}: {n:,}")
        reason = _("It is in use. Take it out of these first.")
        if issubclass(self.model, Named):
            reason = _("It is in use. Merge it into another, or take it out of these.")
        in_use = {pk: Refusal(reason, ", ".join(some)) for pk, some in uses.items()}
        known = Refusal(_("Readers know it. Withdraw it, with a public note."))
        owing = [one for one in records if getattr(one, "owes_a_word", False)]
        return in_use | {record.pk: known for record in owing}

    def before_and_after(self, shown):
        until = date_format(timezone.localtime(timezone.now() + KEPT_FOR), "j F Y")
        after = _("In the trash until %(day)s") % {"day": until}
        return [(self.now(record), after) for record, _data in shown]

    def now(self, record) -> str:
        if hasattr(record, "state"):
            return life_text(record.state, record.goes_live_at)
        return _("There")

    def rows(self, keys):
        return iter(())

    def make(self, records, data, now):
        for record in records:
            data[key_of(record)] |= moments_kept(record)
        keys = [record.pk for record in records]
        self.model._base_manager.filter(pk__in=keys).delete()

    def complaint(self, record):
        return _("is in use")


POINTING = {kind.__name__: kind for kind in (Setting, Adding, Removing)}


def change_of(model: type[models.Model], spec: list) -> Change:
    kind, *rest = spec
    every = {"state": ToState, "trash": ToTrash} | POINTING
    return every[kind](model, *rest)
