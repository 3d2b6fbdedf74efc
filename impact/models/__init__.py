"""Where the work is done, under what name, what changed, and who says so."""

from impact.models.correction import Correction
from impact.models.evidence import Citation, Rating
from impact.models.metric import Metric
from impact.models.places import City, CityAlias, Program, ProgramAlias, ProgramCity

__all__ = [
    "Citation",
    "City",
    "CityAlias",
    "Correction",
    "Metric",
    "Program",
    "ProgramAlias",
    "ProgramCity",
    "Rating",
]
