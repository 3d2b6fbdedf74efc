"""The public pages as they are seen, read aloud and reached by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe

import make
from news.models import Article
from nnsc.front.loading import load_content
from nnsc.publishing import State

SIZES = [(360, 740), (768, 1024), (1280, 900)]
# All rules. Axe would ask for the imports of style sheets at the page's own address, and
# without resultTypes it would spend most of its time on what is right.
AXE = {"preload": False, "resultTypes": ["violations"]}


@pytest.fixture
def pages(transactional_db):
    """Return an address of each kind of page, with odd and empty ones among them."""
    load_content()
    first_articles = [article.get_absolute_url() for article in Article.objects.all()]
    long = make.article(
        title="Donaudampfschifffahrtsgesellschaftskapitän " * 4 + "W" * 80,
        quote="Word " * 400 + "x" * 300,
        source=make.source(name="The Very Long Named Gazette of Somewhere " * 2),
        cities=[
            make.city("Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch")
        ],
        tags=["Swift, Certain, & Fair", "T" * 100],
    )
    withdrawn = make.article(state=State.WITHDRAWN)
    for _ in range(21):
        make.article(tags=["Paged"])
    return [
        "/",
        "/news/",
        "/news/?city=chicago&tag=reconciliation&year=2016",
        "/news/?city=chicgo&page=2",
        "/news/2016/",
        "/news/2016/01/",
        *first_articles[:3],
        long.get_absolute_url(),
        "/news/tags/",
        "/news/tags/reconciliation/",
        "/news/tags/paged/?page=2",
        "/sources/",
        "/sources/npr/",
        "/cities/",
        "/cities/chicago/",
        "/cities/gary/",
        "/cities/cincinnati/",
        "/programs/",
        "/programs/group-violence-intervention/",
        "/programs/operation-place-safety/",
        "/impact/",
        "/principles/",
        "/principles/get-deterrence-right/",
        "/about/",
        "/accessibility/",
        "/data/",
        "/nothing-here/",
        withdrawn.get_absolute_url(),
    ]


def sideways(page):
    """Return by how many pixels the page is wider than the window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


@pytest.mark.parametrize("half", [0, 1])
def test_axe_finds_nothing_on_any_page(browser_page, pages, half):
    found = []
    for address in pages[half::2]:
        browser_page.goto(address)
        for width, height in SIZES:
            browser_page.set_viewport_size({"width": width, "height": height})
            for scheme in ["light", "dark"]:
                browser_page.emulate_media(color_scheme=scheme)
                results = Axe().run(browser_page, options=AXE)
                if results.violations_count:
                    report = results.generate_report()
                    found.append(f"{address} at {width} px, {scheme}: {report}")
            if sideways(browser_page) > 0:
                found.append(f"{address} scrolls sideways at {width} px")

    assert not found, "\n".join(found)


def test_no_page_scrolls_sideways_on_the_smallest_screen(browser_page, pages):
    browser_page.set_viewport_size({"width": 320, "height": 640})
    wide = []
    for address in pages:
        browser_page.goto(address)
        if sideways(browser_page) > 0:
            wide.append(address)

    assert wide == []


def test_a_reader_without_a_mouse_skips_to_the_content(browser_page, pages):
    browser_page.goto("/")

    browser_page.keyboard.press("Tab")
    assert browser_page.evaluate("document.activeElement.innerText") == (
        "Skip to the content"
    )
    browser_page.keyboard.press("Enter")

    assert browser_page.evaluate("document.activeElement.id") == "main"


def test_a_reader_narrows_the_news_by_keyboard(browser_page, pages):
    browser_page.goto("/news/")

    browser_page.get_by_label("City").focus()
    browser_page.keyboard.type("Stockton")
    browser_page.keyboard.press("Tab")
    browser_page.keyboard.type("Reconciliation")
    browser_page.get_by_role("button", name="Apply").press("Enter")

    browser_page.wait_for_url("**/news/?city=stockton&tag=reconciliation**")
    assert "Stockton, CA · Reconciliation" in browser_page.inner_text("main")
    assert browser_page.locator(".story").count() == 1


def test_every_control_is_seen_where_colors_are_forced(browser_page, pages):
    browser_page.emulate_media(forced_colors="active", reduced_motion="reduce")
    browser_page.goto("/news/")

    border = browser_page.evaluate(
        "getComputedStyle(document.querySelector('.button')).borderTopStyle"
    )
    assert border == "solid"
    assert browser_page.evaluate(
        "getComputedStyle(document.documentElement).scrollBehavior"
    ) == ("auto")


def test_a_page_on_paper_has_no_navigation_and_writes_addresses_out(
    browser_page, pages
):
    browser_page.emulate_media(media="print")
    browser_page.goto("/impact/")

    assert not browser_page.is_visible(".site-nav")
    written = browser_page.evaluate(
        "getComputedStyle(document.querySelector('.citation a'), '::after').content"
    )
    assert "https://" in written


def test_home_loads_within_its_budget_and_asks_nobody_else(browser_page, pages):
    requests = []
    browser_page.on("request", lambda request: requests.append(request.url))

    browser_page.goto("/")
    browser_page.wait_for_load_state("networkidle")

    assert not [url for url in requests if url.endswith(".js")]
    assert browser_page.context.cookies() == []
    assert browser_page.evaluate("localStorage.length + sessionStorage.length") == 0
