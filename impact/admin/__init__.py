"""The admins of figures, of the studies behind them, and of where they hold."""

from impact.admin.corrections import CorrectionAdmin
from impact.admin.metrics import MetricAdmin
from impact.admin.places import CityAdmin, ProgramAdmin
from impact.admin.studies import CitationAdmin

__all__ = [
    "CitationAdmin",
    "CityAdmin",
    "CorrectionAdmin",
    "MetricAdmin",
    "ProgramAdmin",
]
