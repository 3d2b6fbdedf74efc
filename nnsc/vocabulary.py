"""The words of all searched texts: how often each is there, and which one is meant."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from nnsc.models import SearchEntry, SearchTerm
from nnsc.search_engines import engine
from nnsc.search_port import GAP
from nnsc.search_queries import Query, read_query
from nnsc.words import stem, stem_known

TABLE = SearchTerm._meta.db_table
MIN_PREFIX_LENGTH = 3
N_ENDINGS = 40
MIN_MISTYPED_LENGTH, MAX_MISTYPED_LENGTH = 4, 24
N_MISTYPED = 3
N_CORRECTIONS = 5
N_A_STATEMENT = 300
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


# Words of a query


@dataclass(frozen=True)
class Terms:
    """What is there of a query's words.

    n_texts says how many texts have a stem, more or less; beginning has, by word, the
    stems of the most frequent words that begin with it.
    """

    n_texts: dict[str, int] = field(default_factory=dict)
    beginning: dict[str, list[str]] = field(default_factory=dict)


def read_terms(query: Query) -> Terms:
    """Read what is there of the stems of a query, and of what its words may begin.

    The last word may be the beginning of another, and any whose stem is in no text.
    One query.
    """
    stems = sorted({stem for part in query.parts for stem in part.stems})
    marks = ", ".join(["%s"] * len(stems))
    parts = [f"SELECT '', term, stem, n FROM {TABLE} WHERE stem IN ({marks})"]  # noqa: S608
    parameters = [*stems]
    last = query.parts[-1]
    for part in query.parts:
        word = part.words[0]
        if part.is_phrase or len(word) < MIN_PREFIX_LENGTH:
            continue
        condition, values = begins_with(word)
        if part is not last:
            condition += f" AND NOT EXISTS (SELECT 1 FROM {TABLE} WHERE stem = %s)"  # noqa: S608
            values = [*values, *part.stems]
        parts.append(
            f"SELECT * FROM (SELECT %s, term, stem, n FROM {TABLE} WHERE {condition}"  # noqa: S608
            f" ORDER BY n DESC, term LIMIT {N_ENDINGS}) t"
        )
        parameters += [word, *values]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), parameters)
        rows = sorted(cursor.fetchall(), key=lambda row: (-row[3], row[1]))
    n_texts = Counter()
    for its_stem, n in {term: (its_stem, n) for _, term, its_stem, n in rows}.values():
        n_texts[its_stem] += n
    beginning = defaultdict(list)
    for word, _, its_stem, _ in rows:
        if word:
            beginning[word].append(its_stem)
    return Terms(n_texts, beginning)


def begins_with(word: str) -> tuple[str, list[str]]:
    if connection.vendor == "sqlite":
        # Its LIKE ignores case, and so cannot use the index.
        return "term >= %s AND term < %s", [word, word + "\U0010ffff"]
    return "term LIKE %s", [f"{word}%"]


# One typo


def correct(query: Query, terms: Terms) -> Query | None:
    """Return the query with each word that nothing live has put right, if it can be.

    Two to five queries.
    """
    stems = {word: stem(word) for word in query.words}
    known = {its_stem: terms.n_texts.get(its_stem, 0) for its_stem in stems.values()}
    live = engine().live({s: n for s, n in known.items() if n}, timezone.now())
    wrong = [word for word, its_stem in stems.items() if its_stem not in live]
    if not 1 <= len(wrong) <= N_MISTYPED:
        return None
    corrections = corrections_of(wrong)
    if len(corrections) < len(wrong):
        return None
    typed = query.typed
    for part in reversed(query.parts):
        if not corrections.keys().isdisjoint(part.words):
            new = " ".join(corrections.get(word, word) for word in part.words)
            start, end = part.typed_at
            typed = (
                typed[:start] + (f'"{new}"' if part.is_phrase else new) + typed[end:]
            )
    return read_query(typed)


def corrections_of(wrong: list[str]) -> dict[str, str]:
    """Return, by word, the most frequent live one from which one slip makes it.

    Words for which there is none are left out.
    """
    near = {
        word: slips(word)
        for word in wrong
        if MIN_MISTYPED_LENGTH <= len(word) <= MAX_MISTYPED_LENGTH
    }
    if len(near) < len(wrong):
        return {}
    found = most_frequent("term", near)
    corrections = {word: terms[0].term for word, terms in found.items() if terms}
    # None is in the texts itself: perhaps another form of one is.
    forms = {
        word: forms_of(others)
        for word, others in near.items()
        if word not in corrections
    }
    found = most_frequent("stem", forms)
    return corrections | {
        word: min(forms[word][terms[0].stem], key=lambda form: (len(form), form))
        for word, terms in found.items()
        if terms
    }


def most_frequent(
    name: str, wanted: dict[str, Iterable[str]]
) -> dict[str, list[SearchTerm]]:
    """Return, by word, the live terms whose term or stem is one of those wanted for it.

    The most frequent first, and of N_CORRECTIONS. Two queries; none for none.
    """
    every = {value for values in wanted.values() for value in values}
    if not every:
        return {}
    rows = SearchTerm.objects.filter(**{f"{name}__among": every}).order_by("-n", "term")
    rows = list(rows)
    chosen = {
        word: [row for row in rows if getattr(row, name) in values][:N_CORRECTIONS]
        for word, values in wanted.items()
    }
    stems = {row.stem: row.n for rows in chosen.values() for row in rows}
    live = engine().live(stems, timezone.now())
    return {
        word: [row for row in rows if row.stem in live] for word, rows in chosen.items()
    }


def forms_of(words: Iterable[str]) -> dict[str, list[str]]:
    """Return the words by their stems."""
    forms = defaultdict(list)
    for word in words:
        forms[stem(word)].append(word)
    return forms


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


# Counting them


def terms_of(entry: SearchEntry) -> set[str]:
    return {*entry.title.split(), *entry.keywords.split(), *entry.body.split()} - {GAP}


def count_terms(gone: Iterable[SearchEntry], come: Iterable[SearchEntry]) -> None:
    """Count the words of entries that went and came."""
    counted = Counter()
    for entry in come:
        counted.update(terms_of(entry))
    for entry in gone:
        counted.subtract(terms_of(entry))
    # In one order, so that two who count do not wait for each other.
    terms = sorted((term, n) for term, n in counted.items() if n)
    for at in range(0, len(terms), N_A_STATEMENT):
        some = terms[at : at + N_A_STATEMENT]
        values = ", ".join(["(%s, %s, %s)"] * len(some))
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (term, stem, n) VALUES {values}"  # noqa: S608
                f" ON CONFLICT (term) DO UPDATE SET n = {TABLE}.n + excluded.n",
                [column for term, n in some for column in (term, stem_known(term), n)],
            )
    fewer = [term for term, n in terms if n < 0]
    for at in range(0, len(fewer), N_A_STATEMENT):
        some = fewer[at : at + N_A_STATEMENT]
        SearchTerm.objects.filter(term__in=some, n__lte=0).delete()
