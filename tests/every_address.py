"""Every address of the site, out of its URLconf, with records that are there."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.urls import get_resolver
from django.urls.resolvers import URLPattern

from impact.models import City, Metric, Program
from news.models import Article, Source
from nnsc.models import Tag
from nnsc.outputs import absolute
from principles.models import Principle

PART = re.compile(r"<(?:[a-z_]+:)?(?P<name>[a-z_]+)>")
SLUGS = {
    "news/tags": Tag,
    "tags": Tag,
    "sources": Source,
    "cities": City,
    "programs": Program,
    "principles": Principle,
}
# Of what the patterns of regular expressions let through, one each.
SPELLED = {
    r"^impact/news(?:/P\d+)?/?$": "impact/news/P25",
    r"^(?P<app_label>": "news/",
    r"(?P<url>.*)$": "nothing/here",
}


def routes() -> list[str]:
    """Return every route of the URLconf: "cities/<slug:slug>/"."""
    return list(_routes(get_resolver().url_patterns, ""))


def _routes(patterns, before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern.url_patterns, route)


def addresses() -> list[str]:
    """Return an address of each route, of a record wherever there is one."""
    return [f"/{address_of(route)}" for route in routes()]


def address_of(route: str) -> str:
    if route == "oembed/":
        metric = Metric.objects.live().order_by("pk").first()
        return f"{route}?{urlencode({'url': absolute(metric.get_absolute_url())})}"
    for pattern, spelled in SPELLED.items():
        if pattern in route:
            return route[: route.index(pattern)] + spelled
    return PART.sub(lambda part: value_of(part["name"], route), route)


def value_of(name: str, route: str) -> str:
    article = Article.objects.live().exclude(dated=None).order_by("pk").last()
    metric = Metric.objects.live().order_by("pk").first()
    is_figure = "impact/<int:pk>" in route or route.startswith("api/v1/metrics/")
    if is_figure and name in ("pk", "id"):
        return str(metric.pk)
    if is_figure and name == "slug":
        return metric.slug
    if name == "slug" and route.startswith("news/<int:pk>"):
        return article.slug
    if name == "slug":
        kind = route.removeprefix("api/v1/").removeprefix("share/").partition("/<")[0]
        return SLUGS[kind].objects.order_by("pk").first().slug
    if name == "object_id":
        return str(record_of(route))
    values = {
        "pk": article.pk,
        "id": article.pk,
        "year": article.dated.year,
        "month": f"{article.dated.month:02}",
        "form": "json" if "<figure_form:" in route else "atom",
        "version": "0" * 12,
        "part": "articles",
        "number": 1,
        "name": f"{'0' * 32}-480.webp",
        "token": "a" * 32,
        "content_type_id": 1,
    }
    return str(values[name])


def record_of(route: str):
    """Return the key of a record that the admin's route is about."""
    _admin, app, model, *_rest = [*route.split("/"), "", ""]
    try:
        found = apps.get_model(app, model)
    except LookupError:
        return 1
    assert admin.site.is_registered(found)
    return found._default_manager.values_list("pk", flat=True).order_by("pk").first()
