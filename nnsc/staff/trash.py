"""Deleting in the admin: into the trash, back out of it, and for good."""

from functools import partial
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.admin import actions
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext
from django.views.decorators.http import require_POST, require_safe

from nnsc import trash as kept
from nnsc.bulk_changes import ToTrash
from nnsc.history import batches, has_history, rows_of
from nnsc.models import Act, Revision, Version
from nnsc.moments import day_in_words
from nnsc.staff.choosing import is_key
from nnsc.staff.history import seen_by
from nnsc.staff.telling import link_to
from nnsc.trash import KEPT_FOR, Restored, erase, in_trash, kept_until, move_to_trash

PER_PAGE = 50
N_NAMED = 10


class TrashMixin:
    """For a ModelAdmin: what is deleted can be had back, and is asked about in words.

    Models without history, such as accounts, are deleted as Django does it.
    """

    def delete_model(self, request, obj):
        self.delete_queryset(request, self.model._base_manager.filter(pk=obj.pk))

    def delete_queryset(self, request, queryset):
        if not has_history(self.model):
            return super().delete_queryset(request, queryset)
        keys = queryset.order_by().values_list("pk", flat=True)
        revision = Revision.of(request.user, Act.DELETED)
        moved = move_to_trash(self.model, keys, revision)
        if moved:
            text = undo_message(revision, len(moved))
            self.message_user(request, text, messages.SUCCESS)

    def delete_view(self, request, object_id, extra_context=None):
        context = {"trash_until": trash_until()} if has_history(self.model) else {}
        return super().delete_view(request, object_id, context | (extra_context or {}))

    def response_delete(self, request, obj_display, obj_id):
        """Lead back to the list; that it is in the trash has been said already."""
        if not has_history(self.model) or IS_POPUP_VAR in request.POST:
            return super().response_delete(request, obj_display, obj_id)
        filters = self.get_preserved_filters(request)
        about = {"preserved_filters": filters, "opts": self.opts}
        address = add_preserved_filters(about, self.address("changelist"))
        return HttpResponseRedirect(address)

    def get_deleted_objects(self, objs, request):
        """Return what goes into the trash, in words, and what the person may not."""
        if not has_history(self.model):
            return super().get_deleted_objects(objs, request)
        records = list(objs)
        refused = {
            self.opts.verbose_name
            for record in records
            if not self.has_delete_permission(request, record)
        }
        counts = {self.opts.verbose_name_plural: len(records)}
        goes = [what for record in records for what in what_goes(record)]
        return goes, counts, refused, []

    def changelist_view(self, request, extra_context=None):
        context = {}
        if has_history(self.model) and IS_POPUP_VAR not in request.GET:
            query = urlencode({"kind": self.opts.label_lower})
            context["trash_url"] = f"{reverse('admin:trash')}?{query}"
        return super().changelist_view(request, context | (extra_context or {}))

    def may_take_out(self, request) -> bool:
        return self.has_add_permission(request) and self.has_delete_permission(request)


@admin.action(
    permissions=["delete"],
    description=gettext_lazy("Move to the trash"),
)
def delete_selected(model_admin, request, queryset):
    """Show what goes into the trash and what is in use; see nnsc.staff.bulk.

    Models without history are deleted as Django does it.
    """
    if not has_history(model_admin.model):
        return actions.delete_selected(model_admin, request, queryset)
    return model_admin.show_plan(request, queryset, ToTrash(model_admin.model))


def what_goes(record):
    """Yield what goes into the trash with a record, kind by kind."""
    for name, rows in rows_of(type(record)).items():
        others = [str(other) for other in getattr(record, name).all()]
        if others:
            source = record._meta.get_field(name) if rows.other else rows.model._meta
            label = getattr(source, "verbose_name_plural", source.verbose_name)
            yield f"{capfirst(label)}: {', '.join(others)}"
    if getattr(record, "image", None):
        yield capfirst(record._meta.get_field("image").verbose_name)


