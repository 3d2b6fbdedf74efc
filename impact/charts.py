"""Figures and places as drawings; the pages say the same in words beside them."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor

from impact.models import City, Metric

TICK_STEPS = [25, 50, 100, 250, 500, 1000]
MAX_TICKS = 5


@dataclass(frozen=True)
class Span:
    """A part of a row, in percent of its width from the left."""

    x: float
    width: float


@dataclass(frozen=True)
class Axis:
    """The scale of a chart, from start at its left to end at its right.

    Both are changes in percent, a fall below 0. Where all figures fell, start is 0 and
    end -100, so that bars begin where the names of their rows end.
    """

    start: int
    end: int

    def place(self, change) -> float:
        """Return where a change stands, in percent of the width from the left."""
        part = (float(change) - self.start) / (self.end - self.start)
        return round(100 * part, 2)

    def span(self, one, other) -> Span:
        left, right = sorted([self.place(one), self.place(other)])
        return Span(left, round(right - left, 2))

    @property
    def zero(self) -> float:
        return self.place(0)

    @property
    def ticks(self) -> list[tuple[float, str]]:
        """The places that are marked, from the left, each with its change: "−50%"."""
        low, high = sorted([self.start, self.end])
        step = tick_step(low, high)
        first = -(-low // step) * step
        changes = range(first, high + 1, step)
        marked = ((self.place(change), f"{change:+d}%") for change in changes)
        return sorted((x, tick_text(text)) for x, text in marked)


def tick_step(low: int, high: int) -> int:
    fitting = (step for step in TICK_STEPS if (high - low) / step < MAX_TICKS)
    return next(fitting, high - low)


def tick_text(text: str) -> str:
    return "0" if text == "+0%" else text.replace("-", "−")


@dataclass(frozen=True)
class Bar:
    """One figure drawn.

    size reaches from no change to the value, or to the lower end of a range; range is
    the rest of one, interval what the study reports. Each is None where there is none.
    """

    metric: Metric
    size: Span | None
    range: Span | None
    interval: Span | None


@dataclass(frozen=True)
class Chart:
    """Percentages of change, grouped by outcome; n_counts figures are no percentage."""

    axis: Axis
    groups: list[tuple[str, list[Bar]]]
    n_counts: int

    @property
    def has_intervals(self) -> bool:
        return any(bar.interval for _outcome, bars in self.groups for bar in bars)

    @property
    def has_ranges(self) -> bool:
        return any(bar.range for _outcome, bars in self.groups for bar in bars)


def chart_of(metrics: Iterable[Metric]) -> Chart | None:
    """Draw live metrics in the order given; None where none is a percentage."""
    metrics = list(metrics)
    percentages = [metric for metric in metrics if metric.unit == Metric.Unit.PERCENT]
    if not percentages:
        return None
    axis = axis_for(percentages)
    groups: dict[str, tuple[str, list[Bar]]] = {}
    for metric in percentages:
        group = groups.setdefault(metric.outcome_slug(), (metric.outcome, []))
        group[1].append(bar_of(metric, axis))
    return Chart(axis, list(groups.values()), len(metrics) - len(percentages))


def axis_for(metrics: Iterable[Metric]) -> Axis:
    """Return the scale that has room for the values and intervals of all metrics."""
    changes = [0, *(change for metric in metrics for change in changes_of(metric))]
    low, high = floor(min(changes) / 50) * 50, ceil(max(changes) / 50) * 50
    if high == 0:
        return Axis(0, min(low, -100))
    return Axis(low, max(high, 100) if low == 0 else high)


def changes_of(metric: Metric) -> list[Decimal]:
    """Return what a metric reaches, a fall below 0; nothing where nothing changed.

    An interval is written as the value is: of a fall, from -5 to 40 is from a rise by
    5% to a fall by 40%.
    """
    if metric.direction == Metric.Direction.UNCHANGED:
        return []
    sign = -1 if metric.direction == Metric.Direction.FELL else 1
    values = [metric.value_low, metric.value_high]
    if metric.interval_low is not None:
        values += [metric.interval_low, metric.interval_high]
    return [sign * value for value in values]


def bar_of(metric: Metric, axis: Axis) -> Bar:
    changes = changes_of(metric)
    if not changes:
        return Bar(metric, None, None, None)
    low, high, *interval = changes
    return Bar(
        metric,
        size=axis.span(0, low),
        range=axis.span(low, high) if low != high else None,
        interval=axis.span(*interval) if interval else None,
    )


@dataclass(frozen=True)
class Dot:
    """A city on the map of static/img/us-states.svg, in its units."""

    city: City
    x: float
    y: float


def dots(cities: Iterable[City]) -> list[Dot]:
    """Return a dot for each city that has a place on the map."""
    points = ((city, city.map_point()) for city in cities)
    return [
        Dot(city, round(point[0], 1), round(point[1], 1))
        for city, point in points
        if point
    ]
