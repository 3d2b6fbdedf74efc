"""What a figure will say to readers, shown to staff as it is typed."""

from copy import copy

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import path
from django.utils.safestring import SafeData
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from impact.models import Metric
from nnsc.staff.unsaved import unsaved

# What its sentences are made of.
SPOKEN = [
    *["direction", "value_low", "value_high", "unit", "outcome"],
    *["city", "program", "year_from", "year_to", "design"],
]
# For what is still to be typed.
GAP = "…"


class SaidMixin:
    """For the admin of metrics: its sentences beside the form, as they will be public.

    A script asks for them anew; without it, they are as of the last save.
    """

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_said"
        view = self.admin_site.admin_view(require_POST(self.said_view))
        return [
            path("add/said/", view, name=f"{name}_new"),
            path("<path:object_id>/said/", view, name=name),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, obj=None, **kwargs):
        form = context["adminform"].form
        context["said"] = said(form.instance, form if form.is_bound else None)
        if self.may_type(request, obj):
            context["said_address"] = (
                self.address("said", obj.pk) if obj else self.address("said_new")
            )
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def said_view(self, request, object_id=None):
        """Answer with what the form that was sent would say. Nothing is written."""
        stored = object_id and self.to_look_at(request, object_id)
        if object_id and stored is None:
            return HttpResponse(status=404)
        self.check_may_type(request, stored)
        form, typed = unsaved(self, request, stored)
        return HttpResponse(said(typed.record, form))


def said(metric: Metric, form=None) -> str:
    """Return what stands where readers will see it, as HTML, or why nothing can yet.

    form is where the figure was typed, if it was.
    """
    context = {"wrong": wrong_in(metric, form), "meant": getattr(form, "meant", {})}
    if context["wrong"]:
        pass
    elif not metric.direction:
        context["why"] = _("Say whether it fell, rose or did not clearly change.")
    elif metric.value_low is None:
        context["why"] = _("Without a value readers see its line, and no number.")
    else:
        shown = copy(metric)
        shown.outcome = shown.outcome or GAP
        context |= {"sentence": shown.sentence(), "whole": shown.association()}
    return render_to_string("admin/_said.html", context)


def wrong_in(metric: Metric, form) -> list[str]:
    """Return complaints of what is spoken; what is only still missing is none."""
    if form is None:
        return [*metric.what_cannot_be().values()]
    errors = form.errors.as_data()
    return [
        sentence
        for name in SPOKEN
        for error in errors.get(name, [])
        if error.code not in ("required", "missing")
        for sentence in error.messages
        # What others have changed meanwhile is asked beside the field.
        if not isinstance(sentence, SafeData)
    ]
