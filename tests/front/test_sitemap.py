"""What search engines find: every page, each once, and when it changed."""

from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from django.utils import timezone

import make
from nnsc.front import sitemaps
from nnsc.front.loading import load_content
from nnsc.publishing import State
from reading import HTML, links, parse

pytestmark = pytest.mark.django_db

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
SITE = "http://localhost:8000"


def entries(client, path):
    """Return the paths that a sitemap or index names, each with its moment or None."""
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/xml; charset=utf-8"
    tree = ElementTree.fromstring(response.getvalue())  # noqa: S314
    found = [
        (entry.findtext(f"{SITEMAP}loc"), entry.findtext(f"{SITEMAP}lastmod"))
        for entry in tree
    ]
    assert all(url.startswith(f"{SITE}/") for url, _ in found)
    return {url.removeprefix(SITE): moment for url, moment in found}


def all_entries(client):
    return {
        path: moment
        for part in entries(client, "/sitemap.xml")
        for path, moment in entries(client, part).items()
    }


def test_robots_may_read_all_but_the_admin(client):
    robots = client.get("/robots.txt")

    assert robots["Content-Type"] == "text/plain"
    assert robots.content.decode() == (
        "User-agent: *\nDisallow: /admin/\n\n"
        "Sitemap: http://localhost:8000/sitemap.xml\n"
    )


def test_it_has_every_page_that_can_be_reached_and_each_answers(client):
    load_content()
    found, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        page = client.get(path)
        assert page.status_code == 200
        found.add(path)
        if page["Content-Type"].startswith("text/html"):
            paths = {link.partition("#")[0] for link in links(page)}
            waiting += [
                path
                for path in paths - found - set(waiting)
                if path.endswith("/") and "?" not in path
            ]

    assert set(all_entries(client)) == found


def test_what_is_not_live_is_not_in(client):
    for hidden in [
        {"state": State.DRAFT},
        {"state": State.WITHDRAWN},
        {"goes_live_at": timezone.now() + timedelta(hours=1)},
    ]:
        make.article(
            tags=["Hidden"],
            source=make.source(name=f"Hidden {make.number()}"),
            **hidden,
        )
        make.principle(f"Hidden {make.number()}", **hidden)
        make.metric(outcome="hidden", **hidden)

    found = all_entries(client)

    assert not [path for path in found if "hidden" in path or "/news/1" in path]
    assert list(entries(client, "/sitemap.xml")) == ["/sitemap-pages-1.xml"]
    assert client.get("/sitemap-articles-1.xml").status_code == 404


def test_an_article_changed_when_it_was_saved_or_shown(client, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    saved = make.article(goes_live_at=datetime(2026, 1, 1, tzinfo=UTC))
    shown = make.article(goes_live_at=datetime(2026, 3, 2, tzinfo=UTC))
    time_machine.move_to("2026-03-03T12:00:00Z", tick=False)

    found = all_entries(client)

    assert found[saved.get_absolute_url()] == "2026-03-01T12:00:00+00:00"
    assert found[shown.get_absolute_url()] == "2026-03-02T00:00:00+00:00"
    index = entries(client, "/sitemap.xml")
    assert index["/sitemap-articles-1.xml"] == "2026-03-02T00:00:00+00:00"
    assert found["/cities/"] is None


def test_a_figure_is_in_whether_it_has_its_number_or_not(client, time_machine):
    time_machine.move_to("2026-03-01T12:00:00Z", tick=False)
    saved = make.metric(goes_live_at=datetime(2026, 1, 1, tzinfo=UTC))
    shown = make.metric(goes_live_at=datetime(2026, 3, 2, tzinfo=UTC))
    under_review = make.metric_under_review()
    time_machine.move_to("2026-03-03T12:00:00Z", tick=False)

    found = all_entries(client)

    assert found[saved.get_absolute_url()] == "2026-03-01T12:00:00+00:00"
    assert found[shown.get_absolute_url()] == "2026-03-02T00:00:00+00:00"
    assert found[under_review.get_absolute_url()] == "2026-03-01T12:00:00+00:00"
    assert found["/impact/"] == "2026-03-02T00:00:00+00:00"


def test_many_pages_are_split(client, monkeypatch, django_assert_max_num_queries):
    made = {make.article(tags=[make.tag()]).get_absolute_url() for _ in range(7)}
    whole = set(all_entries(client))
    monkeypatch.setattr(sitemaps, "MAX_URLS", 3)

    with django_assert_max_num_queries(12):
        index = entries(client, "/sitemap.xml")
    files = [path for path in index if "articles" in path]

    assert files == [f"/sitemap-articles-{number}.xml" for number in (1, 2, 3)]
    with django_assert_max_num_queries(9):
        found = [path for file in files for path in entries(client, file)]
    assert len(found) == 7
    assert set(found) == made
    assert all(1 <= len(entries(client, file)) <= 3 for file in index)
    assert set(all_entries(client)) == whole
    for missing in ["articles-4", "articles-0", "pages-0", "pages-99", "else-1"]:
        assert client.get(f"/sitemap-{missing}.xml").status_code == 404


def test_its_queries_do_not_grow(client, django_assert_max_num_queries):
    for month in range(1, 8):
        make.article(
            cities=[make.city()], tags=[make.tag()], dated=date(2016, month, 1)
        )
        make.metric(program=make.program(tag=make.tag()))
        make.metric_under_review(program=make.program(), city=None)
    client.get("/sitemap-pages-1.xml").getvalue()

    with django_assert_max_num_queries(8):
        client.get("/sitemap-pages-1.xml").getvalue()


def test_a_mixed_choice_is_no_page_of_its_own(client):
    make.article(cities=[make.city("Chicago")])

    page = parse(client.get("/news/?city=chicago&year=2016"))

    robots = [
        m.get("content") for m in page.iter(f"{HTML}meta") if m.get("name") == "robots"
    ]
    assert robots == ["noindex,follow"]
    assert "/news/?city=chicago&year=2016" not in all_entries(client)
