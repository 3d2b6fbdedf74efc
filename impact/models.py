"""Where the work is done, under what name, and what changed."""

import re
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.geography import STATES, project
from nnsc.entries import Entry
from nnsc.illustrated import DESCRIBED, NOT_DESCRIBED, Illustrated
from nnsc.models import Tag
from nnsc.naming import FoldedField, Named
from nnsc.publishing import Publishable, PublishableQuerySet, State

FIRST_YEAR, LAST_YEAR = 1900, 2100
# "Braga, A. A.," out of a list of authors: a surname before its initials.
AUTHOR = re.compile(r"([^,&.]+), (?:[A-Z]\.[ -]?)+")


class CityQuerySet(models.QuerySet):
    def with_counts(self, **records):
        """Count for each city its own among the given records: n_articles, n_metrics.

        records are querysets by the name under which a city knows them.
        """
        return self.annotate(
            **{
                f"n_{name}": models.Count(
                    name, filter=Q(**{f"{name}__in": wanted}), distinct=True
                )
                for name, wanted in records.items()
            }
        )


class City(Illustrated, Named):
    """A place where the work is done: a city, or a county or region."""

    class Kind(models.TextChoices):
        CITY = "city", _("City")
        COUNTY = "county", _("County")
        REGION = "region", _("Region")

    name = models.CharField(
        _("name"), max_length=100, help_text=_("Without the state: “Chicago”.")
    )
    key = FoldedField()
    state = models.CharField(_("state"), max_length=2, choices=sorted(STATES.items()))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind, default=Kind.CITY)
    slug = models.SlugField(_("address"), max_length=120, unique=True, blank=True)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("In degrees north, such as 41.8500. Puts the city on the map."),
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=7,
        decimal_places=4,
        null=True,
        blank=True,
        help_text=_("In degrees east, so it is negative in America: -87.6500."),
    )
    description = models.TextField(
        _("description"),
        blank=True,
        help_text=_("What a resident should know first. Plain text."),
    )
    basis = models.TextField(
        _("why it is listed"),
        blank=True,
        help_text=_("For staff: which source names this city as one of the network."),
    )

    objects = CityQuerySet.as_manager()

    search_joins = []

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name", "state"]
        constraints = [
            models.UniqueConstraint(
                name="impact_city_once_a_state", fields=["key", "state"]
            ),
            models.CheckConstraint(
                name="impact_city_place_whole",
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
            models.CheckConstraint(
                name="impact_city_image_described",
                condition=DESCRIBED,
                violation_error_message=NOT_DESCRIBED,
            ),
        ]

    def __str__(self):
        return f"{self.name}, {self.state}"

    def slug_wordings(self):
        return [self.name, f"{self.name} {self.state}"]

    def twins(self):
        return super().twins().filter(state=self.state)

    def clean(self):
        super().clean()
        self.check_words()
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError(
                _("Give both latitude and longitude, or leave both empty.")
            )

    def get_absolute_url(self):
        return reverse("city", args=[self.slug])

    def search_entry(self):
        return Entry(
            str(self),
            keywords=[self.get_state_display(), self.get_kind_display()],
            body=self.description,
        )

    def search_names(self) -> list[str]:
        return [str(self), self.get_state_display()]

    def map_point(self) -> tuple[float, float] | None:
        """Return x and y on the map of impact.geography, None where it has no place."""
        if self.latitude is None or self.longitude is None:
            return None
        return project(float(self.latitude), float(self.longitude))


class Program(Illustrated, Named):
    """A strategy of the network, or the name under which a city has put one to work."""

    class Kind(models.TextChoices):
        STRATEGY = "strategy", _("Strategy")
        LOCAL = "local", _("Local initiative")

    name = models.CharField(_("name"), max_length=120)
    key = FoldedField(unique=True)
    slug = models.SlugField(_("address"), max_length=140, unique=True, blank=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    cities = models.ManyToManyField(
        City,
        through="ProgramCity",
        related_name="programs",
        verbose_name=_("cities"),
        blank=True,
    )
    tag = models.OneToOneField(
        Tag,
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("tag"),
        help_text=_("The tag of news about this program. News with it is listed here."),
    )
    description = models.TextField(
        _("description"),
        blank=True,
        help_text=_("What it does, for whom, in two or three plain sentences."),
    )
    references = models.TextField(
        _("sources of the description"),
        blank=True,
        help_text=_("Where its facts come from, one address a line. Readers see them."),
    )

    search_joins = ["cities", "tag__aliases"]

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="impact_program_image_described",
                condition=DESCRIBED,
                violation_error_message=NOT_DESCRIBED,
            ),
        ]

    def clean(self):
        super().clean()
        self.check_words()

    def get_absolute_url(self):
        return reverse("program", args=[self.slug])

    def search_entry(self):
        keywords = [self.get_kind_display()]
        for city in self.cities.all():
            keywords += city.search_names()
        if self.tag:
            keywords += self.tag.all_names()
        return Entry(self.name, keywords=keywords, body=self.description)

    def reference_list(self) -> list[str]:
        return self.references.splitlines()


