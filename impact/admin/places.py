from django.contrib import admin
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from impact.admin.counted import CountedAdmin
from impact.models import City, CityAlias, Program, ProgramAlias
from nnsc.staff.image import IMAGE
from nnsc.staff.lists import ChosenFilter
from nnsc.staff.names import AliasInline, NamedAdmin

PUBLIC_ADDRESS = (
    _("Address of the page"),
    {"fields": ["slug"], "classes": ["collapse"]},
)


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
