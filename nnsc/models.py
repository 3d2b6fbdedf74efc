from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from taggit.models import TagBase

from nnsc.entries import Entry
from nnsc.moments import in_words
from nnsc.naming import Alias, FoldedField, Named
from nnsc.texts import TEXTS


class Tag(Named, TagBase):
    """A subject under which articles are found, such as Group Violence Intervention."""

    name = models.CharField(
        _("name"),
        max_length=100,
        help_text=_(
            "As readers see it, commas and all: “Swift, Certain, & Fair” is one tag."
        ),
    )
    key = FoldedField(unique=True)
    meaning = models.CharField(
        _("meaning"),
        max_length=200,
        blank=True,
        help_text=_("One line that tells a newcomer what the tag gathers."),
    )

    search_joins = ["aliases"]

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        permissions = [("merge_tag", "Can merge tags")]

    def get_absolute_url(self):
        return reverse("tag", args=[self.slug])

    def search_entry(self):
        return Entry(self.name, keywords=self.other_names, body=self.meaning)

    def other_names(self) -> list[str]:
        return self.all_names()[1:]


class TagAlias(Alias):
    part_of = "tag"

    tag = models.ForeignKey(Tag, models.CASCADE, related_name="aliases")

    class Meta(Alias.Meta):
        verbose_name = _("other name")
        verbose_name_plural = _("other names")


class SiteText(models.Model):
    """One of the site's own texts, under a key of nnsc.texts.TEXTS."""

    key = models.CharField(_("text"), max_length=40, unique=True, editable=False)
    text = models.TextField(
        _("wording"),
        help_text=_("Plain text. An empty line begins a new paragraph."),
    )
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    class Meta:
        verbose_name = _("site text")
        verbose_name_plural = _("site texts")
        ordering = ["key"]
        constraints = [
            models.CheckConstraint(
                name="nnsc_sitetext_not_empty", condition=~models.Q(text="")
            )
        ]

    def __str__(self):
        return str(TEXTS[self.key].label) if self.key in TEXTS else self.key


class LoadedItem(models.Model):
    """An item of the first content that has been loaded once.

    It stays when an editor changes, renames or deletes what came of it, so that loading
    again brings nothing back.
    """

    key = models.CharField(max_length=200, unique=True)
    loaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self):
        return self.key


class Generation(models.Model):
    """The number of the last change to the content: one row, see nnsc.changes.

    Numbers come again after a database was restored from a backup; tokens never do.
    """

    number = models.PositiveBigIntegerField()
    token = models.CharField(max_length=16, default="")

    def __str__(self):
        return str(self.number)


class Change(models.Model):
    """What began a generation; without a label, it may have been anything."""

    generation = models.PositiveBigIntegerField(unique=True)
    label = models.CharField(max_length=100, blank=True)
    record = models.BigIntegerField(null=True)

    def __str__(self):
        return f"{self.generation}: {self.label} {self.record}"


class SearchEntry(models.Model):
    """What is searched of one record, folded to plain words: see nnsc.indexing.

    Its id is its place: sorted, it puts the newest records last.
    """

    id = models.BigIntegerField(primary_key=True)
    label = models.CharField(max_length=100)
    record = models.BigIntegerField()
    goes_live_at = models.DateTimeField()
    title = models.TextField()
    keywords = models.TextField()
    body = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="nnsc_searchentry_once", fields=["label", "record"]
            )
        ]
        # On SQLite, search asks of each text that it finds, of thousands at times,
        # whether it is live, and of this index nothing but that is read.
        indexes = [
            models.Index(name="nnsc_searchentry_live", fields=["id", "goes_live_at"])
        ]

    def __str__(self):
        return f"{self.label} {self.record}"


class SearchTerm(models.Model):
    """A word of the search entries, its stem, and how many entries have it."""

    term = models.CharField(max_length=64, primary_key=True)
    stem = models.CharField(max_length=64, db_index=True)
    n = models.BigIntegerField()

    def __str__(self):
        return self.term


class SearchProgress(models.Model):
    """How far the search entries follow the content: one row.

    They have every change up to the generation. While a sweep is on, its records up to
    this one have been read again, model by model.
    """

    generation = models.PositiveBigIntegerField(default=0)
    sweep_label = models.CharField(max_length=100, blank=True)
    sweep_record = models.BigIntegerField(default=0)

    def __str__(self):
        return str(self.generation)


class OldAddress(models.Model):
    """Where a record's page was before its slug was changed: see nnsc.moved."""

    path = models.CharField(max_length=300, unique=True)
    label = models.CharField(max_length=100)
    record = models.BigIntegerField()

    def __str__(self):
        return self.path


