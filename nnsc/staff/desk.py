"""The admin's site: its first page, the desk, and the order in which things stand."""

from django.contrib import admin
from django.urls import path
from django.utils.translation import gettext_lazy as _

from nnsc.staff.history import recent_changes


class AdminSite(admin.AdminSite):
    """Shows sections in the order of work, and on its first page what needs someone.

    A ModelAdmin may say where it stands (section, place), what waits for somebody
    (desk_items) and that it is begun from the desk (desk_button); ContentAdmin
    describes each.
    """

    site_header = _("National Network for Safe Communities")
    site_title = _("National Network for Safe Communities")
    index_title = _("The desk")
    empty_value_display = "–"

    @property
    def login_form(self):
        from nnsc.entry.forms import EntryForm

        return EntryForm

    def get_urls(self):
        from nnsc.entry.views import account_urls

        view = self.admin_view(self.recent_changes)
        return [
            path("changes/", view, name="recent_changes"),
            *account_urls(self),
            *super().get_urls(),
        ]

    def recent_changes(self, request):
        return recent_changes(request, self)

    def get_app_list(self, request, app_label=None):
        """Return the sections that the person may enter, or one app as Django does."""
        models = [
            model | {"app": app}
            for app in self._build_app_dict(request, app_label).values()
            for model in app["models"]
        ]
        models.sort(key=lambda model: self.place_of(model["model"]))
        sections = {}
        for model in models:
            app = model.pop("app")
            name = getattr(self._registry[model["model"]], "section", "")
            name = app["name"] if app_label else str(name or app["name"])
            section = sections.setdefault(name, app | {"name": name, "models": []})
            section["models"].append(model)
        return list(sections.values())

    def place_of(self, model):
        return getattr(self._registry[model], "place", 1000)

    def index(self, request, extra_context=None):
        model_admins = [
            self._registry[model]
            for model in sorted(self._registry, key=self.place_of)
            if hasattr(self._registry[model], "desk_items")
        ]
        desk = {
            "desk_buttons": [
                (model_admin.desk_button, model_admin.address("add"))
                for model_admin in model_admins
                if model_admin.desk_button and model_admin.has_add_permission(request)
            ],
            "desk_groups": list(desk_groups(model_admins, request)),
        }
        return super().index(request, desk | (extra_context or {}))


def desk_groups(model_admins, request):
    """Yield (name of the records, [(label, count, address)]) where something waits."""
    for model_admin in model_admins:
        if model_admin.has_view_or_change_permission(request):
            items = [item for item in model_admin.desk_items(request) if item[1]]
            if items:
                yield model_admin.opts.verbose_name_plural, items
