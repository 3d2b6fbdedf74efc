"""How much may be sent to the site."""

from django.conf import settings
from django.shortcuts import render


class BodyLimitMiddleware:
    """Refuses what is too large to be an image and its form, before a byte is read.

    An image that is merely too large for us passes: its form says so and loses nothing.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        length = request.headers.get("content-length") or "0"
        if not length.isdecimal() or int(length) <= settings.MAX_BODY_BYTES:
            return self.get_response(request)
        megabytes = settings.MAX_BODY_BYTES // 1024**2
        return render(request, "413.html", {"megabytes": megabytes}, status=413)
