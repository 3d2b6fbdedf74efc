"""Who says so: the studies behind the figures, and what others say of them."""

import re
from copy import copy
from urllib.parse import unquote

from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from impact.dois import StudyAddressField
from impact.models.correction import complaint, correction_of
from nnsc.links import LinkField

# What names a study to readers.
TOLD = {"authors", "year", "title"}
FIRST_YEAR, LAST_YEAR = 1900, 2100
# "Braga, A. A.," out of a list of authors: a surname before its initials.
AUTHOR = re.compile(r"([^,&.]+), ((?:[^\W\d_]\.[ -]?)+)")
DOI = re.compile(r"https?://(?:dx\.)?doi\.org/(10\.\d+/\S+)", re.IGNORECASE)
# "Evaluation Review 34(6), 513-548", with the number, the pages or both.
PAGES = r", (?:pp?\. ?)?(?P<first>\w+)(?:[-–](?P<last>\w+))?"
IN_JOURNAL = re.compile(
    r"(?P<journal>.+?),? (?P<volume>\d+)"
    rf"(?=\(|,| \()(?: ?\((?P<issue>[^()]+)\))?(?:{PAGES})?\.?"
)


class CitationQuerySet(models.QuerySet):
    def not_checked_since(self, day):
        """Those that readers are led to, where nobody has looked since a day, or ever.

        Who confirms a figure in the study itself has looked at it.
        """
        is_stale = models.Q(checked_on=None) | models.Q(checked_on__lt=day)
        figures = apps.get_model("impact.Metric").objects.live()
        figures = figures.filter(citation=models.OuterRef("pk"))
        read = figures.filter(verification="confirmed", verified_on__gte=day)
        return self.filter(is_stale, models.Exists(figures), ~models.Exists(read))


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
    url = StudyAddressField(
        _("address"),
        max_length=1000,
        help_text=_("Best its DOI, pasted as it is found: “doi:10.…” will do."),
    )
    companion = models.TextField(
        _("companion report"),
        blank=True,
        help_text=_("A fuller report of the same study, with its address."),
    )
    checked_on = models.DateField(
        _("last checked"),
        null=True,
        blank=True,
        help_text=_(
            "When somebody last opened its address and found the study there, neither "
            "corrected nor retracted."
        ),
    )

    objects = CitationQuerySet.as_manager()

    # What is said in public on the change that is saved next: see Correction.
    correction_note = ""

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

    def save(self, *args, update_fields=None, **kwargs):
        """Save the study, and a correction of each live figure that names it.

        Raise ValidationError where that needs a correction_note and there is none.
        """
        if update_fields is not None and TOLD.isdisjoint(update_fields):
            return super().save(*args, update_fields=update_fields, **kwargs)
        with transaction.atomic():
            corrections = [
                correction_of(was, resting_on(self, was), self.correction_note)
                for was in self.figures()
            ]
            super().save(*args, update_fields=update_fields, **kwargs)
            for correction in filter(None, corrections):
                correction.save()
        self.correction_note = ""

    def clean(self):
        super().clean()
        if sentence := self.note_missing():
            raise ValidationError({"correction_note": sentence})

    # What published figures name as their study is not changed in silence

    def figures(self) -> list:
        """Return the live figures that rest on it, with the study as it is stored."""
        return list(self.metrics.live().for_cards()) if self.pk else []

    def is_known(self) -> bool:
        """Whether readers are led to it by a figure now. One query."""
        return self.metrics.live().exists()

    def note_missing(self) -> str:
        pairs = ((was, resting_on(self, was)) for was in self.figures())
        complaints = (complaint(*pair, self.correction_note) for pair in pairs)
        return next(filter(None, complaints), "")

    def short_text(self) -> str:
        """Return "Braga 2008", "Papachristos & Kirk 2015" or "Braga et al. 2001"."""
        surnames = [name.strip() for name, _initials in AUTHOR.findall(self.authors)]
        if len(surnames) > 2:
            names = f"{surnames[0]} et al."
        else:
            names = " & ".join(surnames) or self.authors
        return f"{names} {self.year}"

    def author_list(self) -> list[str]:
        """Return ["Braga, A. A.", "Kennedy, D. M."]; empty where they are no such list.

        Then it is a body, such as "National Research Council", or written otherwise.
        """
        if AUTHOR.sub("", self.authors).strip(" ,&"):
            return []
        return [
            f"{surname.strip()}, {initials.strip()}"
            for surname, initials in AUTHOR.findall(self.authors)
        ]

    def doi(self) -> str:
        """Return "10.1177/0193841X10389136", empty where the address is no DOI."""
        found = DOI.fullmatch(self.url)
        return unquote(found[1]) if found else ""

    def place_in_journal(self) -> dict[str, str]:
        """Return journal, volume, issue, first and last page, as far as they are told.

        Empty where it was not published in a journal, or nothing says so.
        """
        if found := IN_JOURNAL.fullmatch(self.publication):
            return {name: part for name, part in found.groupdict().items() if part}
        is_journal = self.doi() or "journal" in self.publication.casefold()
        if is_journal and self.publication:
            return {"journal": self.publication}
        return {}


def resting_on(citation: Citation, metric):
    """Return a figure as it is with the study as it is now."""
    changed = copy(metric)
    changed.citation = citation
    return changed


class Rating(models.Model):
    """What an independent body says of the study behind one figure."""

    part_of = "metric"

    metric = models.ForeignKey("impact.Metric", models.CASCADE, related_name="ratings")
    body = models.CharField(
        _("rated by"), max_length=120, help_text=_("“CrimeSolutions (NIJ)”")
    )
    rating = models.CharField(_("rating"), max_length=200)
    dated = models.DateField(
        _("date"), null=True, blank=True, help_text=_("Only if the body gives one.")
    )
    url = LinkField(_("address"), max_length=1000)

    class Meta:
        verbose_name = _("independent rating")
        verbose_name_plural = _("independent ratings")
        ordering = ["id"]

    def __str__(self):
        return f"{self.body}: {self.rating}"
