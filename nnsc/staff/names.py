"""Records that staff know by a name, and by other names besides."""

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nnsc.merge_plans import counts_of
from nnsc.models import Act
from nnsc.naming import fold
from nnsc.renaming import Renaming
from nnsc.staff.choosing import is_key
from nnsc.staff.content import ContentAdmin
from nnsc.staff.form import ContentForm
from nnsc.staff.merging import MergingMixin
from nnsc.staff.telling import tell_done


class NamedForm(ContentForm):
    """A form of a record that may be renamed, or turn out to be there already."""

    keep_address = forms.BooleanField(
        label=_("Keep this address when the name changes"), required=False
    )
    # Returns where records of some keys are merged; None for who may not merge.
    merge_address = None

    def _post_clean(self):
        super()._post_clean()
        record = self.instance
        if record.pk and "name" in self.errors and self.merge_address:
            twin = record.others_called(record.name).first() if record.name else None
            if twin:
                link = '{} <a href="{}">{}</a>'
                address = self.merge_address([record.pk, twin.pk], into=twin.pk)
                text = gettext("Or merge the two.")
                text = format_html(link, record.twin_message(twin), address, text)
                self.errors["name"] = self.error_class([text])


class NamedAdmin(MergingMixin, ContentAdmin):
    """For records on nnsc.naming.Named: found however the name is typed.

    A new name leaves the former one as another name, and its address as one that leads
    on; the message says so, and how to undo it.
    """

    form = NamedForm
    actions = ["merge"]

    def get_search_results(self, request, queryset, search_term):
        return super().get_search_results(request, queryset, fold(search_term))

    # The form

    def get_form(self, request, obj=None, change=False, **kwargs):
        form = super().get_form(request, obj, change=change, **kwargs)
        if self.has_merge_permission(request):
            form.merge_address = staticmethod(self.merge_address)
        if "slug" in form.base_fields:
            form.base_fields["slug"].required = False
            form.base_fields["slug"].help_text = _(
                "The end of its page’s address. Left empty, it is made from the name. "
                "Former addresses go on leading here."
            )
        if change and "name" in form.base_fields:
            field = form.base_fields["name"]
            text = gettext(
                "A new name leaves this one as another name, and the address that is "
                "made from it leads on."
            )
            field.help_text = " ".join(filter(None, [str(field.help_text), text]))
        return form

    def get_fieldsets(self, request, obj=None):
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or not self.has_change_permission(request, obj):
            return fieldsets
        return [
            (heading, options | {"fields": with_choice(options["fields"])})
            for heading, options in fieldsets
        ]

    def render_change_form(self, request, context, obj=None, **kwargs):
        if obj and self.has_merge_permission(request):
            context["merge_address"] = self.merge_address([obj.pk])
        return super().render_change_form(request, context, obj=obj, **kwargs)

    def delete_view(self, request, object_id, extra_context=None):
        if is_key(object_id) and self.has_merge_permission(request):
            address = self.merge_address([object_id])
            extra_context = {"merge_address": address, **(extra_context or {})}
        return super().delete_view(request, object_id, extra_context=extra_context)

    # A new name

    def save_model(self, request, obj, form, change):
        request.renaming = None
        if change and fold(obj.name) != fold(obj.before["name"]):
            request.renaming = Renaming(obj, obj.before)
            if not form.cleaned_data.get("keep_address"):
                request.renaming.move()
        super().save_model(request, obj, form, change)

    def act_of(self, request, change):
        act, note = super().act_of(request, change)
        if request.renaming and act == Act.CHANGED:
            return Act.RENAMED, request.renaming.sentence()
        return act, note

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if request.renaming and isinstance(formset, AliasFormSet):
            request.renaming.finish()

    def save_related(self, request, form, formsets, change):
        renaming = request.renaming
        if renaming and not any(isinstance(one, AliasFormSet) for one in formsets):
            renaming.finish()
        super().save_related(request, form, formsets, change)
        if renaming:
            renaming.keep(form.version.revision)
            tell_done(request, self.words_on(renaming), form.version.revision)

    def words_on(self, renaming):
        record = renaming.record
        sentences = [renaming.sentence() + "."]
        if renaming.is_name_kept:
            sentences.append(gettext("The former name finds it too."))
        if renaming.has_moved:
            text = gettext("%(old)s leads to %(new)s now.")
            new = record.get_absolute_url()
            sentences.append(text % {"old": renaming.former_address, "new": new})
        if counts := counts_of([record])[record.pk]:
            shown = ", ".join(f"{kind}: {n}" for kind, n in counts)
            sentences.append(gettext("Shown under its new name: %s.") % shown)
        return " ".join(sentences)


def with_choice(names):
    """Let a fieldset that has the address ask whether a new name changes it."""
    return [*names, "keep_address"] if "slug" in names else names


class AliasFormSet(forms.BaseInlineFormSet):
    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        # As it is being typed, or not saved yet: Django sets its key alone.
        setattr(form.instance, self.fk.name, self.instance)
        return form

    def _should_delete_form(self, form):
        """What has become the name itself is another name no more."""
        alias, name = form.instance, self.instance.name
        is_its_name = alias.pk and fold(alias.name) == fold(name)
        return is_its_name or super()._should_delete_form(form)

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
