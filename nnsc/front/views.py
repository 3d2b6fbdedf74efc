"""Pages that show more than one app."""

from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from impact.charts import dots
from impact.models import City, Metric, Program
from impact.structured import city_page
from news.charts import year_bars
from news.facets import facets_to_pick_from
from news.index import news_index
from news.outputs import feed_title, take_away
from nnsc.outputs import TakeAway
from nnsc.paging import page_of
from nnsc.previews import shows
from nnsc.structured import json_ld, organization, page_below, website
from principles.models import Principle

N_LATEST = 6
PER_PAGE = 20


def home(request):
    """The mission, the principles, the latest news and the figures. Ten queries."""
    cities = list(City.objects.all())
    index = news_index()
    context = {
        "principles": Principle.objects.live(),
        "articles": index.select(index.all)[:N_LATEST],
        "facets": facets_to_pick_from(index, "city", "tag", "year"),
        "metrics": Metric.objects.live().for_cards(),
        "under_review": Metric.objects.under_review().select_related("city"),
        "cities": cities,
        "dots": dots(cities),
        "n_states": len({city.state for city in cities}),
        "take_away": take_away(feed_title(), reverse("article_list")),
        "structured_data": json_ld(organization(), website()),
    }
    return render(request, "front/home.html", context)


def city_list(request):
    """All cities on a map and by state, with what there is on each. Three queries."""
    cities = list(City.objects.with_counts(metrics=Metric.objects.live()))
    n_articles = dict(news_index().counts("city"))
    for city in cities:
        city.n_articles = n_articles.get(city.pk, 0)
    cities.sort(key=lambda city: (city.get_state_display(), city.name))
    context = {
        "cities": cities,
        "dots": dots(cities),
        "take_away": TakeAway(csv=reverse("city_csv"), json=reverse("api:cities")),
    }
    return render(request, "front/city_list.html", context)


def render_city(request, city):
    """What is known of one city: its figures first, its programs, its news."""
    index = news_index()
    articles = index.of("city", city.pk)
    context = {
        "city": city,
        "metrics": Metric.objects.live().in_city(city).for_cards(),
        "under_review": Metric.objects.under_review().in_city(city).for_cards(),
        "programs": Program.objects.filter(cities=city),
        "page": page_of(request, articles, PER_PAGE),
        "years": year_bars(index.counts("year", within=articles.bits)),
        "neighbours": index.others_in_state(city),
        "take_away": take_away(feed_title(city), request.path, f"city={city.slug}"),
        "figures_take_away": figures(f"city={city.slug}"),
        "structured_data": json_ld(*city_page(city)),
    }
    return render(request, "front/city.html", context)


@shows(render_city)
def city(request, slug):
    return render_city(request, get_object_or_404(City, slug=slug))


def program_list(request):
    """Strategies, then local initiatives with their cities. Three queries."""
    programs = Program.objects.prefetch_related("cities")
    kinds = [
        {
            "name": kind,
            "programs": [program for program in programs if program.kind == kind],
        }
        for kind in Program.Kind
    ]
    context = {
        "kinds": kinds,
        "take_away": TakeAway(csv=reverse("program_csv"), json=reverse("api:programs")),
    }
    return render(request, "front/program_list.html", context)


def render_program(request, program):
    articles = news_index().of("tag", program.tag_id)
    context = {
        "program": program,
        "cities": program.cities.all(),
        "metrics": Metric.objects.live().of_program(program).for_cards(),
        "under_review": Metric.objects.under_review().of_program(program).for_cards(),
        "page": page_of(request, articles, PER_PAGE),
        "take_away": program_news(program),
        "figures_take_away": figures(f"program={program.slug}"),
        "structured_data": page_below(_("Programs"), reverse("program_list"), program),
    }
    return render(request, "front/program.html", context)


@shows(render_program)
def program(request, slug):
    programs = Program.objects.select_related("tag")
    return render_program(request, get_object_or_404(programs, slug=slug))


def program_news(program: Program) -> TakeAway:
    """Where its news is in other forms: only a tag can be asked of tables."""
    title, page = feed_title(program), program.get_absolute_url()
    if program.tag is None:
        return TakeAway(title=title, page=page)
    return take_away(title, page, f"tag={program.tag.slug}")


def figures(query: str) -> TakeAway:
    return TakeAway(csv=reverse("metric_csv"), json=reverse("api:metrics"), query=query)


def about(request):
    return render(request, "front/about.html")


def accessibility(request):
    return render(request, "front/accessibility.html")
