"""Fields of a form, carried over one by one, or together where they belong so."""

from collections.abc import Iterable
from typing import NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from nnsc.history import fields_of, made_of, rows_of, values_differ
from nnsc.staff.carrying.carried import KEEP, THEIRS, Question


class Opened(NamedTuple):
    """One form four times: sent, as it was when opened, and as it would open now."""

    typed: forms.ModelForm
    was: forms.ModelForm
    now: forms.ModelForm
    # None where nobody knows what the record was when the form was opened.
    base: dict | None
    stored: dict


def carry_fields(form_class, base, stored, files, carried):
    now = as_opened(form_class, stored)
    was = now if base is None else as_opened(form_class, stored | base)
    typed = form_class(carried.data, files, instance=now.instance)
    opened = Opened(typed, was, now, base, stored)
    for names in groups(typed):
        if any(stored_names(typed, name) for name in names):
            carry_group(names, opened, carried)


def carry_group(names, opened, carried):
    """Carry over fields that belong together."""
    typed, was, now, base, stored = opened
    keys = [key for name in names for key in stored_names(typed, name)]
    answer = KEEP + names[0]
    if carried.data.pop(answer, None) == [THEIRS]:
        put(names, was, typed, carried)
    if base is not None and not base.keys() >= set(keys):
        # The form that was opened did not have it yet.
        put(names, now, typed, carried)
        return
    if base is not None and not differ_in(keys, base, stored):
        return
    if not any(is_typed(typed, now, name) for name in names):
        return
    if any(is_removed_twice(typed, now, name) for name in names):
        # Without its image, what it showed is nothing.
        put(names, now, typed, carried)
        return
    if base is not None and is_set(typed, names[0]):
        merge_set(names[0], typed, base, stored, carried)
        carried.taken.append(names[0])
    elif base is not None and not any(is_typed(typed, was, name) for name in names):
        put(names, now, typed, carried)
        carried.taken += [
            name for name in names if differ_in(stored_names(typed, name), base, stored)
        ]
    else:
        then = None if base is None else {key: base[key] for key in keys}
        at_present = {key: stored[key] for key in keys}
        carried.asked[names[0]] = Question(names, keys, then, at_present, answer)


def as_opened(form_class, data: dict, prefix=None) -> forms.ModelForm:
    """Return the form of a record as it is opened, by the record's snapshot."""
    model = form_class._meta.model
    record = made_of(model._meta.label_lower, None, data)
    form = form_class(instance=record, prefix=prefix)
    form.initial |= {
        name: data[name]
        for name, rows in rows_of(model).items()
        if rows.other and name in data
    }
    return form


def groups(form: forms.ModelForm) -> list[list[str]]:
    """Return the names of the form's fields, those together that belong together.

    Models name their own in belong_together, each class what it adds.
    """
    stand_ins = getattr(form, "stand_ins", {})
    together = {}
    for kind in form._meta.model.__mro__:
        for stored in vars(kind).get("belong_together", []):
            names = [stand_ins.get(name, name) for name in stored]
            names = [name for name in dict.fromkeys(names) if name in form.fields]
            together |= dict.fromkeys(names, names)
    found = []
    for name in form.fields:
        group = together.get(name, [name])
        if group not in found:
            found.append(group)
    return found


def stored_names(form: forms.ModelForm, name: str) -> list[str]:
    """Return what of a record a field of its form stands for."""
    stand_ins = getattr(form, "stand_ins", {})
    stored = [field for field, other in stand_ins.items() if other == name] or [name]
    model = form._meta.model
    known = {field.name: field for field in fields_of(model)}
    if isinstance(known.get(name), models.ImageField):
        stored += filter(None, [known[name].width_field, known[name].height_field])
    return [field for field in stored if field in known.keys() | rows_of(model).keys()]


def differ_in(names: Iterable[str], old: dict, new: dict) -> bool:
    return any(values_differ(old[name], new[name]) for name in names)


def is_set(form: forms.ModelForm, name: str) -> bool:
    rows = rows_of(form._meta.model).get(name)
    return rows is not None and rows.other is not None


def merge_set(name, typed, base, stored, carried):
    """Take what others took out and add what they added."""
    was = {str(key) for key in base[name]}
    sent = [str(key) for key in typed[name].data or []]
    added = [key for key in sent if key not in was]
    kept = [str(key) for key in stored[name] if str(key) not in was - set(sent)]
    carried.data.setlist(typed[name].html_name, dict.fromkeys([*kept, *added]))


def is_typed(typed, opened, name: str) -> bool:
    """Whether a field was sent with another content than it had when it was opened."""
    box, initial = typed[name], opened[name].initial
    if isinstance(box.field, forms.FileField):
        if box.data is None:
            return name in getattr(typed, "restored", {})
        return bool(box.data or initial)
    if isinstance(box.field, forms.CharField):
        value = box.field.prepare_value(initial)
        return meaning(box.field, value) != meaning(box.field, box.data)
    return box.field.has_changed(initial, box.data)


def is_removed_twice(typed, now, name: str) -> bool:
    is_file = isinstance(typed.fields[name], forms.FileField)
    return is_file and typed[name].data is False and not now[name].initial


def meaning(field: forms.CharField, text: str | None):
    """Return what is meant, for "2016-01" and "January 2016" are the same date."""
    try:
        return field.clean(text)
    except ValidationError:
        # A browser sends CR and LF, and the box may have held spaces around.
        return "\n".join((text or "").strip().splitlines())


def put(names: Iterable[str], opened, typed, carried):
    """Let the form be sent as if these fields had come from the other one."""
    for name in names:
        box = typed[name]
        if isinstance(box.field, forms.FileField):
            typed.files.pop(box.html_name, None)
            for part in ("clear", "kept"):
                carried.data.pop(f"{box.html_name}-{part}", None)
            carried.dropped.add(name)
        else:
            values = sent_of(box.field, opened[name].initial)
            carried.data.setlist(box.html_name, values)


def sent_of(field: forms.Field, initial) -> list[str]:
    """Return what a browser sends of a box that was opened and left as it is."""
    widget = getattr(field.widget, "widget", field.widget)
    value = field.prepare_value(initial)
    if isinstance(widget, forms.CheckboxInput):
        return ["on"] if widget.check_test(value) else []
    shown = widget.format_value(value)
    if isinstance(shown, list):
        return [str(one) for one in shown]
    return ["" if shown is None else str(shown)]
