"""What a figure says of itself, in words."""

from decimal import Decimal

from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nnsc.naming import fold

# What a design is, for who never studied any: by the values of Metric.Design.
DESIGNS = {
    "randomized": _(
        "Chance decided who or what took part, so a difference afterwards can be put "
        "down to it."
    ),
    "quasi_experiment": _(
        "Those who took part were compared with similar ones who did not, whom the "
        "researchers chose."
    ),
    "compared_series": _(
        "Many months before and after the start were compared, here and in cities "
        "where nothing had started."
    ),
    "time_series": _(
        "Many months before and after the start were compared, to see whether their "
        "course changed."
    ),
    "before_after": _(
        "The number before was compared with the number after, whatever else changed "
        "in between."
    ),
    "other": _("None of the common designs; the study describes its own."),
}


class Spoken:
    """The sentences of a Metric, which has the fields that they speak of."""

    def value_text(self) -> str:
        """Return "63%", "35–42%" or "120"; empty without a value."""
        if self.value_low is None:
            return ""
        ends = [plain(self.value_low)]
        if self.value_high not in (None, self.value_low):
            ends.append(plain(self.value_high))
        return "–".join(ends) + ("%" if self.unit == self.Unit.PERCENT else "")

    def property_text(self) -> str:
        """Return "reduction in youth homicide": of what the value is the size."""
        wordings = {
            self.Direction.FELL: gettext("reduction in %(outcome)s"),
            self.Direction.ROSE: gettext("increase in %(outcome)s"),
            self.Direction.UNCHANGED: gettext("change in %(outcome)s"),
        }
        return wordings[self.Direction(self.direction)] % {"outcome": self.outcome}

    def direction_text(self) -> str:
        """Return "fell by 63%", "rose by 35–42%" or "no clear change (4%)"."""
        wordings = {
            self.Direction.FELL: gettext("fell by %(value)s"),
            self.Direction.ROSE: gettext("rose by %(value)s"),
            self.Direction.UNCHANGED: gettext("no clear change (%(value)s)"),
        }
        return wordings[self.Direction(self.direction)] % {"value": self.value_text()}

    def signed_text(self) -> str:
        """Return "−63%", "+35–42%" or "no clear change"."""
        if self.direction == self.Direction.UNCHANGED:
            return gettext("no clear change")
        sign = "−" if self.direction == self.Direction.FELL else "+"
        return sign + self.value_text()

    def design_in_words(self) -> str:
        return str(DESIGNS.get(self.design, ""))

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
        if self.year_from is None and not self.years_not_stated:
            return gettext("years still to be given")
        if self.year_from is None:
            return gettext("years not stated by the study")
        if self.year_to is None:
            return gettext("from %(year)s") % {"year": self.year_from}
        if self.year_to == self.year_from:
            return str(self.year_from)
        return f"{self.year_from}–{self.year_to}"

    def outcome_slug(self) -> str:
        """Return "gun-homicide": alike for outcomes that a reader takes for one."""
        return slugify(fold(self.outcome), allow_unicode=True) or "outcome"

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
