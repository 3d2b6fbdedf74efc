"""What browsers are told of every answer, whoever made it."""

from django.conf import settings

# What no page of ours asks of a browser, nor anything that it shows. These would do the
# most harm; the list is short, for it goes with every answer.
DENIED = [
    *["camera", "display-capture", "geolocation", "microphone", "midi", "payment"],
    *["publickey-credentials-get", "serial", "usb"],
]
EVERYWHERE = {
    # What others may show or read says so itself.
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    "Permissions-Policy": ", ".join(f"{name}=()" for name in DENIED),
    "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": settings.X_FRAME_OPTIONS,
}


class HeadersMiddleware:
    """Adds what is missing, to answers too that other middleware breaks off."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        response = self.get_response(request)
        for name, value in EVERYWHERE.items():
            response.headers.setdefault(name, value)
        if getattr(response, "xframe_options_exempt", False):
            # What may be framed may be so by pages that keep others out by themselves.
            del response.headers["X-Frame-Options"]
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response
