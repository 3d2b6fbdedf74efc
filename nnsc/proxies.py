"""Who asks, where proxies stand between."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """Return the address of whoever asks, as the outermost proxy of ours saw it.

    settings.PROXIES says how many are ours; each adds to X-Forwarded-For whom it was
    asked by. What stands before their words was written by a stranger. Empty where
    nothing says it, as on a Unix socket.
    """
    hops = [request.META.get("REMOTE_ADDR", "")]
    if settings.PROXIES:
        hops = [*request.headers.get("X-Forwarded-For", "").split(","), *hops]
    # Who knocks at an inner proxy has passed fewer of them.
    return address_in(hops[-1 - min(settings.PROXIES, len(hops) - 1)])


def address_in(text: str) -> str:
    """Return the address in text, which may have a port; empty where there is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return ""
    return str(getattr(found, "ipv4_mapped", None) or found)
