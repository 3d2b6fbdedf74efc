"""What a record tells search of itself: models answer it, nnsc.indexing keeps it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.utils import timezone

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """What readers find of a record, and under what words besides."""

    title: str
    body: str = ""
    keywords: list[str] = field(default_factory=list)
    dated: date | None = None
    goes_live_at: datetime = ALWAYS
    found_by_numbers: bool = True

    @property
    def is_live(self) -> bool:
        return self.goes_live_at <= timezone.now()
