"""What a merge of records would do: what moves, what stays, and what forbids it."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from functools import cached_property
from typing import NamedTuple

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q
from django.db.models.fields.files import FieldFile
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.history import fields_of
from nnsc.models import OldAddress
from nnsc.naming import Alias, Named, fold
from nnsc.pointing import Pointing, is_row_of_keys, pointing_at

N_NAMED = 10
# They are merged in ways of their own.
NAMES = {"name", "key", "slug"}


class Remark(NamedTuple):
    """A sentence on a merge, and the records that it speaks of.

    merge are records whose own merge is the way out.
    """

    sentence: str
    records: list[models.Model]
    merge: list[Named] = []


class Differing(NamedTuple):
    """A field that both have: the value that stays, and the one that goes, and whose.

    Values are as people read them; images are files.
    """

    field: models.Field
    stays: object
    goes: object
    record: Named


class MergePlan:
    """Records that are to become one: what will move, what stays, what forbids it.

    Reads without locks, with as many queries as there are kinds of rows that point at
    such records, however many point.
    """

    def __init__(self, kept: Named, others: list[Named]):
        self.kept = kept
        self.others = others
        self.model = type(kept)
        self.label = self.model._meta.label_lower

    @property
    def records(self) -> list[Named]:
        return [self.kept, *self.others]

    def sentence(self) -> str:
        """Return "Tag “A” merged into “B”"."""
        opts = self.model._meta
        is_one = len(self.others) == 1
        return _("%(kind)s %(names)s merged into “%(kept)s”") % {
            "kind": capfirst(opts.verbose_name if is_one else opts.verbose_name_plural),
            "names": ", ".join(f"“{other}”" for other in self.others),
            "kept": self.kept,
        }

    @cached_property
    def counts(self) -> dict[int, list[tuple[str, int]]]:
        """Return what points at each record, by its key: [("articles", 12)]."""
        return counts_of(self.records)

    # Names and addresses

    @cached_property
    def names(self) -> dict[str, Named | None]:
        """Return the others' names that are new to the kept record.

        Each with whose name it is besides; such a name does not come along.
        """
        known = {fold(name) for name in self.kept.all_names()}
        found = {}
        for name in (name for other in self.others for name in other.all_names()):
            if fold(name) not in known:
                known.add(fold(name))
                holders = self.kept.others_called(name)
                found[name] = holders.exclude(pk__in=self._other_keys).first()
        return found

    @property
    def new_names(self) -> list[str]:
        return [name for name, holder in self.names.items() if holder is None]

    @property
    def _other_keys(self) -> list[int]:
        return [other.pk for other in self.others]

    @cached_property
    def addresses(self) -> list[str]:
        """Return the addresses that will lead to the record that stays."""
        former = OldAddress.objects.filter(
            label=self.label, record__in=self._other_keys
        )
        present = [other.get_absolute_url() for other in self.others]
        return [*present, *former.order_by("path").values_list("path", flat=True)]

    # Fields

    @property
    def taken(self) -> dict[str, object]:
        """Return by field what the kept record lacks and takes from the others."""
        return self._fields[0]

    @property
    def taken_fields(self) -> list[tuple[models.Field, object]]:
        """Return what is taken as people read it, without what no form shows."""
        fields = {field.name: field for field in fields_of(self.model)}
        return [
            (fields[name], shown(fields[name], value))
            for name, value in self.taken.items()
            if fields[name].editable
        ]

    @property
    def differing(self) -> list[Differing]:
        return self._fields[1]

    @cached_property
    def _fields(self) -> tuple[dict[str, object], list[Differing]]:
        kept = {
            field.name: getattr(self.kept, field.name)
            for field in fields_of(self.model)
        }
        taken, differing = {}, []
        for other in self.others:
            for fields in fields_together(self.model):
                mine = {field.name: (kept | taken)[field.name] for field in fields}
                theirs = {field.name: getattr(other, field.name) for field in fields}
                if fields[0].name in self.model.fields_of_lines:
                    taken |= {n: lines_of_both(mine[n], theirs[n]) for n in mine}
                elif all(map(is_empty, theirs.values())):
                    continue
                elif all(map(is_empty, mine.values())):
                    taken |= theirs
                else:
                    differing += [
                        Differing(
                            field,
                            shown(field, mine[field.name]),
                            shown(field, theirs[field.name]),
                            other,
                        )
                        for field in fields
                        if field.editable and mine[field.name] != theirs[field.name]
                    ]
        new = {name: value for name, value in taken.items() if value != kept[name]}
        return new, differing

    # What forbids it, and what speaks against it

    @cached_property
    def problems(self) -> list[Remark]:
        """Return what would be there twice and may be there once, with the way out."""
        found = []
        for pointing in pointing_at(self.model):
            if not issubclass(pointing.model, Alias):
                for besides in pointing.once():
                    if not (besides and is_row_of_keys(pointing.model)):
                        found += self._doubled(pointing, besides)
        return found

    def _doubled(self, pointing: Pointing, besides: list[str]) -> Iterator[Remark]:
        rows = pointing.rows(self.records).order_by("pk")
        alike = Q()
        if besides:
            twins = pointing.rows(self.records).exclude(pk=OuterRef("pk"))
            alike = Exists(twins.filter(**{name: OuterRef(name) for name in besides}))
        doubled = list(rows.filter(alike)[:N_NAMED])
        if len(doubled) < 2:
            return
        can_merge = doubled if issubclass(pointing.model, Named) else []
        about = {
            "names": ", ".join(f"“{row}”" for row in doubled),
            "kind": pointing.model._meta.verbose_name,
            "this": self.model._meta.verbose_name,
            "these": self.model._meta.verbose_name_plural,
        }
        text = _(
            "%(names)s: each belongs to one of these %(these)s, and a %(this)s can "
            "have only one %(kind)s. Merge those first, or take the %(this)s out of "
            "one of them."
        )
        if besides:
            text = _(
                "%(names)s would be the same %(kind)s twice. Delete or change one of "
                "them first."
            )
        yield Remark(text % about, doubled, can_merge)

    @cached_property
    def doubts(self) -> list[str]:
        """Return what suggests that the records are not the same, in sentences."""
        return [text for other in self.others for text in self.kept.doubts_about(other)]

    @cached_property
    def remarks(self) -> list[Remark]:
        """Return what is worth knowing and stops nothing."""
        found = []
        for name, holder in self.names.items():
            if holder:
                text = _(
                    "“%(name)s” does not become another name of “%(kept)s”: it is a "
                    "name of “%(holder)s”."
                )
                about = {"name": name, "kept": self.kept, "holder": holder}
                found.append(Remark(text % about, [holder]))
        for field, stays, goes, _record in self.differing:
            if field.one_to_one:
                text = _(
                    "Each has its own %(kind)s. “%(stays)s” stays; what has “%(goes)s” "
                    "is not found under “%(kept)s” until you merge the two."
                )
                about = {"stays": stays, "goes": goes, "kept": self.kept}
                about["kind"] = field.verbose_name
                can_merge = [goes, stays] if isinstance(goes, Named) else []
                found.append(Remark(text % about, [stays, goes], can_merge))
        return found


def counts_of(records: Collection[Named]) -> dict[int, list[tuple[str, int]]]:
    """Return what points at each record, by its key: [("articles", 12)].

    A query for each kind of rows that point at such records.
    """
    counted = {record.pk: defaultdict(int) for record in records}
    for pointing in pointing_at(type(next(iter(records)))):
        kind = pointing.known_as._meta.verbose_name_plural
        rows = pointing.rows(records).order_by().values_list(pointing.key.attname)
        for pk, n in rows.annotate(n=Count("pk")):
            counted[pk][kind] += n
    return {pk: list(kinds.items()) for pk, kinds in counted.items()}


def fields_together(model: type[Named]) -> list[list[models.Field]]:
    """Return the fields that a merge compares: those that are one thing in one list."""
    fields = {f.name: f for f in fields_of(model) if f.name not in NAMES}
    groups = [list(names) for names in model.fields_together]
    if image := getattr(model, "image_fields", None):
        groups.append(image())
    grouped = {name for names in groups for name in names}
    groups += [[name] for name in fields if name not in grouped]
    return [[fields[name] for name in names] for names in groups]


def shown(field: models.Field, value):
    """Return a field's value as people read it; records and images as they are."""
    if field.choices:
        return dict(field.flatchoices).get(value, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return value


def is_empty(value) -> bool:
    if isinstance(value, FieldFile):
        return not value
    return value is None or value is False or value == ""


def lines_of_both(mine: str, theirs: str) -> str:
    lines = [line.strip() for line in f"{mine}\n{theirs}".splitlines()]
    return "\n".join(dict.fromkeys(filter(None, lines)))
