"""A record as search keeps it, folded, and as the engine reads it: cut to stems."""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django.contrib.contenttypes.models import ContentType
from django.db import models

from nnsc.entries import Entry
from nnsc.models import SearchEntry
from nnsc.search_port import (
    DAY_BITS,
    GAP,
    KEY_BITS,
    KIND_BITS,
    OF_KEY,
    OF_KIND,
    Text,
)
from nnsc.words import WORD, fold_known, stem_known

MAX_WORDS = 10_000
FIRST_DAY = date(1850, 1, 1).toordinal() - 1


def kind_number(model: type[models.Model]) -> int:
    return ContentType.objects.get_for_model(model).pk


def place_of(record: models.Model, dated: date | None) -> int:
    """Return where the record stands among all: the newest have the highest places."""
    day = 0
    if dated:
        last_day = (1 << DAY_BITS) - 1
        day = min(max(dated.toordinal() - FIRST_DAY, 1), last_day)
    return (day << KIND_BITS | kind_number(type(record))) << KEY_BITS | record.pk


def kind_and_key(place: int) -> tuple[int, int]:
    """Return the number of the kind and the primary key out of a place."""
    return place >> KEY_BITS & OF_KIND, place & OF_KEY


def stored(record: models.Model, entry: Entry) -> SearchEntry:
    """Return the entry as it is kept: folded words with spaces between them."""
    fold_line = folded if entry.found_by_numbers else folded_without_numbers
    fold_keyword = folded_once if entry.found_by_numbers else folded_without_numbers
    # In one order, so that what says the same is the same.
    keywords = sorted(set(entry.keywords()))
    return SearchEntry(
        id=place_of(record, entry.dated),
        label=record._meta.label_lower,
        record=record.pk,
        goes_live_at=entry.goes_live_at,
        title=one_text([fold_line(entry.title)]),
        keywords=one_text(map(fold_keyword, keywords)),
        body=one_text(map(fold_line, entry.body.splitlines())),
    )


def one_text(lines: Iterable[str]) -> str:
    text = f" {GAP} ".join(filter(None, lines))
    # No text has more words than letters.
    return " ".join(text.split()[:MAX_WORDS]) if len(text) > MAX_WORDS else text


def folded(line: str) -> str:
    return " ".join(filter(None, map(fold_known, WORD.findall(line))))


# Keywords are names, and those of thousands of records.
folded_once = lru_cache(20_000)(folded)


def folded_without_numbers(line: str) -> str:
    return " ".join(
        word for word in folded(line).split() if not any(map(str.isdigit, word))
    )


def text_of(entry: SearchEntry) -> Text:
    def stems(folded):
        return " ".join(map(stem_known, folded.split()))

    rest = f"{stems(entry.keywords)} {GAP} {stems(entry.body)}"
    return Text(entry.pk, stems(entry.title), rest, entry.goes_live_at)
