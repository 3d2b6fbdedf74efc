"""Chromium for tests: `browser_page` opens pages of `live_server`.

A test that uses it fails when the page reports an error, such as a script that broke
or a resource that the Content-Security-Policy refused, or reaches for another host.
"""

from pathlib import Path
from urllib.parse import urlsplit

import axe_playwright_python
import pytest
from django.conf import settings
from django.test import Client

from needed import need
from services import find_chromium

HERE = ["localhost", "127.0.0.1"]
OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    # Other machines cannot be reached.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
    "--no-first-run",
    "--no-sandbox",
]


def pytest_collection_modifyitems(items):
    """A browser sees the same on both databases."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("once")


@pytest.fixture(scope="session")
def browser():
    need("Chromium")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as monkeypatch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, which makes Django fear for the
        # connection that the thread alone uses.
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=find_chromium(), args=OPTIONS
        )
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser, live_server):
    """A page of a new browser: `browser_page.goto("/news/")`."""
    errors = []

    def on_console(message):
        # A page that is itself an error, such as 404, is the test's business.
        if message.type == "error" and message.location["url"] != page.url:
            errors.append(f"{page.url}: {message.text}")

    def on_request(request):
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https") and parts.hostname not in HERE:
            errors.append(f"{page.url} reaches for {request.url}")

    # A page that is closed while it fades in would report that as an error.
    context = browser.new_context(base_url=live_server.url, reduced_motion="reduce")
    context.set_default_timeout(30_000)
    # Not by a route, which would have every file fetched anew for every page.
    context.on("request", on_request)
    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def sign_in(live_server):
    """Let somebody be signed in wherever a page's browser goes: sign_in(page, user)."""

    def sign_in(page, user):
        client = Client()
        client.force_login(user)
        session = client.cookies[settings.SESSION_COOKIE_NAME]
        cookie = {"name": session.key, "value": session.value, "url": live_server.url}
        page.context.add_cookies([cookie])

    return sign_in


# The search box of a select2 has the focus a moment after its list has opened.
SEARCH = ".select2-search__field:focus"


def choose(page, label, text, result):
    """Search in the select2 that has the label, and take a result by its name."""
    page.get_by_label(label, exact=True).locator("visible=true").first.click()
    page.wait_for_selector(SEARCH)
    page.keyboard.type(text)
    page.get_by_role("option", name=result, exact=True).click()


def wait_for_choice(page, result):
    """Return once Enter would take the result of that name."""
    highlighted = page.locator(".select2-results__option--highlighted")
    highlighted.filter(has_text=result).wait_for()


def sideways(page):
    """Return by how many pixels the page is wider than its window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
# Axe would ask for the imports of style sheets at the page's own address, and without
# resultTypes it would spend most of its time on what is right.
AXE_OPTIONS = {"preload": False, "resultTypes": ["violations"]}
CONTRAST = {"runOnly": ["color-contrast"]}
SMALLEST_PX = 320


def complaints(page, widths, **rules):
    """Yield what is wrong with the page at each width, in light and in dark.

    rules are axe's options where not all its rules are wanted. In the dark only the
    contrast is new, and that is the same at every width. The smallest screen is asked
    for nothing but that the page does not scroll sideways.
    """
    page.evaluate(AXE.read_text())
    looks = [(width, "light", rules) for width in widths]
    for width, scheme, chosen in [*looks, (widths[-1], "dark", CONTRAST)]:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        where = f"{page.url} at {width} px, {scheme}"
        if sideways(page) > 0:
            yield f"{where}: scrolls sideways"
        found = page.evaluate(
            "options => axe.run(document, options)", AXE_OPTIONS | chosen
        )
        for violation in found["violations"]:
            nodes = [node["html"] for node in violation["nodes"]]
            yield f"{where}: {violation['help']}: {nodes[:3]}"
    page.set_viewport_size({"width": SMALLEST_PX, "height": 640})
    if sideways(page) > 0:
        yield f"{page.url} at {SMALLEST_PX} px: scrolls sideways"
