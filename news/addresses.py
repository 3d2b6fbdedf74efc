"""Two addresses of one story, told to be the same."""

import hashlib
import re
from contextlib import suppress
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

MAX_KEY_LENGTH = 500
DEFAULT_PORTS = {"http": 80, "https": 443}
# What senders of mail, social networks and advertisers add, and outlets for themselves.
TRACKING = re.compile(
    r"utm_.*|mc_.*|mtm_.*|pk_.*|piwik_.*|hsa_.*|_hs.*|at_.*|fb_.*|soc_.*|action_.*_ids"
    r"|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|twclid|ttclid|li_fat_id|yclid"
    r"|igshid|igsh|epik|srsltid|mkt_tok|oly_(?:enc|anon)_id|vero_id|wickedid|__s|s_cid"
    r"|wt_mc|wt\.mc_id|_ga|_gl|ref_src|ref_url|cmp|cmpid|icid|ncid|ocid|smid|smtyp"
    r"|sr_share|xtor|spm|amp",
    re.IGNORECASE,
)
# Parameters that track or show a form of the page with one value, and mean something
# with another.
TRACKING_PAIRS = {
    ("outputtype", "amp"),
    ("output", "amp"),
    ("partner", "rss"),
    ("emc", "rss"),
    ("share", "facebook"),
    ("share", "twitter"),
}
# Google's copies of a page for telephones, with the address of the page inside.
COPIES = re.compile(
    r"(?:www\.)?google\.[a-z.]+/amp/(?:s/)?|[^/]+\.cdn\.ampproject\.org/[cv]/(?:s/)?"
)
SAFE_IN_PATH = "!$&'()*+,;=:@~"
# No step of a path, unlike the slash itself.
ESCAPED_SLASH = re.compile("%2f", re.IGNORECASE)


def address_key(url: str) -> str:
    """Return what two addresses of one story have in common, never longer than 500.

    Scheme, "www.", "m.", "amp.", default port, "/amp" at the end, "index.html",
    trailing slash, fragment, order of parameters, tracking parameters, another way to
    escape a letter, and Google's copy of the page make no difference; every other
    parameter does. An address too long for the key ends in its SHA-256.
    """
    parts = urlsplit(original(url.strip()))
    key = host_of(parts) + path_of(parts.path)
    parameters = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not TRACKING.fullmatch(name)
        and (name.lower(), value.lower()) not in TRACKING_PAIRS
    )
    if parameters:
        key += f"?{urlencode(parameters)}"
    # "#!/story/5" is a page of its own; "#comments" is a place on one.
    if parts.fragment.startswith(("!", "/")):
        key += f"#{parts.fragment}"
    if len(key) > MAX_KEY_LENGTH:
        digest = hashlib.sha256(key.encode()).hexdigest()
        key = f"{key[: MAX_KEY_LENGTH - len(digest) - 1]}#{digest}"
    return key


def original(url: str) -> str:
    """Return the address of the page of which url is Google's copy, else url."""
    scheme, separator, rest = url.partition("://")
    copy = COPIES.match(rest)
    return f"{scheme}{separator}{rest[copy.end() :]}" if copy else url


def host_of(parts) -> str:
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
    is_default = not port or port == DEFAULT_PORTS.get(parts.scheme)
    return host if is_default else f"{host}:{port}"


def path_of(path: str) -> str:
    steps = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append("%2F".join(map(escaped, ESCAPED_SLASH.split(step))))
    path = "".join(f"/{step}" for step in steps)
    path = re.sub(r"/(index|default)\.(html?|php|aspx?)$", "", path, flags=re.I)
    return re.sub(r"(/amp|\.amp)(\.html?)?$", "", path)


def escaped(text: str) -> str:
    """Return text with every letter escaped in the one way."""
    letters = unquote(text, errors="surrogateescape")
    return quote(letters, safe=SAFE_IN_PATH, errors="surrogateescape")
