"""The pages that a process keeps, up to so many bytes."""

import threading

from nnsc.pagecache.page import FOR_EVER, Page

# Where a page is found: its path and its query.
Address = tuple[str, str]

# While there is no room, pages that were asked for once share this part of it.
TRIAL_PART = 0.1
# A page that is larger than this part of all room is not kept.
LARGEST_PART = 1 / 16


class Shelf:
    """Keeps what is asked for again, and forgets what was used least recently.

    A new page is on trial. When room is needed, those on trial longest go, but the
    ones that were used since are kept for good; of these, in turn, the one goes that
    was not used since its last turn. So any number of addresses that are asked for
    once push out each other alone. Reading takes no lock: pages is a plain dict.
    """

    def __init__(self, max_bytes: int):
        self.max_bytes = max_bytes
        self.pages: dict[Address, Page] = {}
        self._on_trial: dict[Address, int] = {}
        self._for_good: dict[Address, int] = {}
        self._trial_bytes = self._good_bytes = 0
        self._lock = threading.Lock()

    @property
    def n_bytes(self) -> int:
        return self._trial_bytes + self._good_bytes

    def put(self, address: Address, page: Page) -> None:
        if page.n_bytes > self.max_bytes * LARGEST_PART:
            return self.forget(address)
        with self._lock:
            old = self.pages.get(address)
            # A new edition of a page is as dear as the one before.
            page.was_used = old is not None and old.was_used
            self.pages[address] = page
            if address in self._for_good:
                self._good_bytes += page.n_bytes - self._for_good[address]
                self._for_good[address] = page.n_bytes
            else:
                self._trial_bytes += page.n_bytes - self._on_trial.get(address, 0)
                self._on_trial[address] = page.n_bytes
            while self.n_bytes > self.max_bytes:
                self._make_room()

    def _make_room(self):
        if self._trial_bytes > self.max_bytes * TRIAL_PART or not self._for_good:
            address = next(iter(self._on_trial))
            n_bytes = self._on_trial.pop(address)
            self._trial_bytes -= n_bytes
        else:
            address = next(iter(self._for_good))
            n_bytes = self._for_good.pop(address)
            self._good_bytes -= n_bytes
        if self.pages[address].was_used:
            self.pages[address].was_used = False
            self._for_good[address] = n_bytes
            self._good_bytes += n_bytes
        else:
            del self.pages[address]

    def forget(self, address: Address) -> None:
        with self._lock:
            self.pages.pop(address, None)
            self._trial_bytes -= self._on_trial.pop(address, 0)
            self._good_bytes -= self._for_good.pop(address, 0)

    def forget_all_but(self, edition: str) -> None:
        """Keep the pages of an edition, and those of no edition in particular."""
        for address, page in list(self.pages.items()):
            if page.edition not in (edition, FOR_EVER):
                self.forget(address)
