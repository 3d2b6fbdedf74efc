from copy import copy
from datetime import datetime

from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from nnsc.bulk_changes.change import Change, Refusal
from nnsc.moments import in_words
from nnsc.publishing import State

PUBLIC = (State.PUBLISHED, State.WITHDRAWN)


class ToState(Change):
    """Publish, withdraw, mark as ready, take back to draft.

    Who may not publish may change nothing that is or was public, so what else they may
    bring to draft or to review is asked of each record.
    """

    def __init__(self, model, state: str):
        super().__init__(model)
        self.state = State(state)
        self.right = "publish" if self.state in PUBLIC else "change"

    def spec(self):
        return ["state", self.state.value]

    def sentence(self):
        return _("State: “%(state)s”.") % {"state": self.state.label}

    def deed(self, n):
        sentences = {
            State.DRAFT: _("Take %(records)s back to draft"),
            State.READY: _("Mark %(records)s as ready"),
            State.PUBLISHED: _("Publish %(records)s"),
            State.WITHDRAWN: _("Withdraw %(records)s"),
        }
        return sentences[self.state] % self.counted(n)

    def seen(self, data):
        # All of it: who publishes stands for what is read.
        return data

    def is_made(self, record, data):
        return record.state == self.state

    def refusals(self, records):
        found = ((record.pk, self.refusal(record)) for record in records)
        return {pk: Refusal(reason) for pk, reason in found if reason}

    def refusal(self, record) -> str:
        if self.state == State.WITHDRAWN and record.state not in PUBLIC:
            return _("It was never published, so there is nothing to withdraw.")
        if self.state == State.READY and record.state == State.PUBLISHED:
            return _("It is published. Take it back to draft first.")
        if self.state == State.PUBLISHED and (
            missing := record.missing_for_publishing()
        ):
            return " ".join(map(str, missing.values()))
        return note_missing(record, self.state)

    @property
    def can_be_undone(self):
        # What readers know of such a record is taken back with a word to them alone.
        return not (self.model.told and self.state == State.PUBLISHED)

    def before_and_after(self, shown):
        return [
            (
                life_text(record.state, record.goes_live_at),
                life_text(self.state, record.goes_live_at),
            )
            for record, _data in shown
        ]

    def rows(self, keys):
        yield self.own_rows(keys, "state", "goes_live_at")

    def make(self, records, data, now):
        values = {"state": self.state}
        if self.state == State.PUBLISHED:
            values["goes_live_at"] = Coalesce("goes_live_at", now)
        self.update(records, now, **values)
        for record in records:
            record.state = self.state
            if self.state == State.PUBLISHED:
                record.goes_live_at = record.goes_live_at or now


def note_missing(record: models.Model, state: str) -> str:
    """Return why a record is not brought to a state without a word to the public."""
    if not record.told:
        return ""
    then = copy(record)
    then.state = state
    if state == State.PUBLISHED:
        then.goes_live_at = then.goes_live_at or timezone.now()
    return str(then.note_missing(record))


def life_text(state: str, goes_live_at: datetime | None) -> str:
    """Return "Draft", or "Published, live from Tuesday, 24 November 2026 on"."""
    label = State(state).label
    if state == State.PUBLISHED and goes_live_at and goes_live_at > timezone.now():
        about = {"state": label, "moment": in_words(goes_live_at)}
        return _("%(state)s, live from %(moment)s on") % about
    return str(label)
