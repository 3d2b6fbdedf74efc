"""Figures and places as drawings; the pages say the same in words beside them."""

from collections.abc import Iterable
from dataclasses import dataclass

from impact.models import City, Metric


@dataclass(frozen=True)
class Bar:
    """One figure on a scale from 0 to 100 percent; start and width in percent of it.

    A single value is drawn from 0 to it; whisker_x and whisker_width span the interval,
    or the range of values where no interval is reported; None where there is neither.
    """

    metric: Metric
    width: float
    whisker_x: float | None
    whisker_width: float | None


def bars(metrics: Iterable[Metric]) -> list[Bar]:
    """Return a bar for each metric that is a percentage, in the order given.

    Figures that are counts have no place on a scale of percent and are left out.
    """
    return [bar_of(metric) for metric in metrics if metric.unit == Metric.Unit.PERCENT]


def bar_of(metric: Metric) -> Bar:
    span = interval_or_range(metric)
    low, high = span if span else (None, None)
    return Bar(
        metric=metric,
        width=on_scale((metric.value_low + metric.value_high) / 2),
        whisker_x=None if low is None else on_scale(low),
        whisker_width=None if low is None else on_scale(high) - on_scale(low),
    )


def interval_or_range(metric: Metric):
    if metric.interval_low is not None and metric.interval_high is not None:
        return metric.interval_low, metric.interval_high
    if metric.value_low != metric.value_high:
        return metric.value_low, metric.value_high
    return None


def on_scale(value) -> float:
    """Return value within 0 to 100: an increase of more ends at the edge."""
    return float(max(0, min(value, 100)))


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
