"""What changed: one outcome with its figure, years and citation."""

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from impact.models.checks import Checked
from impact.models.correction import complaint, correction_of
from impact.models.evidence import FIRST_YEAR, LAST_YEAR, Citation
from impact.models.places import City, Program
from impact.models.sentences import Spoken
from nnsc.entries import Entry
from nnsc.publishing import Publishable, PublishableQuerySet, State

MAX_SLUG_LENGTH = 80


class MetricQuerySet(PublishableQuerySet):
    def under_review(self):
        """Figures that readers see named, without a number, until they are verified."""
        return self.filter(
            listed_under_review=True, state__in=[State.DRAFT, State.READY]
        )

    def not_checked_since(self, day):
        """Live figures that nobody has read at their source since a day, or ever."""
        return self.live().filter(Q(verified_on=None) | Q(verified_on__lt=day))

    def shown(self):
        """What readers see: live figures, and without a number those under review."""
        return self.live() | self.under_review()

    def in_city(self, city):
        return self.filter(city=city)

    def of_program(self, program):
        return self.filter(program=program)

    def beside(self, metric):
        """The other figures of its city or its program, if it has these."""
        near = Q(city__isnull=False, city=metric.city_id) | Q(
            program__isnull=False, program=metric.program_id
        )
        return self.filter(near).exclude(pk=metric.pk)

    def for_cards(self):
        """Load what cards and lists show: one query, however many metrics."""
        return self.select_related("city", "program", "citation")

    def for_evidence(self):
        """Load all that is known of them: two queries, however many metrics."""
        return self.for_cards().prefetch_related("ratings")


