from datetime import timedelta

from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.models import (
    Citation,
    City,
    CityAlias,
    Metric,
    Program,
    ProgramAlias,
    Rating,
)
from nnsc.staff.content import ContentAdmin
from nnsc.staff.form import FIELDS, ContentForm
from nnsc.staff.image import IMAGE
from nnsc.staff.lists import ChosenFilter, count_of
from nnsc.staff.names import AliasInline, NamedAdmin
from nnsc.staff.ordering import OrderedAdmin
from nnsc.staff.publishing import PublishableAdmin

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


class MetricForm(ContentForm):
    class Meta:
        model = Metric
        exclude = ["position"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "verified_by" in self.fields:
            # Staff are few; whoever once verified this figure stays among them.
            staff = Q(is_staff=True) | Q(pk=self.instance.verified_by_id)
            people = get_user_model().objects.filter(staff).order_by("username")
            self.fields["verified_by"].queryset = people


class RatingInline(admin.StackedInline):
    model = Rating
    extra = 0
    formfield_overrides = FIELDS
    fields = ["body", "rating", "dated", "url"]


@admin.register(Metric)
class MetricAdmin(OrderedAdmin, PublishableAdmin):
    section, place = _("Impact"), 20
    desk_button = _("New metric")
    empty_text = _("No metrics yet. A metric is one outcome with its figure and study.")
    form = MetricForm
    autocomplete_fields = ["city", "program", "citation"]
    inlines = [RatingInline]
    readonly_fields = ["preview"]
    fieldsets = [
        (
            _("The figure"),
            {
                "fields": [
                    "preview",
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
            {"fields": ["state", "goes_live_at", "listed_under_review"]},
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

    @admin.display(description=_("As readers see it"))
    def preview(self, metric):
        if not metric.direction:
            return _("Shown here once it is saved.")
        if metric.value_low is None:
            return _("Without a value readers see its line, and no number.")
        return format_html(
            '<p class="preview">{}</p><p>{}</p>',
            metric.sentence(),
            metric.association(),
        )

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


@admin.register(Citation)
class CitationAdmin(CountedAdmin):
    section, place = _("Impact"), 21
    empty_text = _("No studies yet. They can be added while writing a metric.")
    counted_by = "citation"
    list_display = ["title", "authors", "year", "metrics"]
    search_fields = ["authors", "title", "year", "publication"]
    fields = ["authors", "year", "title", "publication", "url", "companion"]


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
