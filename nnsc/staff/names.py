"""Records that staff know by a name, and by other names besides."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from nnsc.naming import fold
from nnsc.staff.content import ContentAdmin


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
    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        # As it is being typed, or not saved yet: Django sets its key alone.
        setattr(form.instance, self.fk.name, self.instance)
        return form

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
