from django.shortcuts import render

from impact.charts import bars
from impact.models import Metric


def impact(request):
    """Show every figure with its evidence, and those under review without a number."""
    metrics = list(Metric.objects.live().for_cards())
    context = {
        "metrics": metrics,
        "bars": bars(metrics),
        "under_review": Metric.objects.under_review().for_cards(),
    }
    return render(request, "impact/impact.html", context)
