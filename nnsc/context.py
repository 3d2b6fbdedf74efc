"""What every template may use besides its view's own context."""

from django.conf import settings

from nnsc.sharing import site_image


def site(request):
    """Context processor: the page's permanent address and its part of the site."""
    return {
        "canonical_url": settings.SITE_URL + request.path,
        "section": request.path.split("/")[1],
        "contact_email": settings.CONTACT_EMAIL,
        "share_image": site_image(),
    }
