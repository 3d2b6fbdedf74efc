"""A record called anew: its former name stays another name, its address leads on."""

import re

from django.db import models
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _

from nnsc.history import key_of, made_of
from nnsc.journals import JournalWriter, Page
from nnsc.models import OldAddress, Revision
from nnsc.naming import Alias, Named, fold
from nnsc.pointing import pointing_at
from nnsc.rows import changed_rows, read_rows


class Renaming:
    """A record under its new name, not saved yet, and its snapshot from before.

    Begun before the record is saved, finished when its other names are saved too.
    """

    def __init__(self, record: Named, former: dict):
        self.record = record
        self.former = made_of(*key_of(record), former)
        self.former_address = self.former.get_absolute_url()
        self.before = read_rows(self.rows())

    def rows(self) -> list[models.QuerySet]:
        keys = [fold(self.former.name), fold(self.record.name)]
        own = type(self.record)._base_manager.filter(pk=self.record.pk)
        return [
            own.values(own.model._meta.pk.attname, "name", "key", "slug"),
            self.aliases().filter(key__in=keys).values(),
            OldAddress.objects.filter(path=self.former_address).values(),
        ]

    def aliases(self) -> models.QuerySet:
        every = pointing_at(type(self.record))
        one = next(one for one in every if issubclass(one.model, Alias))
        return one.rows([self.record.pk])

    def move(self) -> None:
        """Let the address follow the name, unless somebody has chosen either."""
        if self.record.slug == self.former.slug and self.is_address_of_name():
            # Made when it is saved.
            self.record.slug = ""

    def is_address_of_name(self) -> bool:
        bare = re.sub(r"-\d+$", "", self.former.slug)
        made = {slugify(wording) for wording in self.former.slug_wordings()}
        return bool(made & {bare, self.former.slug})

    def finish(self) -> None:
        """Keep the former name as another, unless somebody else has it."""
        self.aliases().filter(key=fold(self.record.name)).delete()
        name = self.former.name
        known = {fold(self.record.name), *self.aliases().values_list("key", flat=True)}
        if fold(name) not in known and not self.record.others_called(name).exists():
            self.record.aliases.create(name=name)

    @property
    def is_name_kept(self) -> bool:
        return self.aliases().filter(key=fold(self.former.name)).exists()

    @property
    def has_moved(self) -> bool:
        return self.record.get_absolute_url() != self.former_address

    def sentence(self) -> str:
        """Return "Tag “A” renamed to “B”"."""
        return _("%(kind)s “%(old)s” renamed to “%(new)s”") % {
            "kind": capfirst(self.record._meta.verbose_name),
            "old": self.former,
            "new": self.record,
        }

    def keep(self, revision: Revision) -> None:
        """Keep what takes it back."""
        opts = self.record._meta
        journal = JournalWriter(f"{opts.app_label}.change_{opts.model_name}")
        changes = changed_rows(self.before, read_rows(self.rows()))
        journal.write(Page([key_of(self.record)], changes, needed=True))
        journal.keep(revision)
