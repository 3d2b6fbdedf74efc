from datetime import timedelta

from django.contrib import admin, messages
from django.db import transaction
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.dois import clean_address
from impact.entering import CitationForm, MetricForm
from impact.models import (
    Citation,
    City,
    CityAlias,
    Correction,
    Metric,
    Program,
    ProgramAlias,
    Rating,
)
from impact.said import SaidMixin
from nnsc.history import locked, record_changes, snapshots
from nnsc.models import Act, Revision
from nnsc.staff.content import N_USES_SHOWN, ContentAdmin
from nnsc.staff.form import FIELDS
from nnsc.staff.image import IMAGE
from nnsc.staff.lists import ChosenFilter, count_of
from nnsc.staff.names import AliasInline, NamedAdmin
from nnsc.staff.ordering import OrderedAdmin
from nnsc.staff.publishing import PublishableAdmin

NOTE = "correction_note"
PUBLIC_ADDRESS = (
    _("Address of the page"),
    {"fields": ["slug"], "classes": ["collapse"]},
)


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


def three_years_ago():
    return timezone.localdate() - timedelta(days=3 * 365)


class CityFilter(ChosenFilter):
    title, parameter_name, model = _("city"), "city", City


class ProgramFilter(ChosenFilter):
    title, parameter_name, model = _("program"), "program", Program


class CitationFilter(ChosenFilter):
    title, parameter_name, model = _("citation"), "citation", Citation


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


class CountedAdmin(ContentAdmin):
    """For what metrics point at: each record says how many, and leads to them."""

    counted_by = ""

    def get_queryset(self, request):
        n_metrics = count_of(Metric.objects, self.counted_by)
        return super().get_queryset(request).annotate(n_metrics=n_metrics)

    @admin.display(description=_("metrics"), ordering="n_metrics")
    def metrics(self, record):
        metric_admin = self.admin_site.get_model_admin(Metric)
        address = metric_admin.address("changelist", **{self.counted_by: record.pk})
        return format_html('<a href="{}">{}</a>', address, record.n_metrics)


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


class CityAliasInline(AliasInline):
    model = CityAlias


@admin.register(City)
class CityAdmin(NamedAdmin, CountedAdmin):
    section, place = _("Impact"), 22
    empty_text = _("No cities yet. They can be added while writing an article.")
    counted_by = "city"
    list_display = ["name", "state", "kind", "metrics", "on_map"]
    list_filter = ["kind"]
    search_fields = ["key", "aliases__key", "state"]
    inlines = [CityAliasInline]
    fieldsets = [
        (None, {"fields": ["name", "state", "kind", "description"]}),
        IMAGE,
        (_("On the map"), {"fields": [("latitude", "longitude")]}),
        (_("Notes"), {"fields": ["basis"]}),
        PUBLIC_ADDRESS,
    ]

    @admin.display(description=_("on the map"), boolean=True)
    def on_map(self, city):
        return city.latitude is not None


class CityOfProgramFilter(ChosenFilter):
    title, parameter_name, model = _("city"), "cities", City


class ProgramAliasInline(AliasInline):
    model = ProgramAlias


@admin.register(Program)
class ProgramAdmin(NamedAdmin, CountedAdmin):
    section, place = _("Impact"), 23
    empty_text = _("No programs yet.")
    counted_by = "program"
    list_display = ["name", "kind", "city_names", "tag", "metrics"]
    list_select_related = ["tag"]
    list_prefetch_related = ["cities"]
    list_filter = ["kind", CityOfProgramFilter]
    search_fields = ["key", "aliases__key"]
    autocomplete_fields = ["cities", "tag"]
    inlines = [ProgramAliasInline]
    fieldsets = [
        (None, {"fields": ["name", "kind", "description", "references"]}),
        IMAGE,
        (_("Where it belongs"), {"fields": ["cities", "tag"]}),
        PUBLIC_ADDRESS,
    ]

    @admin.display(description=_("cities"))
    def city_names(self, program):
        cities = program.cities.all()
        names = ", ".join(city.name for city in cities[:4])
        more = len(cities) - 4
        return f"{names} {gettext('and %d more') % more}" if more > 0 else names
