"""Threads in which Django works: one while it gets on, and the others in reserve."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic

# Who works on one thing for longer is held up, mostly by what it waits for.
HELD_UP_SECONDS = 0.03


class Crew:
    """Threads of which one does all the work, and the others what it does not get to.

    Threads that make pages at once take Python's lock from each other in the midst of
    every page, which then costs a third more. But who waits for the database or a disk
    must not keep everyone waiting.
    """

    def __init__(self, n_threads: int):
        self._first = ThreadPoolExecutor(1, "django-first")
        self._others = None
        if n_threads > 1:
            self._others = ThreadPoolExecutor(n_threads - 1, "django-other")
        self._began_at: float | None = None

    def do(self, job: Callable[[], None], promise: Future, seconds: float) -> Future:
        """Have a job done, and wait until it keeps its promise, for so long at most.

        Return the future of the job itself, which ends when it will.
        """
        ends_at = monotonic() + seconds
        if not self._is_held_up():
            begun = self._first.submit(self._do_first, job)
            while not is_kept(promise, min(HELD_UP_SECONDS, ends_at - monotonic())):
                if monotonic() >= ends_at:
                    return begun
                if self._is_held_up() and begun.cancel():
                    break
            else:
                return begun
        begun = self._others.submit(job)
        is_kept(promise, ends_at - monotonic())
        return begun

    def _do_first(self, job):
        self._began_at = monotonic()
        try:
            job()
        finally:
            self._began_at = None

    def _is_held_up(self) -> bool:
        began_at = self._began_at
        return (
            self._others is not None
            and began_at is not None
            and monotonic() - began_at > HELD_UP_SECONDS
        )


def is_kept(promise: Future, seconds: float) -> bool:
    """Wait for so long at most, and return whether the promise is kept, or broken."""
    try:
        promise.exception(max(0, seconds))
    except TimeoutError:
        return False
    return True
