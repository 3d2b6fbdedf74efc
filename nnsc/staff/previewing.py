"""The public page of a record out of its form: as it is typed, before it is saved."""

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext

from nnsc.previews import Preview, render_preview
from nnsc.staff.unsaved import unsaved


class PreviewMixin:
    """For a ModelAdmin: records that have a page are shown on it before they are saved.

    The form sends itself to another address, in a new tab, so no script is needed.
    """

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_view)
        return [
            path("add/preview/", view, name=f"{name}_new"),
            path("<path:object_id>/preview/", view, name=name),
            *super().get_urls(),
        ]

    @property
    def has_pages(self) -> bool:
        return hasattr(self.model, "get_absolute_url")

    def render_change_form(self, request, context, obj=None, **kwargs):
        if self.has_pages and not context["is_popup"]:
            context["preview_address"] = (
                self.address("preview", obj.pk) if obj else self.address("preview_new")
            )
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def preview_view(self, request, object_id=None):
        """Show the page of what the form holds; asked without a form, what is saved."""
        if not self.has_pages:
            raise Http404(gettext("What is kept here has no page of its own."))
        stored = None
        if object_id is not None:
            stored = self.get_object(request, unquote(object_id))
            if stored is None:
                return self._get_obj_does_not_exist_redirect(
                    request, self.opts, object_id
                )
        if request.method == "POST":
            self.check_may_type(request, stored)
            typed = unsaved(self, request, stored)
            sentence = gettext("Nothing is saved.")
            preview = self.preview_of(typed.record, sentence, typed.problems)
            return render_preview(request, typed.record, preview)
        if stored is None:
            return HttpResponseRedirect(self.address("add"))
        if not self.has_view_or_change_permission(request, stored):
            raise PermissionDenied
        sentence = gettext("This is how it is saved.")
        return render_preview(request, stored, self.preview_of(stored, sentence))

    def check_may_type(self, request, stored):
        may = (
            self.has_change_permission(request, stored)
            if stored
            else self.has_add_permission(request)
        )
        if not may:
            raise PermissionDenied

    def preview_of(self, record, sentence, problems=()) -> Preview:
        missing = {}
        if hasattr(record, "missing_for_publishing"):
            missing = record.missing_for_publishing()
        said = " ".join(problems)
        return Preview(
            sentence,
            problems,
            [sentence for sentence in missing.values() if str(sentence) not in said],
        )
