"""script/production, as it serves readers."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

import every_address
import scan
import services
from services import get

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("production")


@pytest.fixture(scope="module")
def port(folder):
    settings = services.PRODUCTION | {"WORKERS": "1"}
    with services.site("production", folder, **settings) as port:
        yield port


def test_a_reader_gets_the_homepage_and_no_cookie(port):
    response = get(port, "/")

    assert response.status == 200
    assert response.headers["Set-Cookie"] is None
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_browser_may_keep_a_stylesheet_for_ever(port):
    login = get(port, "/admin/login/").body.decode()
    address = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', login)[1]

    response = get(port, address, **{"Accept-Encoding": "br"})

    assert response.status == 200
    assert response.headers["Content-Encoding"] == "br"
    assert "immutable" in response.headers["Cache-Control"]


# Whether a page faded in, which is known when it is first shown.
NOTE_FADING = """addEventListener("pagereveal", event => {
    window.fadedIn = Boolean(event.viewTransition);
});"""


def open_next_page(browser, port, **options):
    """Follow a link slowly, as by hand; return the page and its requests."""
    context = browser.new_context(base_url=f"http://127.0.0.1:{port}", **options)
    context.add_init_script(NOTE_FADING)
    page, requests = context.new_page(), []
    page.on("request", lambda request: requests.append(request))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    page.hover("text=Principles >> nth=0")
    # As long as a browser takes a pointer that rests on a link to mean it.
    page.wait_for_timeout(500)
    page.click("text=Principles >> nth=0")
    page.wait_for_url("**/principles/")
    page.wait_for_function("() => 'fadedIn' in window")
    return page, requests


def test_a_browser_has_the_next_page_ready_and_fades_into_it(port, browser):
    page, requests = open_next_page(browser, port)

    rules = requests[0].response().headers["speculation-rules"].strip('"')
    answer = get(port, rules)
    assert answer.headers["Content-Type"] == "application/speculationrules+json"
    assert "immutable" in answer.headers["Cache-Control"]
    first = next(r for r in requests if r.url.endswith("/principles/"))
    assert "prefetch" in first.all_headers()["sec-purpose"]
    assert page.evaluate("fadedIn")
    paths = {urlsplit(request.url).path for request in requests}
    sheets = [path for path in paths if path.endswith(".css")]
    assert 1 <= len(sheets) <= 2
    compressed = {"Accept-Encoding": "gzip"}
    assert sum(len(get(port, path, **compressed).body) for path in sheets) < 15_000


IS_MADE_READY = """([where, address]) => {
    const fits = condition =>
        condition.and ? condition.and.every(fits) :
        condition.not ? !fits(condition.not) :
        [condition.href_matches].flat().some(
            pattern => new URLPattern(pattern, location.origin).test(address)
        );
    return fits(where);
}"""


def test_pages_alone_are_made_ready(port, browser):
    rules = json.loads(ROOT.joinpath("static", "speculation.rules").read_text())
    (rule,) = rules["prerender"]
    page = browser.new_page()
    page.goto(f"http://127.0.0.1:{port}/robots.txt")

    for path, is_made_ready in [
        ("/", True),
        ("/news/?page=2", True),
        ("/news/5-a.csv-of-all/", True),
        ("/news.csv", False),
        ("/news.csv?city=boston", False),
        ("/cities/boston/feed.json", False),
        ("/impact/5.zip", False),
        ("/api/v1/articles", False),
        ("/admin/", False),
        ("/preview/abc/", False),
    ]:
        address = f"http://127.0.0.1:{port}{path}"
        found = page.evaluate(IS_MADE_READY, [rule["where"], address])
        assert found is is_made_ready, path
    elsewhere = page.evaluate(IS_MADE_READY, [rule["where"], "https://npr.org/a/"])
    assert elsewhere is False


def test_nothing_fades_for_who_wants_nothing_to_move(port, browser):
    page, _ = open_next_page(browser, port, reduced_motion="reduce")

    assert not page.evaluate("fadedIn")


def test_it_answers_under_its_own_name_alone(port):
    assert get(port, "/", Host="elsewhere.org").status == 400


def refusal(**environment):
    """Return the one sentence with which the site does not start."""
    environment["PATH"] = os.environ["PATH"]
    command = ROOT / "script" / "production"
    run = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert run.returncode == 1
    assert run.stdout == ""
    (sentence,) = run.stderr.splitlines()
    return sentence


def test_it_refuses_to_start_without_a_secret(tmp_path):
    data, port = str(tmp_path), str(services.free_port())

    sentence = refusal(ALLOWED_HOSTS="127.0.0.1", DATA_DIR=data, PORT=port)

    assert sentence.startswith("SECRET_KEY must be set")


def test_it_says_that_its_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert refusal(PORT=port) == (
            f"127.0.0.1 port {port} cannot be used (address already in use):"
            " set PORT or HOST."
        )


def test_a_body_that_is_far_too_large_is_refused_before_it_is_read(port):
    head = [
        "POST /admin/login/ HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: multipart/form-data; boundary=x",
        f"Content-Length: {1024**3}",
    ]
    n_sent = 0
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
        answer = connection.recv(100)
        with contextlib.suppress(OSError):
            while n_sent < 1024**3:
                n_sent += connection.send(b"x" * 65536)

    assert answer.startswith(b"HTTP/1.1 413")
    # No more than what waits in the buffers of the two ends.
    assert n_sent < 32 * 1024**2


def test_hostile_requests_meet_no_error(port, folder):
    environment = os.environ | {"DATA_DIR": str(folder), "LOG_LEVEL": "ERROR"}
    load = [sys.executable, ROOT / "manage.py", "load_content"]
    subprocess.run(load, check=True, env=environment, capture_output=True)
    site = scan.Site(f"http://127.0.0.1:{port}")

    routes = {route_of(path) for path in scan.kinds(scan.addresses(site), each=1)}
    statuses, complaints = scan.scan(site, each=1, only=23)

    assert complaints == []
    assert sum(statuses.values()) > 700
    # It knows an address of whatever is public.
    public = {route for route in every_address.routes() if "admin/" not in route}
    assert public - routes == {"admin/"} - routes


def route_of(path):
    try:
        return resolve(path).route
    except Resolver404:
        return None
