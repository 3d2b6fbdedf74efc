"""Other records chosen from a search box, one or several, however many there are."""

from django import forms
from django.contrib.admin.checks import ModelAdminChecks
from django.contrib.admin.widgets import (
    AutocompleteSelect,
    AutocompleteSelectMultiple,
    RelatedFieldWidgetWrapper,
)
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from nnsc.moved import present_keys


def is_key(value) -> bool:
    """Whether value can be the primary key of a record, on any database."""
    return str(value).isdecimal() and len(str(value)) <= 18


def followed(model, values) -> list[str]:
    """Return keys as a form has them, with those of merged records led on."""
    keys = [int(value) for value in values if is_key(value)]
    present = present_keys(model, keys)
    return list(dict.fromkeys(str(present.get(key, key)) for key in keys))


class OnlyKeys:
    """Part of a widget: looks up only what can be a key.

    Django's own sends everything to the database, which raises on "abc". What was
    merged since the form was opened is shown as what it is now.
    """

    def optgroups(self, name, value, attr=None):
        keys = list(filter(is_key, value))
        groups = super().optgroups(name, keys, attr)
        options = [option for _name, options, _at in groups for option in options]
        if sum(bool(option["selected"]) for option in options) < len(keys):
            keys = followed(self.choices.queryset.model, keys)
            groups = super().optgroups(name, keys, attr)
        return groups


class ChooseOne(OnlyKeys, AutocompleteSelect):
    pass


class ChooseSeveral(OnlyKeys, AutocompleteSelectMultiple):
    def build_attrs(self, base_attrs, extra_attrs=None):
        # Each chosen record has its own way out; one for all together is a trap.
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return attrs | {"data-allow-clear": "false"}


class OneField(forms.ModelChoiceField):
    """One record; what was merged since the form was opened is what it is now."""

    def to_python(self, value):
        try:
            return super().to_python(value)
        except ValidationError:
            present = followed(self.queryset.model, [value])
            if present in ([], [str(value)]):
                raise
            return super().to_python(present[0])


class SeveralField(forms.ModelMultipleChoiceField):
    """Several records, those that were merged as in OneField."""

    def clean(self, value):
        if not all(map(is_key, value or [])):
            raise ValidationError(_("Choose from those that the search finds."))
        try:
            return super().clean(value)
        except ValidationError:
            present = followed(self.queryset.model, value or [])
            if set(present) >= set(map(str, value or [])):
                raise
            return super().clean(present)


class ChoosingChecks(ModelAdminChecks):
    """Allows cities and tags in a form, which stand in tables of their own.

    Django refuses such fields because a table of one's own may ask for more than the
    two records; ours asks for nothing more.
    """

    def _check_field_spec_item(self, obj, field_name, label):
        errors = super()._check_field_spec_item(obj, field_name, label)
        is_chosen = field_name in obj.autocomplete_fields
        return [
            error for error in errors if not (is_chosen and error.id == "admin.E013")
        ]


class ChoosingMixin:
    """For a ModelAdmin: all of autocomplete_fields are chosen from a search box.

    Tags too: the browser sends their keys, and nothing is ever split at commas.
    """

    checks_class = ChoosingChecks

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.many_to_many and db_field.name in self.autocomplete_fields:
            return self.several_field(db_field, request, **kwargs)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        wrapper = field and field.widget
        if isinstance(wrapper, RelatedFieldWidgetWrapper):
            if db_field.name not in self.autocomplete_fields:
                field.widget = wrapper.widget
            # What is chosen here may be in use elsewhere: it is deleted on its page.
            wrapper.can_delete_related = wrapper.can_view_related = False
        return field

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        if db_field.name in self.autocomplete_fields:
            kwargs["widget"] = ChooseOne(db_field, self.admin_site)
            kwargs.setdefault("form_class", OneField)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def several_field(self, db_field, request, **kwargs):
        model = db_field.remote_field.model
        is_own = isinstance(db_field, models.ManyToManyField)
        other_admin = self.admin_site.get_model_admin(model)
        options = {
            "label": db_field.verbose_name.capitalize(),
            "help_text": db_field.help_text if is_own else "",
            "required": not db_field.blank,
            "queryset": model._default_manager.all(),
        }
        field = SeveralField(**options | kwargs)
        field.widget = RelatedFieldWidgetWrapper(
            ChooseSeveral(db_field, self.admin_site),
            db_field.remote_field,
            self.admin_site,
            can_add_related=other_admin.has_add_permission(request),
        )
        field.widget.choices = field.choices
        return field

    def get_changeform_initial_data(self, request):
        """Take from the address what the form can hold: several keys as "1,2"."""
        initial = super().get_changeform_initial_data(request)
        for name in initial.keys() & set(self.autocomplete_fields):
            value = initial[name]
            keys = value.split(",") if isinstance(value, str) else value
            keys = list(filter(is_key, keys))
            is_several = self.opts.get_field(name).many_to_many
            initial[name] = keys if is_several else "".join(keys[:1])
        return initial
