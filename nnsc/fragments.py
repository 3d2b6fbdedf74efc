"""Parts of pages, kept in a process until something that they are made of changes.

A part says of which apps it shows records, as {% kept %} does in templates. When one
of their records changes, or a scheduled one goes live, it is made anew; other changes
leave it as it is.

What may be kept was read after the edition of its page was noted, and is kept under the
stamps of that edition: so nothing old is ever found under a new one.
"""

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.utils import timezone

from nnsc.changes import changes_since, current_generation
from nnsc.editions import Edition, noted_edition

# Of the parts of one name.
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
# By name and key, a part with the stamp under which it is kept.
_parts: dict[str, dict[object, tuple[tuple[str, ...], Any]]] = defaultdict(dict)


def part(name: str, key, apps: tuple[str, ...], make: Callable[[], Any]) -> Any:
    """Return what make() returns, or did for name and key, if apps have not changed."""
    return parts(name, [key], apps, lambda missing: {key: make()})[key]


def parts(
    name: str,
    keys: Iterable,
    apps: tuple[str, ...],
    make: Callable[[list], dict],
) -> dict[Any, Any]:
    """Return parts by key; make(keys) returns those that are not kept, or fewer."""
    stamps = current_stamps()
    if stamps is None:
        return make(list(keys))
    stamp, its_parts = stamps.of(apps), _parts[name]
    found, missing = {}, []
    for key in keys:
        its_stamp, kept = its_parts.get(key, (None, None))
        if its_stamp == stamp:
            found[key] = kept
        else:
            missing.append(key)
    if missing:
        made = make(missing)
        keep(its_parts, {key: (stamp, new) for key, new in made.items()}, N_KEPT)
        found |= made
    return found


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
