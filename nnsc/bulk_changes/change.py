from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from nnsc.models import Act
from nnsc.rows import moments_of


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
