"""What the database broke off because of what others did at the same moment."""

from collections.abc import Callable
from functools import wraps

from django.db import IntegrityError, OperationalError
from django.utils.translation import gettext_lazy as _

DEADLOCK = "40P01"
N_TRIES = 4
N_ATTEMPTS = 3
SOMEBODY_CHANGED = _("Somebody changed one of these just now. Nothing was done.")


class ClashError(Exception):
    """An act that others came in the way of, with a sentence that says so."""


def again_after_clash(act: Callable):
    """Return what an act returns, which is done whole or not at all.

    What it has found free may be in use when it is written; done again, it finds that.
    Raise ClashError where somebody is always in the way.
    """
    for _attempt in range(N_ATTEMPTS):
        try:
            return act()
        except IntegrityError:
            continue
    raise ClashError(SOMEBODY_CHANGED)


def again_after_deadlock(view):
    """Let a view begin anew where the database broke it off for another's sake.

    Who renames a tag and who gives it to an article may wait for each other, and so may
    others: PostgreSQL breaks off one. All that the view did is undone then, so asked
    again it does it once.
    """

    @wraps(view)
    def tried(request, *args, **kwargs):
        for _attempt in range(N_TRIES - 1):
            try:
                return view(request, *args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) != DEADLOCK:
                    raise
        return view(request, *args, **kwargs)

    return tried
