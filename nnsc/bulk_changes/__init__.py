"""What can be done to many records at once: see nnsc.bulk, which does it."""

from django.db import models

from nnsc.bulk_changes.change import CannotChangeError, Change, Refusal, counted
from nnsc.bulk_changes.pointing import Adding, Removing, Setting
from nnsc.bulk_changes.to_state import ToState
from nnsc.bulk_changes.to_trash import ToTrash

__all__ = [
    "Adding",
    "CannotChangeError",
    "Change",
    "Refusal",
    "Removing",
    "Setting",
    "ToState",
    "ToTrash",
    "change_of",
    "counted",
]

POINTING = {kind.__name__: kind for kind in (Setting, Adding, Removing)}


def change_of(model: type[models.Model], spec: list) -> Change:
    kind, *rest = spec
    every = {"state": ToState, "trash": ToTrash} | POINTING
    return every[kind](model, *rest)
