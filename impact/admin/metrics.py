from django.contrib import admin
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.admin.corrections import NOTE, NotedMixin
from impact.admin.studies import three_years_ago
from impact.entering import MetricForm
from impact.models import Citation, City, Metric, Program, Rating
from impact.said import SaidMixin
from nnsc.staff.content import N_USES_SHOWN
from nnsc.staff.form import FIELDS
from nnsc.staff.lists import ChosenFilter
from nnsc.staff.ordering import OrderedAdmin
from nnsc.staff.publishing import PublishableAdmin


class ReviewFilter(admin.SimpleListFilter):
    title = _("what needs someone")
    parameter_name = "needs"

    def lookups(self, request, model_admin):
        return [
            ("value", _("figures under review")),
            ("verification", _("unverified")),
            ("check", _("not checked for three years")),
        ]

    def queryset(self, request, queryset):
        if self.value() == "value":
            return queryset.under_review()
        if self.value() == "verification":
            return queryset.filter(verification=Metric.Verification.UNVERIFIED)
        if self.value() == "check":
            return queryset.not_checked_since(three_years_ago())
        return queryset


class CityFilter(ChosenFilter):
    title, parameter_name, model = _("city"), "city", City


class ProgramFilter(ChosenFilter):
    title, parameter_name, model = _("program"), "program", Program


class CitationFilter(ChosenFilter):
    title, parameter_name, model = _("citation"), "citation", Citation


class RatingInline(admin.StackedInline):
    model = Rating
    extra = 0
    formfield_overrides = FIELDS
    fields = ["body", "rating", "dated", "url"]


@admin.register(Metric)
class MetricAdmin(SaidMixin, NotedMixin, OrderedAdmin, PublishableAdmin):
    section, place = _("Impact"), 20
    desk_button = _("New metric")
    empty_text = _("No metrics yet. A metric is one outcome with its figure and study.")
    form = MetricForm
    autocomplete_fields = ["city", "program", "citation"]
    inlines = [RatingInline]
    fieldsets = [
        (
            _("The figure"),
            {
                "fields": [
                    "headline",
                    "direction",
                    ("value_low", "value_high", "unit"),
                    ("interval_low", "interval_high", "interval_not_reported"),
                    "outcome",
                    "scope",
                ]
            },
        ),
        (
            _("Where and when"),
            {
                "fields": [
                    "city",
                    "city_inferred",
                    "program",
                    ("year_from", "year_to", "years_not_stated"),
                    "years_note",
                ]
            },
        ),
        (
            _("The study"),
            {"fields": ["citation", "design", "design_details", "comparison"]},
        ),
        (
            _("Verification"),
            {
                "fields": [
                    "verification",
                    "verified_where",
                    ("verified_by", "verified_on"),
                ],
                "description": _(
                    "Who and when are filled in by themselves when a figure is "
                    "confirmed."
                ),
            },
        ),
        (
            _("Publishing"),
            {"fields": ["state", "goes_live_at", "listed_under_review", NOTE]},
        ),
        (_("Notes"), {"fields": ["caveats", "other_readings", "staff_note"]}),
    ]
    list_display = [
        "headline",
        "figure",
        "city",
        "program",
        "verification",
        "public_life",
    ]
    list_select_related = ["city", "program"]
    list_filter = [
        "state",
        ReviewFilter,
        "verification",
        CityFilter,
        ProgramFilter,
        CitationFilter,
    ]
    search_fields = [
        "headline",
        "outcome",
        "city__name",
        "program__name",
        "citation__authors",
        "citation__title",
    ]

    @admin.display(description=_("figure"))
    def figure(self, metric):
        return metric.value_text() or _("under review")

    def uses(self, metrics):
        """Yield what keeps figures from being deleted: that readers know them."""
        if live := [metric for metric in metrics if metric.owes_a_word]:
            text = gettext("What readers see (withdraw it, with a note): %d")
            yield text % len(live)
            yield [*map(self.link_to, live[:N_USES_SHOWN])]
        yield from super().uses(metrics)

    def desk_items(self, request):
        unverified = Metric.objects.filter(verification=Metric.Verification.UNVERIFIED)
        return [
            *super().desk_items(request),
            (
                _("under review"),
                Metric.objects.under_review().count(),
                self.address("changelist", needs="value"),
            ),
            (
                _("unverified"),
                unverified.count(),
                self.address("changelist", needs="verification"),
            ),
            (
                _("not checked for three years"),
                Metric.objects.not_checked_since(three_years_ago()).count(),
                self.address("changelist", needs="check"),
            ),
        ]

    def save_model(self, request, obj, form, change):
        if "verification" in form.changed_data:
            self.stamp(request.user, obj, given=form.changed_data)
        super().save_model(request, obj, form, change)

    def stamp(self, user, metric, given):
        """Keep who verified the figure and when, unless it was typed."""
        if metric.verification == Metric.Verification.UNVERIFIED:
            metric.verified_by = metric.verified_on = None
            return
        if "verified_by" not in given:
            metric.verified_by = user
        if "verified_on" not in given:
            metric.verified_on = timezone.localdate()
