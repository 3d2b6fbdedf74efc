"""Figures as drawings: where each change falls on the scale."""

import pytest

import make
from impact.charts import Axis, Span, chart_of

pytestmark = pytest.mark.django_db


def fell(low, high=None, **fields):
    return make.metric(value_low=low, value_high=high or low, **fields)


def rose(low, high=None, **fields):
    return fell(low, high, direction="rose", **fields)


def interval(low, high):
    return {
        "interval_not_reported": False,
        "interval_low": low,
        "interval_high": high,
    }


def drawn(*metrics):
    """Return the axis, and of each metric what is drawn."""
    for metric in metrics:
        metric.refresh_from_db()
    chart = chart_of(metrics)
    bars = [bar for _outcome, bars in chart.groups for bar in bars]
    return chart.axis, [(bar.size, bar.range, bar.interval) for bar in bars]


def test_where_all_fell_bars_begin_at_the_left():
    axis, bars = drawn(fell(63), fell(20))

    assert (axis.start, axis.end) == (0, -100)
    assert bars == [(Span(0, 63), None, None), (Span(0, 20), None, None)]


def test_a_range_goes_on_where_its_lowest_value_ends():
    _, [(size, extent, _)] = drawn(fell(35, 42))

    assert (size, extent) == (Span(0, 35), Span(35, 7))


def test_where_some_rose_no_change_stands_in_between():
    axis, bars = drawn(fell(40), rose(30))

    assert (axis.start, axis.end) == (-50, 50)
    assert [size for size, _, _ in bars] == [Span(10, 40), Span(50, 30)]


def test_where_all_rose_the_scale_has_room_for_the_largest():
    axis, [(size, _, _)] = drawn(rose(160))

    assert (axis.start, axis.end) == (0, 200)
    assert size == Span(0, 80)


def test_an_interval_that_reaches_from_a_fall_to_a_rise_crosses_no_change():
    axis, [(size, _, reported)] = drawn(fell(20, **interval(-10, 45)))

    assert (axis.start, axis.end) == (-50, 50)
    assert size == Span(30, 20)
    assert reported == Span(5, 55)
    assert reported.x < axis.zero < reported.x + reported.width


def test_an_interval_of_a_rise_is_not_turned_round():
    _, [(_, _, reported)] = drawn(rose(20, **interval(5, 35)))

    assert reported == Span(5, 30)


def test_what_did_not_clearly_change_has_no_bar():
    _, bars = drawn(fell(20), fell(4, direction="unchanged"))

    assert bars[1] == (None, None, None)


def test_counts_are_no_percentages():
    count = fell(120, unit="count")

    assert chart_of([count]) is None
    assert chart_of([count, fell(20)]).n_counts == 1
    assert chart_of([]) is None


@pytest.mark.parametrize(
    "start,end,ticks",
    [
        (0, -100, ["0", "−25%", "−50%", "−75%", "−100%"]),
        (-50, 50, ["−50%", "−25%", "0", "+25%", "+50%"]),
        (-100, 150, ["−100%", "0", "+100%"]),
        (0, 900, ["0", "+250%", "+500%", "+750%"]),
        (-50, 12000, ["0"]),
    ],
)
def test_the_scale_is_marked_at_round_changes(start, end, ticks):
    marked = Axis(start, end).ticks

    assert [text for _, text in marked] == ticks
    assert all(0 <= x <= 100 for x, _ in marked)
