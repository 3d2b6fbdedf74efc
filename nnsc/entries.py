"""What a record tells search of itself: models answer it, nnsc.indexing keeps it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import models
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


def lone_joins(model: type[models.Model]) -> list[str]:
    """Return what a model's search_joins name of which a record has one at most."""
    names = sorted({join.split("__")[0] for join in model.search_joins})
    fields = map(model._meta.get_field, names)
    return [field.name for field in fields if field.many_to_one or field.one_to_one]


def read_joined(model: type[models.Model], keys: Iterable[int]) -> list[models.Model]:
    """Read records with all that their search_joins name; a few queries for any number.

    What many of them have in common is read once, where Django would read it for each:
    a thousand articles have sixty cities between them.
    """
    shared = [
        join
        for join in model.search_joins
        if model._meta.get_field(join.split("__")[0]).many_to_many
    ]
    others = [join for join in model.search_joins if join not in shared]
    found = model._base_manager.filter(pk__in=list(keys))
    records = list(found.prefetch_related(*others))
    for join in shared:
        read_shared(model, records, *join.split("__", 1))
    return records


def read_shared(model, records: list[models.Model], name: str, *joins: str) -> None:
    """Let records have what a field of many names, as if it had been prefetched."""
    field = model._meta.get_field(name)
    through = field.remote_field.through
    links = {link.related_model: link.attname for link in through._meta.fields}
    mine, theirs = links[model], links[field.related_model]
    pairs = through._base_manager.filter(
        **{f"{mine}__in": [record.pk for record in records]}
    ).values_list(mine, theirs)
    keys = defaultdict(list)
    for key, other in pairs:
        keys[key].append(other)
    every = {key for its_keys in keys.values() for key in its_keys}
    others = field.related_model._base_manager.prefetch_related(*joins).in_bulk(every)
    for record in records:
        kept = record.__dict__.setdefault("_prefetched_objects_cache", {})
        kept[name] = [others[key] for key in keys[record.pk]]
