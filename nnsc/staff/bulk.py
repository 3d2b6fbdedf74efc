"""Actions on many records: a page shows what will change, and what not and why."""

from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from nnsc.bulk import carry_out, plan
from nnsc.bulk_changes import (
    Adding,
    CannotChangeError,
    Change,
    Removing,
    Setting,
    ToTrash,
    change_of,
    counted,
)
from nnsc.history import has_history
from nnsc.staff.again import ClashError, again_after_clash
from nnsc.staff.choosing import ChooseOne, ChooseSeveral, OneField, SeveralField
from nnsc.staff.telling import link_to, tell_done, tell_left
from nnsc.staff.trash import undo_message

# A preview is no promise for ever.
MAX_AGE_SECONDS = 24 * 60 * 60


class BulkMixin:
    """For a ModelAdmin with actions that are seen before they are done.

    An action leads to its preview; what that shows comes back signed, with nothing kept
    on the server, and is checked again record by record.
    """

    def get_urls(self):
        if not has_history(self.model):
            return super().get_urls()
        name = f"{self.opts.app_label}_{self.opts.model_name}_bulk"
        view = self.admin_site.admin_view(self.bulk_view)
        return [path("bulk/", view, name=name), *super().get_urls()]

    def may_make(self, request, change: Change):
        """Return what says of a record whether the person may change it so."""
        if isinstance(change, ToTrash):
            return lambda record: self.has_delete_permission(request, record)
        return lambda record: self.has_change_permission(request, record)

    # Choosing what to add, remove or set

    def choose(self, request, queryset, kind, name):
        """Ask for the records that the change points at, then show the preview."""
        field = self.pointing_field(kind, name)
        is_sent = "choosing" in request.POST
        form = type("ChoosingForm", (forms.Form,), {"chosen": field})(
            request.POST if is_sent else None
        )
        if is_sent and form.is_valid():
            chosen = form.cleaned_data["chosen"]
            keys = [chosen.pk] if kind is Setting else [one.pk for one in chosen]
            return self.show_plan(request, queryset, kind(self.model, name, keys))
        keys = self.keys_of(request, queryset, kind)
        if keys is None:
            return None
        context = {
            "title": self.chosen_action(request),
            "chosen": counted(self.model, len(keys)),
            "form": form,
            "media": self.media + form.media,
            "action": request.POST.getlist("action")[-1],
            "selected": request.POST.getlist(ACTION_CHECKBOX_NAME),
            "select_across": request.POST.get("select_across", "0"),
        }
        return self.bulk_page(request, "admin/bulk_choose.html", context)

    def pointing_field(self, kind, name):
        db_field = self.opts.get_field(name)
        label = {
            Adding: gettext("%(kind)s to add"),
            Removing: gettext("%(kind)s to remove"),
            Setting: gettext("New %(kind)s"),
        }[kind]
        kinds = db_field.verbose_name
        label = label % {"kind": kinds if kind is Setting else capfirst(kinds)}
        is_one = kind is Setting
        box, field = (ChooseOne, OneField) if is_one else (ChooseSeveral, SeveralField)
        return field(
            db_field.related_model._default_manager.all(),
            label=label,
            widget=box(db_field, self.admin_site),
        )

    def chosen_action(self, request) -> str:
        action = request.POST.getlist("action")[-1]
        return dict(self.get_action_choices(request)).get(action, action)

    # Seeing

    def keys_of(self, request, queryset, kind: type[Change]) -> list[int] | None:
        """Return the keys of the records; None, and say so, where they are too many."""
        keys = queryset.values_list("pk", flat=True)[: kind.n_at_most + 1]
        keys = list(dict.fromkeys(keys))
        if len(keys) <= kind.n_at_most:
            return keys
        text = gettext(
            "At most %(records)s can be changed like this at once. Narrow the list "
            "with its filters, or choose page by page. Nothing was done."
        )
        about = {"records": counted(self.model, kind.n_at_most)}
        messages.error(request, text % about)
        return None

    def show_plan(self, request, queryset, change: Change):
        """Show what the change would do to the records of a queryset."""
        keys = self.keys_of(request, queryset, type(change))
        if keys is None:
            return None
        found = plan(change, keys, self.may_make(request, change))
        sent = {
            "spec": change.spec(),
            "seen": list(found.seen.items()),
            "list": request.GET.urlencode(),
        }
        context = {
            "title": self.chosen_action(request),
            "plan": found,
            "changed": counted(self.model, len(found.seen)),
            "sentence": change.sentence(),
            "deed": change.deed(len(found.seen)),
            "examples": [
                (link_to(one.record, self.admin_site), one.before, one.after)
                for one in found.examples
            ],
            "refused": [
                (
                    reason,
                    n,
                    [
                        (link_to(record, self.admin_site), detail)
                        for record, detail in first
                    ],
                )
                for reason, (n, first) in found.refused.items()
            ],
            "signed": signing.dumps(sent, salt=self.salt(request), compress=True),
            "bulk_address": self.address("bulk"),
        }
        return self.bulk_page(request, "admin/bulk_preview.html", context)

    def salt(self, request) -> str:
        return f"bulk {self.opts.label_lower} {request.user.pk}"

    def bulk_page(self, request, template, context):
        query = request.GET.urlencode()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "list_address": self.address("changelist") + (query and f"?{query}"),
            **context,
        }
        return TemplateResponse(request, template, context)

    # Doing

    def bulk_view(self, request):
        """Make a change that was seen in its preview.

        Who had been signed out meanwhile is led here by the log-in, with nothing sent.
        """
        address = self.address("changelist")
        try:
            sent = signing.loads(
                request.POST.get("signed", ""),
                salt=self.salt(request),
                max_age=MAX_AGE_SECONDS,
            )
        except signing.BadSignature:
            text = gettext(
                "This preview has expired. Nothing was done; choose the action again."
            )
            messages.error(request, text)
            return HttpResponseRedirect(address)
        if sent["list"]:
            address = f"{address}?{sent['list']}"
        change = change_of(self.model, sent["spec"])
        if not request.user.has_perm(change.permission):
            raise PermissionDenied
        self.carry_out(request, change, dict(sent["seen"]))
        return HttpResponseRedirect(address)

    def carry_out(self, request, change, seen) -> None:
        may = self.may_make(request, change)
        try:
            done = again_after_clash(lambda: carry_out(change, seen, request.user, may))
        except CannotChangeError as error:
            text = gettext("%(why)s Nothing was done.") % {"why": error}
            messages.error(request, text)
            return
        except ClashError as error:
            messages.error(request, str(error))
            return
        if done.revision is None:
            messages.warning(request, gettext("Nothing was changed."))
        elif isinstance(change, ToTrash):
            messages.success(request, undo_message(done.revision, done.n_changed))
        else:
            text = ngettext(
                "%(what)s One was changed.",
                "%(what)s %(n)s were changed.",
                done.n_changed,
            )
            about = {"what": done.revision.note, "n": f"{done.n_changed:,}"}
            tell_done(request, text % about, done.revision)
        tell_left(request, self.admin_site, done.left)
