"""Some of the live articles, as pages, feeds and tables take them from the index."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from news.bits import places
from news.live_rows import key_of
from news.models import Article

if TYPE_CHECKING:
    from news.index import NewsIndex

# Up to so many articles, the database is given their ids; of more, it is asked for all.
N_BY_ID = 10_000
N_STREAMED = 200


class Selection(Sequence):
    """Some live articles, the newest first: counted at once, loaded by the page."""

    def __init__(self, index: "NewsIndex", bits: int):
        self.index = index
        self.bits = bits

    def __len__(self):
        return self.bits.bit_count()

    def __getitem__(self, at):
        """Return the articles of a slice, loaded when they are looked at."""
        if not isinstance(at, slice):
            (article,) = self[at : at + 1]
            return article
        start, stop, _ = at.indices(len(self))
        ids = [self.index.ids[place] for place in places(self.bits, start, stop)]
        return Shown(self.index, ids)

    def after(self, key) -> "Selection":
        """Return those that a list shows after the article that sorts by key."""
        return Selection(self.index, self.bits & self.index.behind(key))

    def stream(self) -> Iterator[Article]:
        """Yield all as lists show them, N_STREAMED in memory at a time.

        Who reads slowly may outlive the index: what is live no more is left out.
        """
        for start in range(0, len(self), N_STREAMED):
            for article in self[start : start + N_STREAMED]:
                if article.is_live:
                    yield article

    def latest(self, n: int) -> list[int]:
        """Return the keys of the n that were shown last, however old their stories.

        One query, and some more where few of very many are among these.
        """
        live = Article.objects.live().order_by("-goes_live_at", "-id")
        if len(self) <= N_BY_ID:
            among = [self.index.ids[at] for at in places(self.bits, 0, len(self))]
            return list(live.filter(pk__among=among).values_list("pk", flat=True)[:n])
        rows = in_batches(live.values_list("dated", "created_at", "pk"))
        mine = (row[2] for row in rows if self.index.has(key_of(*row), self.bits))
        return list(islice(mine, n))


def in_batches(rows: QuerySet) -> Iterator[tuple]:
    """Yield rows, asked for in ever larger batches, for mostly the first are enough.

    A cursor of PostgreSQL would first put all rows aside, outside a transaction.
    """
    start, size = 0, N_STREAMED
    while batch := list(rows[start : start + size]):
        yield from batch
        start, size = start + size, 4 * size


class Shown(Sequence):
    """The articles of one page, by primary key: of many the kept cards are enough."""

    def __init__(self, index: "NewsIndex", ids: list[int]):
        self.index = index
        self.ids = ids

    def __len__(self):
        return len(self.ids)

    def __getitem__(self, at):
        return self._articles[at]

    @cached_property
    def _articles(self) -> list[Article]:
        return self.load(self.ids)

    def load(self, ids: list[int]) -> list[Article]:
        """Return some of them as lists show them. Three queries."""
        return list(Article.objects.filter(pk__in=ids).for_lists())

    def without(self, article: Article) -> "Shown":
        return Shown(self.index, [pk for pk in self.ids if pk != article.pk])

    def up_to(self, n: int) -> "Shown":
        return Shown(self.index, self.ids[:n])
