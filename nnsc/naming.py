"""Names that staff type: folded so that twins are found, and turned into slugs."""

import unicodedata
from itertools import chain, count

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

MAX_KEY_LENGTH = 400


def fold(name: str) -> str:
    """Return name as it is compared: two names that a reader takes for one fold alike.

    Case, Latin accents, "&" and "and", punctuation, dashes and runs of spaces make no
    difference. Marks of other scripts stay, for there they carry the meaning. At most
    MAX_KEY_LENGTH characters; never empty unless name is.
    """
    bare = "".join(
        character
        for character in unicodedata.normalize("NFKD", name)
        if not "\u0300" <= character <= "\u036f"
    )
    bare = bare.casefold().replace("&", " and ")
    for apostrophe in "'’ʼ`":
        bare = bare.replace(apostrophe, "")
    words = "".join(
        character if unicodedata.category(character)[0] in "LMN" else " "
        for character in bare
    ).split()
    # A name of signs alone ("???") is compared as it stands.
    folded = " ".join(words) or " ".join(name.casefold().split())
    return unicodedata.normalize("NFC", folded)[:MAX_KEY_LENGTH]


def unused_slug(record: models.Model, *wordings: str) -> str:
    """Return the first slug of the wordings that is free, else a numbered one.

    One query. Where no wording can stand in an address, the model's name does.
    """
    field = record._meta.get_field("slug")
    longest = field.max_length - len("-9999999")
    slugs = [slugify(wording)[:longest].strip("-") for wording in wordings]
    slugs = [slug for slug in slugs if slug] or [record._meta.model_name]
    others = type(record)._default_manager.exclude(pk=record.pk)
    taken = set(others.filter(slug__startswith=slugs[0]).values_list("slug", flat=True))
    numbered = (f"{slugs[0]}-{number}" for number in count(2))
    return next(slug for slug in chain(slugs, numbered) if slug not in taken)


class FoldedField(models.CharField):
    """The record's name folded, beside it so that the database refuses twins.

    Filled on save, in bulk too; a plain update() of the name must set it itself.
    """

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("max_length", MAX_KEY_LENGTH)
        kwargs.setdefault("editable", False)
        super().__init__(*args, **kwargs)

    def pre_save(self, record, add):
        record.key = fold(record.name)
        return record.key


class Named(models.Model):
    """A record that staff know by its name, and by other names besides.

    Concrete models have name, key and slug, and aliases on Alias that point at them.
    """

    # Fields that are one thing: in a merge all of them come from one record.
    fields_together: list[list[str]] = []
    # Texts with an entry on each line, which a merge brings together.
    fields_of_lines: list[str] = []

    class Meta:
        abstract = True

    def __str__(self):
        return self.name

    def save(self, *args, update_fields=None, **kwargs):
        self.prepare()
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def prepare(self):
        """Fill what follows from the other fields. One query where there is no slug."""
        if not self.slug:
            self.slug = unused_slug(self, *self.slug_wordings())

    def slug_wordings(self) -> list[str]:
        return [self.name]

    def all_names(self) -> list[str]:
        return [self.name, *(alias.name for alias in self.aliases.all())]

    def clean(self):
        super().clean()
        twin = self.others_called(self.name).first()
        if twin:
            raise ValidationError({"name": self.twin_message(twin)})

    def others_called(self, name: str):
        """Other records with a name, or another name, that folds to this one."""
        key = fold(name)
        others = type(self)._default_manager.exclude(pk=self.pk)
        return others.filter(Q(key=key) | Q(aliases__key=key)).distinct()

    def doubts_about(self, other) -> list[str]:
        """Return what suggests that the two are not the same, in sentences."""
        return []

    def twin_message(self, twin):
        text = _("There is already a %(kind)s called “%(name)s”. Use that one.")
        if twin.key != fold(self.name):
            text = _("That is another name of the %(kind)s “%(name)s”. Use that one.")
        return text % {"kind": self._meta.verbose_name, "name": twin}


class Alias(models.Model):
    """Another name of a record. Concrete models point at it, and name it in part_of."""

    name = models.CharField(_("also known as"), max_length=120)
    key = FoldedField(unique=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self):
        return self.name

    def clean(self):
        super().clean()
        owner = getattr(self, self.part_of)
        if fold(self.name) == fold(owner.name):
            raise ValidationError({"name": _("That is its name already.")})
        if twin := owner.others_called(self.name).first():
            text = _("This other name is already in use: by “%(name)s”.")
            raise ValidationError({"name": text % {"name": twin}})
