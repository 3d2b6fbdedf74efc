"""The rules of Mozilla's HTTP Observatory, as far as one answer shows them.

A hundred points to begin with; what is missing costs some, what goes beyond adds some.
A hundred and more are an A+. See developer.mozilla.org/observatory.
"""

from http.cookies import SimpleCookie

HALF_A_YEAR = 15_768_000
PRIVATE = {
    *["no-referrer", "same-origin", "strict-origin"],
    "strict-origin-when-cross-origin",
}
UNSAFE = {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:", "data:"}


def points(headers, cookies: SimpleCookie) -> int:
    policy = directives(headers.get("Content-Security-Policy", ""))
    marks = [
        csp(policy),
        cookie_points(cookies),
        hsts(headers.get("Strict-Transport-Security", "")),
        5 if headers.get("Referrer-Policy", "") in PRIVATE else -5,
        0 if headers.get("X-Content-Type-Options") == "nosniff" else -5,
        framing(policy, headers.get("X-Frame-Options", "")),
        10
        if headers.get("Cross-Origin-Resource-Policy") in ("same-origin", "same-site")
        else 0,
    ]
    total = 100 + sum(mark for mark in marks if mark < 0)
    # Nothing makes good for what is badly amiss.
    return total + sum(mark for mark in marks if mark > 0) if total >= 90 else total


def directives(policy: str) -> dict[str, list[str]]:
    parts = (part.split() for part in policy.split(";"))
    return {part[0]: part[1:] for part in parts if part}


def csp(policy) -> int:
    if not policy:
        return -25
    default = policy.get("default-src", ["*"])
    for name in ("script-src", "object-src"):
        if UNSAFE & set(policy.get(name, default)):
            return -20
    if UNSAFE & set(policy.get("style-src", default)):
        return 0
    return 10 if default == ["'none'"] else 5


def cookie_points(cookies: SimpleCookie) -> int:
    if not cookies:
        return 0
    for name, cookie in cookies.items():
        if not cookie["secure"]:
            return -40 if "session" in name else -20
        if not cookie["httponly"] and "session" in name:
            return -30
    return 5 if all(cookie["samesite"] for cookie in cookies.values()) else 0


def hsts(said: str) -> int:
    parts = dict(part.strip().partition("=")[::2] for part in said.lower().split(";"))
    if not parts.get("max-age", "").isdecimal():
        return -20
    if int(parts["max-age"]) < HALF_A_YEAR:
        return -10
    return 5 if "preload" in parts and "includesubdomains" in parts else 0


def framing(policy, said: str) -> int:
    if "frame-ancestors" in policy:
        return 5
    return 0 if said.upper() in ("DENY", "SAMEORIGIN") else -20
