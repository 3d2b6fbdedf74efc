"""Two addresses of one story, told to be the same."""

import hashlib
import re
from contextlib import suppress
from urllib.parse import parse_qsl, urlencode, urlsplit

MAX_KEY_LENGTH = 500
DEFAULT_PORTS = {"http": 80, "https": 443}
TRACKING = re.compile(
    r"utm_.*|mc_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|twclid|igshid|yclid"
    r"|_ga|_gl|ref_src|ref_url|cmpid|smid|amp|outputtype",
    re.IGNORECASE,
)


def address_key(url: str) -> str:
    """Return what two addresses of one story have in common, never longer than 500.

    Scheme, "www.", "m.", "amp.", default port, "/amp" at the end, trailing slash,
    fragment, order of parameters and tracking parameters make no difference; every
    other parameter does. An address too long for the key ends in its SHA-256.
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    while prefix := re.match(r"(www|m|mobile|amp)\.(?=[^.]+\.)", host):
        host = host[prefix.end() :]
    # A host that is no name of the DNS is compared as it stands.
    with suppress(UnicodeError):
        host = host.encode("idna").decode()
    try:
        port = parts.port
    except ValueError:
        port = None
    if port and port != DEFAULT_PORTS.get(parts.scheme):
        host = f"{host}:{port}"
    path = re.sub(r"/+", "/", parts.path).rstrip("/")
    path = re.sub(r"(/amp|\.amp)$", "", path).rstrip("/")
    parameters = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not TRACKING.fullmatch(name)
    )
    key = host + path + (f"?{urlencode(parameters)}" if parameters else "")
    if len(key) > MAX_KEY_LENGTH:
        digest = hashlib.sha256(key.encode()).hexdigest()
        key = f"{key[: MAX_KEY_LENGTH - len(digest) - 1]}#{digest}"
    return key
