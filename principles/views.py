from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from nnsc.outputs import TakeAway
from nnsc.previews import shows
from nnsc.public import public_page
from nnsc.structured import page_below
from principles.models import Principle


@public_page()
def principle_list(request):
    context = {
        "principles": Principle.objects.live(),
        "take_away": TakeAway(
            csv=reverse("principle_csv"), json=reverse("api:principles")
        ),
    }
    return render(request, "principles/principle_list.html", context)


def principle_page(request, principle):
    """Render a principle where it stands among the live ones. A new one comes last."""
    others = Principle.objects.live().exclude(pk=principle.pk)
    principles = sorted(
        [*others, principle],
        key=lambda one: (one._state.adding, one.position, one.pk),
    )
    return among(request, principle, principles)


@public_page()
@shows(principle_page)
def principle(request, slug):
    """Show one principle with its neighbours. One query: they are few."""
    principles = list(Principle.objects.live())
    found = next((one for one in principles if one.slug == slug), None)
    if found is None:
        # Withdrawn, hidden and unknown look alike to the public.
        raise Http404(_("There is no such principle here."))
    return among(request, found, principles)


def among(request, principle, principles):
    at = principles.index(principle)
    context = {
        "principle": principle,
        "number": at + 1,
        "previous": principles[at - 1] if at else None,
        "next": principles[at + 1] if at + 1 < len(principles) else None,
        "structured_data": page_below(
            _("Principles"), reverse("principle_list"), principles[at]
        ),
    }
    return render(request, "principles/principle.html", context)
