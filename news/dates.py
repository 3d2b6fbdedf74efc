"""Dates as precise as a source gives them: a month, sometimes a day."""

import calendar
import datetime
import re

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.utils import formats
from django.utils.translation import gettext_lazy as _


class Precision(models.TextChoices):
    MONTH = "month", _("Month")
    DAY = "day", _("Day")


def date_text(dated: datetime.date, precision: str) -> str:
    """Return "January 2016", or "January 5, 2016" where the day is known."""
    return formats.date_format(dated, "F j, Y" if precision == Precision.DAY else "F Y")


def date_value(dated: datetime.date, precision: str) -> str:
    """Return the value of HTML's datetime attribute: "2016-01", or "2016-01-05"."""
    return dated.isoformat() if precision == Precision.DAY else dated.isoformat()[:7]


def first_of(year: int, month: int) -> datetime.date:
    """Return the day as which a whole month is stored."""
    return datetime.date(year, month, 1)


# By each word that stands for a month: "january", "jan", "sept".
MONTHS = {
    word: number
    for number in range(1, 13)
    for word in [
        calendar.month_name[number].lower(),
        calendar.month_abbr[number].lower(),
    ]
} | {"sept": 9}
YEAR = r"(?P<year>\d{4})"
WORD = r"(?P<word>[a-z]{3,9})\.?"
DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
FORMS = [
    rf"{YEAR}[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}}))?",
    rf"(?P<month>\d{{1,2}})/{YEAR}",
    rf"(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})/{YEAR}",
    rf"{WORD},? {YEAR}",
    rf"{WORD} {DAY},? {YEAR}",
    rf"{DAY} {WORD},? {YEAR}",
]


def read_date(typed: str) -> tuple[datetime.date, str]:
    """Return the date that an editor typed, with its precision.

    Understands "Jan 2016", "2016-01", "1/2016", "January 5, 2016", "5 Jan 2016",
    "2016-01-05" and "1/5/2016" (month first, as in America). A month stands as its
    first day.

    Raise ValueError, worded for an editor, when it is no date that anybody can mean.
    """
    text = " ".join(typed.lower().split())
    match = next(
        filter(None, (re.fullmatch(form, text, re.ASCII) for form in FORMS)), None
    )
    if not match:
        raise ValueError(
            _(
                "“%(typed)s” is not a date we understand. Write January 2016, or "
                "January 5, 2016."
            )
            % {"typed": typed}
        )
    found = match.groupdict()
    month = read_month(found)
    if month is None or not 1 <= month <= 12:
        name = found.get("word") or found.get("month")
        raise ValueError(
            _("There is no month “%(month)s”. Write January 2016, or 2016-01.")
            % {"month": name}
        )
    year, day = int(found["year"]), found.get("day")
    if not 1900 <= year <= 2100:
        raise ValueError(
            _("%(year)s is not a year of our news. Write one between 1900 and 2100.")
            % {"year": found["year"]}
        )
    try:
        dated = datetime.date(year, month, int(day or 1))
    except ValueError:
        raise ValueError(
            _("%(month)s has no day %(day)s.")
            % {"month": date_text(datetime.date(year, month, 1), "month"), "day": day}
        ) from None
    return dated, Precision.DAY if day else Precision.MONTH


def read_month(found: dict[str, str | None]) -> int | None:
    word = found.get("word")
    return MONTHS.get(word) if word else int(found["month"])


class MonthOrDayField(forms.CharField):
    """One text box for a date as precise as it is known.

    Its clean value is (date, precision), or None when empty.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("max_length", 40)
        super().__init__(**kwargs)

    def prepare_value(self, value):
        return date_text(*value) if isinstance(value, tuple) else value

    def has_changed(self, initial, data):
        return super().has_changed(self.prepare_value(initial), data)

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return None
        try:
            return read_date(typed)
        except ValueError as error:
            raise ValidationError(error.args[0]) from error
