from django.shortcuts import render
from django.urls import reverse

from impact.charts import bars
from impact.models import Metric
from impact.structured import dataset
from nnsc.outputs import TakeAway
from nnsc.public import public_page
from nnsc.structured import json_ld


@public_page()
def impact(request):
    """Show every figure with its evidence, and those under review without a number."""
    metrics = list(Metric.objects.live().for_cards())
    context = {
        "metrics": metrics,
        "bars": bars(metrics),
        "under_review": Metric.objects.under_review().for_cards(),
        "take_away": TakeAway(csv=reverse("metric_csv"), json=reverse("api:metrics")),
        "structured_data": json_ld(dataset(metrics)),
    }
    return render(request, "impact/impact.html", context)
