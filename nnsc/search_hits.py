"""What was found, as a page shows it: the records, with the words in them marked."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import models
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString

from nnsc.entries import Entry, lone_joins
from nnsc.fragments import parts
from nnsc.words import Word, fold_known, stem_known, words

SNIPPET_LENGTH = 280

Span = tuple[int, int]


@dataclass(frozen=True)
class Marks:
    """What is marked: words by their stems, and phrases of such."""

    stems: frozenset[str] = frozenset()
    phrases: tuple[tuple[str, ...], ...] = ()

    def mark(self, text: str, length: int | None = None) -> SafeString:
        """Return text as HTML with <mark> around what was found, cut to length."""
        found = list(words(text, fold_known))
        spans = self.spans(found)
        start, end = 0, len(text)
        if length is not None and len(text) > length:
            start, end = window(found, spans, length)
        before, after = "… " if start else "", " …" if end < len(text) else ""
        marked = []
        for span in spans:
            if start <= span[0] and span[1] <= end:
                marked.append((text[start : span[0]], text[span[0] : span[1]]))
                start = span[1]
        html = format_html_join("", "{}<mark>{}</mark>", marked)
        return escape(before) + html + escape(text[start:end] + after)

    def mark_line(self, line: str) -> SafeString:
        """Mark a line and cut it. In quotation marks it keeps them: it is a wording."""
        if line.startswith("“") and line.endswith("”"):
            inside = self.mark(line[1:-1], SNIPPET_LENGTH)
            return format_html("“{}”", inside)
        return self.mark(line, SNIPPET_LENGTH)

    def spans(self, found: list[Word]) -> list[Span]:
        """Return where the words stand that are marked, in their order."""
        stems = [stem_known(word.folded) for word in found]
        hits = {at for at, its_stem in enumerate(stems) if its_stem in self.stems}
        for phrase in self.phrases:
            for at in range(len(stems) - len(phrase) + 1):
                if tuple(stems[at : at + len(phrase)]) == phrase:
                    hits.update(range(at, at + len(phrase)))
        return [(found[at].start, found[at].end) for at in sorted(hits)]


def window(found: list[Word], spans: list[Span], length: int) -> Span:
    """Return start and end of a part of a text: whole words around the first span."""
    first = spans[0][0] if spans else 0
    start = 0 if first < length // 2 else first - length // 4
    if start:
        start = next(word.start for word in found if start <= word.start <= first)
    ends = [word.end for word in found if start < word.end <= start + length]
    return start, ends[-1] if ends else start + length


@dataclass(frozen=True)
class Hit:
    record: models.Model
    address: str
    entry: Entry
    marks: Marks

    @property
    def title(self) -> SafeString:
        return self.marks.mark(self.entry.title)

    @property
    def snippet(self) -> SafeString:
        """The part of the text where the first words were found: of one line of it."""
        lines = [line.strip() for line in self.entry.body.splitlines() if line.strip()]
        snippets = (self.marks.mark_line(line) for line in lines)
        first = next(snippets, SafeString())
        if "<mark>" in first:
            return first
        return next((other for other in snippets if "<mark>" in other), first)


def load_hits(
    model: type[models.Model], keys: Iterable[int], marks: Marks
) -> list[Hit]:
    """Load the records that are live now, in the order of their keys.

    One query, none where no record of the apps has changed that they are made of.
    """
    joins = lone_joins(model)
    joined = [model._meta.get_field(name).related_model for name in joins]
    apps = tuple(sorted({each._meta.app_label for each in [model, *joined]}))

    def read(missing: list[int]) -> dict[int, tuple[models.Model, str, Entry | None]]:
        records = model._base_manager.select_related(*joins).order_by()
        return {
            key: (record, record.get_absolute_url(), record.search_entry())
            for key, record in records.in_bulk(missing).items()
        }

    keys = list(keys)
    found = parts(f"hit {model._meta.label_lower}", keys, apps, read)
    some = (found[key] for key in keys if key in found)
    return [
        Hit(record, address, entry, marks)
        for record, address, entry in some
        if entry and entry.is_live
    ]
