"""What every template may use besides its view's own context."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils.encoding import escape_uri_path
from django.utils.functional import SimpleLazyObject

from nnsc.fragments import part
from nnsc.sharing import site_image
from nnsc.texts import current_texts


def site(request):
    """Context processor: the page's permanent address and its part of the site.

    preview is a Preview, above a page that the public does not see like this.
    """
    return {
        "preview": getattr(request, "preview", None),
        "canonical_url": settings.SITE_URL + escape_uri_path(request.path),
        "section": request.path.split("/")[1],
        "contact_email": settings.CONTACT_EMAIL,
        "share_image": kept("share-image", (), site_image),
    }


def texts(request):
    """Context processor: the site’s own texts by key; a query if they have changed."""
    return {"texts": kept("texts", ("nnsc",), current_texts)}


def kept(name: str, apps: tuple[str, ...], make: Callable[[], Any]) -> SimpleLazyObject:
    """Return what is looked for when a template uses it, and made if it is not kept."""
    return SimpleLazyObject(lambda: part(name, None, apps, make))
