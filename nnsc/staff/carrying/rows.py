"""Rows of a formset, carried over by their keys."""

import re
from collections import defaultdict
from typing import NamedTuple

from django.http import QueryDict

from nnsc.history import differ
from nnsc.staff.carrying.carried import KEEP, THEIRS, Question
from nnsc.staff.carrying.fields import as_opened, is_typed, sent_of

# What one row of a formset sends of its fields, by their names.
Sent = dict[str, list[str]]


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
