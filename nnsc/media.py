"""Images as readers get them, for ever the same under one address."""

from pathlib import PurePosixPath

from django.core.files.storage import default_storage
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import condition, require_safe

from nnsc.images import FOLDER, TYPES


def etag(request, name):
    """The name itself, for it never comes to mean something else."""
    return f'"{name}"' if default_storage.exists(f"{FOLDER}/{name}") else None


@require_safe
@condition(etag_func=etag)
def image(request, name):
    """Send one file of an image; the address lets through no name but our own."""
    try:
        with default_storage.open(f"{FOLDER}/{name}") as file:
            body = file.read()
    except FileNotFoundError:
        raise Http404(_("There is no such image here.")) from None
    return HttpResponse(
        body,
        content_type=TYPES[PurePosixPath(name).suffix],
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            # Whoever reads our feeds at another site sees what they show.
            "Cross-Origin-Resource-Policy": "cross-origin",
        },
    )
