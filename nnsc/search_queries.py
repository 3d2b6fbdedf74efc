"""What a reader typed into the search box, read into words and phrases."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from nnsc.words import stem, words

MAX_LENGTH = 300
N_WORDS = 12
QUOTED = re.compile(r'"([^"]*)"|“([^”]*)”')
# Left out of a query that has other words: nearly every text has them.
COMMON = frozenset(
    "a about an and are as at be been by did do does for from had has have how in into"  # noqa: SIM905
    " is it its of on or our that the their there these this to was were what when"
    " where which who why will with".split()
)


@dataclass(frozen=True)
class Part:
    """A word of a query, or a phrase: folded, and where it stood in what was typed."""

    words: tuple[str, ...]
    is_phrase: bool = False
    typed_at: tuple[int, int] = (0, 0)

    @cached_property
    def stems(self) -> tuple[str, ...]:
        return tuple(map(stem, self.words))

    @property
    def text(self) -> str:
        text = " ".join(self.words)
        return f'"{text}"' if self.is_phrase else text


@dataclass(frozen=True)
class Query:
    """What a reader typed, cut to MAX_LENGTH characters and N_WORDS words."""

    typed: str
    parts: tuple[Part, ...] = ()
    was_cut: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.parts

    @property
    def words(self) -> list[str]:
        return [word for part in self.parts for word in part.words]


def read_query(typed: str) -> Query:
    """Return the query that was typed; any text is one."""
    kept = " ".join(typed[: 4 * MAX_LENGTH].replace("\x00", " ").split())
    was_cut = len(typed) > 4 * MAX_LENGTH or len(kept) > MAX_LENGTH
    kept = kept[:MAX_LENGTH]
    parts = list(all_parts(kept))
    telling = [part for part in parts if part.is_phrase or part.words[0] not in COMMON]
    parts = telling or parts
    cut = list(first_words(parts))
    return Query(kept, tuple(cut), was_cut or cut != parts)


def all_parts(typed: str) -> Iterator[Part]:
    """Yield the words and phrases of what was typed, common words too."""
    end = 0
    for match in QUOTED.finditer(typed):
        yield from lone_words(typed, end, match.start())
        inside = tuple(word.folded for word in words(match[1] or match[2] or ""))
        if inside:
            yield Part(inside, len(inside) > 1, match.span())
        end = match.end()
    yield from lone_words(typed, end, len(typed))


def first_words(parts: list[Part]) -> Iterator[Part]:
    """Yield the parts as far as they have N_WORDS words; of a phrase, its beginning."""
    room = N_WORDS
    for part in parts:
        if room:
            yield replace(part, words=part.words[:room])
        room = max(0, room - len(part.words))


def lone_words(text, start, end):
    return [
        Part((word.folded,), typed_at=(start + word.start, start + word.end))
        for word in words(text[start:end])
    ]
