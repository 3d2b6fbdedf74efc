"""Journals of acts that can be taken back: what rows were before an act, and after it.

Who makes such an act lets a journal watch the rows that it writes, and keeps it with
its revision; nnsc.undoing takes it back:

    journal = JournalWriter("nnsc.merge_tag")
    with journal.watching(keys, TagAlias.objects.filter(tag__in=tags).values()):
        ...
    journal.keep(revision)
"""

import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import models

from nnsc.history import Key
from nnsc.models import Journal, JournalPage, Revision
from nnsc.rows import RowChange, changed_rows, read_rows


@dataclass(frozen=True)
class Page:
    """Rows of some records, whose keys are what the gate of nnsc.history is given.

    needed says that the act stands or falls with them: it is not taken back without.
    """

    keys: list[Key]
    changes: list[RowChange]
    needed: bool = False

    def packed(self) -> bytes:
        content = {"keys": self.keys, "changes": self.changes, "needed": self.needed}
        return zlib.compress(json.dumps(content, ensure_ascii=False).encode())

    @classmethod
    def unpacked(cls, content: bytes):
        found = json.loads(zlib.decompress(content))
        return cls(
            keys=[tuple(key) for key in found["keys"]],
            changes=[RowChange(*change) for change in found["changes"]],
            needed=found["needed"],
        )


class JournalWriter:
    """A journal that is being written, a page at a time; it holds them compressed."""

    def __init__(self, permission: str):
        self.permission = permission
        self.pages: list[bytes] = []

    @contextmanager
    def watching(
        self, keys: Iterable[Key], *rows: models.QuerySet, needed: bool = False
    ) -> Iterator[None]:
        """Write a page of what becomes of rows: querysets of values(), with their keys.

        They must find the same rows before and after. Two queries for each.
        """
        before = read_rows(rows)
        yield
        self.write(Page(list(keys), changed_rows(before, read_rows(rows)), needed))

    def write(self, page: Page) -> None:
        if page.changes:
            self.pages.append(page.packed())

    def keep(self, revision: Revision) -> Journal:
        """Keep the journal of an act that has been saved. Two queries."""
        journal = Journal.objects.create(revision=revision, permission=self.permission)
        JournalPage.objects.bulk_create(
            JournalPage(journal=journal, number=number, content=content)
            for number, content in enumerate(self.pages, start=1)
        )
        return journal
