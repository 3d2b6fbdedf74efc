"""Ask a running site for everything it has, in every wrong way, and tell what broke.

    script/scan http://127.0.0.1:8000
    script/scan http://127.0.0.1:8000 --cookie sessionid=… --each 3

finds the site's addresses (sitemap, links, feeds, the API's description, what is known
to be there), and asks for each with odd methods, headers, encodings, queries, paths and
bodies. No answer may be an error of the site, show a trace of its insides, lead to
another host, or fail to come. With the cookie of somebody who is signed in it asks for
the pages of the admin too, and only reads.

The exit code is 1 if anything broke.
"""

import argparse
import html
import json
import re
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from urllib.parse import quote, urljoin, urlsplit

KNOWN = [
    *["/", "/admin/", "/admin/login/", "/admin/jsi18n/", "/admin/autocomplete/"],
    *["/healthz", "/readyz", "/robots.txt", "/sitemap.xml", "/favicon.ico"],
    *["/.well-known/security.txt", "/static/css/site.css", "/static/", "/media/"],
    *["/impact/news/P25", "/preview/abc/", "/news/2016/", "/news/2016/01/"],
    *["/media/images/" + "0" * 32 + "-480.webp", "/nothing/", "/api/v1/nothing"],
    *["/embed/impact/1/", "/oembed/", "/share/" + "0" * 12 + ".png"],
]
TOKEN = "a" * 32
LINK = re.compile(r"""(?:href|src|action|content(?==["']https?:))=["']([^"'#]+)""")
CANONICAL = re.compile(r"""rel=["']canonical["'] href=["']https?://([^/"']+)""")
LOCATION = re.compile(r"<loc>([^<]+)</loc>")
TIMEOUT_SECONDS = 30
N_THREADS = 4

SANE = {200, 204, 206, 301, 302, 303, 304, 307, 308}
SANE |= {400, 401, 403, 404, 405, 406, 408, 410, 411, 412, 413, 414, 415, 416, 417}
SANE |= {421, 422, 426, 429, 431, 505}
# The server may refuse a method, and the site may be busy or not ready and say so.
SANE |= {501, 503}
INSIDES = [
    *[b"Traceback (most recent call last)", b'File "/', b"django.core", b"psycopg"],
    *[b"sqlite3.", b"OperationalError", b"DoesNotExist", b"SECRET_KEY", b"root:x:0"],
    *[b"settings.py", b"X-Scan-Injected: "],
]

