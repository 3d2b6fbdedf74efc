"""An order kept by staff: rows are dragged, or moved up and down by buttons."""

import json

from adminsortable2.admin import SortableAdminBase, SortableAdminMixin
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import path
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from nnsc.history import locked, record_changes, snapshots
from nnsc.models import Act, Revision


class OrderedAdmin(SortableAdminMixin):
    """Goes before PublishableAdmin, for models with a `position`.

    Whoever may publish may order, for the public sees the order at once. A new record
    comes last.
    """

    ordering = ["position", "pk"]
    # The order of the list is the one that is being kept.
    sortable_by = []
    list_per_page = 200

    def __init__(self, model, admin_site):
        super().__init__(model, admin_site)
        self._reorder_ = self.position_cell

    def get_urls(self):
        name = f"{self.opts.app_label}_{self.opts.model_name}_move"
        move = self.admin_site.admin_view(require_POST(self.move_view))
        return [path("move/", move, name=name), *super().get_urls()]

    def get_actions(self, request):
        # Past the library's actions between pages: here the list is one page.
        return super(SortableAdminMixin, self).get_actions(request)

    def get_list_display(self, request):
        columns = super().get_list_display(request)
        if self.may_order(request):
            return columns
        return [column for column in columns if column != "_reorder_"]

    def changelist_view(self, request, extra_context=None):
        response = super().changelist_view(request, extra_context)
        context = getattr(response, "context_data", None) or {}
        if "cl" in context and not context["cl"].result_count:
            # The script of the library breaks where there is no row to drag.
            context["media"] = super(SortableAdminBase, self).media
        return response

    def may_order(self, request):
        permitted = self.has_change_permission(request)
        return permitted and self.has_publish_permission(request)

    def position_cell(self, record):
        """Show the handle that is dragged, and two buttons for everyone else.

        The buttons send the list's own form elsewhere, so no script is needed.
        """
        return format_html(
            '<div class="drag handle" pk="{pk}" order="{order}" title="{drag}"></div>'
            '<button class="move" id="up-{pk}" name="up" value="{pk}"'
            ' formaction="{url}" aria-label="{up}" title="{up}">↑</button>'
            '<button class="move" id="down-{pk}" name="down" value="{pk}"'
            ' formaction="{url}" aria-label="{down}" title="{down}">↓</button>',
            pk=record.pk,
            order=record.position,
            url=self.address("move"),
            drag=gettext("Drag to another place"),
            up=gettext("Move up: %(record)s") % {"record": record},
            down=gettext("Move down: %(record)s") % {"record": record},
        )

    position_cell.short_description = _("order")

    def move_view(self, request):
        """Move one record up or down by one place, and return to its button."""
        if not self.may_order(request):
            raise PermissionDenied
        direction = "up" if "up" in request.POST else "down"
        address = self.address("changelist")
        with transaction.atomic():
            records = self.in_order()
            keys = [str(record.pk) for record in records]
            if request.POST.get(direction) not in keys:
                return HttpResponseRedirect(address)
            old = keys.index(request.POST[direction])
            new = old - 1 if direction == "up" else old + 1
            new = min(max(new, 0), len(records) - 1)
            record = records.pop(old)
            records.insert(new, record)
            self.keep_order(request, records)
            if new != old:
                self.log_change(request, record, gettext("Moved."))
        text = gettext("“%(record)s” is now number %(place)d of %(all)d.")
        about = {"record": record, "place": new + 1, "all": len(records)}
        self.message_user(request, text % about, messages.SUCCESS)
        return HttpResponseRedirect(f"{address}#{direction}-{record.pk}")

    def update_order(self, request):
        """Take the new order of some rows from the script: they change places.

        Its numbers are left aside: they go wrong where two records share a position.
        """
        if request.method != "POST" or not self.may_order(request):
            raise PermissionDenied
        try:
            pairs = json.loads(request.body)["updatedItems"]
            moved = [int(pk) for pk, _order in pairs]
        except (ValueError, TypeError, KeyError, OverflowError):
            return HttpResponseBadRequest(gettext("This is no order of rows."))
        with transaction.atomic():
            records = {record.pk: record for record in self.in_order()}
            if len(set(moved)) != len(moved) or not records.keys() >= set(moved):
                return HttpResponseBadRequest(gettext("The list has changed. Reload."))
            waiting = iter(moved)
            keys = [next(waiting) if pk in set(moved) else pk for pk in records]
            self.keep_order(request, [records[pk] for pk in keys])
        return HttpResponse(gettext("Saved."))

    def in_order(self):
        """Return all records in their order, locked in that of their keys.

        Everybody locks in that order, so that no two wait for each other.
        """
        keys = self.model._default_manager.values_list("pk", flat=True)
        records = locked(self.model, keys)
        return sorted(records, key=lambda record: (record.position, record.pk))

    def keep_order(self, request, records):
        """Number the records from 1 on, saving those that moved."""
        moved = {
            position: record
            for position, record in enumerate(records, start=1)
            if record.position != position
        }
        before = snapshots(moved.values())
        for position, record in moved.items():
            record.position = position
            record.save(update_fields=["position"])
        record_changes(before, Revision.of(request.user, Act.MOVED))
