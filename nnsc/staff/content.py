"""What the admins of all content have in common."""

from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models.deletion import PROTECT
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nnsc.history import (
    has_history,
    record_change,
    snapshot,
)
from nnsc.staff.again import SOMEBODY_CHANGED
from nnsc.staff.bulk import BulkMixin
from nnsc.staff.checklist import ChecklistMixin
from nnsc.staff.choosing import ChoosingMixin, is_key
from nnsc.staff.form import FIELDS, ContentForm
from nnsc.staff.history import HistoryMixin
from nnsc.staff.lists import CappedPaginator, ContentChangeList
from nnsc.staff.meanwhile import MeanwhileMixin
from nnsc.staff.previewing import PreviewMixin
from nnsc.staff.restoring import RestoringMixin
from nnsc.staff.saving import SavingMixin
from nnsc.staff.telling import link_to
from nnsc.staff.trash import TrashMixin
from nnsc.staff.typed import TypedMixin

N_USES_SHOWN = 10


class ContentAdmin(
    HistoryMixin,
    TypedMixin,
    RestoringMixin,
    MeanwhileMixin,
    BulkMixin,
    TrashMixin,
    PreviewMixin,
    ChecklistMixin,
    SavingMixin,
    ChoosingMixin,
    admin.ModelAdmin,
):
    form = ContentForm
    formfield_overrides = FIELDS
    list_per_page = 50
    list_max_show_all = 200
    paginator = CappedPaginator
    list_prefetch_related = []
    # Counting all besides what was found costs as much as the list.
    show_full_result_count = False

    # The heading under which it stands in the admin, and its place there.
    section = ""
    place = 1000
    # The words of a button on the desk that begins a new one; none where empty.
    desk_button = ""
    # A box on the desk that begins one with a value: (field, label of the box).
    desk_box = None
    # What the list says where there is nothing to list.
    empty_text = _("There is nothing here yet.")

    def desk_items(self, request):
        """Return (label, count, address of the list) of what waits for somebody."""
        return []

    def address(self, page, *args, **choice):
        """Return the address of a page of this admin; choice narrows a list."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_{page}"
        address = reverse(f"{self.admin_site.name}:{name}", args=args)
        return f"{address}?{urlencode(choice)}" if choice else address

    def may_type(self, request, record) -> bool:
        """Whether the person may fill in the form of a record, or of a new one."""
        if record is None:
            return self.has_add_permission(request)
        return self.has_change_permission(request, record)

    def check_may_type(self, request, record):
        if not self.may_type(request, record):
            raise PermissionDenied

    def get_changelist(self, request, **kwargs):
        return ContentChangeList

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.conflict = getattr(request, "conflict", "")
        form.is_only_shown = hasattr(request, "shown_again")
        return form

    def get_search_results(self, request, queryset, search_term):
        # PostgreSQL raises on NUL.
        search_term = search_term.replace("\0", "")
        return super().get_search_results(request, queryset, search_term)

    def get_object(self, request, object_id, from_field=None):
        """Return the record, with its public address if the public finds it there.

        Taken now: a form that comes back with errors has changed or emptied the slug.
        Where it may be saved or deleted, which only a transaction does, it is locked,
        and what it was stands in `before`.
        """
        if getattr(request, "opened", None):
            return request.opened
        is_kept = has_history(self.model) and request.method == "POST"
        is_kept = is_kept and transaction.get_connection().in_atomic_block
        if is_kept and is_key(object_id):
            rows = self.model._base_manager.select_for_update()
            rows.filter(pk=object_id).values_list("pk").first()
        record = super().get_object(request, object_id, from_field)
        if is_kept and record:
            record.before = snapshot(record)
        self.bring_back(request, record)
        if hasattr(record, "get_absolute_url") and getattr(record, "is_live", True):
            record.public_address = record.get_absolute_url()
        return record

    def to_look_at(self, request, object_id):
        """Return the record for a page that does not save it: see get_object()."""
        return super().get_object(request, unquote(object_id))

    def get_view_on_site_url(self, obj=None):
        return getattr(obj, "public_address", None)

    # The gate of nnsc.history

    def save_related(self, request, form, formsets, change):
        """Save cities, tags and parts; the record is whole now, and is kept."""
        super().save_related(request, form, formsets, change)
        if has_history(self.model):
            record = form.instance
            act, note = self.act_of(request, change)
            before = record.before if change else None
            form.version = record_change(
                record, by=request.user, act=act, note=note, before=before
            )

    # Two people at once

    def changeform_view(self, request, *args, **kwargs):
        """Show or save the form; what another saved in the meantime becomes its error.

        When the database refuses what the form found right, the same was saved at the
        same moment. Asked again, the form finds it and says so, and keeps what was
        typed.
        """
        conflict = gettext(
            "This could not be saved: something here is already in use elsewhere, or "
            "was deleted a moment ago. Look at names and addresses, and save again."
        )
        for attempt in ("", "", conflict):
            request.conflict = attempt
            try:
                return super().changeform_view(request, *args, **kwargs)
            except IntegrityError:
                if request.conflict:
                    raise

    def delete_view(self, request, *args, **kwargs):
        try:
            return super().delete_view(request, *args, **kwargs)
        except IntegrityError:
            # It came into use while the question stood; the page now says where.
            return super().delete_view(request, *args, **kwargs)

    def changelist_view(self, request, extra_context=None):
        if any("\0" in value for value in request.GET.values()):
            return HttpResponseRedirect(request.path)
        if not all(map(is_key, request.POST.getlist(ACTION_CHECKBOX_NAME))):
            return HttpResponseRedirect(request.get_full_path())
        if IS_POPUP_VAR not in request.GET:
            title = capfirst(self.opts.verbose_name_plural)
            extra_context = {"title": title, **(extra_context or {})}
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except IntegrityError:
            self.message_user(request, SOMEBODY_CHANGED, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    # What is in use stays

    def get_deleted_objects(self, objs, request):
        """Say where records are in use, else what would go with them.

        Two queries for each kind of record that protects them, however many there are.
        """
        if protected := list(self.uses(objs)):
            return [], {}, set(), protected
        return super().get_deleted_objects(objs, request)

    def uses(self, records):
        """Yield "Articles: 12" and a list of the first that use records, by kind."""
        for relation in self.opts.related_objects:
            if relation.on_delete is not PROTECT:
                continue
            user_field = self.user_field(relation)
            rows = relation.related_model._default_manager.filter(
                **{f"{relation.field.name}__in": records}
            )
            n_uses = rows.count()
            if n_uses:
                if user_field:
                    rows = rows.select_related(user_field.name)
                    users = [
                        getattr(row, user_field.name) for row in rows[:N_USES_SHOWN]
                    ]
                else:
                    users = list(rows[:N_USES_SHOWN])
                yield f"{capfirst(users[0]._meta.verbose_name_plural)}: {n_uses}"
                yield [*map(self.link_to, users), *["…"][: n_uses - len(users)]]

    def user_field(self, relation):
        """Return the key to what editors know, where a row of keys stands between."""
        if self.admin_site.is_registered(relation.related_model):
            return None
        others = [
            field
            for field in relation.related_model._meta.fields
            if field.many_to_one and field != relation.field
        ]
        return others[0] if others else None

    def link_to(self, record):
        return link_to(record, self.admin_site)
