"""Figures to take away, at addresses that never change: one, all, or a choice of them.

/impact/5.csv, /impact/5.zip, /impact.json?city=boston: the ending says the form.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from impact.archive import Selection, archive, document
from impact.citing import apa, bibtex, ris, works
from impact.corrections import earlier_version, history_of, number_in
from impact.facets import evidence_of, figures_of
from impact.models import Correction, Metric
from impact.tables import METRIC
from nnsc.outputs import Gone, TakeAway, output, refuse_others, with_query
from nnsc.tables import csv_response


@dataclass(frozen=True)
class Form:
    """A form of figures: its type, and what makes it."""

    content_type: str
    make: Callable[[Selection], str | bytes]


def cited_by(write: Callable) -> Callable[[Selection], str]:
    return lambda selection: write(works(selection.live))


def lines(works) -> str:
    return "".join(f"{apa(work)}\n" for work in works)


FORMS = {
    "json": Form("application/json", document),
    "zip": Form("application/zip", archive),
    "bib": Form("application/x-bibtex; charset=utf-8", cited_by(bibtex)),
    "ris": Form("application/x-research-info-systems; charset=utf-8", cited_by(ris)),
    "txt": Form("text/plain; charset=utf-8", cited_by(lines)),
}
CITING = ["bib", "ris", "txt"]


def figures_take_away(query: str = "") -> TakeAway:
    """Return where a choice of the figures is in other forms."""
    csv, json, archive = (reverse("figures", args=[f]) for f in ("csv", "json", "zip"))
    return TakeAway(csv=csv, json=json, zip=archive, query=query)


@output
def figures(request, form):
    """Answer with the figures of a choice in one form. At most five queries."""
    chosen = figures_of(request.GET)
    title = _("Figures of the National Network for Safe Communities")
    selection = Selection(
        name="impact",
        title=f"{title}: {chosen.text()}" if chosen.text() else title,
        page=with_query(reverse("impact"), chosen.query()),
        metrics=list(evidence_of(chosen)),
    )
    return answer(selection, form)


@output
def figure(request, pk, form):
    """Answer with one figure in one form. At most five queries.

    As JSON, with ?version=1, as it stood in an earlier version.
    """
    refuse_others(request.GET, ["version"] if form == "json" else [])
    number = number_in(request.GET) if "version" in request.GET else None
    if number and Correction.objects.filter(metric=pk, version=number).exists():
        return earlier_version(pk, number)
    metric = public_figure(pk)
    history = history_of(metric)
    if number not in (None, history["version"]):
        raise Http404(_("This figure has no such version."))
    if not metric.is_live and form in CITING:
        raise Http404(_("A figure under review has no study that could be cited."))
    selection = Selection(
        name=f"figure-{metric.pk}",
        title=metric.sentence() if metric.is_live else metric.headline,
        page=metric.get_absolute_url(),
        metrics=[metric],
        history=history,
    )
    return answer(selection, form)


def public_figure(pk: int) -> Metric:
    """Return a figure that readers see. Raise Gone where it was withdrawn."""
    metric = get_object_or_404(Metric.objects.for_evidence(), pk=pk)
    if metric.is_withdrawn:
        raise Gone(_("This figure was withdrawn and should not be cited any more."))
    if not metric.is_live and not metric.is_under_review:
        raise Http404(_("There is no such figure here."))
    return metric


def answer(selection: Selection, form: str):
    if form == "csv":
        return csv_response(selection.name, METRIC, selection.metrics)
    return HttpResponse(
        FORMS[form].make(selection),
        content_type=FORMS[form].content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{selection.name}.{form}"'
        },
    )
