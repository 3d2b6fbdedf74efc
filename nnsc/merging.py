"""Several records of one kind made one: what pointed at any of them points at it.

Names that are merged become other names of the one that stays, their addresses lead to
it in one hop, and what it lacks it takes from the others. What both have stays as it
has it; how the others had it is kept in their history. nnsc.undoing takes a merge back.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from nnsc.changes import N_NOTED, note_changes
from nnsc.history import (
    Key,
    batches,
    has_history,
    locked,
    record_changes,
    snapshots,
)
from nnsc.indexing import read_now
from nnsc.journals import JournalWriter
from nnsc.merge_plans import MergePlan, Remark
from nnsc.models import Act, MergedRecord, OldAddress, Revision
from nnsc.naming import Alias, Named
from nnsc.pointing import Pointing, is_row_of_keys, pointing_at


class CannotMergeError(Exception):
    """A merge that cannot be, with remarks on why and the ways out."""

    def __init__(self, problems: list[Remark]):
        super().__init__(" ".join(problem.sentence for problem in problems))
        self.problems = problems


@transaction.atomic
def merge(model: type[Named], into: int, keys: Collection[int], by) -> Revision:
    """Merge the records of those keys into one of them; return the act.

    Raise CannotMergeError where one is not there any more, or where the plan has
    problems; then nothing is done. About 15 queries for every 500 records touched.
    """
    found = {record.pk: record for record in locked(model, {into, *keys})}
    others = [record for pk, record in found.items() if pk != into]
    if into not in found or len(found) < len({into, *keys}) or not others:
        text = _("One of these was deleted or merged a moment ago. Nothing was done.")
        raise CannotMergeError([Remark(text, list(found.values()))])
    plan = MergePlan(found[into], others)
    if plan.problems:
        raise CannotMergeError(plan.problems)
    return Merging(plan, by).run()


class Merging:
    """A merge on its way: all in one transaction, the records locked."""

    def __init__(self, plan: MergePlan, by):
        self.plan = plan
        self.others = plan.others
        self.kept = plan.kept
        self.model = plan.model
        self.revision = Revision.of(by, Act.MERGED, plan.sentence())
        opts = self.model._meta
        self.journal = JournalWriter(f"{opts.app_label}.merge_{opts.model_name}")
        self.touched: set[Key] = set()

    def run(self) -> Revision:
        before = snapshots(self.plan.records)
        pointing = [one for one in pointing_at(self.model) if not one.is_part]
        for model, some in by_holder(pointing).items():
            for keys in batches(self.holders(some)):
                self.move_all(model, some, keys)
        with self.journal.watching(before, *self.own_rows(), needed=True):
            self.move_own()
        self.touched |= before.keys()
        record_changes(before, self.revision)
        self.journal.keep(self.revision)
        note_changes(self.touched)
        if len(self.touched) > N_NOTED:
            # Search reads all again, little by little; these are asked for at once.
            read_now(self.plan.label, [record.pk for record in self.plan.records])
        return self.revision

    # What points at them

    def holders(self, pointing: list[Pointing]) -> list[int]:
        """Return the keys of what holds rows that point at those that go."""
        found = set()
        for one in pointing:
            keys = one.rows(self.others).values_list(one.whole.attname, flat=True)
            found.update(keys.order_by().distinct())
        return sorted(found)

    def move_all(self, model, pointing: list[Pointing], keys: list[int]) -> None:
        """Move what records of a model, at most 500, hold."""
        label = model._meta.label_lower
        records = locked(model, keys) if has_history(model) else []
        before = snapshots(records)
        watched = []
        for one in pointing:
            rows = self.rows(one, self.plan.records, keys)
            names = {one.model._meta.pk.attname, one.whole.attname, one.key.attname}
            watched.append(rows.values(*names))
        with self.journal.watching(before, *watched):
            for one in pointing:
                self.move(one, keys)
        self.follow(pointing, records)
        record_changes(before, self.revision, records)
        self.touched |= {(label, key) for key in keys}

    def follow(self, pointing: list[Pointing], records: list[models.Model]) -> None:
        """Let records that point themselves be as their rows are now."""
        gone = {other.pk for other in self.others}
        for one in pointing:
            for record in records:
                is_its_own = isinstance(record, one.model)
                if is_its_own and getattr(record, one.key.attname) in gone:
                    setattr(record, one.key.name, self.kept)

    def rows(self, pointing: Pointing, records, keys: list[int] | None):
        rows = pointing.rows(records)
        if keys is None:
            return rows
        return rows.filter(**{f"{pointing.whole.name}__in": keys})

    def move(self, pointing: Pointing, keys: list[int] | None = None) -> None:
        """Let rows of those that go point at the one that stays, each of them once."""
        for other in self.others:
            rows = self.rows(pointing, [other], keys)
            if is_row_of_keys(pointing.model):
                for besides in pointing.once():
                    twins = pointing.rows([self.kept])
                    twins = twins.filter(**{name: OuterRef(name) for name in besides})
                    doubled = rows.filter(Exists(twins))
                    doubled._raw_delete(doubled.db)
            rows.update(**{pointing.key.name: self.kept})

    # What is their own

    def own_rows(self) -> Iterator[models.QuerySet]:
        keys = [record.pk for record in self.plan.records]
        yield self.model._base_manager.filter(pk__in=keys).values()
        for pointing in pointing_at(self.model):
            if pointing.is_part:
                yield pointing.rows(self.plan.records).values()
        addresses = Q(label=self.plan.label, record__in=keys)
        addresses |= Q(path__in=[other.get_absolute_url() for other in self.others])
        yield OldAddress.objects.filter(addresses).values()
        merged = MergedRecord.objects.filter(label=self.plan.label)
        yield merged.filter(Q(record__in=keys) | Q(into__in=keys)).values()

    def move_own(self) -> None:
        names = self.plan.new_names
        taken = self.plan.taken
        for pointing in pointing_at(self.model):
            if pointing.is_part and issubclass(pointing.model, Alias):
                self.move_names(pointing, names)
            elif pointing.is_part:
                self.move(pointing)
        for other in self.others:
            self.lead_on(other)
            other.delete()
        if taken:
            self.model._base_manager.filter(pk=self.kept.pk).update(**taken)

    def move_names(self, pointing: Pointing, names: list[str]) -> None:
        new = set(names)
        for alias in pointing.rows(self.others).order_by("pk"):
            rows = pointing.model._base_manager.filter(pk=alias.pk)
            if alias.name in new:
                new.remove(alias.name)
                rows.update(**{pointing.key.name: self.kept})
            else:
                rows._raw_delete(rows.db)
        pointing.model._base_manager.bulk_create(
            pointing.model(**{pointing.key.name: self.kept, "name": name})
            for name in names
            if name in new
        )

    def lead_on(self, other: Named) -> None:
        """Let addresses and keys of a record lead to the one that stays, in one hop."""
        label, into = self.plan.label, self.kept.pk
        OldAddress.objects.filter(label=label, record=other.pk).update(record=into)
        OldAddress.objects.update_or_create(
            path=other.get_absolute_url(), defaults={"label": label, "record": into}
        )
        MergedRecord.objects.filter(label=label, into=other.pk).update(into=into)
        MergedRecord.objects.update_or_create(
            label=label, record=other.pk, defaults={"into": into}
        )


def by_holder(pointing: Iterable[Pointing]) -> dict[type[models.Model], list[Pointing]]:
    found = defaultdict(list)
    for one in pointing:
        found[one.known_as].append(one)
    return found
