"""What the admins of all content have in common."""

from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Count, OuterRef, Subquery
from django.db.models.deletion import PROTECT
from django.db.models.functions import Coalesce
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, smart_urlquote
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nnsc.admin_choosing import ChoosingMixin, is_key
from nnsc.naming import fold

N_USES_SHOWN = 10


class AddressInput(forms.URLInput):
    """An address that can be opened, to see that it is the right one."""

    def __init__(self, attrs=None):
        super().__init__({"class": "vURLField", **(attrs or {})})

    def render(self, name, value, attrs=None, renderer=None):
        box = super().render(name, value, attrs, renderer)
        try:
            URLValidator(schemes=["http", "https"])(value or "")
        except ValidationError:
            return box
        text = gettext("Open it in a new tab")
        link = '{} <a class="open" href="{}" target="_blank">{}</a>'
        return format_html(link, box, smart_urlquote(value), text)


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__({"step": 1, **(attrs or {})}, format="%Y-%m-%dT%H:%M:%S")


FIELDS = {
    models.URLField: {"assume_scheme": "https", "widget": AddressInput},
    models.DateField: {"widget": DayInput},
    models.DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
}


class ContentForm(forms.ModelForm):
    """A form that shows every complaint of its model, whatever it names.

    `stand_ins` names the form's field for a field of the model that it stands in for.
    """

    stand_ins = {}
    # Worded for the editor when the database refused what the form found right.
    conflict = ""

    def clean(self):
        super().clean()
        if self.conflict:
            raise ValidationError(self.conflict)
        return self.cleaned_data

    def add_error(self, field, error):
        """Put the model's complaints beside their fields, one to each.

        Django raises where one names a field that the form does not have.
        """
        if field is not None or not hasattr(error, "error_dict"):
            return super().add_error(field, error)
        for name, errors in error.error_dict.items():
            name = self.stand_ins.get(name, name)
            name = name if name in self.fields else None
            # A field that could not be read has said so; that it is missing follows.
            if name is None or name not in self.errors:
                super().add_error(name, ValidationError(errors))


class ContentChangeList(ChangeList):
    def apply_select_related(self, qs):
        prefetched = self.model_admin.list_prefetch_related
        return super().apply_select_related(qs).prefetch_related(*prefetched)


class ContentAdmin(ChoosingMixin, admin.ModelAdmin):
    form = ContentForm
    formfield_overrides = FIELDS
    list_per_page = 50
    list_prefetch_related = []
    # Counting all besides what was found costs as much as the list.
    show_full_result_count = False

    # The heading under which it stands in the admin, and its place there.
    section = ""
    place = 1000
    # The words of a button on the desk that begins a new one; none where empty.
    desk_button = ""
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

    def get_changelist(self, request, **kwargs):
        return ContentChangeList

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        form.conflict = getattr(request, "conflict", "")
        return form

    def get_search_results(self, request, queryset, search_term):
        # PostgreSQL raises on NUL.
        search_term = search_term.replace("\0", "")
        return super().get_search_results(request, queryset, search_term)

    def get_view_on_site_url(self, obj=None):
        """Return the record's public address, None where the public finds nothing."""
        if obj is None or obj.pk is None or not hasattr(obj, "get_absolute_url"):
            return None
        return obj.get_absolute_url() if getattr(obj, "is_live", True) else None

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
        if IS_POPUP_VAR not in request.GET:
            title = capfirst(self.opts.verbose_name_plural)
            extra_context = {"title": title, **(extra_context or {})}
        if request.method != "POST":
            return super().changelist_view(request, extra_context)
        try:
            with transaction.atomic():
                return super().changelist_view(request, extra_context)
        except IntegrityError:
            text = gettext("Somebody changed one of these just now. Nothing was done.")
            self.message_user(request, text, messages.ERROR)
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
        if not self.admin_site.is_registered(type(record)):
            return str(record)
        record_admin = self.admin_site.get_model_admin(type(record))
        address = reverse(
            f"{self.admin_site.name}:{record_admin.opts.label_lower.replace('.', '_')}"
            "_change",
            args=[record.pk],
        )
        return format_html('<a href="{}">{}</a>', address, record)


class NamedAdmin(ContentAdmin):
    """For records on nnsc.naming.Named: found however the name is typed."""

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if "slug" in form.base_fields:
            form.base_fields["slug"].required = False
            form.base_fields["slug"].help_text = _(
                "The end of its page’s address. Left empty, it is made from the name. "
                "A change breaks links that others have made."
            )
        return form


class AliasFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        for field in form.fields.values():
            # Their labels are the heads of columns, which name no box.
            field.widget.attrs["aria-label"] = field.label or ""

    def clean(self):
        super().clean()
        seen = set()
        for form in self.forms:
            name = form.cleaned_data.get("name") if form.is_valid() else None
            if name and not form.cleaned_data.get("DELETE"):
                if fold(name) in seen:
                    form.add_error("name", _("This other name is here twice."))
                seen.add(fold(name))


class AliasInline(admin.TabularInline):
    formset = AliasFormSet
    extra = 1
    verbose_name_plural = _("Other names, found by the search too")


class ChosenFilter(admin.SimpleListFilter):
    """Tells which record narrows the list, and takes it away again.

    Lists lead to each other with it; it offers no choice, for there may be thousands.
    """

    model = None

    def lookups(self, request, model_admin):
        if not is_key(self.value() or ""):
            return []
        records = self.model._default_manager.filter(pk=self.value())
        return [(str(record.pk), str(record)) for record in records]

    def queryset(self, request, queryset):
        if self.value() is None:
            return queryset
        if not is_key(self.value()):
            return queryset.none()
        return queryset.filter(**{self.parameter_name: self.value()})


def count_of(records, field):
    """Return an expression that counts records whose field is the record at hand."""
    counted = records.filter(**{field: OuterRef("pk")}).order_by().values(field)
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0)
