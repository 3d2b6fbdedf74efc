"""A reader's choice among the figures, and what is left to choose.

The one definition of it: the page, its downloads and the API read the same query string
here and narrow the same way.
"""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.db import models
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.models import City, Metric, Program
from nnsc.facets import Facet, Option, nobodys
from nnsc.moved import lead_on
from nnsc.outputs import Refused, refuse_others


@dataclass(frozen=True)
class Kind:
    """What a facet is called: in the address, above its choices, and in a sentence.

    model is of the records that its values name; a lone one has its own page.
    """

    name: str
    label: Promise
    unknown: Promise
    model: type[models.Model] | None = None


KINDS = [
    Kind("city", _("City"), _("No city called “%s”."), City),
    Kind("program", _("Program"), _("No program called “%s”."), Program),
    Kind("outcome", _("Outcome"), _("No figure about “%s”.")),
    Kind("design", _("Study design"), _("No study design called “%s”.")),
]
PARAMETERS = [kind.name for kind in KINDS]
N_PROBLEMS = 10


def values_of(metric: Metric) -> dict[str, tuple[str, str]]:
    """Return what a figure is chosen by: (value, label) by the name of the kind.

    Under review it has its city and its program; the rest of it is a draft, and who
    could narrow by that would read it.
    """
    values = {}
    if metric.city:
        values["city"] = metric.city.slug, str(metric.city)
    if metric.program:
        values["program"] = metric.program.slug, str(metric.program)
    if metric.is_live:
        values["outcome"] = metric.outcome_slug(), metric.outcome
        values["design"] = metric.design, str(metric.get_design_display())
    return values


class FigureFilter:
    """What a query string asks for, of the figures that readers see.

    chosen maps the name of each kind to its values; values of one kind widen each
    other, kinds narrow each other. What is unknown narrows nothing; problems has a
    sentence for each. One query, one more for each kind with an unused value, and one
    where there is an unknown one.

    Raise Moved where the query has a former slug.
    """

    def __init__(self, query: QueryDict):
        metrics = Metric.objects.shown().for_cards()
        self.figures = [(metric, values_of(metric)) for metric in metrics]
        self.labels: dict[str, dict[str, str]] = {
            kind.name: dict(reversed(self._used(kind))) for kind in KINDS
        }
        self.chosen: dict[str, list[str]] = {}
        self.problems: list[str] = []
        self.misunderstood: list[str] = []
        unknown: dict[Kind, list[str]] = {}
        for kind in KINDS:
            # In the order of the alphabet, so that one choice has one address.
            asked = sorted(filter(None, set(query.getlist(kind.name))))
            if not self.labels[kind.name].keys() >= set(asked):
                self.labels[kind.name] |= every_value(kind)
            labels = self.labels[kind.name]
            self.chosen[kind.name] = [value for value in asked if value in labels]
            unknown[kind] = [value for value in asked if value not in labels]
        lead_on(query, {k.name: (k.model, unknown[k]) for k in KINDS if k.model})
        for kind, values in unknown.items():
            for value in values:
                self._note(kind, value)

    def _note(self, kind: Kind, value: str) -> None:
        if kind.name not in self.misunderstood:
            self.misunderstood.append(kind.name)
        # To look for what was meant takes time; nobody means so many.
        if len(self.problems) < N_PROBLEMS:
            labels = self.labels[kind.name]
            self.problems.append(nobodys(kind.unknown, value, labels))

    def _used(self, kind: Kind) -> list[tuple[str, str]]:
        return [values[kind.name] for _m, values in self.figures if kind.name in values]

    @cached_property
    def metrics(self) -> list[Metric]:
        """The figures that fit, in the site's order; those under review among them."""
        return [metric for metric, values in self.figures if self._fits(values)]

    @property
    def live(self) -> list[Metric]:
        return [metric for metric in self.metrics if metric.is_live]

    @property
    def under_review(self) -> list[Metric]:
        return [metric for metric in self.metrics if not metric.is_live]

    def _fits(self, values, without: str = "") -> bool:
        return all(
            name in values and values[name][0] in chosen
            for name, chosen in self.chosen.items()
            if chosen and name != without
        )

    @property
    def is_empty(self) -> bool:
        return not any(self.chosen.values())

    @property
    def is_mixed(self) -> bool:
        """Whether the choice is no page of its own."""
        return sum(map(len, self.chosen.values())) > 1

    @cached_property
    def facets(self) -> list[Facet]:
        """What can be chosen, each counted without the choice of its own kind."""
        return [Facet(kind.name, kind.label, self._options(kind)) for kind in KINDS]

    def _options(self, kind: Kind) -> list[Option]:
        fitting = [
            values[kind.name][0]
            for _metric, values in self.figures
            if kind.name in values and self._fits(values, without=kind.name)
        ]
        chosen = self.chosen[kind.name]
        options = [
            Option(
                value=value,
                label=self.labels[kind.name][value],
                n_records=fitting.count(value),
                is_chosen=value in chosen,
                without=self.query(without=(kind.name, value)),
            )
            for value in {*fitting, *chosen}
        ]
        return sorted(options, key=lambda option: (-option.n_records, option.label))

    def chips(self) -> list[Option]:
        """Return what is chosen, each with the query string that takes it back."""
        options = (option for facet in self.facets for option in facet.options)
        return [option for option in options if option.is_chosen]

    def text(self) -> str:
        """Return "Chicago, IL or Boston, MA · homicides"; empty without a choice."""
        return " · ".join(
            gettext(" or ").join(self.labels[name][value] for value in values)
            for name, values in self.chosen.items()
            if values
        )

    def query(self, without: tuple[str, str] | None = None) -> str:
        """Return the choice as the address has it: "city=boston&design=time_series"."""
        pairs = [
            (name, value)
            for name, values in self.chosen.items()
            for value in values
            if (name, value) != without
        ]
        return urlencode(pairs)

    def address(self) -> str:
        """Return the permanent address: a lone city or program has its own page."""
        for kind in KINDS:
            if kind.model and self.chosen[kind.name] and not self.is_mixed:
                return reverse(kind.name, args=self.chosen[kind.name])
        page = reverse("impact")
        return page if self.is_empty else f"{page}?{self.query()}"


def every_value(kind: Kind) -> dict[str, str]:
    """Return the label of each value that there is, used by a figure or not."""
    if kind.model:
        fields = ["slug", "name", *(["state"] if kind.model is City else [])]
        return {record.slug: str(record) for record in kind.model.objects.only(*fields)}
    if kind.name == "design":
        return {design.value: str(design.label) for design in Metric.Design}
    return {}


def figures_of(query: QueryDict, *besides: str) -> FigureFilter:
    """Return what a query asks of the figures.

    Raise Refused for a parameter that is neither ours nor one of besides, and for a
    value that is nobody's: where a page shows all and says so, a program would take
    all for what it asked.
    """
    refuse_others(query, [*PARAMETERS, *besides])
    chosen = FigureFilter(query)
    if chosen.problems:
        raise Refused(" ".join(chosen.problems), chosen.misunderstood)
    return chosen


def evidence_of(chosen: FigureFilter):
    """Return the figures of a choice with all that is known of them."""
    keys = [metric.pk for metric in chosen.metrics]
    return Metric.objects.shown().filter(pk__in=keys).for_evidence()