READING = ("GET", "HEAD", "OPTIONS")
METHODS = [
    *["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"],
    *["PROPFIND", "MKCOL", "get", "G\x01ET", "X" * 300],
]
LONG = "x" * 6000
# Bytes as they stand in an address, percent-encoded: bad UTF-8, NUL, overlong, halves.
BYTES = ["%00", "%ff%fe", "%c0%af", "%ed%a0%80", "%f4%90%80%80", "%e2%80", "%0d%0a"]
ODD = [
    *BYTES,
    *["%", "%zz", "%u0041", "..%2f..%2f", "'", '"', "<script>", "{{7*7}}", "${7*7}"],
    *["-1", "0", "1e9", "9" * 40, "NaN", "1,2", "true", "null", "[]", "a[]=b", "%25"],
    *["%e2%80%ae", "%F0%9F%98%80", "%27%20OR%201=1--", "*", "\\", "|id", LONG],
]
NAMES = [
    *["q", "page", "city", "tag", "year", "month", "source", "kind", "after", "limit"],
    *["as_typed", "next", "_popup", "_to_field", "app_label", "o", "p", "e", "all"],
]
QUERIES = [
    *["&".join(f"{name}={value}" for name in NAMES) for value in ODD if value != LONG],
    *[f"{name}={LONG}" for name in NAMES],
    "&".join(f"p{n}={n}" for n in range(1500)),
    "&".join("city=boston" for _ in range(1500)),
    *["=", "&&&&", "?", ";;;", "=&=&=", "a=b=c=d", "%00=%00", "q=%00&%ff=1", "+" * 500],
    *["q=" + "%22" * 200, "q=" + "(" * 500, "q=" + "a " * 1000, "q=a*b*c*d*:-~^"],
    "__proto__[x]=1&constructor.prototype.x=1",
]
HEADERS = [
    {"Host": "evil.example"},
    {"Host": ""},
    {"Host": "127.0.0.1:99999"},
    {"Host": "127.0.0.1@evil.example"},
    {"Host": "a b"},
    {"Host": "x" * 4000},
    {"Host": "[::1"},
    {"Host": "é"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Proto": "gopher"},
    {"X-Forwarded-For": "', 1.2.3.4; DROP TABLE"},
    {"X-Forwarded-For": ", ".join(["1.2.3.4"] * 1000)},
    {"X-Request-ID": "x" * 5000},
    {"X-Request-ID": "a\tX-Scan-Injected: 1"},
    {"X-Original-URL": "/admin/", "X-Rewrite-URL": "/admin/"},
    {"X-HTTP-Method-Override": "DELETE"},
    {"Accept": "application/" + "x" * 5000},
    {"Accept": ";;;q=,*/*;q=nan"},
    {"Accept-Encoding": "gzip;q=nan, br;q=-1, zstd;q=9e9, *;q=x"},
    {"Accept-Encoding": ", ".join(["gzip"] * 1000)},
    {"Accept-Language": "x" * 5000},
    {"Accept-Language": ", ".join(f"aa-{n}" for n in range(500))},
    {"Range": "bytes=9-1,abc,-"},
    {"Range": "bytes=" + ",".join("0-0" for _ in range(1000))},
    {"Range": "bytes=99999999999999999999-"},
    {"If-None-Match": '"' + "x" * 5000},
    {"If-None-Match": 'W/"a", "b', "If-Match": "*"},
    {"If-Modified-Since": "Thu, 99 Zzz 99999 99:99:99 GMT"},
    {"If-Modified-Since": "Thu, 01 Jan 0000 00:00:00 GMT"},
    {"If-Unmodified-Since": "yesterday"},
    {"Cookie": "sessionid=\xff\xfe; csrftoken=a b; known=a:b:c; =; ;;;"},
    {"Cookie": "sessionid=" + "x" * 6000},
    {"Cookie": "; ".join(f"a{n}=b" for n in range(500))},
    {"Cookie": 'messages="[[\\"__json_message\\",0]]"'},
    {"Authorization": "Bearer " + "x" * 5000},
    {"Authorization": "Basic \xff"},
    {"Referer": "javascript:alert(1)"},
    {"Origin": "null"},
    {"Origin": "https://evil.example", "Access-Control-Request-Method": "PUT"},
    {"User-Agent": "\xff\xfe${jndi:ldap://x}"},
    {"Content-Length": "-1"},
    {"Content-Length": "abc"},
    {"Content-Length": "99999999999999999999"},
    {"Transfer-Encoding": "identity, chunked, x"},
    {"Connection": "close, X-Scan"},
    {"Expect": "the unexpected"},
    {"Upgrade": "websocket", "Sec-WebSocket-Version": "x"},
    {"Content-Type": "text/html; charset=utf-99"},
    {f"X-{n}": "y" for n in range(90)},
]
BODIES = [
    ("application/x-www-form-urlencoded", b"a=%00&b=%ff&c=%ed%a0%80"),
    ("application/x-www-form-urlencoded", b"&".join(b"a=b" for _ in range(3000))),
    ("application/x-www-form-urlencoded; charset=utf-99", b"a=b"),
    ("application/x-www-form-urlencoded", b"csrfmiddlewaretoken=" + b"x" * 5000),
    ("multipart/form-data", b"no boundary"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=" + "x" * 300, b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="../../x\0"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n",
    ),
    ("application/json", b'{"a": [' + b"[" * 5000),
    ("application/json", b"\xff\xfe\x00"),
    ("text/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    ("", b"x" * 100_000),
    ("\xff/\xfe", b"x"),
]
# What is put behind an address, and what is asked for besides.
ENDINGS = [
    *["//", "/..", "/../../../etc/passwd", "..%2f..%2fetc%2fpasswd", "/%2e%2e/%2e%2e/"],
    *[
        "..;/",
        ";a=b",
        "\\..\\..\\",
        "%00",
        "%00.html",
        "%ff",
        "%0d%0aX-Scan-Injected:1",
    ],
    *["~", ".bak", ".php", "/.git/config", "%20", "%09", "?", "#x", ".json", ".csv"],
    *["'", "%22%3E%3Cscript%3E", "%u002e", "%c0%ae%c0%ae/", LONG, "/x" * 500],
]
PATHS = [
    *["//evil.example/%2e%2e", "///evil.example", "/\\evil.example", "//admin//"],
    *["/static/../nnsc/settings.py", "/static/%2e%2e/nnsc/settings.py"],
    *["/static/..%2f..%2fnnsc/settings.py", "/static/css/..%5c..%5csettings.py"],
    *["/media/images/..%2f..%2fdb.sqlite3", "/media/../db.sqlite3", "/media/" + LONG],
    *["/static/" + LONG, "/static/%00", "/static/%ff", "/static//etc/passwd"],
    *["/news/99999999999999999999-x/", "/news/0-x/", "/news/1-/", "/news/-1-x/"],
    *["/news/9999/", "/news/2016/13/", "/news/tags/" + "x" * 3000 + "/"],
    *["/sitemap-articles-99999999999999999999.xml", "/sitemap-x-0.xml"],
    *["/api/v1/articles/99999999999999999999", "/api/v1/articles/-1", "/api/v1//"],
    *[
        "/admin/r/9/9/",
        "/admin/login/?next=//evil.example",
        "/admin/%ff/",
        "/admin/x//",
    ],
    *["/admin/login/?next=https://evil.example%00", "/admin/login/?next=javascript:x"],
    *["/.env", "/.git/HEAD", "/wp-login.php", "/server-status", "/cgi-bin/x", "*", "x"],
    *["http://evil.example/", "/%2e", "/.", "/..", "/%", "/" + "%2e%2e/" * 100],
]


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    # Without an answer is one too, where what was sent is no HTTP.
    may_break: bool = False

    def __str__(self):
        said = f"{self.method[:20]} {self.target[:120]}"
        for name, value in list(self.headers.items())[:2]:
            said += f" {name}: {value[:40]!r}"
        return said + (f" ({len(self.body)} bytes)" if self.body else "")


class Site:
    """Speaks to a site in bytes, as no library would."""

    def __init__(self, url: str, cookie: str = ""):
        parts = urlsplit(url)
        self.host, self.port = parts.hostname, parts.port or 80
        self.origin = f"http://{parts.netloc}"
        self.name = parts.netloc
        self.cookie = cookie

    def send(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body; raise OSError or HTTPException for none."""
        headers = {"Host": self.name, "Connection": "close"}
        if self.cookie:
            headers["Cookie"] = self.cookie
        elif request.body:
            # What anybody can send, so that the body is looked at.
            headers |= {"Cookie": f"csrftoken={TOKEN}", "X-CSRFToken": TOKEN}
        if request.body:
            headers["Content-Length"] = str(len(request.body))
        headers |= request.headers
        lines = [f"{request.method} {request.target} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
        address = self.host, self.port
        with socket.create_connection(address, timeout=TIMEOUT_SECONDS) as connection:
            # It may answer before it has heard all.
            with suppress(OSError):
                connection.sendall(head + request.body)
            answer = HTTPResponse(connection, method=request.method)
            answer.begin()
            return answer.status, dict(answer.getheaders()), answer.read()

    def read(self, path: str) -> str:
        _status, _headers, body = self.send(Request("GET", path))
        return body.decode(errors="replace")


def addresses(site: Site, most: int = 2000) -> list[str]:
    """Return the site's paths: what is known, what it lists, what those lead to."""
    found = dict.fromkeys(KNOWN)
    for file in LOCATION.findall(site.read("/sitemap.xml")):
        path = urlsplit(file).path
        found[path] = None
        found |= dict.fromkeys(
            urlsplit(page).path for page in LOCATION.findall(site.read(path))
        )
    try:
        described = json.loads(site.read("/api/v1/openapi.json"))["paths"]
    except (ValueError, KeyError):
        described = {}
    found |= dict.fromkeys(re.sub(r"\{\w+\}", "1", path) for path in described)
    # A site that is asked by an address of its own still names the one readers know.
    own = {site.name, *CANONICAL.findall(site.read("/"))}
    for page in list(found)[:most]:
        for link in LINK.findall(site.read(page)):
            target = urlsplit(urljoin(site.origin + page, html.unescape(link)))
            if target.netloc in own:
                found[quote(target.path, safe="/%:@!$&'()*+,;=~-._")] = None
    return list(found)[:most]


def kinds(paths: list[str], each: int) -> list[str]:
    """Return so many addresses of each shape: of a hundred cities, `each`."""
    seen, chosen = Counter(), []
    for path in paths:
        shape = shape_of(path)
        seen[shape] += 1
        if seen[shape] <= each:
            chosen.append(path)
    return chosen


def number(found: re.Match) -> str:
    return "9-…" if found[1] else "9"


LISTS = {"cities", "programs", "principles", "sources", "tags", "images", "css", "js"}


def shape_of(path: str) -> str:
    steps, shape = path.split("/"), []
    for before, step in zip(["", *steps], steps, strict=False):
        known = step and before in LISTS and not step.startswith("feed.")
        shape.append("…" if known else re.sub(r"\d+(-.*)?", number, step))
    return "/".join(shape)


def requests_for(path: str) -> Iterator[Request]:
    """Yield every wrong way to ask for one address."""
    for method in METHODS:
        yield Request(method, path, may_break=not method.isalpha())
    for query in QUERIES:
        yield Request("GET", f"{path}?{query}")
    for headers in HEADERS:
        yield Request("GET", path, headers, may_break=True)
    for kind, body in BODIES:
        for method in ("GET", "POST"):
            yield Request(method, path, {"Content-Type": kind}, body, may_break=True)
    for ending in ENDINGS:
        yield Request("GET", path + ending)


def other_requests() -> Iterator[Request]:
    for path in PATHS:
        yield Request("GET", path, may_break=not path.startswith("/"))
        yield Request("POST", path, body=b"a=b", may_break=True)
    for value in ODD:
        yield Request("GET", f"/{value}", may_break=True)
        yield Request("GET", f"/cities/{value}/", may_break=True)
        yield Request("GET", f"/news/1-{value}/", may_break=True)


def complaint(site: Site, request: Request) -> tuple[str, str]:
    """Return the status, in a word, and what is wrong with the answer, if anything."""
    started = time.monotonic()
    try:
        status, headers, body = site.send(request)
    except TimeoutError:
        return "none", "no answer in time"
    except (OSError, HTTPException) as error:
        return "none", "" if request.may_break else f"no answer ({error!r})"
    return str(status), wrong_with(site, request, status, headers, body) or (
        "too slow" if time.monotonic() - started > TIMEOUT_SECONDS / 2 else ""
    )


def wrong_with(site, request, status, headers, body) -> str:
    if status not in SANE:
        return f"answers {status}"
    if status in (501, 503) and b"<html" in body[:200] and request.method == "GET":
        return f"answers {status}"
    for trace in INSIDES:
        if trace in body and trace.decode() not in request.target:
            return f"tells {trace.decode()}"
    if "X-Scan-Injected" in headers:
        return "lets a header in"
    location = headers.get("Location") or headers.get("location") or ""
    target = urlsplit(urljoin(site.origin, location))
    if location and target.netloc not in ("", site.name):
        return f"leads to {location[:80]}"
    if b"evil.example" in body and "evil.example" not in request.target:
        return "repeats a host that is not its own"
    return ""


def scan(
    site: Site, each: int | None = None, only: int | None = None
) -> tuple[Counter, list[str]]:
    """Return how often which status came, and every complaint.

    each is how many addresses of one shape are asked for, all where None; only lets
    every so manieth request through.
    """
    paths = addresses(site)
    paths = kinds(paths, each) if each else paths
    requests = [request for path in paths for request in requests_for(path)]
    requests = [*requests[:: only or 1], *other_requests()]
    if site.cookie:
        requests = [request for request in requests if request.method in READING]
    statuses, complaints = Counter(), []
    with ThreadPoolExecutor(N_THREADS) as pool:
        answers = pool.map(lambda request: complaint(site, request), requests)
        for request, (status, wrong) in zip(requests, answers, strict=True):
            statuses[status] += 1
            if wrong:
                complaints.append(f"{request}: {wrong}")
    return statuses, complaints


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], usage="script/scan URL [options]"
    )
    parser.add_argument("url", help="of a running site, such as http://127.0.0.1:8000")
    parser.add_argument("--cookie", default="", help="of somebody who is signed in")
    parser.add_argument("--each", type=int, help="how many addresses of one shape")
    parser.add_argument("--only", type=int, help="every so manieth request")
    options = parser.parse_args()
    statuses, complaints = scan(
        Site(options.url, options.cookie), options.each, options.only
    )
    for line in complaints:
        print(line)
    counted = ", ".join(f"{n} × {status}" for status, n in sorted(statuses.items()))
    print(f"\n{sum(statuses.values())} requests: {counted}.")
    print(f"{len(complaints)} complaints.")
    sys.exit(bool(complaints))


if __name__ == "__main__":
    main()
