"""What a record tells search of itself: models answer it, nnsc.indexing keeps it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.utils import timezone

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """What readers find of a record.

    keywords returns under what words besides; it may read other records, so it is
    asked only where the entry is kept.
    """

    title: str
    body: str = ""
    keywords: Callable[[], list[str]] = list
    dated: date | None = None
    goes_live_at: datetime = ALWAYS
    found_by_numbers: bool = True

    @property
    def is_live(self) -> bool:
        return self.goes_live_at <= timezone.now()
