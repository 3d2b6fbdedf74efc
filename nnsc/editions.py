"""The edition: what the public sees at this moment, so that nobody is sent it twice.

It changes with every change to the content and whenever the clock passes the moment of
a scheduled record. All processes name it alike.
"""

import hashlib
from bisect import bisect_right
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.utils import timezone

from nnsc.changes import current_generation, last_change
from nnsc.publishing import Publishable, State

MADE_OF = ["nnsc", "principles", "impact", "news", "templates"]


@dataclass(frozen=True)
class Edition:
    """since is when this process first met it, changes_at when the clock ends it.

    token is the generation's, which no other generation has.
    """

    generation: int
    since: datetime
    changes_at: datetime | None
    token: str = ""

    @property
    def name(self) -> str:
        next_moment = self.changes_at.timestamp() if self.changes_at else ""
        return f"{release()}.{self.generation}.{self.token}.{next_moment}"


_kept: tuple[Edition, list[datetime]] | None = None
_noted: ContextVar[Edition | None] = ContextVar("noted", default=None)


def current_edition() -> Edition:
    """Return what the public sees now. One query where nothing has changed."""
    global _kept
    (generation, token), now = last_change(), timezone.now()
    edition, moments = _kept or (None, [])
    if edition is None or edition.token != token or edition.generation != generation:
        edition, moments = None, scheduled_moments(now)
    at = bisect_right(moments, now)
    changes_at = moments[at] if at < len(moments) else None
    if edition is None or edition.changes_at != changes_at:
        edition = Edition(generation, since=now, changes_at=changes_at, token=token)
    _kept = edition, moments
    return edition


@contextmanager
def edition_noted():
    """Note the edition, and return it, before anything of a page is read. One query."""
    edition = current_edition()
    token = _noted.set(edition)
    try:
        yield edition
    finally:
        _noted.reset(token)


def noted_edition() -> Edition | None:
    """Return the edition that was noted for the page that is being made, if any is."""
    return _noted.get()


def generation_for_page() -> int:
    """Return the generation noted for the page; the current one where none is."""
    edition = noted_edition()
    return edition.generation if edition else current_generation()


def scheduled_moments(now: datetime) -> list[datetime]:
    """Return when something will go live by itself, the next first."""
    moments = set()
    for model in apps.get_models():
        if issubclass(model, Publishable):
            waiting = model.objects.filter(state=State.PUBLISHED, goes_live_at__gt=now)
            moments.update(waiting.values_list("goes_live_at", flat=True))
    return sorted(moments)


@cache
def release() -> str:
    """Return what tells this release of the site from others: its code, its address.

    Without it a reader would keep what an older release made of the same content.
    """
    digest = hashlib.sha256(settings.SITE_URL.encode())
    for folder in MADE_OF:
        files = [*Path(settings.BASE_DIR, folder).rglob("*")]
        for file in sorted(files):
            if file.suffix in (".py", ".html"):
                digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def forget() -> None:
    """Drop what this process knows, as tests do between databases."""
    global _kept
    _kept = None
