"""The page that says what can be taken away, with examples that run."""

from django.shortcuts import render
from django.urls import reverse

from impact.downloads import figures_take_away
from impact.models import Metric
from news.index import news_index
from news.outputs import take_away
from nnsc.outputs import TakeAway, absolute, with_query
from nnsc.public import public_page

LISTS = [
    ("article_list", "article_csv", "articles"),
    ("source_list", "source_csv", "sources"),
    ("tag_list", "tag_csv", "tags"),
    ("city_list", "city_csv", "cities"),
    ("program_list", "program_csv", "programs"),
    ("impact", "metric_csv", "metrics"),
    ("principle_list", "principle_csv", "principles"),
]


@public_page()
def data(request):
    """Say what there is, with examples out of what is published now."""
    query = example_query()
    figure = Metric.objects.live().for_cards().first()
    context = {
        "lists": [
            {
                "page": page,
                "take_away": TakeAway(csv=reverse(csv), json=reverse(f"api:{name}")),
            }
            for page, csv, name in LISTS
        ],
        "news": take_away(title="", page=reverse("article_list")),
        "feed_url": absolute(with_query(reverse("article_list") + "feed.atom", query)),
        "csv_url": absolute(with_query(reverse("article_csv"), query)),
        "json_url": absolute(with_query(reverse("api:articles"), query)),
        "figures": figures_take_away(),
        "figure": figure,
        "figure_url": figure and absolute(reverse("figure", args=[figure.pk, "zip"])),
        "openapi_url": absolute(reverse("api:openapi-json")),
    }
    return render(request, "front/data.html", context)


def example_query() -> str:
    """Return the query of the city and the year with the most news, "" without news."""
    index = news_index()
    cities = index.named("city")
    if not cities:
        return ""
    city, _ = max(cities, key=lambda pair: pair[1])
    having = index.having("city", [city.pk])
    years = [(year, having & bits) for year, bits in index.bitmaps["year"].items()]
    year, _ = max(years, key=lambda pair: (pair[1].bit_count(), pair[0]))
    return f"city={city.slug}&year={year}"
