"""What saving a form does to the public life of a record, in words before and after."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from nnsc.moments import in_words
from nnsc.publishing import Publishable, State


@dataclass(frozen=True)
class Life:
    """The public life of a record, as it is stored or as it is about to be."""

    state: str = State.DRAFT
    goes_live_at: datetime | None = None

    @property
    def is_scheduled(self) -> bool:
        is_later = self.goes_live_at is not None and self.goes_live_at > timezone.now()
        return self.state == State.PUBLISHED and is_later

    @property
    def is_live(self) -> bool:
        return self.state == State.PUBLISHED and not self.is_scheduled


@dataclass(frozen=True)
class Deed:
    """button says all of it, verb the least of it, done what it was afterwards."""

    button: str
    verb: str
    done: str


def life_of(record: Publishable | None) -> Life:
    return Life(record.state, record.goes_live_at) if record else Life()


def deed(was: Life, will_be: Life) -> Deed:
    """Return what a save does that leads from one life to another."""
    if will_be.state == State.DRAFT:
        return to_draft(was)
    if will_be.state == State.READY:
        return to_review(was)
    if will_be.state == State.WITHDRAWN:
        return to_withdrawn(was)
    if will_be.is_scheduled:
        return to_schedule(was, {"moment": in_words(will_be.goes_live_at)})
    if was.is_live:
        done = _("Saved. Readers see the change now.")
        return Deed(_("Save and update the page"), _("Update the page"), done)
    done = _("Published. Readers see it now.")
    return Deed(_("Publish now"), _("Publish now"), done)


def to_draft(was: Life) -> Deed:
    verb = _("Save draft")
    if was.is_live:
        button = _("Take off the site, back to draft")
        done = _("Taken off the site and kept as a draft. Only staff see it now.")
        return Deed(button, _("Take off the site"), done)
    if was.is_scheduled:
        button = _("Save as a draft that does not go live")
        done = _("Kept as a draft: it does not go live. Only staff see it.")
        return Deed(button, verb, done)
    return Deed(verb, verb, _("Saved as a draft. Only staff see it."))


def to_review(was: Life) -> Deed:
    if was.is_live:
        button = _("Take off the site, for review")
        done = _("Taken off the site, and waits for review. Only staff see it now.")
        return Deed(button, _("Take off the site"), done)
    if was.state == State.READY:
        done = _("Saved. It waits for review; only staff see it.")
        return Deed(_("Save, still for review"), _("Save"), done)
    button = _("Hand over for review")
    return Deed(button, button, _("Handed over for review. Only staff see it."))


def to_withdrawn(was: Life) -> Deed:
    if was.state == State.WITHDRAWN:
        done = _("Saved. It stays withdrawn.")
        return Deed(_("Save, still withdrawn"), _("Save"), done)
    done = _("Withdrawn. Readers do not see it any more.")
    return Deed(_("Withdraw"), _("Withdraw"), done)


def to_schedule(was: Life, when: dict[str, str]) -> Deed:
    if was.is_live:
        button = _("Take off the site until %(moment)s") % when
        done = _("Taken off the site until %(moment)s.") % when
        return Deed(button, _("Take off the site"), done)
    button = _("Publish on %(moment)s") % when
    done = _("It will be published on %(moment)s. Only staff see it until then.") % when
    return Deed(button, _("Schedule"), done)
