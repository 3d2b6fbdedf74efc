"""What was typed into a form, carried over onto the record as it is when it is sent.

A form carries its base: what the record was when the form was opened, signed. Field by
field, what only others have changed since takes the place of what was sent; what only
the person has changed stays; sets such as tags take in both. What follows, such as
checks and the history, then meets a form that might have been opened this moment. What
both have changed stays as it was typed, and is asked about.
"""

from django import forms
from django.core import signing
from django.db import models
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from nnsc.history import Key, key_of
from nnsc.staff.carrying.carried import KEEP, Carried, Question
from nnsc.staff.carrying.fields import (
    as_opened,
    carry_fields,
    is_set,
    is_typed,
    stored_names,
)
from nnsc.staff.carrying.rows import Row, carry_rows, sent_rows, write_rows

__all__ = [
    "BASE",
    "Carried",
    "Question",
    "all_new",
    "as_opened",
    "carry_over",
    "is_set",
    "is_typed",
    "read_base",
    "signed_base",
    "stored_names",
]

# The name of the form's field that carries its base.
BASE = "_base"
SALT = "nnsc.staff.carrying"


def signed_base(key: Key, data: dict) -> str:
    return signing.dumps([*key, data], salt=SALT, compress=True)


def read_base(text: str, key: Key) -> dict | None:
    """Return the snapshot that a form carries, None where it is none of this record."""
    try:
        label, pk, data = signing.loads(text, salt=SALT)
    except (signing.BadSignature, ValueError):
        return None
    return data if (label, pk) == key else None


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
