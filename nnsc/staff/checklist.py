"""What a form still lacks, beside it: what stops publishing, what is worth a look."""

from dataclasses import dataclass, field

from django.http import JsonResponse
from django.template.loader import render_to_string
from django.urls import path
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST

from nnsc.staff.unsaved import Unsaved, as_typed, missing_by_field, unsaved


@dataclass(frozen=True)
class Checklist:
    stops: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def summary(self) -> str:
        sentences = []
        if n_stops := len(self.stops):
            text = ngettext(
                "%d thing is still needed.", "%d things are still needed.", n_stops
            )
            sentences.append(text % n_stops)
        if n_warnings := len(self.warnings):
            text = ngettext("%d is worth a look.", "%d are worth a look.", n_warnings)
            sentences.append(text % n_warnings)
        return " ".join(sentences) or gettext("Nothing is missing.")


def checklist_of(typed: Unsaved) -> Checklist:
    return Checklist(
        stops=[*typed.problems, *typed.missing],
        warnings=typed.record.warnings_for_staff(),
    )


class ChecklistMixin:
    """For a ModelAdmin: checks records with warnings_for_staff() as they are typed.

    A script asks for the checklist anew; without it, it is as of the last save.
    """

    @property
    def has_checklist(self) -> bool:
        return hasattr(self.model, "warnings_for_staff")

    def get_urls(self):
        if not self.has_checklist:
            return super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}_check"
        view = self.admin_site.admin_view(require_POST(self.check_view))
        return [
            path("add/check/", view, name=f"{name}_new"),
            path("<path:object_id>/check/", view, name=name),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, obj=None, **kwargs):
        is_typed_in = self.may_type(request, obj) and not context["is_popup"]
        if self.has_checklist and is_typed_in:
            context["checklist"] = self.checklist_of_form(context)
            context["check_address"] = (
                self.address("check", obj.pk) if obj else self.address("check_new")
            )
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def checklist_of_form(self, context) -> Checklist:
        form = context["adminform"].form
        if form.is_bound:
            formsets = [inline.formset for inline in context["inline_admin_formsets"]]
            return checklist_of(as_typed(form, formsets))
        missing = missing_by_field(form.instance, form)
        if form.instance.pk is None:
            # What comes filled in, such as the source of the article before, is there.
            filled = {name for name, value in form.initial.items() if value}
            needed = [text for name, text in missing.items() if name not in filled]
            return Checklist(needed)
        return Checklist([*missing.values()], form.instance.warnings_for_staff())

    def check_view(self, request, object_id=None):
        """Answer with the checklist, and the buttons' words, for what is typed now."""
        stored = object_id and self.to_look_at(request, object_id)
        if object_id and stored is None:
            return JsonResponse({}, status=404)
        self.check_may_type(request, stored)
        # A file stays in the browser, which says no more than that one was chosen.
        chosen = request.POST.getlist("chosen")
        form, typed = unsaved(self, request, stored, chosen)
        checklist = checklist_of(typed)
        lists = render_to_string("admin/_checklist.html", {"checklist": checklist})
        return JsonResponse(
            {
                "summary": checklist.summary(),
                "lists": lists,
                "buttons": self.words_of(request, form),
            }
        )
