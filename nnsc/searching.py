"""Search: what a reader typed, what is found for it, and which words to mark.

All words must be found, in whatever form; those in quotation marks together and in
their order. The last word, and any that nothing has, may be the beginning of one. Where
nothing is found, a word may be mistyped by one letter.

Records whose title has all words come first, and among equals the newest: by date, or
by when they were added where they have none.
"""

import logging
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, OperationalError, connection, models
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from nnsc.entries import Entry
from nnsc.indexing import (
    catch_up,
    kind_and_key,
    kind_number,
    mend,
    seems_whole,
)
from nnsc.models import SearchTerm
from nnsc.search_engines import BEYOND, FIRST_DATED, Group, Within, engine
from nnsc.words import stem, words

logger = logging.getLogger(__name__)
MAX_LENGTH = 300
N_WORDS = 12
# Counts stop here: "1,000+".
N_COUNTED = 1_000
MIN_PREFIX_LENGTH = 3
N_ENDINGS = 40
MIN_MISTYPED_LENGTH, MAX_MISTYPED_LENGTH = 4, 24
N_MISTYPED = 3
N_CORRECTIONS = 5
SNIPPET_LENGTH = 280
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
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

    @property
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


def read_query(typed: str) -> Query:
    """Return the query that was typed; any text is one."""
    kept = " ".join(typed[: 4 * MAX_LENGTH].replace("\x00", " ").split())
    was_cut = len(typed) > 4 * MAX_LENGTH or len(kept) > MAX_LENGTH
    kept = kept[:MAX_LENGTH]
    parts = []
    end = 0
    for match in QUOTED.finditer(kept):
        parts += lone_words(kept, end, match.start())
        inside = tuple(word.folded for word in words(match[1] or match[2] or ""))
        if inside:
            parts.append(Part(inside, len(inside) > 1, match.span()))
        end = match.end()
    parts += lone_words(kept, end, len(kept))
    telling = [part for part in parts if part.is_phrase or part.words[0] not in COMMON]
    parts = telling or parts
    n_words = 0
    for at, part in enumerate(parts):
        n_words += len(part.words)
        if n_words > N_WORDS:
            return Query(kept, tuple(parts[:at]), was_cut=True)
    return Query(kept, tuple(parts), was_cut)


def lone_words(text, start, end):
    return [
        Part((word.folded,), typed_at=(start + word.start, start + word.end))
        for word in words(text[start:end])
    ]


@dataclass(frozen=True)
class Results:
    """What was found for a query: primary keys by model, the best first.

    corrected_from is the query as it was typed, where another was looked for instead.
    """

    query: Query
    corrected_from: Query | None = None
    found: dict[type[models.Model], list[int]] = field(default_factory=dict)
    singles: frozenset[str] = frozenset()
    is_capped: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(self.found.values())

    def of(self, model) -> list[int]:
        return self.found.get(model, [])

    def hits(self, model, keys: Iterable[int]) -> list["Hit"]:
        """Load the records that are live at this moment, with their words marked."""
        keys = list(keys)
        records = model._base_manager.filter(pk__in=keys)
        records = records.prefetch_related(*model.search_joins).in_bulk()
        hits = []
        for key in keys:
            entry = records[key].search_entry() if key in records else None
            if entry and entry.is_live:
                hits.append(Hit(records[key], entry, self))
        return hits

    @cached_property
    def phrases(self) -> list[tuple[str, ...]]:
        return [part.stems for part in self.query.parts if part.is_phrase]


@dataclass(frozen=True)
class Hit:
    record: models.Model
    entry: Entry
    results: Results

    @property
    def title(self) -> SafeString:
        return marked(self.entry.title, self.results)

    @property
    def snippet(self) -> SafeString:
        """The part of the text where the first words were found: of one line of it.

        A line in quotation marks keeps them, for it is somebody's wording.
        """
        lines = [line.strip() for line in self.entry.body.splitlines() if line.strip()]
        snippets = (marked_line(line, self.results) for line in lines)
        first = next(snippets, SafeString())
        if "<mark>" in first:
            return first
        return next((other for other in snippets if "<mark>" in other), first)


