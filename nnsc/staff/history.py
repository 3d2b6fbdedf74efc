"""The history of records in the admin: who changed what, and what it looked like."""

from collections import defaultdict
from itertools import pairwise

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Exists, F, OuterRef, Window
from django.db.models.functions import RowNumber
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nnsc.differences import contents, differences, differences_of
from nnsc.history import has_history, is_told, snapshot
from nnsc.models import Act, Revision, Version
from nnsc.staff.choosing import is_key
from nnsc.trash import in_trash

PER_PAGE = 20
N_RECORDS_NAMED = 5


class HistoryMixin:
    """For a ModelAdmin: shows what nnsc.history keeps, in the place of Django's own.

    Models without history, such as accounts, keep Django's page.
    """

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_version"
        view = self.admin_site.admin_view(self.version_view)
        version = path("<path:object_id>/history/<int:number>/", view, name=name)
        return [version, *super().get_urls()]

    def versions_of(self, object_id):
        """Return the versions of one record, the newest first."""
        if not (has_history(self.model) and is_key(object_id)):
            return Version.objects.none()
        versions = Version.objects.filter(
            label=self.opts.label_lower, record=int(object_id)
        )
        return versions.select_related("revision").order_by("-number")

    def fields_in_order(self, request, record=None) -> list[str]:
        """Return the model's fields as the form has them, one after the other."""
        stood_in = defaultdict(list)
        for field, other in self.form.stand_ins.items():
            stood_in[other].append(field)
        shown = flatten_fieldsets(self.get_fieldsets(request, record))
        return [field for name in shown for field in stood_in.get(name, [name])]

    @method_decorator(require_safe)
    def history_view(self, request, object_id, extra_context=None):
        """Show who changed what and when, the newest first; also of what is gone."""
        if not has_history(self.model):
            return super().history_view(request, object_id, extra_context)
        record, versions = self.record_and_versions(request, object_id)
        page = Paginator(versions, PER_PAGE).get_page(request.GET.get("page"))
        at = page.start_index()
        # With the one before the last of this page, to which that is compared.
        shown = list(versions[max(at - 1, 0) : at + PER_PAGE])
        changes = differences_of(
            [(old.data, new.data) for new, old in pairwise(shown)],
            self.model,
            self.fields_in_order(request, record),
        )
        last = versions.first() if page.number > 1 else next(iter(shown), None)
        context = {
            "title": _("History"),
            "page": page,
            "entries": [
                {
                    "version": version,
                    "differences": found,
                    "is_now": record is not None and version == last,
                }
                for version, found in zip(
                    shown[:PER_PAGE], [*changes, None], strict=False
                )
            ],
            "changed_since": self.is_changed_since(record, last),
            "may_restore": self.may_restore(request, record),
        }
        context |= self.about(request, record, versions, object_id)
        return TemplateResponse(request, "admin/history.html", context)

    @method_decorator(require_safe)
    def version_view(self, request, object_id, number):
        """Show one version whole, and what is different now."""
        record, versions = self.record_and_versions(request, object_id)
        version = versions.filter(number=number).first()
        if version is None:
            raise Http404(_("There is no such version."))
        order = self.fields_in_order(request, record)
        now = snapshot(record) if record else None
        context = {
            "title": _("Version %(number)d") % {"number": number},
            "version": version,
            "contents": contents(version.data, self.model, order),
            "since": differences(version.data, now, self.model, order) if now else [],
            "may_restore": self.may_restore(request, record),
        }
        context |= self.about(request, record, versions, object_id)
        return TemplateResponse(request, "admin/version.html", context)

    def record_and_versions(self, request, object_id):
        """Return the record, None where it is gone, and its versions.

        Raise Http404 where there is neither, PermissionDenied where it is not shown.
        """
        record = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, record):
            raise PermissionDenied
        versions = self.versions_of(object_id)
        if record is None and not versions.exists():
            raise Http404(_("There is no history of this."))
        return record, versions

    def may_restore(self, request, record) -> bool:
        return record is not None and self.has_change_permission(request, record)

    def is_changed_since(self, record, last: Version | None) -> bool:
        """Whether the record is not what its last version tells."""
        if record is None or last is None:
            return False
        return last.gone or not is_told(self.model, last.data, snapshot(record))

    def about(self, request, record, versions, object_id) -> dict:
        """Return what both pages say of the record, and where they lead."""
        request.current_app = self.admin_site.name
        name = str(record or versions.first().title)
        return {
            **self.admin_site.each_context(request),
            "subtitle": name,
            "opts": self.opts,
            "record": record,
            "name": name,
            "list_url": self.address("changelist"),
            "change_url": self.address("change", object_id),
            "history_url": self.address("history", object_id),
            "list_name": capfirst(self.opts.verbose_name_plural),
        }


