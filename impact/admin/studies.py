from datetime import timedelta

from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.admin.corrections import NOTE, NotedMixin
from impact.admin.counted import CountedAdmin
from impact.dois import clean_address
from impact.entering import CitationForm
from impact.models import Citation
from nnsc.history import locked, record_changes, snapshots
from nnsc.models import Act, Revision


def three_years_ago():
    return timezone.localdate() - timedelta(days=3 * 365)


class CheckFilter(admin.SimpleListFilter):
    title = _("what needs someone")
    parameter_name = "needs"

    def lookups(self, request, model_admin):
        return [("check", _("not checked for three years"))]

    def queryset(self, request, queryset):
        if self.value() == "check":
            return queryset.not_checked_since(three_years_ago())
        return queryset


@admin.register(Citation)
class CitationAdmin(NotedMixin, CountedAdmin):
    section, place = _("Impact"), 21
    empty_text = _("No studies yet. They can be added while writing a metric.")
    form = CitationForm
    counted_by = "citation"
    list_display = ["title", "authors", "year", "metrics", "checked_on"]
    list_filter = [CheckFilter]
    search_fields = ["authors", "title", "year", "publication", "url"]
    actions = ["checked_today"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    *["url", "authors", "year", "title", "publication", "companion"],
                    *["checked_on", NOTE],
                ]
            },
        )
    ]

    def get_search_results(self, request, queryset, search_term):
        """Find a study by its DOI too, in whatever form that is pasted."""
        term = clean_address(search_term)
        return super().get_search_results(request, queryset, term)

    def desk_items(self, request):
        stale = Citation.objects.not_checked_since(three_years_ago())
        return [
            *super().desk_items(request),
            (
                _("not checked for three years"),
                stale.count(),
                self.address("changelist", needs="check"),
            ),
        ]

    @admin.action(description=_("Checked today"), permissions=["change"])
    @transaction.atomic
    def checked_today(self, request, queryset):
        """Keep that somebody has looked at the studies, and found them as they are."""
        studies = locked(Citation, queryset.values_list("pk", flat=True))
        before = snapshots(studies)
        for study in studies:
            study.checked_on = timezone.localdate()
            study.save(update_fields=["checked_on"])
        record_changes(before, Revision.of(request.user, Act.BULK))
        text = gettext("Checked today: %d.") % len(studies)
        self.message_user(request, text, messages.SUCCESS)
