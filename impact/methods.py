"""What readers should know of how figures come about, in plain words."""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from impact.models import Metric
from impact.models.sentences import DESIGNS

Design = Metric.Design


@dataclass(frozen=True)
class Method:
    """A study design: in a sentence, what it can tell, and what it cannot.

    n_figures of those that are live come from such studies.
    """

    design: Metric.Design
    in_words: Promise
    tells: Promise
    leaves_open: Promise
    n_figures: int = 0


def method(design: Metric.Design, tells, leaves_open) -> Method:
    return Method(design, DESIGNS[design], tells, leaves_open)


# From the designs that rule out the most to those that rule out the least.
METHODS = [
    method(
        Design.RANDOMIZED,
        _(
            "What caused the difference. Both groups were alike in everything, known "
            "or unknown, but what chance gave them."
        ),
        _(
            "Whether it would work elsewhere. Trials are rare here: a whole city can "
            "hardly be drawn by lot."
        ),
    ),
    method(
        Design.QUASI_EXPERIMENT,
        _(
            "How those who took part fared beside others who were like them in what "
            "the researchers could measure."
        ),
        _(
            "What they could not measure. If the two groups differed in something "
            "that nobody wrote down, it may be the reason."
        ),
    ),
    method(
        Design.COMPARED_SERIES,
        _(
            "Whether the course changed at the start, and changed more than in places "
            "that had the same weather, laws and years, but no program."
        ),
        _(
            "Whether something else began in that city at the same time. And the "
            "other cities are never quite like it."
        ),
    ),
    method(
        Design.TIME_SERIES,
        _("Whether the course of many months changed just when the work began."),
        _(
            "Whether it would have changed anyway. Violence rises and falls in cities "
            "that do nothing new, too."
        ),
    ),
    method(
        Design.BEFORE_AFTER,
        _("That two numbers differ."),
        _(
            "Almost all else. A bad year is often followed by a better one, whatever "
            "anybody does."
        ),
    ),
    method(
        Design.OTHER,
        _("What the study says of it. Its own words stand with the figure."),
        _("What the study says of it, and what its reviewers do."),
    ),
]


def counted_methods() -> list[Method]:
    """Return the methods, each with how many figures it has. One query."""
    designs = list(Metric.objects.live().values_list("design", flat=True))
    return [replace(m, n_figures=designs.count(m.design)) for m in METHODS]