def search(typed: str, as_typed: bool = False) -> Results:
    """Find the live records for what was typed, unless as_typed for its likely meaning.

    At most a dozen queries, twice as many where nothing is found at first. Of dated
    records at most N_COUNTED are found.
    """
    query = read_query(typed)
    if query.is_empty:
        return Results(query)
    try:
        results = search_forgivingly(query, as_typed)
    except DatabaseError:
        if seems_whole():
            raise
        results = None
    # Only then does it matter whether the engine lost something, such as in a restore.
    if (results is None or results.is_empty) and not seems_whole():
        mend()
        results = search_forgivingly(query, as_typed)
    return results


def search_forgivingly(query: Query, as_typed: bool) -> Results:
    try:
        catch_up()
    except OperationalError:
        # Somebody writes for long: what was known before is better than nothing.
        logger.warning("The search index could not be brought up to date.")
    results = look_up(query)
    if results.is_empty and not as_typed:
        corrected = correct(query)
        if corrected:
            other = look_up(corrected)
            if not other.is_empty:
                return replace(other, corrected_from=query)
    return results


def matching(model: type[models.Model], typed: str) -> tuple[Query, list[int]]:
    """Return all records of a dated model that a query finds, live or not.

    With them the query that found them, which may be a corrected one. Who shows them
    narrows them to what is live.
    """
    results = search(typed)
    if not results.of(model):
        return results.query, []
    # The last wording finds all that those before it find.
    loosest = wordings(results.query)[-1]
    return results.query, engine().keys(loosest, kind_number(model))


def look_up(query: Query) -> Results:
    now = timezone.now()
    dated = Within(FIRST_DATED, BEYOND, now, N_COUNTED + 1)
    undated = Within(0, FIRST_DATED, now, N_COUNTED + 1)
    ways = wordings(query)
    found = defaultdict(list)
    places = ranked(ways, dated)
    is_capped = len(places) > N_COUNTED
    for place in [*places[:N_COUNTED], *ranked(ways, undated)]:
        kind, key = kind_and_key(place)
        found[ContentType.objects.get_for_id(kind).model_class()].append(key)
    singles = frozenset(
        phrase[0]
        for groups in ways
        for group in groups
        for phrase in group
        if len(phrase) == 1
    )
    return Results(query, found=found, singles=singles, is_capped=is_capped)


def ranked(ways: list[list[Group]], within: Within) -> list[int]:
    """Return places, those with all words in the title first; a few more than counted.

    Words as they were typed come before those that they are the beginning of.
    """
    places: dict[int, None] = {}
    search = engine()
    for groups in ways:
        for in_title in (True, False):
            places |= dict.fromkeys(search.match(groups, within, in_title))
        if len(places) > N_COUNTED:
            break
    return list(places)


def wordings(query: Query) -> list[list[Group]]:
    """Return what to look for: the words as typed, then those that begin with them."""
    exact = [(part.stems,) for part in query.parts]
    last = query.parts[-1]
    known = set()
    if len(query.parts) > 1:
        stems = [part.stems[0] for part in query.parts if not part.is_phrase]
        known = set(
            SearchTerm.objects.filter(stem__in=stems).values_list("stem", flat=True)
        )
    loose = []
    for part, group in zip(query.parts, exact, strict=True):
        if not part.is_phrase and (part is last or part.stems[0] not in known):
            beginnings = stems_beginning(part.words[0])
            group = tuple(dict.fromkeys([*group, *((stem,) for stem in beginnings)]))
        loose.append(group)
    return [exact] if loose == exact else [exact, loose]


def stems_beginning(prefix: str) -> list[str]:
    """Return the stems of the most frequent words that begin so. One query."""
    if len(prefix) < MIN_PREFIX_LENGTH:
        return []
    terms = SearchTerm.objects.filter(term__startswith=prefix)
    if connection.vendor == "sqlite":
        # Its LIKE ignores case, and so cannot use the index.
        end = prefix + "\U0010ffff"
        terms = SearchTerm.objects.filter(term__gte=prefix, term__lt=end)
    return list(terms.order_by("-n", "term").values_list("stem", flat=True)[:N_ENDINGS])


# One typo