def trash_until() -> str:
    """Return the day until which what is deleted now can be had back."""
    return day_in_words(timezone.now() + KEPT_FOR)


def undo_message(revision: Revision, n: int):
    """Return that n records, or the one, are in the trash, with a button back."""
    about = {
        "title": revision.versions.values_list("title", flat=True)[0],
        "n": f"{n:,}",
        "until": day_in_words(revision.made_at + KEPT_FOR),
    }
    text = _("“%(title)s” is in the trash until %(until)s.")
    if n > 1:
        text = _("%(n)s are in the trash until %(until)s.")
    # It belongs to a form of every page of the admin, so that it needs no script.
    button = (
        '{} <button form="message-form" formaction="{}" name="revision" value="{}"'
        ' class="undo">{}</button>'
    )
    address = reverse("admin:trash_restore")
    return format_html(button, text % about, address, revision.pk, _("Undo"))


# The page


def trash_urls(admin_site) -> list:
    views = [
        ("", "trash", trash),
        ("restore/", "trash_restore", restore),
        ("erase/", "trash_erase", erase_for_good),
    ]
    return [
        path(
            f"trash/{end}",
            admin_site.admin_view(partial(view, admin_site=admin_site)),
            name=name,
        )
        for end, name, view in views
    ]


def may_erase(request) -> bool:
    return request.user.has_perm("nnsc.delete_version")


@require_safe
def trash(request, admin_site):
    """Show what is in the trash, newest first; kind, q and before narrow it.

    One query, however much lies there.
    """
    admins = seen_by(request, admin_site)
    kind, words = request.GET.get("kind", ""), request.GET.get("q", "")
    words = words.replace("\0", "").strip()
    before = request.GET.get("before", "")
    versions = in_trash().filter(label__in=[kind] if kind in admins else admins)
    if words:
        versions = versions.filter(title__icontains=words)
    if is_key(before):
        versions = versions.filter(pk__lt=before)
    shown = list(versions.defer("data")[: PER_PAGE + 1])
    older = len(shown) > PER_PAGE
    entries = [entry_of(version, admins, request) for version in shown[:PER_PAGE]]
    chosen = {"kind": kind if kind in admins else "", "q": words}
    chosen = {name: value for name, value in chosen.items() if value}
    context = {
        **admin_site.each_context(request),
        "title": _("Trash"),
        "entries": entries,
        "kinds": [
            (label, capfirst(model_admin.opts.verbose_name_plural))
            for label, model_admin in sorted(
                admins.items(), key=lambda one: admin_site.place_of(one[1].model)
            )
        ],
        "chosen": chosen,
        "older": urlencode(chosen | {"before": shown[-2].pk}) if older else "",
        "newest": urlencode(chosen),
        "is_first": not is_key(before),
        "may_restore": any(entry["may_restore"] for entry in entries),
        "may_erase": may_erase(request),
    }
    request.current_app = admin_site.name
    return TemplateResponse(request, "admin/trash.html", context)


def entry_of(version, admins, request) -> dict:
    model_admin = admins[version.label]
    until = kept_until(version)
    return {
        "version": version,
        "kind": model_admin.opts.verbose_name,
        "until": day_in_words(until) if until > timezone.now() else "",
        "history": model_admin.address("history", version.record),
        "may_restore": model_admin.may_take_out(request),
    }


def chosen_in(request, admin_site) -> list[Version]:
    """Return what was chosen of what the person may see, one or several."""
    sent = [request.POST.get("one", "")] if "one" in request.POST else None
    keys = list(filter(is_key, sent or request.POST.getlist("version")))
    versions = in_trash().filter(label__in=seen_by(request, admin_site))
    revision = request.POST.get("revision", "")
    if is_key(revision):
        return list(versions.filter(revision=revision))
    return [one for some in batches(keys) for one in versions.filter(pk__in=some)]


