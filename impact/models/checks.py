"""What is wrong with a figure, and what it still lacks, in words for staff."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from impact.models.sentences import plain
from nnsc import proofreading


class Checked:
    """The checks of a Metric, which has the fields that they look at."""

    def what_cannot_be(self) -> dict[str, str]:
        """Return what no study can have measured: a sentence by field name."""
        low, high = self.value_low, self.value_high
        if low is not None and low < 0:
            return {"value_low": unsigned(low)}
        if high is not None and high < 0:
            return {"value_high": unsigned(high)}
        if low is not None and high is not None and high < low:
            return {"value_high": _("The lowest value must not be above the highest.")}
        is_fall = self.direction == self.Direction.FELL
        if is_fall and self.unit == self.Unit.PERCENT and high and high > 100:
            sentence = _(
                "Nothing can fall by more than 100%. Did it rise, or is it a count?"
            )
            return {"value_high" if high != low else "value_low": sentence}
        return {}

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

    def warnings_for_staff(self):
        checks = [
            (self.comparison, _("It does not say what was compared with what.")),
            (self.scope, _("It does not say where and whom it counts.")),
            (self.caveats, _("It names no caveat. Hardly any study has none.")),
            (self.verified_where, _("It does not say where the value was read.")),
        ]
        texts = [self.headline, self.outcome, self.scope, self.comparison, self.caveats]
        return [sentence for text, sentence in checks if not text.strip()] + [
            *proofreading.remarks(self.headline, *texts)
        ]


def unsigned(number: Decimal) -> str:
    about = {"number": plain(abs(number))}
    return (
        _(
            "Give the size without a sign, %(number)s. Which way it went is said by "
            "the direction."
        )
        % about
    )
