"""Threads in which Django works: one while it gets on, and the others in reserve."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Semaphore
from time import monotonic

# Who works on one thing for longer is held up, mostly by what it waits for.
HELD_UP_SECONDS = 0.03


class Crew:
    """Threads of which one does all the work, and the others what it does not get to.

    Threads that make pages at once take Python's lock from each other in the midst of
    every page, which then costs a third more. But who waits for the database or a disk
    must not keep everyone waiting. All take from one line: who is free does what has
    waited longest.
    """

    def __init__(self, n_threads: int):
        self._line: deque[tuple[Callable[[], None], Future]] = deque()
        self._first = ThreadPoolExecutor(1, "django-first")
        # An executor must have room for one; where there are no others, none is called.
        self._others = ThreadPoolExecutor(max(1, n_threads - 1), "django-other")
        self._idle_others = Semaphore(n_threads - 1)
        self._began_at: float | None = None

    def do(self, job: Callable[[], None], promise: Future, seconds: float) -> None:
        """Have a job done, and wait until it keeps its promise, for so long at most.

        Then it is running and goes on, or the promise can be cancelled.
        """
        ends_at = monotonic() + seconds
        self._line.append((job, promise))
        self._first.submit(self._go_first)
        while (left := ends_at - monotonic()) > 0 and not promise.running():
            if self._is_held_up() and self._idle_others.acquire(blocking=False):
                self._others.submit(self._help)
            if is_kept(promise, min(left, HELD_UP_SECONDS)):
                return
        is_kept(promise, left)

    def _go_first(self):
        self._began_at = monotonic()
        try:
            self._go_on()
        finally:
            self._began_at = None

    def _help(self):
        try:
            while self._is_held_up() and self._go_on():
                pass
        finally:
            self._idle_others.release()

    def _go_on(self) -> bool:
        """Do what has waited longest, and return whether there was anything."""
        while True:
            try:
                job, promise = self._line.popleft()
            except IndexError:
                # The first is called once for each job, and others have done some.
                return False
            if promise.set_running_or_notify_cancel():
                job()
                return True

    def _is_held_up(self) -> bool:
        began_at = self._began_at
        return began_at is not None and monotonic() - began_at > HELD_UP_SECONDS


def is_kept(promise: Future, seconds: float) -> bool:
    """Wait for so long at most, and return whether the promise is kept, or broken."""
    try:
        promise.exception(max(0, seconds))
    except TimeoutError:
        return False
    return True
