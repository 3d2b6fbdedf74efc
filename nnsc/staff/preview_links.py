"""Links by which others see a record before the public: made, listed and revoked."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext

from nnsc.models import PreviewLink
from nnsc.moments import in_words
from nnsc.previews import make_link
from nnsc.staff.choosing import is_key

N_LINKS_AT_MOST = 20


class PreviewLinksMixin:
    """For a ModelAdmin: who may change a record may let others see it for a week."""

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_preview_links"
        view = self.admin_site.admin_view(self.preview_links_view)
        return [
            path("<path:object_id>/preview-links/", view, name=name),
            *super().get_urls(),
        ]

    def render_change_form(self, request, context, obj=None, **kwargs):
        may = obj and self.has_change_permission(request, obj)
        if may and not context["is_popup"]:
            links = self.links_context(obj)
            # What everybody sees needs no link; one that was made can be revoked.
            if links["links"] or not obj.is_live:
                context |= links
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def links_context(self, record):
        return {
            "links_address": self.address("preview_links", record.pk),
            "links": [
                {
                    "pk": link.pk,
                    "made_by": link.made_by or gettext("somebody who has left"),
                    "until": in_words(link.expires_at),
                }
                for link in links_to(record).select_related("made_by")
            ],
        }

    def preview_links_view(self, request, object_id):
        """List the links to a record; make one, or revoke one, where that is sent."""
        record = self.to_look_at(request, object_id)
        if record is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if not self.has_change_permission(request, record):
            raise PermissionDenied
        made = ""
        if request.method == "POST" and "revoke" in request.POST:
            self.revoke(request, record, request.POST["revoke"])
        elif request.method == "POST":
            made = self.make(request, record)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Preview links"),
            "subtitle": str(record),
            "opts": self.opts,
            "original": record,
            "made": made,
            **self.links_context(record),
        }
        return TemplateResponse(request, "admin/preview_links.html", context)

    def make(self, request, record) -> str:
        if links_to(record).count() >= N_LINKS_AT_MOST:
            text = gettext("There are many links to this already. Revoke one first.")
            self.message_user(request, text, messages.ERROR)
            return ""
        self.log_change(request, record, gettext("Made a preview link."))
        return make_link(record, by=request.user)

    def revoke(self, request, record, pk):
        links = PreviewLink.objects.to(record).filter(pk=pk) if is_key(pk) else None
        if links and links.delete()[0]:
            self.log_change(request, record, gettext("Revoked a preview link."))


def links_to(record):
    return PreviewLink.objects.to(record).living().order_by("expires_at", "pk")
