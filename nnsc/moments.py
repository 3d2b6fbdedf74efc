"""Moments in words, as staff read them: with day, hour and zone."""

from datetime import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def in_words(moment: datetime) -> str:
    """Return "Tuesday, 24 November 2026, 09:00 (New York)"."""
    local = timezone.localtime(moment)
    return _("%(moment)s (%(zone)s)") % {
        "moment": date_format(local, "l, j F Y, H:i"),
        "zone": zone_name(),
    }


def day_in_words(moment: datetime) -> str:
    """Return "24 November 2026"."""
    return date_format(timezone.localtime(moment), "j F Y")


def zone_name() -> str:
    """Return the zone in which staff read and type moments: "New York"."""
    return settings.TIME_ZONE.rpartition("/")[2].replace("_", " ")
