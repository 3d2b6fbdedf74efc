"""Numbers of articles as drawings; the cells beside them say the same."""

from dataclasses import dataclass


@dataclass(frozen=True)
class YearBar:
    """A year, its articles, and the width of its bar in percent of the longest."""

    year: int
    n_articles: int
    width: float


def year_bars(counts: list[tuple[int, int]]) -> list[YearBar]:
    """Return a bar for each year from the first to the last, the newest first.

    counts are (year, articles) of the years that have any; the others get an empty bar,
    for a gap in the news is a thing to see.
    """
    if not counts:
        return []
    found = dict(counts)
    longest = max(found.values())
    return [
        YearBar(year, found.get(year, 0), round(100 * found.get(year, 0) / longest, 1))
        for year in range(max(found), min(found) - 1, -1)
    ]