def correct(query: Query) -> Query | None:
    """Return the query with each word that nothing live has put right, if it can be."""
    wrong = {
        word for part in query.parts for word in part.words if not is_live(stem(word))
    }
    if not 1 <= len(wrong) <= N_MISTYPED:
        return None
    corrections = {word: correction(word) for word in wrong}
    if None in corrections.values():
        return None
    typed = query.typed
    for part in reversed(query.parts):
        if wrong.intersection(part.words):
            new = " ".join(corrections.get(word, word) for word in part.words)
            start, end = part.typed_at
            typed = (
                typed[:start] + (f'"{new}"' if part.is_phrase else new) + typed[end:]
            )
    return read_query(typed)


def is_live(its_stem: str) -> bool:
    # Asked for one alone, PostgreSQL would walk through all places to meet it.
    within = Within(0, BEYOND, timezone.now(), N_COUNTED + 1)
    return bool(engine().match([((its_stem,),)], within))


def correction(word: str) -> str | None:
    """Return the most frequent live word from which one slip of the keys makes this."""
    if not MIN_MISTYPED_LENGTH <= len(word) <= MAX_MISTYPED_LENGTH:
        return None
    near = slips(word)
    found = SearchTerm.objects.filter(term__in=near).order_by("-n", "term")
    for term in found.values_list("term", flat=True)[:N_CORRECTIONS]:
        if is_live(stem(term)):
            return term
    # None is in the texts itself: perhaps another form of one is.
    forms = defaultdict(list)
    for other in near:
        forms[stem(other)].append(other)
    found = SearchTerm.objects.filter(stem__in=forms).order_by("-n", "term")
    for its_stem in found.values_list("stem", flat=True)[:N_CORRECTIONS]:
        if is_live(its_stem):
            return min(forms[its_stem], key=lambda form: (len(form), form))
    return None


def slips(word: str) -> set[str]:
    """Return all words a letter away: left out, put in, changed, or changed places."""
    letters = dict.fromkeys(LETTERS + word)
    halves = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    return {
        other
        for head, tail in halves
        for other in (
            head + tail[1:],
            head + tail[1:2] + tail[:1] + tail[2:],
            *(head + letter + tail[1:] for letter in letters),
            *(head + letter + tail for letter in letters),
        )
    } - {word}


# Marks


def marked(text: str, results: Results, length: int | None = None) -> SafeString:
    """Return text as HTML with what was found in <mark>, cut around it to length."""
    found = list(words(text))
    stems = [stem(word.folded) for word in found]
    hits = {at for at, its_stem in enumerate(stems) if its_stem in results.singles}
    for phrase in results.phrases:
        for at in range(len(stems) - len(phrase) + 1):
            if tuple(stems[at : at + len(phrase)]) == phrase:
                hits.update(range(at, at + len(phrase)))
    spans = [(found[at].start, found[at].end) for at in sorted(hits)]
    start, end = 0, len(text)
    if length is not None and len(text) > length:
        start, end = window(text, found, spans, length)
    parts = ["… " if start else ""]
    for span in spans:
        if start <= span[0] and span[1] <= end:
            parts += [escape(text[start : span[0]]), "<mark>"]
            parts += [escape(text[span[0] : span[1]]), "</mark>"]
            start = span[1]
    parts += [escape(text[start:end]), " …" if end < len(text) else ""]
    return mark_safe("".join(parts))  # noqa: S308 - each part is escaped


def marked_line(line: str, results: Results) -> SafeString:
    if line.startswith("“") and line.endswith("”"):
        inside = marked(line[1:-1], results, SNIPPET_LENGTH)
        return mark_safe(f"“{inside}”")  # noqa: S308 - escaped above
    return marked(line, results, SNIPPET_LENGTH)


def window(text, found, spans, length) -> tuple[int, int]:
    """Return start and end of a part of text, of whole words, around the first span."""
    first = spans[0][0] if spans else 0
    start = 0 if first < length // 2 else first - length // 4
    if start:
        start = next(word.start for word in found if start <= word.start <= first)
    ends = [word.end for word in found if start < word.end <= start + length]
    return start, ends[-1] if ends else start + length
