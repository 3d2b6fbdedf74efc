"""What was typed into a form, carried over onto the record as it is when it is sent.

A form carries its base: what the record was when the form was opened, signed. Field by
field, what only others have changed since takes the place of what was sent; what only
the person has changed stays; sets such as tags take in both. What follows, such as
checks and the history, then meets a form that might have been opened this moment. What
both have changed stays as it was typed, and is asked about.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from nnsc.history import (
    Key,
    differ,
    fields_of,
    key_of,
    made_of,
    rows_of,
    values_differ,
)

# The name of the form's field that carries its base.
BASE = "_base"
SALT = "nnsc.staff.carrying"
# Before the name of what was asked about: whose change is kept.
KEEP = "_keep-"
THEIRS = "theirs"

# What a form, or one row of a formset, sends of a field.
Sent = dict[str, list[str]]


def signed_base(key: Key, data: dict) -> str:
    return signing.dumps([*key, data], salt=SALT, compress=True)


def read_base(text: str, key: Key) -> dict | None:
    """Return the snapshot that a form carries, None where it is none of this record."""
    try:
        label, pk, data = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return data if (label, pk) == key else None


class Question(NamedTuple):
    """What both have changed since the form was opened.

    was is None where nobody knows what it was then; now is None where it is gone.
    """

    # The fields of the form that belong together, or those of a row.
    names: list[str]
    # Where in the record's snapshot it stands.
    keys: list[str]
    was: dict | None
    now: dict | None
    # How the answer is sent; empty where it is given by saving again.
    answer: str = ""
    # Whether the person had ticked the row for deletion.
    wanted_gone: bool = False


@dataclass
class Carried:
    """A form that was sent, as it goes on, and what there is to say about it."""

    data: QueryDict
    # Fields and formsets that only others have changed, by name.
    taken: list[str] = field(default_factory=list)
    # Images that were chosen, or brought back, and are wanted no more.
    dropped: set[str] = field(default_factory=set)
    # By the field beside which it is asked.
    asked: dict[str, Question] = field(default_factory=dict)
    # By the name of the formset and the number of the row.
    asked_of_rows: dict[str, dict[int, Question]] = field(default_factory=dict)


def carry_over(
    form_class: type[forms.ModelForm],
    formsets: dict[str, type[forms.BaseInlineFormSet]],
    record: models.Model,
    data: QueryDict,
    files: MultiValueDict,
) -> Carried:
    """Return what was sent, carried over onto the record: its `before` is what it is.

    formsets are by their prefixes, which are the names the record has for their rows.
    Files that are not wanted any more are taken out. No queries.
    """
    now = record.before
    base = read_base(data.get(BASE, ""), key_of(record))
    carried = Carried(data.copy())
    is_answer = any(name.startswith(KEEP) for name in data)
    if base == now and not is_answer:
        return carried
    carry_fields(form_class, base, now, files, carried)
    for prefix, formset in formsets.items():
        if prefix in now:
            rows = None if base is None else base.get(prefix, [])
            carry_rows(formset, prefix, rows, now[prefix], carried)
    return carried


def all_new(
    data: QueryDict, formsets: dict[str, type[forms.BaseInlineFormSet]]
) -> QueryDict:
    """Return what was sent of a record as it is sent of a new one, its rows too."""
    carried = Carried(data.copy())
    for name in data:
        if name == BASE or name.startswith(KEEP):
            del carried.data[name]
    for prefix, formset in formsets.items():
        own = {"id", formset.fk.name}
        rows = [
            Row({name: values for name, values in sent.items() if name not in own})
            for sent in sent_rows(prefix, data) or []
            if "DELETE" not in sent
        ]
        write_rows(prefix, [], rows, carried)
    return carried.data


# Fields


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


# Rows of a formset


class Row(NamedTuple):
    """What a row sends; with a question where both have changed it."""

    sent: Sent
    question: Question | None = None


def carry_rows(formset, prefix, base: list | None, stored: list, carried):
    """Carry over the rows of a formset; all that are stored are among them then.

    A new row that says what others have just added goes. What makes no sense is left
    to the formset to refuse.
    """
    sent = sent_rows(prefix, carried.data)
    if sent is None:
        return
    rows = Rows(formset, prefix, base, stored, carried)
    by_key = {row["id"][0]: row for row in sent if any(row.get("id", []))}
    initial = [rows.carry(row, by_key.pop(str(row["id"]), None)) for row in stored]
    gone = [rows.gone(key, row) for key, row in by_key.items()]
    new = [Row(row) for row in sent if not any(row.get("id", []))]
    extra = [row for row in [*gone, *new] if row and not rows.is_there(row)]
    write_rows(prefix, initial, extra, carried)


class Rows:
    """The rows of one formset, as they were and as they are."""

    def __init__(self, formset, prefix, base, stored, carried):
        self.form_class, self.prefix, self.carried = formset.form, prefix, carried
        names = formset.form.base_fields
        # Whose row it is goes without saying.
        self.names = [name for name in names if name != formset.fk.name]
        self.was = None if base is None else {str(row["id"]): row for row in base}
        known = self.was or {}
        self.added = [row for row in stored if str(row["id"]) not in known]
        if self.was is not None and self.added:
            self.take()

    def take(self):
        if self.prefix not in self.carried.taken:
            self.carried.taken.append(self.prefix)

    def answer(self, key: str) -> str:
        return f"{KEEP}{self.prefix}-{key}"

    def carry(self, stored: dict, sent: Sent | None) -> Row:
        """Return a stored row as it goes on; sent is None where it was not sent."""
        key, opened = str(stored["id"]), self.opened(stored)
        if sent is None:
            return Row(opened)
        was = None if self.was is None else self.was.get(key)
        is_theirs = self.carried.data.get(self.answer(key)) == THEIRS
        if is_theirs:
            sent = self.opened(was or stored) | {"id": [key]}
        if was is not None and not differ(was, stored):
            return Row(sent)
        wants_gone = "DELETE" in sent
        if not wants_gone and not self.is_typed(sent, stored):
            return Row(sent)
        if was is not None and not wants_gone and not self.is_typed(sent, was):
            self.take()
            return Row(opened)
        if wants_gone:
            return Row(opened, self.question(was, stored)._replace(wanted_gone=True))
        return Row(sent, self.question(was, stored, self.answer(key)))

    def gone(self, key: str, sent: Sent) -> Row | None:
        """Return what goes on of a row that is stored no more, as a new one."""
        was = self.was and self.was.get(key)
        if was and ("DELETE" in sent or not self.is_typed(sent, was)):
            self.take()
            return None
        anew = {name: values for name, values in sent.items() if name != "id"}
        return Row(anew, self.question(was, None))

    def question(self, was, stored, answer="") -> Question:
        return Question(self.names, [self.prefix], was, stored, answer)

    def is_there(self, row: Row) -> bool:
        """Whether others have just added what a new row says."""
        return any(not self.is_typed(row.sent, added) for added in self.added)

    def opened(self, row: dict) -> Sent:
        """Return what a browser sends of a row that was opened and left as it is."""
        form = as_opened(self.form_class, row)
        sent = {
            name: sent_of(form.fields[name], form[name].initial) for name in self.names
        }
        return {"id": [str(row["id"])]} | sent

    def is_typed(self, sent: Sent, row: dict) -> bool:
        """Whether a row was sent with another content than a snapshot of it has."""
        data = QueryDict(mutable=True)
        for name, values in sent.items():
            data.setlist(name, values)
        opened = as_opened(self.form_class, row)
        typed = self.form_class(data, instance=opened.instance)
        return any(is_typed(typed, opened, name) for name in self.names)


def sent_rows(prefix: str, data: QueryDict) -> list[Sent] | None:
    """Return the rows that were sent, in their order; None where they make no sense."""
    try:
        n_rows = int(data.get(f"{prefix}-TOTAL_FORMS", ""))
    except ValueError:
        return None
    rows = defaultdict(dict)
    for name, values in data.lists():
        if match := re.fullmatch(rf"{re.escape(prefix)}-(\d{{1,4}})-(\w+)", name):
            rows[int(match[1])][match[2]] = values
    return [rows[number] for number in sorted(rows) if number < n_rows]


def write_rows(prefix, initial: list[Row], extra: list[Row], carried):
    data, rows = carried.data, [*initial, *extra]
    for name in list(data):
        if re.fullmatch(rf"{re.escape(prefix)}-\d+-\w+", name):
            del data[name]
    data[f"{prefix}-TOTAL_FORMS"] = str(len(rows))
    data[f"{prefix}-INITIAL_FORMS"] = str(len(initial))
    for number, row in enumerate(rows):
        for name, values in row.sent.items():
            data.setlist(f"{prefix}-{number}-{name}", values)
    asked = {number: row.question for number, row in enumerate(rows) if row.question}
    if asked:
        carried.asked_of_rows[prefix] = asked
