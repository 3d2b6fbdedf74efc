"""The mark of a browser that has been in before, and what browsers are called.

The mark is a signed cookie, good for one account and one password of it. It lets
nobody in; it only spares staff from being counted with strangers, and from mail about
a browser that they have long used.
"""

import re
import secrets

from django.conf import settings
from django.core import signing

COOKIE = "__Host-known" if settings.HTTPS else "known"
SALT = "nnsc.entry.devices"
MAX_AGE_SECONDS = 400 * 86_400
# Who share a browser have a mark each.
MAX_MARKS = 5

BROWSERS = [
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\bOPR/|\bOpera\b"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Firefox", r"\bFirefox/|\bFxiOS/"),
    ("Chrome", r"Chrome/|\bCriOS/|\bChromium/"),
    ("Safari", r"\bSafari/"),
]
SYSTEMS = [
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("ChromeOS", r"\bCrOS\b"),
    ("macOS", r"\bMac OS X\b|\bMacintosh\b"),
    ("Linux", r"\bLinux\b"),
]


def browser_of(request) -> str:
    """Return what a browser calls itself, as far as we know it: "Firefox, Windows"."""
    said = request.headers.get("user-agent", "")[:500]
    names = (
        next((name for name, pattern in known if re.search(pattern, said)), "")
        for known in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, names))


def marks_of(request) -> dict[str, list[str]]:
    """Return the marks of a browser by account: [its name, the password's digest]."""
    try:
        marks = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE_SECONDS
        )
    except signing.BadSignature:
        return {}
    return marks if isinstance(marks, dict) else {}


def device_of(request, user) -> str:
    """Return the name of the user's browser, empty if it is not known as theirs."""
    if user is None:
        return ""
    name, digest = marks_of(request).get(str(user.pk), ["", ""])
    return name if name and digest == digest_of(user) else ""


def digest_of(user) -> str:
    # Changes with the password, as sessions do.
    return user.get_session_auth_hash()[:16]


def mark(request, response, user) -> None:
    """Let the browser be known as the user's from now on."""
    marks = marks_of(request)
    name = device_of(request, user) or secrets.token_urlsafe(9)
    marks.pop(str(user.pk), None)
    marks = dict(list(marks.items())[1 - MAX_MARKS :])
    marks[str(user.pk)] = [name, digest_of(user)]
    response.set_cookie(
        COOKIE,
        signing.dumps(marks, salt=SALT),
        max_age=MAX_AGE_SECONDS,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
