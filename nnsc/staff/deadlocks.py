"""Changes that wait for each other: PostgreSQL breaks off one, which is made again."""

from functools import wraps

from django.db import OperationalError

DEADLOCK = "40P01"
N_TRIES = 4


def again_after_deadlock(view):
    """Let a view begin anew where the database broke it off for another's sake.

    Who renames a tag and who gives it to an article may wait for each other, and so may
    others. All that the view did is undone then, so asked again it does it once.
    """

    @wraps(view)
    def tried(request, *args, **kwargs):
        for _ in range(N_TRIES - 1):
            try:
                return view(request, *args, **kwargs)
            except OperationalError as error:
                if getattr(error.__cause__, "pgcode", None) != DEADLOCK:
                    raise
        return view(request, *args, **kwargs)

    return tried
