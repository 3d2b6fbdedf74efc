"""What staff are told after an act: links to records, what was left, the way back."""

from django.contrib import messages
from django.db import models
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from nnsc.models import Revision

N_LEFT_NAMED = 10


def link_to(record, site):
    """Return a link to where the record is changed; its name where that is nowhere."""
    if not isinstance(record, models.Model) or not site.is_registered(type(record)):
        return str(record)
    opts = record._meta
    name = f"{site.name}:{opts.app_label}_{opts.model_name}_change"
    return format_html('<a href="{}">{}</a>', reverse(name, args=[record.pk]), record)


def tell_done(request, sentence: str, revision: Revision | None = None) -> None:
    """Say what was done and, where there is a revision, offer to undo it."""
    if revision is not None:
        address = reverse("admin:undo", args=[revision.pk])
        link = '{} <a class="undo" href="{}">{}</a>'
        sentence = format_html(link, sentence, address, gettext("Undo"))
    messages.success(request, sentence)


def tell_left(request, site, left) -> None:
    """Name what was left as it is: the first of some pairs of a record and a reason."""
    for record, reason in left[:N_LEFT_NAMED]:
        text = format_html("{}: {}", link_to(record, site), reason)
        messages.warning(request, text)
    if n_more := len(left[N_LEFT_NAMED:]):
        text = ngettext(
            "%d more was left as it is.", "%d more were left as they are.", n_more
        )
        messages.warning(request, text % n_more)
