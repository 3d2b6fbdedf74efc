"""The public page of a record out of its form: as it is typed, before it is saved."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path
from django.utils.translation import gettext

from nnsc.previews import Preview, render_preview
from nnsc.staff.typed import as_sent, kept_for
from nnsc.staff.unsaved import unsaved


class PreviewMixin:
    """For a ModelAdmin: records that have a page are shown on it before they are saved.

    The form sends itself to another address, in a new tab, so no script is needed.
    """

    @property
    def has_pages(self) -> bool:
        return hasattr(self.model, "get_absolute_url")

    def get_urls(self):
        if not self.has_pages:
            return super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview"
        view = self.admin_site.admin_view(self.preview_view)
        # As Django marks its own views of forms.
        view.model_admin = self
        return [
            path("add/preview/", view, name=f"{name}_new"),
            path("<path:object_id>/preview/", view, name=name),
            *super().get_urls(),
        ]

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
            stored = self.to_look_at(request, object_id)
            if stored is None:
                return self._get_obj_does_not_exist_redirect(
                    request, self.opts, object_id
                )
        if request.method == "GET" and (kept := kept_for(request)):
            request = as_sent(request, kept)
        if request.method == "POST":
            self.check_may_type(request, stored)
            _form, typed = unsaved(self, request, stored)
            sentence = gettext("Nothing is saved.")
            preview = Preview(sentence, typed.problems, typed.missing)
            return render_preview(request, typed.record, preview)
        if stored is None:
            return HttpResponseRedirect(self.address("add"))
        if not self.has_view_or_change_permission(request, stored):
            raise PermissionDenied
        missing = {}
        if hasattr(stored, "missing_for_publishing"):
            missing = stored.missing_for_publishing()
        preview = Preview(gettext("This is how it is saved."), (), missing.values())
        return render_preview(request, stored, preview)