# Who did what lately


def seen_by(request, admin_site) -> dict:
    """Return the admins of what the person may see the history of, by label."""
    return {
        model._meta.label_lower: model_admin
        for model, model_admin in admin_site._registry.items()
        if has_history(model) and model_admin.has_view_or_change_permission(request)
    }


def recent_changes(request, admin_site):
    """Show the last acts of everyone on what the person may see, the newest first.

    Four queries for a page, however many acts there are and records in each.
    """
    model_admins = seen_by(request, admin_site)
    seen = Version.objects.filter(label__in=model_admins)
    revisions = Revision.objects.exclude(act=Act.FOUND).order_by("-id")
    revisions = revisions.filter(Exists(seen.filter(revision=OuterRef("pk"))))
    before = request.GET.get("before", "")
    if is_key(before):
        revisions = revisions.filter(pk__lt=before)
    revisions = revisions.select_related("journal__undone_by")
    shown = list(revisions[: PER_PAGE + 1])
    is_more = len(shown) > PER_PAGE
    shown = shown[:PER_PAGE]
    context = {
        **admin_site.each_context(request),
        "title": _("Recent changes"),
        "entries": list(entries_of(shown, seen, model_admins, request)),
        "older": shown[-1].pk if is_more else None,
        "is_first": not is_key(before),
    }
    request.current_app = admin_site.name
    return TemplateResponse(request, "admin/recent_changes.html", context)


def entries_of(revisions, seen, model_admins, request):
    """Yield each act with the first of its records and how many more there are.

    With what takes it back: a journal that the person may undo, or what of it lies in
    the trash, if they may take all of it out.
    """
    may = request.user.has_perm
    deleted = defaultdict(set)
    in_it = in_trash().filter(revision__in=revisions).order_by()
    for revision, label in in_it.values_list("revision", "label").distinct():
        deleted[revision].add(model_admins.get(label))
    versions = seen.filter(revision__in=revisions).exclude(revision__act=Act.FOUND)
    counts = versions.order_by().values_list("revision").annotate(n=Count("pk"))
    counts = dict(counts)
    nth = Window(RowNumber(), partition_by=F("revision"), order_by="pk")
    first = versions.annotate(nth=nth).filter(nth__lte=N_RECORDS_NAMED).defer("data")
    named = {}
    for version in first.order_by("pk"):
        model_admin = model_admins[version.label]
        named.setdefault(version.revision_id, []).append(
            {
                "version": version,
                "kind": model_admin.opts.verbose_name,
                "address": model_admin.address("history", version.record),
            }
        )
    for revision in revisions:
        records = named.get(revision.pk, [])
        n_more = counts.get(revision.pk, 0) - len(records)
        journal = getattr(revision, "journal", None)
        yield {
            "revision": revision,
            "records": records,
            "n_more": n_more,
            "may_undo": journal and not journal.undone_by and may(journal.permission),
            "undone_by": journal and journal.undone_by,
            "may_restore": revision.pk in deleted
            and all(it and it.may_take_out(request) for it in deleted[revision.pk]),
        }
