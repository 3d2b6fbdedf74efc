"""Answers for when the database is down, needing nothing that may be down with it."""

import sys
from functools import cache

from csp.utils import build_policy
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

# When who was turned away may try again.
RETRY_SECONDS = "5"
# What tells operators, and our own kept pages, that nothing could be shown.
NOTHING_KEPT = ("X-NNSC-Kept", "none")


def server_error(request):
    """Answer an error of ours: 503 where the database is at fault, and 500 else."""
    if not isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return defaults.server_error(request)
    headers = [NOTHING_KEPT, ("Retry-After", RETRY_SECONDS)]
    return HttpResponse(
        unavailable_html(),
        status=503,
        headers=dict([*headers, ("Cache-Control", "no-store")]),
    )


@cache
def unavailable_html() -> str:
    return render_to_string("503.html")


def unavailable_headers() -> list[tuple[str, str]]:
    """Return the headers of a 503 that Django has no part in."""
    return [
        NOTHING_KEPT,
        ("Content-Type", "text/html; charset=utf-8"),
        ("Retry-After", RETRY_SECONDS),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", build_policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", settings.X_FRAME_OPTIONS),
    ]