class ProgramCity(models.Model):
    """A city where a program works. A city in use cannot be deleted."""

    part_of = "program"

    program = models.ForeignKey(Program, models.CASCADE)
    city = models.ForeignKey(City, models.PROTECT)

    class Meta:
        verbose_name = _("city of a program")
        verbose_name_plural = _("cities of programs")
        constraints = [
            models.UniqueConstraint(
                name="impact_program_city_once", fields=["program", "city"]
            )
        ]

    def __str__(self):
        return f"{self.program} · {self.city}"


class Citation(models.Model):
    """A published study, entered once however many figures rest on it."""

    authors = models.CharField(
        _("authors"),
        max_length=500,
        help_text=_("As the study gives them: “Braga, A. A., & Kennedy, D. M.”"),
    )
    year = models.PositiveSmallIntegerField(
        _("year"),
        validators=[MinValueValidator(FIRST_YEAR), MaxValueValidator(LAST_YEAR)],
    )
    title = models.CharField(_("title"), max_length=500)
    publication = models.CharField(
        _("published in"),
        max_length=300,
        blank=True,
        help_text=_("The journal with volume and pages, or the publisher."),
    )
    url = models.URLField(
        _("address"),
        max_length=1000,
        help_text=_("Best its DOI as an address: https://doi.org/10.…"),
    )
    companion = models.TextField(
        _("companion report"),
        blank=True,
        help_text=_("A fuller report of the same study, with its address."),
    )

    class Meta:
        verbose_name = _("citation")
        verbose_name_plural = _("citations")
        ordering = ["authors", "year"]
        constraints = [
            models.UniqueConstraint(
                name="impact_citation_once",
                fields=["authors", "year", "title"],
                violation_error_message=_("This study is already here. Choose it."),
            )
        ]

    def __str__(self):
        return f"{self.authors} ({self.year}). {self.title}"

    def short_text(self) -> str:
        """Return "Braga 2008", "Papachristos & Kirk 2015" or "Braga et al. 2001"."""
        surnames = [name.strip() for name in AUTHOR.findall(self.authors)]
        if len(surnames) > 2:
            names = f"{surnames[0]} et al."
        else:
            names = " & ".join(surnames) or self.authors
        return f"{names} {self.year}"


class MetricQuerySet(PublishableQuerySet):
    def under_review(self):
        """Figures that readers see named, without a number, until they are verified."""
        return self.filter(
            listed_under_review=True, state__in=[State.DRAFT, State.READY]
        )

    def shown(self):
        """What readers see: live figures, and without a number those under review."""
        return self.live() | self.under_review()

    def in_city(self, city):
        return self.filter(city=city)

    def of_program(self, program):
        return self.filter(program=program)

    def for_cards(self):
        """Load what cards show: two queries, however many metrics."""
        return self.select_related("city", "program", "citation").prefetch_related(
            "ratings"
        )


