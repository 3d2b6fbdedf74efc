"""Parts of pages, kept in a process until something that they are made of changes.

A part says of which apps it shows records, as {% kept %} does in templates. When one
of their records changes, or a scheduled one goes live, it is made anew; other changes
leave it as it is.

What may be kept was read after the edition of its page was noted, and is kept under the
stamps of that edition: so nothing old is ever found under a new one.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from django.utils import timezone

from nnsc.changes import changes_since, current_generation
from nnsc.editions import Edition, noted_edition

N_KEPT = 2_000


@dataclass(frozen=True)
class Stamps:
    """By the label of an app, the edition that was met after its last change.

    since stands for the apps that have not changed since this process began.
    """

    edition: Edition
    since: str
    by_app: dict[str, str] = field(default_factory=dict)

    def of(self, apps: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.by_app.get(app, self.since) for app in apps)

    def followed_by(self, edition: Edition) -> "Stamps":
        """Return the stamps of a later edition. One query."""
        ends_at = self.edition.changes_at
        changes = changes_since(self.edition.generation)
        if changes is None or (ends_at and ends_at <= timezone.now()):
            return Stamps(edition, since=edition.name)
        changed = {label.partition(".")[0]: edition.name for label, _ in changes}
        return Stamps(edition, self.since, self.by_app | changed)


_lock = threading.Lock()
_stamps: Stamps | None = None
_parts: dict[tuple, tuple[tuple[str, ...], str]] = {}


def part(key: tuple, apps: tuple[str, ...], make: Callable[[], str]) -> str:
    """Return what make() returns, or did for key, if nothing of apps has changed."""
    stamps = current_stamps()
    if stamps is None:
        return make()
    stamp = stamps.of(apps)
    kept = _parts.get(key)
    if kept is None or kept[0] != stamp:
        kept = stamp, make()
        keep(_parts, {key: kept}, N_KEPT)
    return kept[1]


def keep(kept: dict, made: dict, n: int) -> None:
    """Add what was made to what is kept; of more than n, drop what was added first."""
    with _lock:
        kept.update(made)
        for key in list(islice(kept, max(0, len(kept) - n))):
            del kept[key]


def current_stamps() -> Stamps | None:
    """Return the stamps of the noted edition; None if nothing may be kept now."""
    global _stamps
    edition, stamps = noted_edition(), _stamps
    if edition is None:
        return None
    if stamps is None or is_restored(stamps.edition, edition):
        stamps = _stamps = Stamps(edition, since=edition.name)
    elif stamps.edition.generation > edition.generation:
        # Another page has met a later edition meanwhile.
        return None
    elif stamps.edition.name != edition.name:
        stamps = _stamps = stamps.followed_by(edition)
    return stamps


def is_restored(known: Edition, edition: Edition) -> bool:
    """Whether the database has gone back, as after it was restored from a backup."""
    if edition.generation == known.generation:
        return edition.token != known.token
    is_before = edition.generation < known.generation
    return is_before and current_generation() < known.generation


def forget() -> None:
    """Drop what this process keeps, as tests do between databases."""
    global _stamps
    _stamps = None
    _parts.clear()
