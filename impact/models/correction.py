"""What readers were shown and is so no more, and why: see impact.corrections."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nnsc.publishing import State

if TYPE_CHECKING:
    from impact.models.metric import Metric

NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?", re.ASCII)
MAX_TITLE_LENGTH = 400
NUMBERS = ["value_low", "value_high", "interval_low", "interval_high"]
NAMES_NUMBER = _(
    "While a figure is under review, no number of it is shown; this note names one. "
    "Say it without."
)


class CorrectionQuerySet(models.QuerySet):
    def for_lists(self):
        """Load what lists of corrections show, the newest first: one query."""
        return self.select_related("metric__city", "metric__program").order_by("-id")


class Correction(models.Model):
    """One change of what a figure says in public, with the word that was said on it.

    A version of a figure is what readers were shown between two of them. Each that
    ends is kept whole, as it was told to programs at its end; drafts are no versions.
    """

    class Kind(models.TextChoices):
        CORRECTED = "corrected", _("Corrected")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        TAKEN_BACK = "taken_back", _("Taken back for review")
        SHOWN_AGAIN = "shown_again", _("Published again")

    # A figure whose past is public is withdrawn, and not deleted.
    metric = models.ForeignKey(
        "impact.Metric",
        models.PROTECT,
        related_name="corrections",
        verbose_name=_("metric"),
    )
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    kind = models.CharField(
        _("what was done"), max_length=11, choices=Kind, editable=False
    )
    note = models.TextField(
        _("public note"),
        help_text=_("Mend its wording here. What was changed stays as it is."),
    )
    # What readers knew the figure as.
    title = models.CharField(_("figure"), max_length=MAX_TITLE_LENGTH, editable=False)
    # The version that it ended, 1 being the first; None where there was none to end.
    version = models.PositiveIntegerField(_("version"), null=True, editable=False)
    was = models.JSONField(null=True, editable=False)
    # [{"name": "value", "was": "fell by 63%", "now": "fell by 55%"}]
    changes = models.JSONField(default=list, editable=False)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("correction")
        verbose_name_plural = _("corrections")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                name="impact_correction_version_once", fields=["metric", "version"]
            ),
            models.CheckConstraint(
                name="impact_correction_with_note", condition=~Q(note="")
            ),
            models.CheckConstraint(
                name="impact_correction_ends_a_version",
                condition=Q(kind="shown_again", version__isnull=True)
                | (~Q(kind="shown_again") & Q(version__isnull=False)),
            ),
        ]

    def __str__(self):
        return f"{self.get_kind_display()}: {self.title}"

    def clean(self):
        """Refuse a note mended to name a number that must not be shown."""
        super().clean()
        is_taken_back = self.kind == self.Kind.TAKEN_BACK
        if is_taken_back and names_number(self.note, map(self.was.get, NUMBERS)):
            raise ValidationError({"note": NAMES_NUMBER})

    def anchor(self) -> str:
        return f"correction-{self.pk}"

    @property
    def place_url(self) -> str:
        """Where it stands among all; it has no page of its own."""
        return f"{reverse('corrections')}#{self.anchor()}"

    @property
    def is_held_back(self) -> bool:
        """Whether its figure is under review, and no number of it is shown anywhere."""
        return not (self.metric.is_live or self.metric.is_withdrawn)

    def shown_note(self) -> str:
        """Return the note; of a figure under review only one that names no number."""
        is_safe = self.kind == self.Kind.TAKEN_BACK or not self.is_held_back
        return self.note if is_safe else ""

    def shown_changes(self) -> list[dict]:
        """Return what was changed, each with its label, was and now, in words."""
        if self.is_held_back or self.kind != self.Kind.CORRECTED:
            return []
        return [change | {"label": LABELS[change["name"]]} for change in self.changes]

    def version_url(self) -> str:
        """Return where the version is that it ended; empty where none can be had."""
        if self.version is None or self.is_held_back:
            return ""
        path = reverse("figure", args=[self.metric_id, "json"])
        return f"{path}?version={self.version}"

    def sentence(self) -> str:
        """Return the sentence of the version that it ended, empty if held back."""
        return "" if self.was is None or self.is_held_back else self.was["sentence"]

    @property
    def page_url(self) -> str:
        """Where its figure stands, empty where readers have no page of it."""
        metric = self.metric
        is_there = metric.is_live or metric.is_under_review
        return metric.get_absolute_url() if is_there else ""


# What a figure says that nobody changes in silence.
LABELS = {
    "value": _("Value"),
    "interval": _("Interval"),
    "years": _("Years"),
    "citation": _("Study"),
}


def said(metric: "Metric") -> dict[str, str] | None:
    """Return what readers are told by a figure, in words; None where they see none.

    What is published without a moment goes live as it is saved.
    """
    is_at_once = metric.state == State.PUBLISHED and metric.goes_live_at is None
    if not (metric.is_live or is_at_once):
        return None
    return {
        "value": metric.direction_text(),
        "interval": metric.interval_text(),
        "years": metric.years_text(),
        "citation": str(metric.citation),
    }


def kind_of(was: "Metric", now: "Metric") -> Correction.Kind | None:
    """Return what a change of a figure is to readers; None where they see no change."""
    before, after = said(was), said(now)
    if before == after and was.citation_id == now.citation_id:
        return None
    if before and after:
        return Correction.Kind.CORRECTED
    if before:
        kinds = Correction.Kind
        return kinds.WITHDRAWN if now.is_withdrawn else kinds.TAKEN_BACK
    return Correction.Kind.SHOWN_AGAIN if after and was.is_known() else None


ASKS = {
    Correction.Kind.CORRECTED: _(
        "Readers know this figure. Say in the public note what you change and why."
    ),
    Correction.Kind.WITHDRAWN: _(
        "Readers know this figure. Say in the public note why it is withdrawn."
    ),
    Correction.Kind.TAKEN_BACK: _(
        "Readers know this figure. Say in the public note why it is taken off the site."
    ),
    Correction.Kind.SHOWN_AGAIN: _(
        "Readers knew this figure before. Say in the public note why it is back."
    ),
}


def complaint(was: "Metric", now: "Metric", note: str) -> str:
    """Return what is wrong with the note on a change, empty where nothing is."""
    kind = kind_of(was, now)
    if kind is None:
        return ""
    if not note.strip():
        return ASKS[kind]
    if kind == Correction.Kind.TAKEN_BACK and names_number(
        note, (getattr(was, name) for name in NUMBERS)
    ):
        return NAMES_NUMBER
    return ""


def names_number(text: str, numbers: Iterable) -> bool:
    """Whether a text names one of these numbers, of which some may be None."""
    known = {Decimal(str(number)) for number in numbers if number is not None}
    found = (Decimal(number.replace(",", "")) for number in NUMBER.findall(text))
    return not known.isdisjoint(found)


def correction_of(was: "Metric", now: "Metric", note: str) -> Correction | None:
    """Return the correction that a change of a figure is, not saved; None if none.

    Raise ValidationError where the note is missing. Up to three queries.
    """
    kind = kind_of(was, now)
    if kind is None:
        return None
    if sentence := complaint(was, now, note):
        raise ValidationError({"correction_note": sentence})
    before, after = said(was), said(now)
    title = str(was if before else now)[:MAX_TITLE_LENGTH]
    correction = Correction(metric_id=was.pk, kind=kind, note=note.strip(), title=title)
    if before:
        ended = Correction.objects.filter(metric=was.pk, version__isnull=False)
        correction.version = ended.count() + 1
        correction.was = as_told(was)
    if before and after:
        correction.changes = [
            {"name": name, "was": before[name], "now": after[name]}
            for name in before
            if before[name] != after[name]
        ]
    return correction


def as_told(metric: "Metric") -> dict:
    """Return a figure as programs are told of it, ready for JSON."""
    # What tells it is made of the models.
    from impact.api import told

    return told(metric)
