from django.shortcuts import render
from django.urls import reverse

from impact.charts import bars
from impact.models import Metric
from impact.structured import dataset
from nnsc.outputs import TakeAway
from nnsc.previews import shows
from nnsc.structured import json_ld


def render_impact(request, metrics, under_review, structured_data=""):
    context = {
        "metrics": metrics,
        "bars": bars(metrics),
        "under_review": under_review,
        "take_away": TakeAway(csv=reverse("metric_csv"), json=reverse("api:metrics")),
        "structured_data": structured_data,
    }
    return render(request, "impact/impact.html", context)


def with_metric(request, metric):
    """Render the page with a metric in its place, saved or not.

    One that lacks a part of its evidence stands among those under review.
    """
    metrics, under_review = (
        list(some.exclude(pk=metric.pk).for_cards())
        for some in (Metric.objects.live(), Metric.objects.under_review())
    )
    is_whole = metric.direction and not metric.missing_for_publishing()
    among = metrics if is_whole else under_review
    among.append(metric)
    # A new one comes last.
    among.sort(key=lambda one: (one._state.adding, one.position, one.pk))
    return render_impact(request, metrics, under_review)


@shows(with_metric)
def impact(request):
    """Show every figure with its evidence, and those under review without a number."""
    metrics = list(Metric.objects.live().for_cards())
    under_review = Metric.objects.under_review().for_cards()
    return render_impact(request, metrics, under_review, json_ld(dataset(metrics)))
