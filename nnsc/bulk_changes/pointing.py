from abc import abstractmethod

from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.bulk_changes.change import CannotChangeError, Change
from nnsc.history import key_of, locked, rows_of


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
