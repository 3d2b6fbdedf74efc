"""Corrections as readers find them: a page of all, its feed, and earlier versions.

What a figure said before is public because it was: as long as the figure stands here,
or is withdrawn. While it is under review nothing shows a number of it, neither the list
of corrections nor an earlier version; what never was public is in neither.
"""

from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from impact.models import Correction, Metric
from nnsc.editions import noted_edition
from nnsc.feeds import Entry, Feed, feed_response, latest, tag_uri
from nnsc.outputs import (
    Refused,
    TakeAway,
    absolute,
    license_url,
    output,
    refuse_others,
)
from nnsc.paging import page_of
from nnsc.public import public_page

PER_PAGE = 20
N_ENTRIES = 50
# Of versions there are fewer than of digits here.
MAX_DIGITS = 6


@public_page("page")
def corrections(request):
    """Show what was corrected, withdrawn or put back, the newest first. Two queries."""
    context = {
        "page": page_of(request, Correction.objects.for_lists(), PER_PAGE),
        "take_away": TakeAway(title=feed_title(), page=reverse("corrections")),
    }
    return render(request, "impact/corrections.html", context)


def feed_title() -> str:
    return _("Corrections: National Network for Safe Communities")


@output
def feed(request, form):
    """Answer with the last corrections as a feed. Three queries."""
    refuse_others(request.GET, [])
    entries = list(map(entry, Correction.objects.for_lists()[:N_ENTRIES]))
    found = Feed(
        id=tag_uri("feed/corrections"),
        title=feed_title(),
        page_url=absolute(reverse("corrections")),
        feed_url=absolute(request.get_full_path()),
        updated_at=latest(
            (entry.updated_at for entry in entries), without=noted_edition().since
        ),
        entries=entries,
    )
    return feed_response(found, form)


def entry(correction: Correction) -> Entry:
    body = render_to_string("impact/_correction.html", {"correction": correction})
    return Entry(
        id=tag_uri(f"correction/{correction.pk}"),
        url=absolute(correction.place_url),
        title=str(correction),
        html=body.strip(),
        author=_("National Network for Safe Communities"),
        published_at=correction.made_at,
        updated_at=correction.made_at,
    )


# Versions


def history_of(metric: Metric) -> dict:
    """Return what JSON tells of a figure's versions: its own, and what ended others.

    Under review it has none. One query.
    """
    made = list(metric.corrections.order_by("id"))
    n_ended = sum(one.version is not None for one in made)
    return {
        "version": n_ended + 1 if metric.is_live else None,
        "corrections": [told(one) for one in made],
    }


def told(correction: Correction) -> dict:
    address = correction.version_url()
    return {
        "made_at": correction.made_at.isoformat(),
        "kind": correction.kind,
        "note": correction.shown_note() or None,
        "changes": [
            {name: change[name] for name in ("name", "was", "now")}
            for change in correction.shown_changes()
        ],
        "ended_version": correction.version,
        "ended_version_url": absolute(address) if address else None,
    }


def number_in(query) -> int:
    """Return the version that a query asks for. Raise Refused where it names none."""
    asked = query["version"]
    if asked.isascii() and asked.isdigit() and len(asked) <= MAX_DIGITS:
        return int(asked)
    raise Refused(_("“version” is a number, such as 1."), ["version"])


def earlier_version(pk: int, number: int) -> JsonResponse:
    """Answer with a figure as it stood in a version that has ended. Two queries.

    Raise Http404 where there is none, or its figure is under review.
    """
    ended = Correction.objects.select_related("metric__city", "metric__program")
    correction = get_object_or_404(ended, metric=pk, version=number)
    if correction.is_held_back:
        raise Http404(_("This figure is under review, so no number of it is shown."))
    said = {
        "title": correction.sentence(),
        "url": absolute(correction.page_url) if correction.page_url else None,
        "license": license_url(),
        "version": number,
        "ended_by": told(correction),
        "count": 1,
        "items": [correction.was | {"status": "superseded"}],
    }
    name = f"figure-{pk}-version-{number}.json"
    return JsonResponse(
        said,
        json_dumps_params={"ensure_ascii": False, "indent": 2},
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
