"""Pages that show more than one app."""

from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from impact.charts import dots
from impact.citing import apa_parts, works
from impact.downloads import figures_take_away
from impact.embedding import frame, oembed_urls
from impact.models import City, Correction, Metric, Program
from impact.sharing import city_image, figure_image
from impact.structured import city_page, metric_page
from news.charts import year_bars
from news.facets import facets_to_pick_from
from news.index import NewsIndex, news_index
from news.outputs import feed_title, take_away
from news.selection import Selection
from nnsc.fragments import part
from nnsc.outputs import TakeAway
from nnsc.paging import page_of
from nnsc.previews import shows
from nnsc.public import public_page
from nnsc.structured import json_ld, organization, page_below, website
from principles.models import Principle

N_LATEST = 6
N_RELATED = 3
PER_PAGE = 20


@public_page()
def home(request):
    """The mission, the principles, the latest news and the figures. Ten queries.

    Two where its parts are kept: what they need is read when they are made.
    """
    index = news_index()
    cities = City.objects.all()
    context = {
        "principles": Principle.objects.live,
        "articles": index.select(index.all)[:N_LATEST],
        "facets": lambda: facets_to_pick_from(index, "city", "tag", "year"),
        "metrics": lambda: Metric.objects.live().for_cards(),
        "under_review": SimpleLazyObject(
            lambda: Metric.objects.under_review().for_cards()
        ),
        "cities": cities,
        "dots": SimpleLazyObject(lambda: dots(cities)),
        "take_away": take_away(feed_title(), reverse("article_list")),
        "structured_data": json_ld(organization(), website()),
    }
    return render(request, "front/home.html", context)


@public_page()
def city_list(request):
    """All cities on a map and by state, with what there is on each. Three queries."""
    cities = SimpleLazyObject(cities_by_state)
    context = {
        "cities": cities,
        "dots": SimpleLazyObject(lambda: dots(cities)),
        "take_away": TakeAway(csv=reverse("city_csv"), json=reverse("api:cities")),
    }
    return render(request, "front/city_list.html", context)


def cities_by_state() -> list[City]:
    """Return all cities, each with n_metrics and n_articles."""
    cities = list(City.objects.with_counts(metrics=Metric.objects.live()))
    n_articles = dict(news_index().counts("city"))
    for city in cities:
        city.n_articles = n_articles.get(city.pk, 0)
    return sorted(cities, key=lambda city: (city.get_state_display(), city.name))


def render_city(request, city):
    """What is known of one city: its figures first, its programs, its news."""
    index = news_index()
    articles = index.of("city", city.pk)
    # Read when a part of the page is made that shows them.
    metrics = SimpleLazyObject(
        lambda: list(Metric.objects.live().in_city(city).for_cards())
    )
    programs = SimpleLazyObject(lambda: list(Program.objects.filter(cities=city)))

    def image():
        return city_image(city, metrics, programs)

    context = {
        "city": city,
        "metrics": metrics,
        "under_review": SimpleLazyObject(
            lambda: Metric.objects.under_review().in_city(city).for_cards()
        ),
        "programs": programs,
        "page": page_of(request, articles, PER_PAGE),
        "years": lambda: year_bars(index.counts("year", within=articles.bits)),
        "neighbours": index.others_in_state(city),
        "take_away": take_away(feed_title(city), request.path, f"city={city.slug}"),
        "figures_take_away": figures_take_away(f"city={city.slug}"),
        "share_image": SimpleLazyObject(
            lambda: part("city-image", city.pk, ("impact",), image)
        ),
        "structured_data": json_ld(*city_page(city)),
    }
    return render(request, "front/city.html", context)


@public_page("page")
@shows(render_city)
def city(request, slug):
    return render_city(request, get_object_or_404(City, slug=slug))


@public_page()
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
        "figures_take_away": figures_take_away(f"program={program.slug}"),
        "structured_data": page_below(_("Programs"), reverse("program_list"), program),
    }
    return render(request, "front/program.html", context)


@public_page("page")
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


def render_metric(request, metric, is_whole):
    """Render the page of a figure; without its number while evidence is missing."""
    others = list(Metric.objects.shown().beside(metric).for_cards())
    context = {
        "metric": metric,
        "others": [other for other in others if other.is_live],
        "others_under_review": [other for other in others if other.is_under_review],
        "corrections": metric.corrections.order_by("-id"),
        "related": news_about(metric, news_index())[:N_RELATED],
        "cited": [],
        "frame": None,
        "oembed_urls": None,
    }
    is_public = not hasattr(request, "preview")
    if is_public:
        context["structured_data"] = json_ld(*metric_page(metric))
    if is_public and metric.is_live:
        context |= {
            "cited": list(map(apa_parts, works([metric]))),
            "frame": frame(metric),
            "oembed_urls": oembed_urls(metric),
            "share_image": figure_image(metric),
        }
    template = "metric.html" if is_whole else "metric_under_review.html"
    return render(request, f"front/{template}", context)


def preview_metric(request, metric):
    is_whole = bool(metric.direction) and not metric.missing_for_publishing()
    return render_metric(request, metric, is_whole)


@public_page()
@shows(preview_metric)
def metric(request, pk, slug):
    """Show one figure with its evidence, or that it is under review or withdrawn.

    An old slug leads to its address. Nine queries.
    """
    metric = get_object_or_404(Metric.objects.for_evidence(), pk=pk)
    if metric.is_withdrawn:
        withdrawn = metric.corrections.filter(kind=Correction.Kind.WITHDRAWN)
        context = {"metric": metric, "withdrawal": withdrawn.order_by("id").last()}
        return render(request, "front/metric_withdrawn.html", context, status=410)
    if not metric.is_live and not metric.is_under_review:
        raise Http404(_("There is no such figure here."))
    if slug != metric.slug:
        return redirect(metric, permanent=True)
    return render_metric(request, metric, is_whole=metric.is_live)


def news_about(metric: Metric, index: NewsIndex) -> Selection:
    """Return the news of its city that has the tag of its program, else of either."""
    in_city = index.having("city", [metric.city_id])
    of_program = index.having("tag", [metric.program and metric.program.tag_id])
    return index.select(in_city & of_program or in_city | of_program)


@public_page()
def about(request):
    return render(request, "front/about.html")


@public_page()
def accessibility(request):
    return render(request, "front/accessibility.html")
