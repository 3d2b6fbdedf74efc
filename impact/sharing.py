"""The pictures of figures and cities, shown where their addresses are shared."""

from collections.abc import Sequence

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from impact.models import City, Metric, Program
from nnsc.outputs import absolute
from nnsc.sharing import Card, Row, SharedImage, picture

N_ROWS = 3


def figure_card(metric: Metric) -> Card:
    """Return what stands on the picture of a live metric, which names its study."""
    lines = [f"{metric.city or metric.program}, {metric.years_text()}"]
    if metric.city and metric.program:
        lines.append(metric.program.name)
    is_clear = metric.direction != Metric.Direction.UNCHANGED
    return Card(
        number=metric.value_text() if is_clear else "",
        direction=metric.direction,
        title=metric.property_text() if is_clear else metric.change_text(),
        lines=tuple(lines),
        foot=str(metric.citation),
    )


def city_card(
    city: City, metrics: Sequence[Metric], programs: Sequence[Program]
) -> Card:
    """Return what stands on the picture of a city: its first live metrics."""
    lines = [city.get_state_display()]
    if len(metrics) > N_ROWS:
        n_more = len(metrics) - N_ROWS
        more = ngettext("and %(n)d more figure", "and %(n)d more figures", n_more)
        lines = [f"{lines[0]}, {more % {'n': n_more}}"]
    if not metrics and programs:
        lines.append(", ".join(program.name for program in programs))
    return Card(
        title=city.name,
        lines=tuple(lines),
        rows=tuple(map(row_of, metrics[:N_ROWS])),
    )


def row_of(metric: Metric) -> Row:
    is_clear = metric.direction != Metric.Direction.UNCHANGED
    change = metric.property_text() if is_clear else metric.change_text()
    return Row(
        number=metric.value_text() if is_clear else "",
        direction=metric.direction,
        words=f"{change}, {metric.years_text()}",
        study=metric.citation.short_text(),
    )


def figure_image(metric: Metric) -> SharedImage:
    card = figure_card(metric)
    path = reverse("share_figure", args=[metric.pk, card.version])
    return SharedImage(absolute(path), card.alt)


def city_image(city: City, metrics, programs) -> SharedImage:
    card = city_card(city, metrics, programs)
    path = reverse("share_city", args=[city.slug, card.version])
    return SharedImage(absolute(path), card.alt)


@require_safe
def figure_picture(request, pk, version):
    """Send the picture of a live figure; one that is not live has none. One query."""
    metric = get_object_or_404(Metric.objects.live().for_cards(), pk=pk)
    card = figure_card(metric)
    path = reverse("share_figure", args=[pk, card.version])
    return picture(request, card, version, path)


@require_safe
def city_picture(request, slug, version):
    """Send the picture of a city. Three queries."""
    city = get_object_or_404(City, slug=slug)
    metrics = list(Metric.objects.live().in_city(city).for_cards())
    card = city_card(city, metrics, list(Program.objects.filter(cities=city)))
    path = reverse("share_city", args=[slug, card.version])
    return picture(request, card, version, path)