@require_POST
def restore(request, admin_site):
    """Bring back what was chosen, or all that one act deleted; say what is missing."""
    versions = chosen_in(request, admin_site)
    admins = {one.label: admin_of(one, admin_site) for one in versions}
    if not all(model_admin.may_take_out(request) for model_admin in admins.values()):
        raise PermissionDenied
    if not versions:
        text = _("Nothing of that is in the trash any more.")
        messages.warning(request, text)
        return HttpResponseRedirect(reverse("admin:trash"))
    done = kept.restore(
        [version.pk for version in versions],
        by=request.user,
        may_publish=partial(may_publish, request, admin_site),
    )
    back = [one for one in done if one.record]
    for one in back:
        admin_of(one.version, admin_site).log_addition(
            request, one.record, gettext_noop("Restored from the trash.")
        )
    tell_restored(request, admin_site, done)
    address = reverse("admin:trash")
    if len({one.version.label for one in back}) == 1:
        model_admin = admin_of(back[0].version, admin_site)
        address = model_admin.address("changelist")
        if len(done) == 1:
            address = model_admin.address("change", back[0].record.pk)
    return HttpResponseRedirect(address)


@require_POST
def erase_for_good(request, admin_site):
    """Ask, then erase what was chosen with all that is known of it."""
    if not may_erase(request):
        raise PermissionDenied
    versions = chosen_in(request, admin_site)
    address = reverse("admin:trash")
    if not versions:
        messages.warning(request, _("Nothing was chosen that is in the trash."))
        return HttpResponseRedirect(address)
    if "post" in request.POST:
        n_erased = erase([version.pk for version in versions])
        messages.success(request, _("Erased for good: %d.") % n_erased)
        return HttpResponseRedirect(address)
    admins = seen_by(request, admin_site)
    context = {
        **admin_site.each_context(request),
        "title": _("Erase for good"),
        "entries": [entry_of(version, admins, request) for version in versions],
    }
    request.current_app = admin_site.name
    return TemplateResponse(request, "admin/erase.html", context)


def admin_of(version, admin_site):
    return admin_site.get_model_admin(apps.get_model(version.label))


def may_publish(request, admin_site, model) -> bool:
    model_admin = admin_site.get_model_admin(model)
    return model_admin.has_publish_permission(request)


# What is said of it


def tell_restored(request, admin_site, done: list[Restored]):
    back = [one for one in done if one.record]
    if len(back) == 1:
        text = format_html(_("{} is back."), link_to(back[0].record, admin_site))
        messages.success(request, text)
    elif back:
        messages.success(request, _("Restored: %d.") % len(back))
    remarks = [remark for one in done for remark in remarks_on(one, admin_site)]
    for remark in remarks[:N_NAMED]:
        messages.warning(request, remark)
    if n_more := len(remarks[N_NAMED:]):
        text = ngettext(
            "There is %d more remark.", "There are %d more remarks.", n_more
        )
        messages.warning(request, text % n_more)


def remarks_on(one: Restored, admin_site):
    """Yield in sentences what is not as it was before."""
    title = one.version.title
    if one.record is None and one.holder:
        text = _("“{}” stays in the trash: {} has its name or its address by now.")
        yield format_html(text, title, link_to(one.holder, admin_site))
    elif one.record is None:
        text = _("“{}” stays in the trash: what it needs is in use elsewhere by now.")
        yield format_html(text, title)
    if one.is_draft_now:
        text = _("“{}” was published and is a draft now: look at it, and publish it.")
        yield format_html(text, title)
    if one.is_moved:
        text = _("The page of “{}” has a new address, for another one has the old: {}")
        yield format_html(text, title, one.record.get_absolute_url())
    for missing in one.missing:
        about = {"title": title, "name": missing.name, "label": missing.label}
        if missing.holder:
            text = _("“{title}” is back without “{name}” ({label}): {holder} has it.")
            about["holder"] = link_to(missing.holder, admin_site)
        elif missing.is_in_trash:
            text = _(
                "“{title}” is back without “{name}” ({label}), which is in the trash "
                "as well."
            )
        else:
            text = _("“{title}” is back without “{name}” ({label}): that is gone.")
        yield format_html(text, **about)
