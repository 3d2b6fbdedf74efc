"""Kept pages, as readers meet them: which are kept, and until when."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import get_resolver
from django.utils import timezone

import make
from kept_pages import Site
from nnsc.changes import record_bulk_change
from nnsc.front.loading import load_content
from nnsc.merging import merge
from nnsc.models import Tag
from nnsc.pagecache.shelf import Shelf
from nnsc.previews import make_link
from nnsc.publishing import State
from nnsc.undoing import undo

pytestmark = pytest.mark.django_db


def test_the_second_reader_costs_no_query(site, django_assert_num_queries):
    load_content()
    first = site.get("/")

    with django_assert_num_queries(0):
        second = site.get("/")

    assert first.status == second.status == 200
    assert first.body == second.body
    assert first.headers == second.headers
    assert "Set-Cookie" not in second.headers
    assert "script-src 'self'" in second.headers["Content-Security-Policy"]


# A view's answer may be kept only if somebody has thought of its parameters.
NOT_KEPT = {
    *["article_csv", "source_csv", "tag_csv"],
    *["city_csv", "program_csv", "metric_csv", "principle_csv"],
    *["sitemap_index", "sitemap"],
    # Not made of the content alone, or kept elsewhere.
    *["image", "share_site", "share_figure", "share_city", "oembed", "security_txt"],
    # Some are streamed.
    *["figures", "figure"],
    # It shows what is not public.
    "preview_link",
}


def test_every_public_page_is_kept():
    names = {
        pattern.name
        for pattern in get_resolver().url_patterns
        if getattr(pattern, "name", None)
        and not hasattr(pattern.callback, "kept_parameters")
    }

    assert names == NOT_KEPT


@pytest.mark.parametrize(
    "change",
    [
        lambda article: article.tags.add(make.tag("Trust")),
        lambda article: make.article(title="Another story"),
        lambda article: article.delete(),
        lambda article: record_bulk_change(),
    ],
)
def test_any_change_makes_all_pages_anew(site, change):
    article = make.article()
    for address in ["/news/", "/about/"]:
        site.get(address)
    change(article)
    site.a_moment_later()
    n_asked = site.n_asked

    for address in ["/news/", "/about/", "/news/"]:
        site.get(address)

    assert site.n_asked == n_asked + 2


def test_what_is_merged_leads_on_at_once_and_is_back_when_that_is_undone(site):
    tag, other = make.tag("Trust"), make.tag("Faith")
    make.article(title="On faith", tags=[other])
    page, list_of_tags = other.get_absolute_url(), "/news/tags/"
    before = [site.get(page), site.get(list_of_tags)]
    revision = merge(Tag, tag.pk, [other.pk], by=None)
    site.a_moment_later()

    answer = site.get(page)
    assert (answer.status, answer.headers["Location"]) == (301, tag.get_absolute_url())
    assert b"On faith" in site.get(tag.get_absolute_url()).body
    assert b"Faith" not in site.get(list_of_tags).body

    undo(revision, by=None)
    site.a_moment_later()
    after = [site.get(page), site.get(list_of_tags)]
    assert [answer.body for answer in after] == [answer.body for answer in before]


def test_a_figure_that_is_withdrawn_says_so_where_it_is_embedded(site):
    metric = make.metric()
    frame = f"/embed/impact/{metric.pk}/"
    for _ in range(2):
        assert site.get(f"{frame}?theme=x").status == 200
    assert site.n_asked == 1
    make.correction(metric, state=State.WITHDRAWN)
    site.a_moment_later()

    assert site.get(frame).status == 410


def test_a_page_that_a_link_shows_before_others_see_it_is_kept_nowhere(site):
    draft = make.article(state=State.DRAFT, title="Not yet")
    address = make_link(draft, by=make.staff("Editor")).removeprefix(settings.SITE_URL)
    for _ in range(2):
        shown = site.get(address)
        assert b"Not yet" in shown.body
        assert "no-store" in shown.headers["Cache-Control"]
        assert site.get(draft.get_absolute_url()).status == 404
    assert not site.shelf.pages


def test_a_scheduled_article_is_there_on_its_second(site, time_machine):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.article(
        title="At one minute past", goes_live_at=timezone.now() + timedelta(seconds=60)
    )
    site.get("/news/")

    time_machine.shift(59)
    site.a_moment_later()
    assert b"At one minute past" not in site.get("/news/").body
    time_machine.shift(1)
    site.a_moment_later()
    assert b"At one minute past" in site.get("/news/").body


def test_nobody_is_told_to_hold_a_page_beyond_the_next_scheduled_moment(
    site, time_machine
):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.article(goes_live_at=timezone.now() + timedelta(seconds=3, milliseconds=500))

    made, kept = (site.get("/news/").headers["Cache-Control"] for _ in range(2))

    assert made == kept
    assert made.startswith("public, max-age=0, s-maxage=3, stale-while-revalidate=0,")


def test_staff_see_the_live_page_and_no_cache_keeps_it(site):
    site.get("/news/")
    make.article(title="Out this instant")

    seen = site.get("/news/", cookie="a=b; sessionid=abc")

    assert b"Out this instant" in seen.body
    assert seen.headers["Cache-Control"] == "private, no-cache"
    site.a_moment_later()
    assert site.get("/news/").headers["Cache-Control"].startswith("public")


def test_parameters_that_no_page_knows_are_one_page(site):
    make.article(cities=[make.city("Boston")])
    site.get("/news/?city=boston&year=2016")
    n_asked = site.n_asked

    for query in [
        "year=2016&city=boston",
        "utm_source=paper&city=boston&year=2016",
        "year=2016&fbclid=1&city=boston&fbclid=2",
    ]:
        assert site.get(f"/news/?{query}").status == 200
    site.get("/about/?q=1")
    site.get("/about/?q=2")

    assert site.n_asked == n_asked + 1


def test_what_a_page_does_not_know_is_not_on_it(client):
    assert b"strange" not in client.get("/news/?utm=strange&page=1").content
    assert b"strange" not in Site().get("/news/?utm=strange&page=1").body


@pytest.mark.parametrize("query", ["q=" + "a" * 3_000, "&".join(["city=x"] * 200)])
def test_a_query_that_is_too_long_is_answered_and_not_kept(site, query):
    for _ in range(2):
        assert site.get(f"/news/?{query}").status == 200

    assert site.n_asked == 2


def test_a_feed_is_kept_and_a_wrong_parameter_is_refused_all_the_same(site):
    make.article(cities=[make.city("Boston")])
    for _ in range(2):
        assert site.get("/news/feed.atom?city=boston").status == 200
        assert site.get("/api/v1/articles").status == 200
    assert site.n_asked == 2

    assert site.get("/news/feed.atom?city=boston&x=1").status == 400
    assert site.get("/api/v1/articles?x=1").status == 422


def test_what_is_no_page_is_not_kept(site):
    withdrawn = make.article(state=State.WITHDRAWN).get_absolute_url()
    renamed = make.article()
    for address, status in [
        ("/nothing/", 404),
        ("/news/tags/nothing/", 404),
        ("/admin/login/", 200),
        ("/news", 301),
        (withdrawn, 410),
        (f"/news/{renamed.pk}-other/", 301),
    ]:
        for _ in range(2):
            assert site.get(address).status == status, address
    assert site.shelf.pages == {}


def test_a_page_during_whose_making_something_changed_is_made_again():
    texts = iter(["half", "half", "whole"])

    def django(environ, start_response):
        text = next(texts)
        if text == "half":
            record_bulk_change()
        start_response("200 OK", [("Cache-Control", "public")])
        return [text.encode()]

    site = Site(django)

    assert site.get("/").body == b"whole"
    assert site.get("/").body == b"whole"


def test_while_everything_changes_all_the_time_a_page_is_made_in_peace():
    # In the last try nobody else can commit a change; here we alone do.
    def django(environ, start_response):
        record_bulk_change()
        start_response("200 OK", [("Cache-Control", "public")])
        return [b"a page"]

    site = Site(django)

    assert site.get("/").body == b"a page"
    assert site.n_asked == 4
    assert site.shelf.pages == {}


@pytest.mark.parametrize(
    "headers",
    [
        [("Cache-Control", "public"), ("Set-Cookie", "a=b")],
        [("Cache-Control", "public"), ("Vary", "Cookie")],
        [("Cache-Control", "private")],
        [("Cache-Control", "public, no-store")],
        [],
    ],
)
def test_what_is_somebodys_own_is_never_kept(headers):
    def django(environ, start_response):
        start_response("200 OK", headers)
        return [environ.get("HTTP_COOKIE", "").encode()]

    site = Site(django)
    site.get("/", cookie="a=1")
    site.get("/", cookie="a=2")

    assert site.shelf.pages == {}


def test_without_room_nothing_is_kept():
    site = Site(shelf=Shelf(0))

    assert [site.get("/news/").status for _ in range(2)] == [200, 200]
    assert site.n_asked == 2
