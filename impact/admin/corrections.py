"""What is said in public of a change: asked for with it, and mended in its wording."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from impact.models import Correction
from nnsc.staff.content import ContentAdmin

NOTE = "correction_note"


class NotedMixin:
    """For a ModelAdmin with a NotedForm: asks for its note where readers know it.

    Its records say in is_known() whether they do.
    """

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj and obj.pk and obj.is_known():
            return fieldsets
        return [
            (
                heading,
                options | {"fields": [n for n in options["fields"] if n != NOTE]},
            )
            for heading, options in fieldsets
        ]

    def act_of(self, request, change):
        act, note = super().act_of(request, change)
        said_of_it = request.POST.get(NOTE, "").strip()
        return act, " ".join(filter(None, [note, said_of_it]))


@admin.register(Correction)
class CorrectionAdmin(ContentAdmin):
    """What was said in public: made by changing a figure, and mended in its wording."""

    section, place = _("Impact"), 24
    empty_text = _("Nothing that readers know has been changed so far.")
    list_display = ["title", "kind", "made_at", "note"]
    list_filter = ["kind"]
    search_fields = ["title", "note"]
    fields = ["title", "kind", "made_at", "note"]
    readonly_fields = ["title", "kind", "made_at"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
