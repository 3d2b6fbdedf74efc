from django.conf import settings
from django.shortcuts import render

from impact.charts import chart_of
from impact.downloads import figures_take_away
from impact.facets import PARAMETERS, FigureFilter
from impact.methods import counted_methods
from impact.structured import dataset
from nnsc.public import public_page
from nnsc.structured import json_ld


@public_page(*PARAMETERS)
def impact(request):
    """Show the figures that fit the reader's choice of facets, drawn and as a table.

    Those under review stand apart, without a number. Two queries.
    """
    chosen = FigureFilter(request.GET)
    context = {
        "chosen": chosen,
        "metrics": chosen.live,
        "under_review": chosen.under_review,
        "chart": chart_of(chosen.live),
        "canonical_url": settings.SITE_URL + chosen.address(),
        "take_away": figures_take_away(chosen.query()),
        # A part of the figures is no dataset of its own.
        "structured_data": json_ld(dataset(chosen.live)) if chosen.is_empty else None,
    }
    return render(request, "impact/impact.html", context)


@public_page()
def methods(request):
    """Explain designs, intervals and what the words of the figures mean."""
    return render(request, "impact/methods.html", {"methods": counted_methods()})
