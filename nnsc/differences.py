"""What differs between two versions of a record, in words for people."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from django.apps import apps
from django.db import models
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from nnsc.history import (
    Key,
    by_label,
    fields_of,
    last_versions,
    made_of,
    rows_of,
    values_differ,
)
from nnsc.illustrated import SiteImageField
from nnsc.moments import in_words

SAME, REMOVED, ADDED = "", "del", "ins"
# Words, signs and spaces, each with the space that follows.
TOKENS = re.compile(r"\w+\s*|[^\w\s]\s*|\s+")
LINES = re.compile(r"[^\n]*\n|[^\n]+")
# Beyond it, what is compared is no words but lines, and then the whole.
MAX_TOKENS = 3_000
# Texts with less in common are shown one after the other, for marks would be confetti.
MIN_ALIKE = 0.35
# Of what is the same, this much is shown around what differs.
N_AROUND = 12
GAP = " … "


class Piece(NamedTuple):
    """A stretch of text, or one of several values; of images, its address."""

    mark: str
    text: str


class Difference(NamedTuple):
    """One field of a record: its label and what was removed and added.

    kind is "text" where the pieces are one running text, "values" where each stands for
    itself, "images" where they are addresses of images.
    """

    label: str
    kind: str
    pieces: list[Piece]


def differences(
    old: dict, new: dict, model: type[models.Model], order: Sequence[str] = ()
) -> list[Difference]:
    """Return what differs between two snapshots of a record, field by field.

    Fields come in the given order, the others after them. What no form shows is left
    aside. One query for each kind of record that is named, and one for those deleted.
    """
    return differences_of([(old, new)], model, order)[0]


def differences_of(
    pairs: Iterable[tuple[dict, dict]],
    model: type[models.Model],
    order: Sequence[str] = (),
) -> list[list[Difference]]:
    """Return differences() of each pair, with the queries of one."""
    pairs = list(pairs)
    keys = set()
    for old, new in pairs:
        keys |= keys_named(model, old) ^ keys_named(model, new)
    names = names_of(keys)
    return [list(compare(old, new, model, names, order)) for old, new in pairs]


def contents(
    data: dict, model: type[models.Model], order: Sequence[str] = ()
) -> list[Difference]:
    """Return all that a snapshot says, nothing of it marked, without empty fields."""
    names = names_of(keys_named(model, data))
    empty = {name: empty_like(value) for name, value in data.items()}
    return [
        Difference(label, kind, [Piece(SAME, piece.text) for piece in pieces])
        for label, kind, pieces in compare(empty, data, model, names, order)
    ]


def empty_like(value):
    """Return what stands for nothing; that a box is not ticked says nothing either."""
    return [] if isinstance(value, list) else False if value is False else None


def compare(old, new, model, names, order=()):
    label = model._meta.label_lower
    both = [made_of(label, None, data) for data in (old, new)]
    for name in in_order(old.keys() & new.keys(), model, order):
        rows = rows_of(model).get(name)
        if rows and rows.other:
            yield from compare_sets(old[name], new[name], model, name, rows, names)
        elif rows:
            yield from compare_parts(old[name], new[name], rows, names)
        else:
            yield from compare_field(model._meta.get_field(name), old, new, both, names)


def in_order(names, model, order) -> list[str]:
    every = [*order, *(field.name for field in fields_of(model)), *rows_of(model)]
    return [name for name in dict.fromkeys(every) if name in names]


def compare_field(field, old, new, both, names):
    """Yield the difference in a field; both are the records, not saved.

    A model names in spoken_by the methods that say fields in words; one that is said
    with another has an empty name there.
    """
    label = field.verbose_name
    spoken_by = getattr(field.model, "spoken_by", {})
    if field.name in spoken_by:
        if method := spoken_by[field.name]:
            words = [getattr(record, method)() for record in both]
            yield from compare_words(label, *words)
    elif not field.editable or not values_differ(old[field.name], new[field.name]):
        return
    elif isinstance(field, SiteImageField):
        pieces = [
            Piece(mark, image.narrowest_url())
            for mark, image in zip(
                [REMOVED, ADDED],
                [getattr(record, field.name) for record in both],
                strict=True,
            )
            if image
        ]
        yield from difference(label, "images", pieces)
    elif is_prose(field):
        texts = [data[field.name] or "" for data in (old, new)]
        yield from difference(label, "text", marked(*texts))
    else:
        words = [words_of(field, data[field.name], names) for data in (old, new)]
        yield from compare_words(label, *words)


def compare_words(label, old, new):
    if old != new:
        yield from difference(label, "values", [Piece(REMOVED, old), Piece(ADDED, new)])


def difference(label, kind, pieces):
    if pieces := [piece for piece in pieces if piece.text]:
        yield Difference(capfirst(label), kind, pieces)


def compare_sets(old, new, model, name, rows, names):
    label = rows.other.related_model._meta.label_lower
    pieces = [
        Piece(mark, called)
        for mark, keys in [(REMOVED, set(old) - set(new)), (ADDED, set(new) - set(old))]
        for called in sorted(names[label, key] for key in keys)
    ]
    yield from difference(model._meta.get_field(name).verbose_name, "values", pieces)


def compare_parts(old, new, rows, names):
    """Yield what parts came and went; then field by field what became of the others."""
    part, label = rows.model, rows.model._meta.label_lower
    before, after = ({data["id"]: data for data in parts} for parts in (old, new))

    def called(data):
        return str(made_of(label, data["id"], data))

    pieces = [
        Piece(mark, called(here[key]))
        for mark, here, there in [(REMOVED, before, after), (ADDED, after, before)]
        for key in here
        if key not in there
    ]
    yield from difference(part._meta.verbose_name_plural, "values", pieces)
    for key in sorted(before.keys() & after.keys()):
        for one in compare(before[key], after[key], part, names):
            whose = f"{capfirst(part._meta.verbose_name)} “{called(before[key])}”"
            yield one._replace(label=f"{whose}: {one.label}")


# Values in words


def is_prose(field: models.Field) -> bool:
    whole = models.URLField | models.SlugField
    prose = models.CharField | models.TextField
    return (
        isinstance(field, prose) and not isinstance(field, whole) and not field.choices
    )


def words_of(field: models.Field, value, names: dict[Key, str]) -> str:
    if value is None or value == "":
        return ""
    if field.is_relation:
        return names[field.related_model._meta.label_lower, value]
    if field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(field, models.BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, models.DateTimeField):
        return in_words(field.to_python(value))
    if isinstance(field, models.DateField):
        return date_format(field.to_python(value))
    if isinstance(field, models.DecimalField):
        return f"{Decimal(value).normalize():f}"
    return str(value)


def keys_named(model: type[models.Model], data: dict) -> set[Key]:
    """Return the keys of the other records that a snapshot names, of those shown."""
    keys = {
        (field.related_model._meta.label_lower, data[field.name])
        for field in fields_of(model)
        if field.is_relation and field.editable and data.get(field.name) is not None
    }
    for name, rows in rows_of(model).items():
        if rows.other:
            label = rows.other.related_model._meta.label_lower
            keys |= {(label, key) for key in data.get(name, [])}
    return keys


def names_of(keys: Iterable[Key]) -> dict[Key, str]:
    """Return what records are called; those deleted, what they were called last.

    One query for each kind of record, and one more for each of which some are gone.
    """
    keys = set(keys)
    names = present_names(keys)
    return names | last_names(keys - names.keys())


def present_names(keys: Iterable[Key]) -> dict[Key, str]:
    names = {}
    for label, wanted in by_label(keys).items():
        found = apps.get_model(label)._base_manager.in_bulk(wanted)
        names |= {(label, key): name_of(record) for key, record in found.items()}
    return names


def last_names(keys: Iterable[Key]) -> dict[Key, str]:
    names = {}
    for label, gone in by_label(keys).items():
        last = last_versions(label, gone)
        for key in gone:
            number = _("no. %(key)d") % {"key": key}
            names[label, key] = last[key].title if key in last else number
    return names


def name_of(record: models.Model) -> str:
    is_person = hasattr(record, "get_full_name")
    return (is_person and record.get_full_name()) or str(record)


# Texts, word by word


def marked(old: str, new: str) -> list[Piece]:
    """Return one text with what was removed and added marked, word by word.

    Of long stretches that are the same, the middle is left out. Quick however long the
    texts are: much that differs is compared line by line, or not at all.
    """
    pieces = pieces_of(old, new)
    if all(mark == SAME for mark, _text in pieces):
        # They differ in spaces alone.
        pieces = [Piece(REMOVED, old), Piece(ADDED, new)]
    pieces = [
        Piece(mark, "".join(text for _mark, text in run))
        for mark, run in groupby(filter(itemgetter(1), pieces), itemgetter(0))
    ]
    return shortened(pieces)


def pieces_of(old: str, new: str) -> list[Piece]:
    for pattern in (TOKENS, LINES):
        a, b = pattern.findall(old), pattern.findall(new)
        start = n_alike(a, b)
        end = n_alike(a[start:][::-1], b[start:][::-1])
        a_between, b_between = a[start : len(a) - end], b[start : len(b) - end]
        if max(len(a_between), len(b_between)) <= MAX_TOKENS:
            return [
                same(a[:start], b[:start]),
                *compared(a_between, b_between),
                same(a[len(a) - end :], b[len(b) - end :]),
            ]
    return [Piece(REMOVED, old), Piece(ADDED, new)]


def n_alike(a: list[str], b: list[str]) -> int:
    """Return how many tokens both begin with."""
    pairs = enumerate(zip(a, b, strict=False))
    differing = (n for n, (one, other) in pairs if bare(one) != bare(other))
    return next(differing, min(len(a), len(b)))


def bare(token: str) -> tuple[str, int]:
    """Return what of a token counts: the word, and the lines that end with it."""
    return token.rstrip(), token.count("\n")


def compared(a: list[str], b: list[str]) -> Iterable[Piece]:
    matcher = SequenceMatcher(None, [*map(bare, a)], [*map(bare, b)])
    if matcher.ratio() < MIN_ALIKE:
        yield from [Piece(REMOVED, "".join(a)), Piece(ADDED, "".join(b))]
        return
    for tag, a_from, a_to, b_from, b_to in matcher.get_opcodes():
        old, new = a[a_from:a_to], b[b_from:b_to]
        if tag == "equal":
            yield same(old, new)
        else:
            removed, added = "".join(old), "".join(new)
            # The space that follows belongs to neither, and would be marked as well.
            yield Piece(REMOVED, removed.rstrip(" "))
            yield Piece(ADDED, added.rstrip(" "))
            yield Piece(SAME, (added or removed)[len((added or removed).rstrip(" ")) :])


def same(a: list[str], b: list[str]) -> Piece:
    # Where one has a space and the other none, because a word follows there.
    longest = (max(tokens, key=len) for tokens in zip(a, b, strict=True))
    return Piece(SAME, "".join(longest))


def shortened(pieces: list[Piece]) -> list[Piece]:
    """Leave out the middle of long stretches that are the same."""
    shown = []
    for n, (mark, text) in enumerate(pieces):
        tokens = TOKENS.findall(text)
        if mark == SAME and len(tokens) > 3 * N_AROUND:
            before = "".join(tokens[:N_AROUND]).rstrip() if n else ""
            is_last = n == len(pieces) - 1
            after = "" if is_last else "".join(tokens[-N_AROUND:])
            text = before + GAP + after
        shown.append(Piece(mark, text))
    return shown