class Act(models.TextChoices):
    """What a person, or a command, did to records: see nnsc.history."""

    ADDED = "added", _("Added")
    CHANGED = "changed", _("Changed")
    MOVED = "moved", _("Order changed")
    BULK = "bulk", _("Changed in the list")
    RENAMED = "renamed", _("Renamed")
    MERGED = "merged", _("Merged")
    DELETED = "deleted", _("Deleted")
    RESTORED = "restored", _("Restored")
    UNDONE = "undone", _("Undone")
    LOADED = "loaded", _("Loaded")
    IMPORTED = "imported", _("Imported")
    # Nobody's act: how a record was found that changed, or was made, past the gate.
    FOUND = "found", _("As it was found")


class Revision(models.Model):
    """One act of one person, on one record or many."""

    made_at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    # Stays when the account goes. Empty for what a command did.
    user_name = models.CharField(max_length=310, blank=True)
    act = models.CharField(max_length=10, choices=Act)
    note = models.TextField(blank=True)

    def __str__(self):
        return " ".join(filter(None, [self.get_act_display(), self.note]))

    def who(self) -> str:
        """Return the name of the person; what a command did, nobody did."""
        is_found = self.act == Act.FOUND
        return self.user_name or ("" if is_found else gettext("the site itself"))

    def when(self) -> str:
        return in_words(self.made_at)

    @classmethod
    def of(cls, user, act: Act, note: str = ""):
        """Begin an act, saved with its first version; user is None for a command."""
        name = (user.get_full_name() or user.get_username()) if user else ""
        return cls(user=user, user_name=name, act=act, note=note)


class Version(models.Model):
    """One record as an act left it, whole; a deleted one as it was before."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="versions")
    label = models.CharField(max_length=100)
    record = models.BigIntegerField()
    # 1, 2, 3 of each record.
    number = models.PositiveIntegerField()
    # What the record was called.
    title = models.TextField()
    # A snapshot: see nnsc.history.
    data = models.JSONField()
    # Whether the act brought the record before the public.
    published = models.BooleanField(default=False)
    # Whether the act deleted the record.
    gone = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="nnsc_version_numbered_once", fields=["label", "record", "number"]
            )
        ]
        indexes = [
            models.Index(
                name="nnsc_version_published",
                fields=["-id"],
                condition=models.Q(published=True),
            ),
            models.Index(
                name="nnsc_version_gone", fields=["-id"], condition=models.Q(gone=True)
            ),
        ]

    def __str__(self):
        return f"{self.label} {self.record}, {self.number}: {self.title}"


class PreviewLinkQuerySet(models.QuerySet):
    def living(self):
        return self.filter(expires_at__gt=timezone.now())

    def to(self, record):
        return self.filter(label=record._meta.label_lower, record=record.pk)


class PreviewLink(models.Model):
    """Lets who has its address see one record before the public: see nnsc.previews.

    The address holds a token; what is kept here finds it and cannot be turned back.
    """

    token_hash = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=100)
    record = models.BigIntegerField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    expires_at = models.DateTimeField()

    objects = PreviewLinkQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(name="nnsc_previewlink_to", fields=["label", "record"])]

    def __str__(self):
        return f"{self.label} {self.record}"


class Journal(models.Model):
    """What takes an act back: see nnsc.journals."""

    revision = models.OneToOneField(
        Revision, models.CASCADE, related_name="journal", primary_key=True
    )
    # Who may: "nnsc.merge_tag".
    permission = models.CharField(max_length=150)
    undone_by = models.OneToOneField(
        Revision, models.SET_NULL, null=True, related_name="undoes"
    )

    def __str__(self):
        return str(self.revision)


class JournalPage(models.Model):
    """Some rows as they were before an act and after it: JSON, compressed."""

    journal = models.ForeignKey(Journal, models.CASCADE, related_name="pages")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="nnsc_journalpage_numbered_once", fields=["journal", "number"]
            )
        ]

    def __str__(self):
        return f"{self.journal_id}, {self.number}"


class MergedRecord(models.Model):
    """Which record has been what another was, since that was merged into it.

    However often it is merged on, it is the one that is there now: see nnsc.merging.
    """

    label = models.CharField(max_length=100)
    record = models.BigIntegerField()
    into = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="nnsc_mergedrecord_once", fields=["label", "record"]
            )
        ]
        indexes = [
            models.Index(name="nnsc_mergedrecord_into", fields=["label", "into"])
        ]

    def __str__(self):
        return f"{self.label} {self.record} in {self.into}"
