"""The public pages as they are seen, read aloud and reached by keyboard."""

import pytest

import make
from browser import complaints
from impact.models import Metric
from news.models import Article
from nnsc.front.loading import load_content
from nnsc.publishing import State

WIDTHS = [360, 768, 1280]


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
        image=make.upload(size=(1800, 1200)),
        image_alt="Outreach workers and a young man on a porch.",
    )
    withdrawn = make.article(state=State.WITHDRAWN)
    first_figures = [
        Metric.objects.get(outcome="shootings").get_absolute_url(),
        Metric.objects.under_review().first().get_absolute_url(),
    ]
    withdrawn_figure = make.metric(state=State.WITHDRAWN)
    odd_figure = make.metric(
        headline="increase in " + "Donaudampfschifffahrt" * 5,
        outcome="Donaudampfschifffahrt" * 5,
        direction="rose",
        value_low=35,
        value_high=1234,
        interval_not_reported=False,
        interval_low=-12,
        interval_high=2000,
        caveats="W" * 200,
        citation=make.citation(authors="Wolfe" * 40, title="T" * 200),
    )
    make.metric(direction="unchanged", outcome="thefts", unit="percent")
    corrected = make.correction(make.metric(), note="W" * 200, year_to=2003).metric
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
        "/impact/?city=chicago&design=quasi_experiment",
        "/impact/?city=nowhere",
        "/corrections/",
        corrected.get_absolute_url(),
        "/impact/methods/",
        *first_figures,
        odd_figure.get_absolute_url(),
        withdrawn_figure.get_absolute_url(),
        "/principles/",
        "/principles/get-deterrence-right/",
        "/search/",
        "/search/?q=stockton+2016",
        "/search/?q=homocide",
        "/search/?q=word&kind=article",
        "/search/?q=zebra+lion",
        "/news/?q=violence&city=chicago",
        "/about/",
        "/accessibility/",
        "/data/",
        "/nothing-here/",
        withdrawn.get_absolute_url(),
    ]


@pytest.mark.parametrize("part", range(3))
def test_axe_finds_nothing_on_any_page(browser_page, pages, part):
    found = []
    for address in pages[part::3]:
        browser_page.goto(address)
        found += complaints(browser_page, WIDTHS)

    assert not found, "\n".join(found)


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

    browser_page.get_by_label("Stockton, CA").focus()
    browser_page.keyboard.press("Space")
    browser_page.get_by_label("Reconciliation").focus()
    browser_page.keyboard.press("Space")
    browser_page.keyboard.press("Enter")

    browser_page.wait_for_url("**city=stockton&tag=reconciliation")
    assert browser_page.locator(".chip").count() == 2
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


# How far all that a reader saw has moved by itself, weighed by how much it was.
NOTE_SHIFTS = """
window.shifted = 0;
new PerformanceObserver(list => {
    for (const entry of list.getEntries()) shifted += entry.value;
}).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_a_page_loads(browser_page, pages, width):
    browser_page.add_init_script(NOTE_SHIFTS)
    browser_page.set_viewport_size({"width": width, "height": 900})
    for address in ["/", "/news/", "/impact/", "/cities/chicago/", pages[-1]]:
        browser_page.goto(address)
        browser_page.wait_for_load_state("networkidle")
        assert browser_page.evaluate("shifted") == 0, address


def test_home_loads_within_its_budget_and_asks_nobody_else(browser_page, pages):
    requests = []
    browser_page.on("request", lambda request: requests.append(request.url))

    browser_page.goto("/")
    browser_page.wait_for_load_state("networkidle")

    assert not [url for url in requests if url.endswith(".js")]
    assert browser_page.context.cookies() == []
    assert browser_page.evaluate("localStorage.length + sessionStorage.length") == 0
