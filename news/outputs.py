"""The news as it is taken away: what may be asked of it, and where each page's is."""

import re
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from news.dates import Precision, date_text, first_of
from news.facets import KINDS, NewsFilter
from news.index import NewsIndex, news_index
from nnsc.outputs import NotReady, Refused, TakeAway, refuse_others
from nnsc.search_queries import read_query
from nnsc.searching import BEHIND

MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")
PARAMETERS = [*(kind.name for kind in KINDS), "month", "q"]
MAX_SHOWN_LENGTH = 60


class Choice(NewsFilter):
    """A reader's choice, by month too: "month=2016-01" has no box on the page."""

    def __init__(self, query: QueryDict, index: NewsIndex):
        super().__init__(query, index)
        self.chosen["month"] = {}
        for asked in sorted(filter(None, set(query.getlist("month")))):
            month = read_month(asked)
            if month in index.bitmaps["month"]:
                self.chosen["month"][asked] = month
            else:
                self.problems.append(
                    _("No news of the month “%(month)s”. Months look like 2016-01.")
                    % {"month": asked[:MAX_SHOWN_LENGTH]}
                )
        self.asked_words = query.get("q", "").strip()
        if self.asked_words and not self.words:
            self.problems.append(
                _("There is no word to look for in “%(words)s”.")
                % {"words": self.asked_words[:MAX_SHOWN_LENGTH]}
            )

    def label(self, name, value):
        if name == "month":
            return date_text(first_of(*value), Precision.MONTH)
        return super().label(name, value)

    def name(self) -> str:
        """Return what names the choice for ever: "city=3&city=7&year=2016"."""
        parts = [
            f"{name}={asked if name == 'month' else value}"
            for name, values in self.chosen.items()
            for asked, value in sorted(values.items(), key=lambda pair: pair[1])
        ]
        if self.words:
            parts.append(urlencode({"q": self.words}))
        return "&".join(parts)

    def misunderstood(self, query: QueryDict) -> list[str]:
        """Return the parameters of the query with a value that is nobody's."""
        names = [
            name
            for name, values in self.chosen.items()
            if any(asked and asked not in values for asked in query.getlist(name))
        ]
        # Words that were read as others count as misunderstood too.
        read = read_query(self.asked_words).typed
        if self.asked_words and (not self.words or self.words != read):
            names.append("q")
        return names


def read_month(asked: str) -> tuple[int, int] | None:
    match = MONTH.fullmatch(asked)
    return (int(match[1]), int(match[2])) if match else None


def choice_of(request: HttpRequest, *besides: str) -> Choice:
    """Return what the request asks of the news.

    Raise Refused for a parameter that is neither ours nor one of besides, and for a
    value that is nobody's: where a page shows all and says so, a program would take
    all for what it asked. Raise NotReady where not all is known that has its words.
    """
    refuse_others(request.GET, [*PARAMETERS, *besides])
    choice = Choice(request.GET, news_index())
    if choice.is_behind:
        raise NotReady(BEHIND)
    if choice.problems:
        raise Refused(" ".join(choice.problems), choice.misunderstood(request.GET))
    return choice


def take_away(title: str, page: str, query: str = "", feed_query: str = "") -> TakeAway:
    """Return where the news of a page is in other forms. query narrows all the news."""
    return TakeAway(
        title=title,
        page=page,
        csv=reverse("article_csv"),
        json=reverse("api:articles"),
        query=query,
        feed_query=feed_query,
    )


def feed_title(of: object = "") -> str:
    """Return "News: Chicago, IL · National Network for Safe Communities"."""
    news = _("News: %(of)s") % {"of": of} if of else _("News & Updates")
    return f"{news} · {_('National Network for Safe Communities')}"
