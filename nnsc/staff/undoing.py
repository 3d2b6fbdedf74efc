"""The page that takes an act back: a merge, a new name, what was done to many."""

from django.apps import apps
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from nnsc.models import Journal
from nnsc.staff.again import ClashError, again_after_clash
from nnsc.staff.telling import tell_done, tell_left
from nnsc.undoing import CannotUndoError, undo


class UndoingSite:
    """Part of an AdminSite: who may do an act may undo it, whoever did it."""

    def get_urls(self):
        view = self.admin_view(self.undo_view)
        return [path("undo/<int:pk>/", view, name="undo"), *super().get_urls()]

    def undo_view(self, request, pk):
        """Show what an act was, and take it back where that is sent."""
        journals = Journal.objects.select_related("revision", "undone_by")
        journal = get_object_or_404(journals, pk=pk)
        if not request.user.has_perm(journal.permission):
            raise PermissionDenied
        if request.method == "POST":
            is_done = self.take_back(request, journal)
            changes = reverse("admin:recent_changes")
            return HttpResponseRedirect(changes if is_done else request.path)
        context = {
            **self.each_context(request),
            "title": gettext("Undo"),
            "journal": journal,
            "revision": journal.revision,
            "counts": counts_of(journal.revision),
        }
        return TemplateResponse(request, "admin/undo.html", context)

    def take_back(self, request, journal) -> bool:
        revision = journal.revision

        def may(record):
            record_admin = self.get_model_admin(type(record))
            return record_admin.has_change_permission(request, record)

        # Who may merge may undo a merge, in all that it has moved.
        _app, _dot, right = journal.permission.partition(".")
        rights = {} if right.startswith("merge_") else {"may": may}
        try:
            undone = again_after_clash(lambda: undo(revision, request.user, **rights))
        except CannotUndoError as error:
            messages.error(request, str(error))
            tell_left(request, self, error.left)
            return False
        except ClashError as error:
            messages.error(request, str(error))
            return False
        text = ngettext(
            "Undone: %(what)s. One record is as it was.",
            "Undone: %(what)s. %(n)d records are as they were.",
            undone.n_records,
        )
        about = {"what": revision.note, "n": undone.n_records}
        tell_done(request, text % about, undone.revision)
        tell_left(request, self, undone.left)
        return True


def counts_of(revision) -> list[tuple[str, int]]:
    """Return how many records an act has touched, by kind: ("Articles", 12)."""
    counted = revision.versions.order_by("label").values_list("label")
    return [
        (capfirst(apps.get_model(label)._meta.verbose_name_plural), n)
        for label, n in counted.annotate(n=Count("pk"))
    ]
