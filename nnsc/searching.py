"""Search: what is found for what a reader typed.

All words must be found, in whatever form; those in quotation marks together and in
their order. The last word, and any that nothing has, may be the beginning of one. Where
nothing is found, a word may be mistyped by one letter.

Records whose title has all words come first, and among equals the newest: by date, or
by when they were added where they have none.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nnsc.indexing import catch_up, mend, seems_whole
from nnsc.search_engines import engine
from nnsc.search_hits import Hit, Marks, load_hits
from nnsc.search_port import Group, Wording
from nnsc.search_queries import Query, read_query
from nnsc.search_texts import kind_and_key, kind_number
from nnsc.vocabulary import Terms, correct, read_terms

BEHIND = _(
    "Search is still reading what has just changed, so something may be missing here. "
    "Try again in a minute."
)
# Counts stop here: "1,000+".
N_COUNTED = 1_000
# How long a search waits for others that write, before it goes by what is known.
PATIENCE_MILLISECONDS = 500


@dataclass(frozen=True)
class Results:
    """What was found for a query: primary keys by model, the best first (see search()).

    ways are the wordings that were looked for. corrected_from is the query as it was
    typed, where another was looked for instead. Where is_behind, not all that has just
    changed has been read again.
    """

    query: Query
    ways: list[Wording] = field(default_factory=list)
    found: dict[type[models.Model], list[int]] = field(default_factory=dict)
    is_capped: bool = False
    corrected_from: Query | None = None
    is_behind: bool = False

    @property
    def is_empty(self) -> bool:
        return not any(self.found.values())

    def of(self, model) -> list[int]:
        return self.found.get(model, [])

    def hits(self, model, keys: Iterable[int]) -> list[Hit]:
        return load_hits(model, keys, self.marks)

    @cached_property
    def marks(self) -> Marks:
        phrases = [
            phrase for way in self.ways for group in way.groups for phrase in group
        ]
        return Marks(
            stems=frozenset(phrase[0] for phrase in phrases if len(phrase) == 1),
            phrases=tuple(phrase for phrase in phrases if len(phrase) > 1),
        )


@dataclass(frozen=True)
class Matches:
    """All records of a model that a query finds, as primary keys, live or not.

    query is the one that finds them, which may be a corrected one; is_behind is as in
    Results.
    """

    query: Query
    keys: list[int] = field(default_factory=list)
    is_behind: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.keys


def search(typed: str, as_typed: bool = False, n_in_order: int = N_COUNTED) -> Results:
    """Find the live records for what was typed, unless as_typed for its likely meaning.

    Three queries where nothing has changed, up to nine more where nothing is found at
    first. Of dated records at most N_COUNTED are found; the first n_in_order are the
    best, and in their order.
    """
    query = read_query(typed)
    if query.is_empty:
        return Results(query)
    return mending(lambda: search_forgivingly(query, as_typed, n_in_order))


def matching(model: type[models.Model], typed: str) -> Matches:
    """Return all records of a dated model that are found for what was typed.

    Who shows them narrows them to what is live. Three queries where there are any.
    """
    query = read_query(typed)
    if query.is_empty:
        return Matches(query)
    return mending(lambda: match_forgivingly(model, query))


def found_among(model: type[models.Model], typed: str, certain: str) -> list[int]:
    """Return those that matching() finds and which have certain other words as well.

    So few are read of the many that a common word has. Two queries.
    """
    query = read_query(typed)
    if query.is_empty:
        return []
    terms = read_terms(query)
    groups = wordings(query, terms)[-1].groups
    groups = [*groups, *((part.stems,) for part in read_query(certain).parts)]
    return keys_of(model, [Wording(groups, n_at_most(groups, terms))])


def mending(find: Callable[[], Results | Matches]) -> Results | Matches:
    """Return what is found; once more where nothing is, and the engine lost something.

    As in a restore: only then does it matter.
    """
    try:
        found = find()
    except DatabaseError:
        if seems_whole():
            raise
    else:
        if not found.is_empty or engine().ends_as_entries_do():
            return found
    mend(PATIENCE_MILLISECONDS)
    return find()


def search_forgivingly(query: Query, as_typed: bool, n_in_order: int) -> Results:
    is_behind = not catch_up(PATIENCE_MILLISECONDS)
    terms = read_terms(query)
    results = look_up(query, wordings(query, terms), n_in_order)
    if not as_typed:
        results = as_meant(results, terms, n_in_order)
    return replace(results, is_behind=is_behind)


def match_forgivingly(model: type[models.Model], query: Query) -> Matches:
    is_behind = not catch_up(PATIENCE_MILLISECONDS)
    terms = read_terms(query)
    ways = wordings(query, terms)
    keys = keys_of(model, ways)
    if not keys:
        # Other kinds of records may have the words, which then are no typo.
        results = as_meant(look_up(query, ways, 1), terms, 1)
        query = results.query
        keys = keys_of(model, results.ways) if results.of(model) else []
    return Matches(query, keys, is_behind)


def as_meant(results: Results, terms: Terms, n_in_order: int) -> Results:
    """Return the results of the corrected query where those of the typed are empty."""
    if results.is_empty and (corrected := correct(results.query, terms)):
        ways = wordings(corrected, read_terms(corrected))
        other = look_up(corrected, ways, n_in_order)
        if not other.is_empty:
            return replace(other, corrected_from=results.query)
    return results


def look_up(query: Query, ways: list[Wording], n_in_order: int) -> Results:
    """Find the live records that have the words of a query. One query."""
    dated, undated = engine().best(ways, timezone.now(), N_COUNTED + 1, n_in_order)
    keys = defaultdict(list)
    for place in [*dated[:N_COUNTED], *undated]:
        kind, key = kind_and_key(place)
        keys[kind].append(key)
    types = ContentType.objects
    found = {types.get_for_id(kind).model_class(): its for kind, its in keys.items()}
    return Results(query, ways, found, is_capped=len(dated) > N_COUNTED)


def keys_of(model: type[models.Model], ways: list[Wording]) -> list[int]:
    # The last wording finds all that those before it find.
    return engine().keys(ways[-1], kind_number(model), timezone.now())


def wordings(query: Query, terms: Terms) -> list[Wording]:
    """Return what to look for: the words as typed, then those that begin with them."""
    exact = [(part.stems,) for part in query.parts]
    loose = []
    for part, group in zip(query.parts, exact, strict=True):
        is_loose = part is query.parts[-1] or not terms.n_texts.get(part.stems[0])
        if not part.is_phrase and is_loose:
            beginnings = terms.beginning.get(part.words[0], [])
            group = tuple(dict.fromkeys([*group, *((stem,) for stem in beginnings)]))
        loose.append(group)
    ways = [exact] if loose == exact else [exact, loose]
    return [Wording(groups, n_at_most(groups, terms)) for groups in ways]


def n_at_most(groups: list[Group], terms: Terms) -> int:
    """Return how many texts can have a phrase of every group, more or less."""

    def n_of(phrase):
        return min(terms.n_texts.get(stem, 0) for stem in phrase)

    return min(sum(map(n_of, group)) for group in groups)
