"""A figure on a page of another origin, as its reader sees it."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

import make
from browser import complaints, sideways
from impact.models import Metric
from nnsc.front.loading import load_content
from nnsc.publishing import State


@pytest.fixture
def paper():
    """Serve a page of another origin; yield what has its body and its address."""

    class Paper:
        body = ""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            page = f"<!doctype html><title>Paper</title>{Paper.body}".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Paper.address = f"http://127.0.0.1:{server.server_port}/"
    yield Paper
    server.shutdown()
    thread.join()
    server.server_close()


def frames(page):
    """Return what each frame of a page says, once it has come."""
    page.wait_for_load_state("networkidle")
    return [frame.evaluate("document.body.innerText") for frame in page.frames[1:]]


def iframe(live_server, path, width=600, height=440):
    return (
        f'<iframe src="{live_server.url}{path}" width="{width}" height="{height}">'
        "</iframe>"
    )


def test_a_paper_shows_a_figure_until_it_is_withdrawn(
    transactional_db, browser, live_server, paper, settings
):
    settings.SITE_URL = live_server.url
    metric = make.metric(outcome="youth homicide")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_server.url + metric.get_absolute_url())
    # As its reader copies it.
    paper.body = page.locator(".use__code").inner_text()

    page.goto(paper.address)
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("heading").inner_text().split("\n")[-1] == (
        "reduction in youth homicide"
    )
    assert frame.get_by_text("What the letters changed").is_visible()

    Metric.objects.update(state=State.WITHDRAWN)
    page.goto(paper.address)
    frame.get_by_text("should not be cited any more").wait_for()
    assert not frame.get_by_text("youth homicide").is_visible()
    context.close()


def test_nothing_but_a_frame_shows_on_another_site(
    transactional_db, browser, live_server, paper
):
    metric = make.metric()
    paths = [
        f"/embed/impact/{metric.pk}/",
        "/",
        metric.get_absolute_url(),
        f"/impact/{metric.pk}.txt",
        "/admin/login/",
    ]
    paper.body = "".join(iframe(live_server, path) for path in paths)
    page = browser.new_page()

    page.goto(paper.address)

    shown = frames(page)
    assert "was associated with" in shown[0]
    assert len(shown) == len(paths)
    assert not [text for text in shown[1:] if "National Network" in text]
    page.close()


def test_the_first_figures_fit_their_frames(transactional_db, browser_page):
    load_content()
    for metric in Metric.objects.all():
        browser_page.set_viewport_size({"width": 600, "height": 440})
        browser_page.goto(f"/embed/impact/{metric.pk}/")
        scrolled = browser_page.evaluate(
            "document.documentElement.scrollHeight - window.innerHeight"
        )
        assert scrolled <= 0, metric
        browser_page.set_viewport_size({"width": 240, "height": 440})
        assert sideways(browser_page) <= 0, metric


def test_axe_finds_nothing_in_a_frame(transactional_db, browser_page):
    records = [
        make.metric(direction="rose", outcome="Donaudampfschifffahrt" * 5),
        make.metric(direction="unchanged"),
        make.metric_under_review(headline="W" * 200),
        make.metric(state=State.WITHDRAWN),
    ]
    found = []
    for metric in records:
        browser_page.goto(f"/embed/impact/{metric.pk}/")
        found += complaints(browser_page, [360, 600])

    assert not found, "\n".join(found)
