"""The admin's site: its first page, the desk, and the order in which things stand."""

from copy import copy
from functools import update_wrapper

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.http import HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _

from nnsc.models import Version
from nnsc.staff.again import again_after_deadlock
from nnsc.staff.history import recent_changes
from nnsc.staff.trash import delete_selected, trash_urls
from nnsc.staff.typed import FIELD, fits, is_form_sent, keep, typed_in, unsealed
from nnsc.staff.undoing import UndoingSite

# A record may have been published twice lately, or be gone again.
N_READ_LATELY = 20
N_SHOWN_LATELY = 5


class AdminSite(UndoingSite, admin.AdminSite):
    """Shows sections in the order of work, and on its first page what needs someone.

    A ModelAdmin may say where it stands (section, place), what waits for somebody
    (desk_items) and that it is begun from the desk (desk_button, desk_box);
    ContentAdmin describes each.
    """

    site_header = _("National Network for Safe Communities")
    site_title = _("National Network for Safe Communities")
    index_title = _("The desk")
    empty_value_display = "–"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.add_action(delete_selected, "delete_selected")

    @property
    def login_form(self):
        from nnsc.entry.forms import EntryForm

        return EntryForm

    def get_urls(self):
        from nnsc.entry.views import account_urls

        view = self.admin_view(self.recent_changes)
        changes = path("changes/", view, name="recent_changes")
        own = [changes, *account_urls(self), *trash_urls(self)]
        return [*own, *super().get_urls()]

    def recent_changes(self, request):
        return recent_changes(request, self)

    # Who is not signed in

    def admin_view(self, view, cacheable=False):
        inner = super().admin_view(again_after_deadlock(view), cacheable)

        def keeping(request, *args, **kwargs):
            if is_form_sent(request) and not self.has_permission(request):
                return self.ask_to_log_in(request, typed_in(request))
            return inner(request, *args, **kwargs)

        return update_wrapper(keeping, inner)

    def ask_to_log_in(self, request, typed, sentence=""):
        """Show the log-in, with what was typed, which it leads back to."""
        asked = copy(request)
        asked.method = "GET"
        context = {"app_path": reverse(f"{self.name}:login"), "sentence": sentence}
        if typed:
            context[REDIRECT_FIELD_NAME] = typed.address
        return self.login(asked, context | carried(typed))

    def login(self, request, extra_context=None):
        """Log in; what was typed before is shown again in its form."""
        typed = unsealed(request.POST.get(FIELD, ""))
        if request.method == "POST" and "again" in request.POST:
            return self.ask_to_log_in(request, typed)
        if request.method == "POST":
            extra_context = {**carried(typed), **(extra_context or {})}
        response = super().login(request, extra_context)
        if typed and self.has_permission(request) and response.status_code == 302:
            return HttpResponseRedirect(keep(request, typed))
        return response

    # What stands on it

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

    def app_index(self, request, app_label, extra_context=None):
        """Lead to the desk: how the site is cut into apps is nobody's concern here."""
        return HttpResponseRedirect(reverse(f"{self.name}:index"))

    def index(self, request, extra_context=None):
        model_admins = [
            self._registry[model]
            for model in sorted(self._registry, key=self.place_of)
            if hasattr(self._registry[model], "desk_items")
        ]
        may_add = [it for it in model_admins if it.has_add_permission(request)]
        desk = {
            "desk_boxes": [
                (*model_admin.desk_box, model_admin.address("add"))
                for model_admin in may_add
                if model_admin.desk_box
            ],
            "desk_buttons": [
                (model_admin.desk_button, model_admin.address("add"))
                for model_admin in may_add
                if model_admin.desk_button
            ],
            "desk_groups": list(desk_groups(model_admins, request)),
            "published_lately": published_lately(model_admins, request),
        }
        return super().index(request, desk | (extra_context or {}))


def carried(typed) -> dict:
    """Return what the page of the log-in needs to carry what was typed, or None."""
    sealed = typed.sealed() if typed else ""
    return {"typed": typed, "sealed": sealed if fits(sealed) else "", "field": FIELD}


def desk_groups(model_admins, request):
    """Yield (name of the records, [(label, count, address)]) where something waits."""
    for model_admin in model_admins:
        if model_admin.has_view_or_change_permission(request):
            items = [item for item in model_admin.desk_items(request) if item[1]]
            if items:
                yield model_admin.opts.verbose_name_plural, items


def published_lately(model_admins, request) -> list[dict]:
    """Return what was brought before the public last, the newest first.

    A query, and one for each kind of record among it.
    """
    by_label = {
        model_admin.opts.label_lower: model_admin
        for model_admin in model_admins
        if hasattr(model_admin, "public_life")
        and model_admin.has_view_or_change_permission(request)
    }
    # By label too, a database would sort all versions that there are.
    versions = Version.objects.filter(published=True).order_by("-id").defer("data")
    last = [
        version
        for version in versions.select_related("revision")[:N_READ_LATELY]
        if version.label in by_label
    ]
    records = {}
    for label in {version.label for version in last}:
        keys = {version.record for version in last if version.label == label}
        found = by_label[label].model._default_manager.in_bulk(keys)
        records |= {(label, key): record for key, record in found.items()}
    lately = {}
    for version in last:
        key = version.label, version.record
        if key in records and key not in lately:
            record, model_admin = records[key], by_label[version.label]
            lately[key] = {
                "record": record,
                "address": model_admin.address("change", record.pk),
                "life": "" if record.is_live else model_admin.public_life(record),
                "revision": version.revision,
            }
    return list(lately.values())[:N_SHOWN_LATELY]