class Metric(Spoken, Checked, Publishable):
    """One outcome with its figure, years and citation."""

    class Direction(models.TextChoices):
        FELL = "fell", _("Fell")
        ROSE = "rose", _("Rose")
        UNCHANGED = "unchanged", _("No clear change")

    class Unit(models.TextChoices):
        PERCENT = "percent", _("Percent")
        COUNT = "count", _("Count")

    class Design(models.TextChoices):
        RANDOMIZED = "randomized", _("Randomized trial")
        QUASI_EXPERIMENT = "quasi_experiment", _("Quasi-experiment")
        COMPARED_SERIES = "compared_series", _("Time series with comparison cities")
        TIME_SERIES = "time_series", _("Time series")
        BEFORE_AFTER = "before_after", _("Before and after")
        OTHER = "other", _("Other design")

    class Verification(models.TextChoices):
        UNVERIFIED = "unverified", _("Unverified")
        SECOND_HAND = "second_hand", _("Confirmed second-hand")
        CONFIRMED = "confirmed", _("Confirmed")

    headline = models.CharField(
        _("line under the figure"),
        max_length=200,
        help_text=_("What the numeral stands before: “reduction in youth homicide”."),
    )
    direction = models.CharField(_("direction"), max_length=9, choices=Direction)
    # Size of the change. Empty until an editor has read it at its source.
    value_low = models.DecimalField(
        _("value, or lowest value"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        help_text=_("Without a sign: 63 for “63% fewer”. Empty while not verified."),
    )
    value_high = models.DecimalField(
        _("highest value"),
        max_digits=7,
        decimal_places=1,
        null=True,
        blank=True,
        help_text=_("Only for a range. Left empty, it is the same as the value."),
    )
    unit = models.CharField(_("unit"), max_length=7, choices=Unit, default=Unit.PERCENT)
    interval_low = models.DecimalField(
        _("interval from"), max_digits=7, decimal_places=1, null=True, blank=True
    )
    interval_high = models.DecimalField(
        _("interval to"), max_digits=7, decimal_places=1, null=True, blank=True
    )
    interval_not_reported = models.BooleanField(
        _("interval not reported by the study"),
        default=False,
        help_text=_("Tick when the sources that were read give no interval."),
    )
    outcome = models.CharField(
        _("outcome"), max_length=120, help_text=_("What was counted: “gun homicide”.")
    )
    scope = models.CharField(
        _("where and whom it counts"),
        max_length=300,
        blank=True,
        help_text=_("“monthly homicide victims aged 24 and under, citywide”"),
    )
    city = models.ForeignKey(
        City,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="metrics",
        verbose_name=_("city"),
    )
    city_inferred = models.BooleanField(
        _("the city is inferred"),
        default=False,
        help_text=_("The network’s own line names no city; the study does."),
    )
    program = models.ForeignKey(
        Program,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="metrics",
        verbose_name=_("program"),
    )
    year_from = models.PositiveSmallIntegerField(
        _("from year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    year_to = models.PositiveSmallIntegerField(
        _("to year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    years_not_stated = models.BooleanField(
        _("years not stated by the study"), default=False
    )
    years_note = models.CharField(_("about the years"), max_length=300, blank=True)
    design = models.CharField(
        _("study design"), max_length=16, choices=Design, blank=True
    )
    design_details = models.CharField(
        _("the design in the study’s words"), max_length=200, blank=True
    )
    comparison = models.CharField(_("compared with"), max_length=300, blank=True)
    citation = models.ForeignKey(
        Citation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="metrics",
        verbose_name=_("citation"),
    )
    verification = models.CharField(
        _("verification"),
        max_length=11,
        choices=Verification,
        default=Verification.UNVERIFIED,
        help_text=_("“Confirmed”: an editor has read the value in the study itself."),
    )
    verified_where = models.TextField(
        _("where the value was read"),
        blank=True,
        help_text=_("The page or abstract that states it, with its address."),
    )
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("verified by"),
    )
    verified_on = models.DateField(_("verified on"), null=True, blank=True)
    caveats = models.TextField(
        _("caveats"),
        blank=True,
        help_text=_("What speaks against it or limits it, one a line. Readers see it."),
    )
    other_readings = models.TextField(
        _("other readings"),
        blank=True,
        help_text=_("Other values for the same thing, one a line, with their source."),
    )
    staff_note = models.TextField(
        _("note for staff"), blank=True, help_text=_("Never shown to the public.")
    )
    listed_under_review = models.BooleanField(
        _("list as a figure under review"),
        default=False,
        help_text=_(
            "While it is not published, readers see its line without any number."
        ),
    )
    position = models.PositiveIntegerField(_("position"), default=0, db_index=True)

    objects = MetricQuerySet.as_manager()

    # What is said in public on the change that is saved next: see Correction.
    correction_note = ""
    told = frozenset(
        [
            *["direction", "value_low", "value_high", "unit"],
            *["interval_low", "interval_high", "interval_not_reported"],
            *["year_from", "year_to", "years_not_stated"],
            *["citation", "citation_id", "state", "goes_live_at"],
        ]
    )

    # Who verifies a figure has read just this one, in this study.
    belong_together = [
        [
            *["direction", "value_low", "value_high", "unit", "citation"],
            *["verification", "verified_where", "verified_by", "verified_on"],
        ],
        ["interval_low", "interval_high", "interval_not_reported"],
        ["city", "city_inferred"],
        ["year_from", "year_to", "years_not_stated"],
    ]

    search_joins = ["city__aliases", "program__aliases", "citation"]

    class Meta(Publishable.Meta):
        verbose_name = _("metric")
        verbose_name_plural = _("metrics")
        ordering = ["position", "id"]
        permissions = [("publish_metric", "Can publish and withdraw metrics")]
        constraints = [
            *Publishable.Meta.constraints,
            # A comparison with NULL is no refusal, so each says what must not be NULL.
            models.CheckConstraint(
                name="impact_metric_value_range",
                condition=Q(value_low__isnull=True, value_high__isnull=True)
                | Q(
                    value_low__gte=0,
                    value_high__isnull=False,
                    value_high__gte=F("value_low"),
                ),
                violation_error_message=_(
                    "The lowest value must not be above the highest, nor below 0."
                ),
            ),
            models.CheckConstraint(
                name="impact_metric_fall_within_all",
                condition=~Q(direction="fell", unit="percent", value_high__gt=100),
                # Django formats it, so the sign of percent is written twice.
                violation_error_message=_("Nothing can fall by more than 100%%."),
            ),
            models.CheckConstraint(
                name="impact_metric_interval_range",
                condition=Q(interval_low__isnull=True, interval_high__isnull=True)
                | Q(
                    interval_low__isnull=False,
                    interval_high__isnull=False,
                    interval_high__gte=F("interval_low"),
                    interval_not_reported=False,
                ),
                violation_error_message=_(
                    "Give both ends of the interval, the lower one first, or tick “no "
                    "interval reported”."
                ),
            ),
            models.CheckConstraint(
                name="impact_metric_years_in_order",
                condition=Q(year_to__isnull=True)
                | Q(year_from__isnull=False, year_to__gte=F("year_from")),
                violation_error_message=_(
                    "The last year needs a first one, and cannot come before it."
                ),
            ),
            models.CheckConstraint(
                name="impact_metric_published_whole",
                condition=~Q(state=State.PUBLISHED)
                | (
                    Q(value_low__isnull=False, value_high__isnull=False)
                    & (Q(year_from__isnull=False) | Q(years_not_stated=True))
                    & (Q(city__isnull=False) | Q(program__isnull=False))
                    & Q(citation__isnull=False)
                    & (Q(interval_low__isnull=False) | Q(interval_not_reported=True))
                    & ~Q(design="")
                    & ~Q(verification="unverified")
                ),
                violation_error_message=_(
                    "A published figure needs value, years, city or program, design, "
                    "interval or “not reported”, citation and verification."
                ),
            ),
        ]

    def __str__(self):
        return " · ".join(filter(None, [self.headline, self.place_text()]))

    @property
    def slug(self) -> str:
        """What follows its number in its address: "youth-homicide-boston".

        Its outcome and its place; under review its line, for the rest is a draft. What
        an address says there may be anything: it leads to the present one.
        """
        subject = self.outcome if self.state == State.PUBLISHED else self.headline
        slug = slugify(f"{subject} {self.place_text()}")
        return slug[:MAX_SLUG_LENGTH].strip("-") or "figure"

    def get_absolute_url(self):
        return reverse("metric", args=[self.pk, self.slug])

    def anchor(self) -> str:
        """Where it stands on the page of all figures."""
        return f"figure-{self.pk}"

    @property
    def is_under_review(self) -> bool:
        """As MetricQuerySet.under_review()."""
        return self.listed_under_review and self.state in (State.DRAFT, State.READY)

    def changed_at(self) -> datetime:
        """Return when it was saved, or shown if that was later."""
        return max(filter(None, [self.updated_at, self.goes_live_at]))

    def search_entry(self):
        """A figure under review has its line and its place, and nothing that counts."""
        if self.is_under_review:
            return Entry(
                self.headline, keywords=self.search_keywords, found_by_numbers=False
            )
        if self.state != State.PUBLISHED:
            return None
        return Entry(
            self.headline,
            keywords=self.search_keywords,
            body="\n".join([self.association(), self.caveats]),
            goes_live_at=self.goes_live_at,
        )

    def search_keywords(self) -> list[str]:
        keywords = self.city.search_names() if self.city else []
        if self.is_under_review:
            return keywords + (self.program.all_names() if self.program else [])
        return [*keywords, self.outcome, self.scope, str(self.citation)]

    def clean(self):
        if self.value_high is None:
            self.value_high = self.value_low
        if complaints := self.what_cannot_be():
            raise ValidationError(complaints)
        super().clean()
        if sentence := self.note_missing():
            raise ValidationError({"correction_note": sentence})

    # What is public is not changed in silence

    def stored(self, is_locked=False):
        """Return the figure as it is stored, None where it is new. One query."""
        metrics = Metric.objects.for_cards().filter(pk=self.pk)
        if is_locked:
            metrics = metrics.select_for_update(of=["self"], no_key=True)
        return metrics.first() if self.pk else None

    def is_known(self) -> bool:
        """Whether readers see it now, or have seen it. At most one query."""
        return self.is_live or self.is_withdrawn or self.corrections.exists()

    def note_missing(self, stored=None):
        stored = stored or self.stored()
        return complaint(stored, self, self.correction_note) if stored else ""

    def save(self, *args, update_fields=None, **kwargs):
        """Save the figure, and what it said before if readers knew it otherwise.

        Raise ValidationError where that needs a correction_note and there is none.
        """
        if update_fields is not None and self.told.isdisjoint(update_fields):
            return super().save(*args, update_fields=update_fields, **kwargs)
        with transaction.atomic():
            stored = self.stored(is_locked=True)
            correction = stored and correction_of(stored, self, self.correction_note)
            super().save(*args, update_fields=update_fields, **kwargs)
            if correction:
                correction.save()
        self.correction_note = ""
