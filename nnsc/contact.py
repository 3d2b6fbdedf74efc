"""/.well-known/security.txt (RFC 9116): where whoever finds a weakness writes to."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from nnsc.outputs import absolute

# Who has kept it for so long asks again. Made at each request, it is never out of date.
GOOD_FOR = timedelta(days=90)


@require_safe
def security_txt(request):
    contact = settings.SECURITY_CONTACT
    if not contact:
        raise Http404(_("This site names nobody to write to."))
    expires = (timezone.now() + GOOD_FOR).strftime("%Y-%m-%dT00:00:00Z")
    lines = [
        f"Contact: {contact if '://' in contact else f'mailto:{contact}'}",
        f"Expires: {expires}",
        "Preferred-Languages: en",
        f"Canonical: {absolute(request.path)}",
    ]
    return HttpResponse(
        "\n".join(lines) + "\n",
        content_type="text/plain; charset=utf-8",
        headers={"Cache-Control": "public, max-age=3600"},
    )
