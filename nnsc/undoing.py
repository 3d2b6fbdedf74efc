"""Taking an act back: what still stands as the act left it is put back as it was.

What has changed since stays as it is, and is named. Taking back is an act too, with a
journal of its own: taken back in turn, it leaves all as the first act did.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import NamedTuple

from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from nnsc.changes import note_changes
from nnsc.history import (
    Key,
    by_label,
    has_history,
    key_of,
    last_versions,
    locked,
    record_changes,
    snapshots,
)
from nnsc.journals import JournalWriter, Page
from nnsc.models import Act, Journal, MergedRecord, Revision
from nnsc.naming import Named
from nnsc.pointing import part_of, pointing_at
from nnsc.publishing import Publishable, State
from nnsc.rows import (
    Columns,
    RowChange,
    changed_rows,
    insert_rows,
    is_same,
    moments_of,
    read_rows,
    update_rows,
    with_columns,
)


class Left(NamedTuple):
    """What was not put back: a record, or what it was called, and why."""

    record: object
    reason: str


class CannotUndoError(Exception):
    """An act that cannot be taken back, with a sentence that says why.

    left are what it has touched and the reasons, where each has its own.
    """

    def __init__(self, sentence: str, left: Iterable[Left] = ()):
        super().__init__(sentence)
        self.left = list(left)


@dataclass
class Undone:
    """What became of an act that was taken back: how many records have changed."""

    revision: Revision
    n_records: int = 0
    left: list[Left] = field(default_factory=list)


def can_be_undone(revision: Revision) -> bool:
    """Whether the act has a journal and was not undone. One query, none if selected."""
    journal = getattr(revision, "journal", None)
    return journal is not None and journal.undone_by_id is None


@transaction.atomic
def undo(
    revision: Revision,
    by,
    may: Callable[[models.Model], bool] = lambda record: True,
) -> Undone:
    """Take back all of an act that still stands; may says which records by may change.

    Raise CannotUndoError where nothing of it stands, or what it stands or falls with
    was changed; then nothing is done. About 15 queries for every 500 records.
    """
    journal = Journal.objects.select_for_update(of=["self"]).filter(pk=revision.pk)
    journal = journal.select_related("undone_by").first()
    if journal is None:
        raise CannotUndoError(_("This cannot be undone."))
    if journal.undone_by:
        about = {"name": journal.undone_by.user_name}
        raise CannotUndoError(_("It was undone already, by %(name)s.") % about)
    undone = Undone(Revision.of(by, Act.UNDONE, revision.note))
    writer = JournalWriter(journal.permission)
    touched: set[Key] = set()
    for number in range(journal.pages.count(), 0, -1):
        content = journal.pages.values_list("content", flat=True).get(number=number)
        putting = PuttingBack(Page.unpacked(content), may)
        touched |= putting.run(undone.revision, writer)
        undone.left += putting.left
    if not writer.pages:
        text = _("None of it can be put back. Nothing was done.")
        raise CannotUndoError(text, undone.left)
    if undone.revision.pk is None:
        undone.revision.save()
    writer.keep(undone.revision)
    journal.undone_by = undone.revision
    journal.save(update_fields=["undone_by"])
    note_changes(touched)
    undone.n_records = len(touched)
    return undone


class PuttingBack:
    """One page of a journal on its way back.

    records are those that are there, and now is what the page's rows are.
    """

    def __init__(self, page: Page, may: Callable[[models.Model], bool]):
        self.page = page
        self.may = may
        self.left: list[Left] = []
        self.done: list[RowChange] = []
        self.records: dict[Key, models.Model] = {}
        self.now: dict[Key, Columns] = {}

    def run(self, revision: Revision, writer: JournalWriter) -> set[Key]:
        """Put the page back; return the keys of the records that have changed."""
        for label, keys in sorted(by_label(self.page.keys).items()):
            found = locked(apps.get_model(label), keys)
            self.records |= {key_of(record): record for record in found}
        before = dict.fromkeys(self.page.keys) | snapshots(self.records.values())
        self.now = read_rows(self.rows())
        if self.page.needed:
            self.check_needed()
        gone = self.targets_gone()
        self.put_back(
            [change for change in self.page.changes if self.stands(change, gone)]
        )
        if self.page.needed:
            for _change, record in self.called_anew():
                self.check_name(record)
        writer.write(Page(self.page.keys, self.done, self.page.needed))
        touched = {key for change in self.done for key in self.wholes_of(change)}
        record_changes({key: before[key] for key in before if key in touched}, revision)
        return touched

    def rows(self) -> Iterable[models.QuerySet]:
        """Yield querysets that read what the page knows of its rows."""
        changes = defaultdict(list)
        for change in self.page.changes:
            changes[change.label].append(change)
        for label, some in changes.items():
            model = apps.get_model(label)
            found = model._base_manager.filter(pk__in=[change.pk for change in some])
            if any(change.before is None or change.after is None for change in some):
                yield found.values()
            else:
                names = {name for change in some for name in change.before}
                yield found.values(model._meta.pk.attname, *names)

    def wholes_of(self, change: RowChange) -> list[Key]:
        """Return the keys of the records that a row is, was or will be a part of."""
        part = part_of(change.model)
        if part is None:
            return [change.key] if change.key in self.page.keys else []
        label = part.related_model._meta.label_lower
        sides = [self.now.get(change.key), change.before, change.after]
        found = (side[part.attname] for side in sides if side)
        return [(label, pk) for pk in dict.fromkeys(found)]

    def as_it_was(self, change: RowChange) -> models.Model:
        record = copy(self.records.get(change.key))
        return with_columns(change.label, change.pk, change.before, record)

    # What the act stands or falls with

    def check_needed(self) -> None:
        made = {c.key for c in self.page.changes if c.after is None}
        for key in self.page.keys:
            if key not in made and key not in self.records:
                raise CannotUndoError(what_became_of(*key))
        for change in self.page.changes:
            self.check_unused(change)
        for change, record in self.called_anew():
            now = self.now.get(change.key)
            if change.after and not is_same(type(record), now, change.after):
                text = _("“%(name)s” was renamed again since. Undo that first.")
                about = {"name": self.records[change.key]}
                raise CannotUndoError(text % about)
            self.check_name(record, besides=self.page.keys)
            others = type(record)._base_manager.exclude(pk=record.pk)
            if other := others.filter(slug=record.slug).first():
                text = _(
                    "The former address of “%(name)s” belongs to “%(other)s” now. Give "
                    "that another one first."
                )
                raise CannotUndoError(text % {"name": record, "other": other})

    def check_unused(self, change: RowChange) -> None:
        """Raise CannotUndoError where a record would go that was changed since."""
        if change.before is not None or change.key not in self.page.keys:
            return
        if not is_same(change.model, self.now.get(change.key), change.after):
            text = _("“%(name)s” was changed since.")
            raise CannotUndoError(text % {"name": title_of(*change.key)})

    def called_anew(self) -> Iterable[tuple[RowChange, Named]]:
        """Yield what gives a record its former name or address, with it as it was."""
        for change in self.page.changes:
            is_named = issubclass(change.model, Named)
            if is_named and change.before and {"name", "slug"} & change.before.keys():
                yield change, self.as_it_was(change)

    def check_name(self, record: Named, besides: Iterable[Key] = ()) -> None:
        others = record.others_called(record.name)
        own = [pk for label, pk in besides if label == record._meta.label_lower]
        if other := others.exclude(pk__in=own).first():
            text = _(
                "“%(name)s” is a name of “%(other)s” now. Take it away there, or merge "
                "the two."
            )
            raise CannotUndoError(text % {"name": record.name, "other": other})

    # What stands

    def stands(self, change: RowChange, gone: set[Key]) -> bool:
        """Whether a row is as the act left it, and may go back. If not, say why."""
        model, now = change.model, self.now.get(change.key)
        if is_same(model, now, change.before):
            return False
        if is_same(model, now, change.after):
            reason = self.what_forbids(change, gone)
        elif change.is_of_moments():
            return False
        elif now is None:
            reason = _("is not there any more")
        else:
            reason = _("was changed since")
        if reason:
            self.leave(change, reason)
        return not reason

    def what_forbids(self, change: RowChange, gone: set[Key]) -> str:
        holders = (self.records.get(key) for key in self.wholes_of(change))
        if not all(self.may(record) for record in holders if record):
            return _("you may not change it")
        if gone & set(change.targets()):
            return _("what belonged to it is not there any more")
        if change.before and issubclass(change.model, Publishable):
            record = self.as_it_was(change)
            # Such as a draft that was public before.
            if not self.may(record):
                return _("you may not change it")
            if record.state == State.PUBLISHED:
                missing = record.missing_for_publishing().values()
                if reason := " ".join(map(str, missing)):
                    return reason
            if change.model.told.intersection(change.before):
                return str(record.note_missing())
        return ""

    def targets_gone(self) -> set[Key]:
        """Return what rows would point at again and is not there. A query a kind."""
        wanted = {key for change in self.page.changes for key in change.targets()}
        gone = wanted - {change.key for change in self.page.changes}
        for label, pks in by_label(gone).items():
            found = apps.get_model(label)._base_manager.filter(pk__in=pks)
            gone -= {(label, pk) for pk in found.values_list("pk", flat=True)}
        return gone

    def leave(self, change: RowChange, reason: str) -> None:
        """Name what stays as it is: the record, and the part of it."""
        wholes = self.wholes_of(change)
        there = [self.records[key] for key in wholes if key in self.records]
        if change.key not in wholes:
            kind = change.model._meta.verbose_name
            name = change.name(self.now.get(change.key))
            about = {"kind": kind, "name": name, "reason": reason}
            if not wholes:
                self.left.append(Left(_("%(kind)s “%(name)s”") % about, reason))
                return
            if name:
                reason = _("%(kind)s “%(name)s” %(reason)s") % about
        self.left.append(Left(there[0] if there else title_of(*wholes[0]), reason))

    # Back

    def put_back(self, changes: list[RowChange]) -> None:
        try:
            with transaction.atomic():
                done = self.write(changes)
        except IntegrityError:
            done = [row for change in changes for row in self.write_alone(change)]
        self.done += done

    def write_alone(self, change: RowChange) -> list[RowChange]:
        try:
            with transaction.atomic():
                return self.write([change])
        except IntegrityError:
            self.leave(change, _("stands in the way of something newer"))
            return []

    def write(self, changes: list[RowChange]) -> list[RowChange]:
        """Write rows as they were: parts that go and move, records, rows that come."""
        before, after = {}, {}
        parts, records, made = defaultdict(dict), defaultdict(dict), defaultdict(list)
        goes, parts_gone = [], defaultdict(list)
        for change in changes:
            key, model = change.key, change.model
            now, back = self.now.get(key), change.before
            if now is None:
                made[change.label].append((change.pk, back))
            elif back is not None:
                back = self.columns_back(change, now)
                rows = parts if part_of(model) else records
                rows[change.label, tuple(sorted(back))][change.pk] = back
                back = now | back
            elif has_history(model):
                goes.append(change)
            else:
                parts_gone[change.label].append(change.pk)
            before |= {key: now} if now is not None else {}
            after |= {key: back} if back is not None else {}
        for label, pks in parts_gone.items():
            rows = apps.get_model(label)._base_manager.filter(pk__in=pks)
            rows._raw_delete(rows.db)
        for (label, _names), rows in parts.items():
            update_rows(label, rows)
        for change in goes:
            delete_record(change.label, change.pk)
        for (label, _names), rows in records.items():
            update_rows(label, rows)
        for label, rows in made.items():
            insert_rows(label, rows)
        return changed_rows(before, after)

    def columns_back(self, change: RowChange, now: Columns) -> Columns:
        """Leave aside when it was saved, if it was saved since."""
        moments = moments_of(change.model)
        return {
            name: value
            for name, value in change.before.items()
            if value != now[name]
            and (name not in moments or now[name] == change.after[name])
        }


# Records


def delete_record(label: str, pk: int) -> None:
    model = apps.get_model(label)
    if any(pointing.rows([pk]).exists() for pointing in pointing_at(model)):
        text = _("“%(name)s” is in use since. Merge it instead.")
        raise CannotUndoError(text % {"name": title_of(label, pk)})
    model._base_manager.filter(pk=pk).delete()


def title_of(label: str, pk: int) -> str:
    """Return what a record is called, or was when it was there."""
    record = apps.get_model(label)._base_manager.filter(pk=pk).first()
    last = None if record else last_versions(label, [pk]).get(pk)
    return str(record or (last.title if last else pk))


def what_became_of(label: str, pk: int) -> str:
    about = {"name": title_of(label, pk)}
    into = MergedRecord.objects.filter(label=label, record=pk).first()
    if into is None:
        return _("“%(name)s” was deleted since. Bring it back first.") % about
    about["other"] = title_of(label, into.into)
    return _("“%(name)s” was merged into “%(other)s” since. Undo that first.") % about