class Metric(Publishable):
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
        _("no interval reported"),
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

    search_joins = ["city", "program", "citation"]

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

    def get_absolute_url(self):
        return f"{reverse('impact')}#{self.anchor()}"

    def anchor(self) -> str:
        return f"figure-{self.pk}"

    @property
    def is_under_review(self) -> bool:
        """As MetricQuerySet.under_review()."""
        return self.listed_under_review and self.state in (State.DRAFT, State.READY)

    def search_entry(self):
        """A figure under review has its line and its place, and nothing that counts."""
        keywords = self.city.search_names() if self.city else []
        if self.is_under_review:
            keywords += [self.program.name] if self.program else []
            return Entry(self.headline, keywords=keywords, found_by_numbers=False)
        if self.state != State.PUBLISHED:
            return None
        return Entry(
            self.headline,
            keywords=[*keywords, self.outcome, self.scope, str(self.citation)],
            body="\n".join([self.association(), self.caveats]),
            goes_live_at=self.goes_live_at,
        )

    def clean(self):
        if self.value_high is None:
            self.value_high = self.value_low
        super().clean()

    def missing_for_publishing(self):
        missing = {}
        if self.value_low is None:
            missing["value_low"] = _("A published figure needs its value.")
        if self.year_from is None and not self.years_not_stated:
            missing["year_from"] = _(
                "Give the first year, or tick “years not stated by the study”."
            )
        if self.city_id is None and self.program_id is None:
            missing["city"] = _("A published figure needs a city or a program.")
        if not self.design:
            missing["design"] = _("Say how the study was designed.")
        if self.interval_low is None and not self.interval_not_reported:
            missing["interval_not_reported"] = _(
                "Give the interval, or tick that none is reported."
            )
        if self.citation_id is None:
            missing["citation"] = _("A published figure needs the study it rests on.")
        if self.verification == self.Verification.UNVERIFIED:
            missing["verification"] = _(
                "Only a figure that was confirmed at a source can be published."
            )
        return missing

    # Sentences

    def value_text(self) -> str:
        """Return "63%", "35–42%" or "120"; empty without a value."""
        if self.value_low is None:
            return ""
        ends = [plain(self.value_low)]
        if self.value_high not in (None, self.value_low):
            ends.append(plain(self.value_high))
        return "–".join(ends) + ("%" if self.unit == self.Unit.PERCENT else "")

    def interval_text(self) -> str:
        """Return "12% to 40%", or that no interval was reported."""
        if self.interval_low is None or self.interval_high is None:
            return gettext("no interval reported in the sources we read")
        sign = "%" if self.unit == self.Unit.PERCENT else ""
        return gettext("%(low)s to %(high)s") % {
            "low": plain(self.interval_low) + sign,
            "high": plain(self.interval_high) + sign,
        }

    def years_text(self) -> str:
        """Return "1996–2000", "from 2008", or that the study does not state them."""
        if self.year_from is None:
            return gettext("years not stated by the study")
        if self.year_to is None:
            return gettext("from %(year)s") % {"year": self.year_from}
        if self.year_to == self.year_from:
            return str(self.year_from)
        return f"{self.year_from}–{self.year_to}"

    def place_text(self) -> str:
        """Return the city, else the program, else nothing."""
        place = self.city.name if self.city else self.program
        return str(place or "")

    def change_text(self) -> str:
        """Return "63% reduction in youth homicide"."""
        wordings = {
            self.Direction.FELL: gettext("%(value)s reduction in %(outcome)s"),
            self.Direction.ROSE: gettext("%(value)s increase in %(outcome)s"),
            self.Direction.UNCHANGED: gettext("no clear change in %(outcome)s"),
        }
        wording = wordings[self.Direction(self.direction)]
        return wording % {"value": self.value_text(), "outcome": self.outcome}

    def sentence(self) -> str:
        """Return "63% reduction in youth homicide, Boston, 1996–2000"."""
        return ", ".join(
            filter(None, [self.change_text(), self.place_text(), self.years_text()])
        )

    def association(self) -> str:
        """Say in full what the study supports: cause only where it was randomized."""
        subject = self.program.name if self.program else gettext("The work")
        verb = (
            gettext("led to")
            if self.design == self.Design.RANDOMIZED
            else gettext("was associated with")
        )
        change = self.change_text()
        if self.direction != self.Direction.UNCHANGED:
            change = f"{indefinite_article(change)} {change}"
        parts = [subject, verb, change]
        if self.city:
            parts.append(gettext("in %(city)s") % {"city": self.city.name})
        years = f", {self.years_text()}" if self.year_from else ""
        return " ".join(parts) + years + "."

    def caveat_list(self) -> list[str]:
        return self.caveats.splitlines()

    def other_reading_list(self) -> list[str]:
        return self.other_readings.splitlines()


class Rating(models.Model):
    """What an independent body says of the study behind one figure."""

    part_of = "metric"

    metric = models.ForeignKey(Metric, models.CASCADE, related_name="ratings")
    body = models.CharField(
        _("rated by"), max_length=120, help_text=_("“CrimeSolutions (NIJ)”")
    )
    rating = models.CharField(_("rating"), max_length=200)
    dated = models.DateField(
        _("date"), null=True, blank=True, help_text=_("Only if the body gives one.")
    )
    url = models.URLField(_("address"), max_length=1000)

    class Meta:
        verbose_name = _("independent rating")
        verbose_name_plural = _("independent ratings")
        ordering = ["id"]

    def __str__(self):
        return f"{self.body}: {self.rating}"


def plain(number: Decimal) -> str:
    """Return number without idle zeros: 63.0 as "63", 55.5 as "55.5"."""
    return f"{number:,f}".rstrip("0").rstrip(".") if number % 1 else f"{number:,.0f}"


def indefinite_article(phrase: str) -> str:
    """Return "a" or "an" as English puts it before phrase, read aloud.

    Of numerals, those that begin with 8, and 11 and 18 themselves, take "an".
    """
    number = phrase.split()[0].split("–")[0].strip("%").split(".")[0]
    spoken_with_vowel = number.startswith("8") or number in ("11", "18")
    return "an" if spoken_with_vowel or phrase[0].lower() in "aeiou" else "a"
