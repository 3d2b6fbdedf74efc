"""Draft, ready, published, withdrawn, and the clock that decides what is live."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    DRAFT = "draft", _("Draft")
    READY = "ready", _("Ready for review")
    PUBLISHED = "published", _("Published")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class PublishableQuerySet(models.QuerySet):
    def live(self):
        """What the public may see at this moment: published, and its hour has come."""
        return self.filter(state=State.PUBLISHED, goes_live_at__lte=timezone.now())

    def hidden(self):
        """All others: not published, or their hour is still to come."""
        unpublished = models.Q(state__in=[State.DRAFT, State.READY, State.WITHDRAWN])
        scheduled = models.Q(state=State.PUBLISHED, goes_live_at__gt=timezone.now())
        return self.filter(unpublished | scheduled)


class Publishable(models.Model):
    """A record with a public life. Nothing has to run for a scheduled one to appear.

    Concrete models inherit Meta and add to its constraints.
    """

    state = models.CharField(
        _("state"),
        max_length=10,
        choices=State,
        default=State.DRAFT,
        help_text=_(
            "Drafts are seen by staff alone. “Ready” asks an editor to look. "
            "“Withdrawn” takes a published page back and says so at its address."
        ),
    )
    goes_live_at = models.DateTimeField(
        _("goes live at"),
        null=True,
        blank=True,
        help_text=_(
            "Leave empty to show it as soon as it is published; a later moment "
            "keeps it hidden until then."
        ),
    )
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("added by"),
    )
    created_at = models.DateTimeField(_("added"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("last changed"), auto_now=True)

    # Columns that readers are told of, and that are not changed without a word to them.
    told: frozenset[str] = frozenset()

    # What is changed as one: see nnsc.staff.carrying.
    belong_together = [["state", "goes_live_at"]]

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_state_known",
                condition=models.Q(state__in=State.values),
            ),
            models.CheckConstraint(
                name="%(app_label)s_%(class)s_published_with_moment",
                condition=~models.Q(state=State.PUBLISHED)
                | models.Q(goes_live_at__isnull=False),
            ),
        ]

    def save(self, *args, update_fields=None, **kwargs):
        if self.state == State.PUBLISHED and self.goes_live_at is None:
            self.goes_live_at = timezone.now()
            if update_fields is not None:
                update_fields = {*update_fields, "goes_live_at"}
        super().save(*args, update_fields=update_fields, **kwargs)

    def clean(self):
        super().clean()
        if self.state == State.PUBLISHED:
            if self.goes_live_at is None:
                self.goes_live_at = timezone.now()
            if missing := self.missing_for_publishing():
                raise ValidationError(
                    {
                        name: ValidationError(sentence, code="missing")
                        for name, sentence in missing.items()
                    }
                )

    @property
    def is_live(self) -> bool:
        return (
            self.state == State.PUBLISHED
            and self.goes_live_at is not None
            and self.goes_live_at <= timezone.now()
        )

    @property
    def is_withdrawn(self) -> bool:
        return self.state == State.WITHDRAWN

    @property
    def owes_a_word(self) -> bool:
        """Whether readers see it now, and it goes only with a word to them."""
        return bool(self.told) and self.is_live

    def missing_for_publishing(self) -> dict[str, str]:
        """Return what still stops publishing: a sentence by field name."""
        return {}

    def note_missing(self, stored: "Publishable | None" = None) -> str:
        """Return why it cannot be saved without a word to the public; empty if it can.

        stored is how it stands in the database, asked for where it is not given.

        Who writes columns that are told, past the forms, asks and leaves such a record.
        """
        return ""

    def warnings_for_staff(self) -> list[str]:
        """Return what is worth a look before publishing, and does not stop it."""
        return []
