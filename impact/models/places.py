"""Where the work is done, and under what name."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from impact.geography import STATES, project
from nnsc import proofreading
from nnsc.entries import Entry
from nnsc.illustrated import DESCRIBED, NOT_DESCRIBED, Illustrated
from nnsc.models import Tag
from nnsc.naming import Alias, FoldedField, Named


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

    belong_together = [["latitude", "longitude"]]

    search_joins = ["aliases"]
    fields_together = [["latitude", "longitude"]]

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        ordering = ["name", "state"]
        permissions = [("merge_city", "Can merge cities")]
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

    def others_called(self, name):
        return super().others_called(name).filter(state=self.state)

    def doubts_about(self, other):
        if self.state != other.state:
            text = _("“%(one)s” and “%(other)s” are in different states.")
        elif self.kind != other.kind:
            text = _("“%(one)s” and “%(other)s” are not of the same kind.")
        else:
            return []
        return [text % {"one": self, "other": other}]

    def clean(self):
        super().clean()
        self.check_words()
        if (self.latitude is None) != (self.longitude is None):
            raise ValidationError(
                _("Give both latitude and longitude, or leave both empty.")
            )

    def warnings_for_staff(self) -> list[str]:
        checks = [
            (self.description.strip(), _("It has no description.")),
            (self.latitude is not None, _("It is not on the map.")),
        ]
        return [sentence for is_there, sentence in checks if not is_there] + [
            *proofreading.remarks("", self.description)
        ]

    def get_absolute_url(self):
        return reverse("city", args=[self.slug])

    def search_entry(self):
        return Entry(
            str(self),
            keywords=self.search_keywords,
            body=self.description,
        )

    def search_keywords(self) -> list[str]:
        return [*self.search_names()[1:], self.get_kind_display()]

    def search_names(self) -> list[str]:
        state = STATES.get(self.state, self.state)
        return [str(self), state, *self.all_names()[1:]]

    def map_point(self) -> tuple[float, float] | None:
        """Return x and y on the map of impact.geography, None where it has no place."""
        if self.latitude is None or self.longitude is None:
            return None
        return project(float(self.latitude), float(self.longitude))


class CityAlias(Alias):
    """Another name of a city. Cities of different states may share one."""

    part_of = "city"

    city = models.ForeignKey(City, models.CASCADE, related_name="aliases")
    key = FoldedField()

    class Meta(Alias.Meta):
        verbose_name = _("other name")
        verbose_name_plural = _("other names")
        constraints = [
            models.UniqueConstraint(
                name="impact_city_alias_once", fields=["city", "key"]
            )
        ]


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

    search_joins = ["aliases", "cities__aliases", "tag__aliases"]
    fields_together = [["description", "references"]]

    class Meta:
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ["name"]
        permissions = [("merge_program", "Can merge programs")]
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

    def warnings_for_staff(self) -> list[str]:
        """Return what is worth a look. One query."""
        checks = [
            (self.description.strip(), _("It has no description.")),
            (self.references.strip(), _("It names no source of its description.")),
            (self.cities.all(), _("It has no city.")),
            (self.tag_id, _("It has no tag, so no news is listed on its page.")),
        ]
        return [sentence for is_there, sentence in checks if not is_there] + [
            *proofreading.remarks("", self.description)
        ]

    def get_absolute_url(self):
        return reverse("program", args=[self.slug])

    def search_entry(self):
        return Entry(self.name, keywords=self.search_keywords, body=self.description)

    def search_keywords(self) -> list[str]:
        keywords = [*self.all_names()[1:], self.get_kind_display()]
        for city in self.cities.all():
            keywords += city.search_names()
        if self.tag:
            keywords += self.tag.all_names()
        return keywords

    def reference_list(self) -> list[str]:
        return self.references.splitlines()


class ProgramAlias(Alias):
    part_of = "program"

    program = models.ForeignKey(Program, models.CASCADE, related_name="aliases")

    class Meta(Alias.Meta):
        verbose_name = _("other name")
        verbose_name_plural = _("other names")


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
