"""Chromium for tests: `browser_page` opens pages of `live_server`.

A test that uses it fails when the page reports an error, such as a script that broke
or a resource that the Content-Security-Policy refused, or reaches for another host.
"""

from urllib.parse import urlsplit

import pytest

from services import find_chromium

OPTIONS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
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
    executable = find_chromium()
    if not executable:
        pytest.skip("Chromium is not in PATH")
    from playwright.sync_api import sync_playwright

    with pytest.MonkeyPatch.context() as monkeypatch, sync_playwright() as playwright:
        # Playwright's loop runs in this thread, which makes Django fear for the
        # connection that the thread alone uses.
        monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=executable, args=OPTIONS)
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

    def stay_here(route):
        if urlsplit(route.request.url).hostname in ("localhost", "127.0.0.1"):
            return route.continue_()
        errors.append(f"{page.url} reaches for {route.request.url}")
        route.abort()

    context = browser.new_context(base_url=live_server.url)
    context.set_default_timeout(10_000)
    context.route("http*://**", stay_here)
    page = context.new_page()
    page.on("console", on_console)
    page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
    yield page
    context.close()
    assert errors == []
