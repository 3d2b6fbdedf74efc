"""What holds for every public page: followed from link to link, as a reader would."""

from itertools import pairwise

import pytest
from django.db import transaction

import make
from nnsc.front.loading import load_content
from nnsc.publishing import State
from reading import HTML, parse, text
from sending import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def pages(django_db_setup, django_db_blocker):
    """Return (page, tree) of every page that is reached from home, by its address."""
    with django_db_blocker.unblock(), transaction.atomic():
        load_content()
        pages = followed(Browser())
        transaction.set_rollback(True)
    return pages


def followed(client):
    found, taken_away, waiting = {}, set(), ["/"]
    while waiting:
        address = waiting.pop()
        page = client.get(address)
        assert page.status_code == 200, f"{address} answers {page.status_code}"
        if not page["Content-Type"].startswith("text/html"):
            taken_away.add(address)
            continue
        tree = parse(page)
        found[address] = page, tree
        for link in tree.iter(f"{HTML}a"):
            target = link.get("href", "").split("#")[0]
            if target.startswith("?"):
                target = address.split("?")[0] + target
            if target.startswith("/") and target not in {*found, *taken_away, *waiting}:
                waiting.append(target)
    return found


def scripts(tree):
    """Return what a browser would run; structured data is data, whatever it says."""
    return [
        script
        for script in tree.iter(f"{HTML}script")
        if script.get("type") != "application/ld+json"
    ]


def test_every_page_keeps_the_promises_of_the_site(pages):
    assert len(pages) > 80
    for address, (page, tree) in pages.items():
        assert not page.cookies, f"{address} sets a cookie"
        assert "Cookie" not in page.headers.get("Vary", ""), address
        assert not scripts(tree), f"{address} has a script"
        assert not [e for e in tree.iter() if e.get("style")], f"{address} is styled"
        levels = [
            int(element.tag[-1])
            for element in tree.iter()
            if element.tag in {f"{HTML}h{level}" for level in range(1, 7)}
        ]
        assert levels.count(1) == 1, f"{address} has {levels.count(1)} main headings"
        assert levels[0] == 1, f"{address} begins with a lower heading"
        steps = pairwise(levels)
        assert all(b <= a + 1 for a, b in steps), f"{address} skips a level: {levels}"
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), f"{address} uses an id twice"
        title = text(tree.find(f".//{HTML}title"))
        assert title.endswith("National Network for Safe Communities"), address
        assert len(title) > 40 or address == "/", f"{address}: {title}"
        descriptions = [
            meta.get("content")
            for meta in tree.iter(f"{HTML}meta")
            if meta.get("name") == "description"
        ]
        assert len(descriptions[0]) > 30, f"{address} lacks a description"


def test_every_link_to_a_place_on_a_page_finds_it(pages):
    for address, (_page, tree) in pages.items():
        for link in tree.iter(f"{HTML}a"):
            target, _, fragment = link.get("href").partition("#")
            if fragment and (not target or target.startswith("/")):
                _there, its_tree = pages[target or address]
                ids = {element.get("id") for element in its_tree.iter()}
                assert fragment in ids, f"{address} points at {link.get('href')}"


def test_every_title_is_its_own(pages):
    titles = [text(tree.find(f".//{HTML}title")) for _page, tree in pages.values()]

    assert sorted(titles) == sorted(set(titles))


def test_the_title_of_an_article_may_be_anything(client):
    hostile = '<script>alert(1)</script> "&\u202e ' + "Wort" * 40
    article = make.article(title=hostile, quote="<img src=x onerror=alert(1)>")

    for address in ["/", "/news/", article.get_absolute_url()]:
        page = client.get(address)
        assert not scripts(parse(page))
        assert parse(page).find(f".//{HTML}img") is None


def test_the_pages_of_errors_lead_on(client, settings):
    withdrawn = make.article(state=State.WITHDRAWN)

    for address, status in [("/nothing/", 404), (withdrawn.get_absolute_url(), 410)]:
        page = client.get(address)
        assert page.status_code == status
        assert "/news/" in [link.get("href") for link in parse(page).iter(f"{HTML}a")]


def test_an_error_of_ours_is_a_page_that_needs_no_database(
    client, monkeypatch, django_assert_num_queries
):
    def broken(*args):
        raise RuntimeError

    monkeypatch.setattr("nnsc.editions.current_edition", broken)
    client.raise_request_exception = False

    with django_assert_num_queries(0):
        page = client.get("/")

    assert page.status_code == 500
    assert "Something went wrong on our side" in text(parse(page))
