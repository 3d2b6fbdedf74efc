from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from nnsc.outputs import TakeAway
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


@public_page()
def principle(request, slug):
    """Show one principle with its neighbours. One query: they are few."""
    principles = list(Principle.objects.live())
    slugs = [principle.slug for principle in principles]
    if slug not in slugs:
        # Withdrawn, hidden and unknown look alike to the public.
        get_object_or_404(Principle.objects.live(), slug=slug)
    at = slugs.index(slug)
    context = {
        "principle": principles[at],
        "number": at + 1,
        "previous": principles[at - 1] if at else None,
        "next": principles[at + 1] if at + 1 < len(principles) else None,
        "structured_data": page_below(
            _("Principles"), reverse("principle_list"), principles[at]
        ),
    }
    return render(request, "principles/principle.html", context)
