"""The record that a form would save, made without saving: for previews and checks."""

from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass

from django.contrib.admin.utils import flatten_fieldsets
from django.core.exceptions import NON_FIELD_ERRORS
from django.db import models
from django.forms import BaseForm
from django.utils.html import format_html

from nnsc.illustrated import SiteImageField


@dataclass(frozen=True)
class Unsaved:
    """A record as it is typed, and sentences on it.

    problems stop it from being saved; what could not be read is as it was before, or
    empty. missing stops it from being published.
    """

    record: models.Model
    problems: list[str]
    missing: list[str]


def unsaved(
    model_admin, request, stored, chosen: Iterable[str] = ()
) -> tuple[BaseForm, Unsaved]:
    """Return the form that was sent, and what it makes of stored, a record or None.

    chosen names the images that were chosen and not sent. Nothing is written, neither
    to the database nor to a disk.
    """
    model_admin.look_back(request, stored)
    fieldsets = model_admin.get_fieldsets(request, stored)
    form_class = model_admin.get_form(
        request,
        stored,
        change=stored is not None,
        fields=flatten_fieldsets(fieldsets),
    )
    form_class.comes_back = False
    form = form_class(request.POST, request.FILES, instance=stored)
    formsets, _inlines = model_admin._create_formsets(
        request, form.instance, change=stored is not None
    )
    return form, as_typed(form, formsets, chosen)


def as_typed(form: BaseForm, formsets, chosen: Iterable[str] = ()) -> Unsaved:
    """Return what a form that was sent holds: with its cities, tags and inlines."""
    problems = [*problems_of(form), *problems_of_parts(formsets)]
    record = copy(form.instance)
    if record.pk is None:
        # A key that no other record has: it may be asked for its articles.
        record.pk = 0
    record._prefetched_objects_cache = {
        field.name: form.cleaned_data[field.name]
        for field in record._meta.many_to_many
        if field.name in form.cleaned_data
    } | {formset.fk.remote_field.cache_name: parts_of(formset) for formset in formsets}
    for field in record._meta.fields:
        if isinstance(field, SiteImageField) and field.name in chosen:
            image = getattr(record, field.name)
            image.name = image.name or "chosen"
    return Unsaved(record, problems, [*missing_by_field(record, form).values()])


def problems_of(form: BaseForm) -> Iterator[str]:
    for name, sentences in form.errors.items():
        for sentence in sentences:
            if name == NON_FIELD_ERRORS:
                yield sentence
            else:
                yield format_html("{}: {}", form[name].label, sentence)


def problems_of_parts(formsets) -> Iterator[str]:
    for formset in formsets:
        for form in formset.forms:
            yield from problems_of(form)
        yield from formset.non_form_errors()


def missing_by_field(record: models.Model, form: BaseForm) -> dict[str, str]:
    """Return what stops publishing, by the form's fields, where it is no complaint."""
    if not hasattr(record, "missing_for_publishing"):
        return {}
    missing = {
        form.stand_ins.get(name, name): sentence
        for name, sentence in record.missing_for_publishing().items()
    }
    return {name: text for name, text in missing.items() if name not in form.errors}


def parts_of(formset) -> models.QuerySet:
    """Return the rows of a formset as they are typed, without those to be deleted."""
    kept = [
        form.instance
        for form in formset.forms
        if form.is_valid()
        and (form.has_changed() or form.instance.pk)
        and not formset._should_delete_form(form)
    ]
    parts = formset.model._default_manager.none()
    parts._result_cache = kept
    parts._prefetch_done = True
    return parts
