"""What a process knows of the content's edition, and for how long it may rely on it.

A thread asks the database a few times a second, so that readers of kept pages never
wait for it. What it hears is good for less than a second from the moment it asked: no
reader gets a page that is older, whatever process or machine made the change. It needs
nothing but the database.
"""

import logging
import threading
from collections.abc import Callable
from math import inf
from time import monotonic

from django.db import connection
from django.utils import timezone

from nnsc.editions import Edition

logger = logging.getLogger(__name__)

INTERVAL_SECONDS = 0.2
# How long an answer is good for. The rest of the second is for what is on its way.
LEASE_SECONDS = 0.7
# After so long without a word the database counts as down, though it has not refused.
PATIENCE_SECONDS = 2.0
# The first answer may take longer, while a process begins and has nothing else to show.
FIRST_PATIENCE_SECONDS = 10.0
# From then on caches in front of us are told when the clock ends an edition. Nothing is
# kept there for longer.
CALM_SECONDS = 60


class Watch:
    """Knows the edition.

    edition is its name, "" before the first answer. fresh_until is when, by
    monotonic(), it can be relied on no longer; ends_at is when the clock ends it;
    calm_until is the moment up to which neither needs a thought.

    ask returns the edition, and raises whatever it likes while it cannot. on_new is
    called with the edition before and the new one, in the watch's own thread.
    """

    def __init__(
        self,
        ask: Callable[[], Edition],
        on_new: Callable[[Edition, Edition], None] = lambda before, new: None,
        *,
        has_thread: bool = True,
    ):
        self.edition = ""
        self.calm_until = self.fresh_until = -inf
        self.ends_at = inf
        self._ask = ask
        self._on_new = on_new
        self._has_thread = has_thread
        self._thread: threading.Thread | None = None
        self._wanted = threading.Event()
        self._heard = threading.Condition()
        self._heard_at = -inf
        self._is_down = False

    @property
    def is_fresh(self) -> bool:
        return monotonic() < self.fresh_until

    @property
    def silent_seconds(self) -> float:
        """For how long nothing was heard of the database; inf if nothing ever was."""
        return monotonic() - self._heard_at

    def freshen(self) -> bool:
        """Wait until the edition is known again; False if the database is down."""
        if self.is_fresh:
            return True
        if not self._has_thread:
            return self._look_twice() is not None
        began_at = monotonic()
        with self._heard:
            self._start()
            self._wanted.set()
            while not (self.is_fresh or self._is_down):
                is_first = self._heard_at == -inf
                patience = FIRST_PATIENCE_SECONDS if is_first else PATIENCE_SECONDS
                last = max(self._heard_at, began_at)
                if not self._heard.wait(last + patience - monotonic()):
                    self._give_up("it has said nothing for a while")
            return not self._is_down

    def look(self) -> Edition:
        """Ask now. One query; raise what ask raises."""
        asked_at, now = monotonic(), timezone.now()
        edition = self._ask()
        with self._heard:
            # Who asked later knows better, whoever hears first.
            if asked_at >= self._heard_at:
                self._note(edition, asked_at, now)
                self._heard.notify_all()
        return edition

    def _note(self, edition, asked_at, now):
        if self._is_down:
            logger.warning("The database answers again; pages are fresh.")
        self._is_down = False
        self._heard_at = asked_at
        self.ends_at = inf
        if edition.changes_at is not None:
            self.ends_at = asked_at + (edition.changes_at - now).total_seconds()
        self.fresh_until = min(asked_at + LEASE_SECONDS, self.ends_at)
        # The name first: whoever sees the new moment is to see the new name.
        self.edition = edition.name
        self.calm_until = min(self.fresh_until, self.ends_at - CALM_SECONDS)

    def _give_up(self, reason):
        if not self._is_down:
            logger.warning("The database is down (%s); pages are kept ones.", reason)
        self._is_down = True
        self._heard.notify_all()

    def _look_twice(self) -> Edition | None:
        """Ask, over a new connection if the first has ended; None if that fails too."""
        for is_last in (False, True):
            try:
                return self.look()
            except Exception as error:
                if self._has_thread:
                    connection.close()
                if is_last:
                    with self._heard:
                        self._give_up(" ".join(str(error).split()))

    def _start(self):
        # A process that was forked has lost the thread.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(
                target=self._go_on, name="watch", daemon=True
            )
            self._thread.start()

    def _go_on(self):
        known = None
        while True:
            self._wanted.clear()
            edition = self._look_twice()
            if known and edition and known.generation != edition.generation:
                self._tell(known, edition)
            known = edition or known
            pause = INTERVAL_SECONDS
            if edition:
                pause = max(0, min(pause, self.ends_at - monotonic()))
            self._wanted.wait(pause)

    def _tell(self, before, new):
        try:
            self._on_new(before, new)
        except Exception:
            logger.exception("What to do with an older edition could not be found out.")
            connection.close()
