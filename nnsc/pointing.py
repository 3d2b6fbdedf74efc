"""Who points at a kind of record: the keys of every app, from Django's registries."""

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from django.db import models


class Pointing(NamedTuple):
    """A key by which the rows of a model point at records of another."""

    model: type[models.Model]
    key: models.ForeignKey

    @property
    def is_part(self) -> bool:
        """Whether the rows are parts of what they point at, such as its other names."""
        return part_of(self.model) == self.key

    @property
    def whole(self) -> models.Field:
        """The column that says whose the rows are; a row may be a record by itself."""
        return part_of(self.model) or self.model._meta.pk

    @property
    def known_as(self) -> type[models.Model]:
        """What people know the rows as: articles, where they are tags of articles."""
        if not self.is_part:
            part = part_of(self.model)
            return part.related_model if part else self.model
        if is_row_of_keys(self.model):
            keys = (field for field in self.model._meta.fields if field.many_to_one)
            return next(key.related_model for key in keys if key != self.key)
        return self.model

    def rows(self, records: Iterable) -> models.QuerySet:
        return self.model._base_manager.filter(**{f"{self.key.name}__in": records})

    def once(self) -> list[list[str]]:
        """Return for each rule that something is there once what it names besides."""
        opts = self.model._meta
        rules = [
            *([field.name] for field in opts.fields if field.unique),
            *(constraint.fields for constraint in opts.total_unique_constraints),
            *opts.unique_together,
        ]
        own = self.key.name
        return [[n for n in names if n != own] for names in rules if own in names]


@cache
def pointing_at(model: type[models.Model]) -> list[Pointing]:
    """Return every key to the model, in the order of their tables."""
    fields = model._meta.get_fields(include_hidden=True)
    found = [
        Pointing(field.related_model, field.field)
        for field in fields
        if field.auto_created and (field.one_to_many or field.one_to_one)
    ]
    return sorted(found, key=lambda one: (one.model._meta.label_lower, one.key.name))


@cache
def part_of(model: type[models.Model]) -> models.ForeignKey | None:
    """Return the key to the record that a row of the model is a part of."""
    name = getattr(model, "part_of", None)
    return model._meta.get_field(name) if name else None


@cache
def is_row_of_keys(model: type[models.Model]) -> bool:
    """Whether a row says no more than that records belong together."""
    return all(f.primary_key or f.many_to_one for f in model._meta.concrete_fields)
