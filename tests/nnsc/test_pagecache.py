"""Kept pages, as readers and operators meet them. One process, without its threads."""

import gzip
import io
from contextlib import contextmanager
from datetime import timedelta
from math import inf
from types import SimpleNamespace

import brotli
import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import OperationalError, close_old_connections
from django.urls import get_resolver
from django.utils import timezone
from django.utils.datastructures import CaseInsensitiveMapping

import make
from nnsc.changes import record_bulk_change, something_was_taken_back
from nnsc.editions import current_edition
from nnsc.front.loading import load_content
from nnsc.logs import RequestLog
from nnsc.merging import merge
from nnsc.models import Tag
from nnsc.pagecache.bodies import Reader
from nnsc.pagecache.boundary import PageCache
from nnsc.pagecache.shared import SharedShelf
from nnsc.pagecache.shelf import Shelf
from nnsc.pagecache.watch import Watch
from nnsc.pagecache.workshop import (
    Workshop,
    close_old_connections_but_busy_ones,
    spare_open_transactions,
)
from nnsc.previews import make_link
from nnsc.publishing import State
from nnsc.undoing import undo

pytestmark = pytest.mark.django_db


class Site:
    """The site behind its kept pages. Moments pass when they are told to."""

    def __init__(self, django=None, shelf=None, shared=None):
        self.database_is_down = False
        self.n_asked = 0
        self.django = django or get_wsgi_application()
        self.watch = Watch(self.ask_edition, has_thread=False)
        self.shelf = shelf or Shelf(5_000_000)
        self.pages = PageCache(
            Workshop(self.ask_django, n_threads=0),
            self.watch,
            self.shelf,
            shared or SharedShelf(is_on=False),
        )

    def ask_edition(self):
        if self.database_is_down:
            raise OperationalError
        return current_edition()

    def ask_django(self, environ, start_response):
        self.n_asked += 1
        return self.django(environ, start_response)

    def get(self, address, method="GET", **headers):
        """Return the answer; headers are written as host="localhost"."""
        path, _, query = address.partition("?")
        said = {"host": "localhost"} | headers
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        } | {f"HTTP_{name.upper()}": value for name, value in said.items()}
        head = []
        with connections_stay():
            chunks = self.pages(environ, lambda *said: head.extend(said))
        body = b"".join(chunks)
        if hasattr(chunks, "close"):
            chunks.close()
        status, pairs = head
        return SimpleNamespace(
            status=int(status[:3]),
            headers=CaseInsensitiveMapping(pairs),
            body=body,
            is_streamed=isinstance(chunks, Reader),
        )

    def a_moment_later(self):
        self.watch.calm_until = self.watch.fresh_until = -inf


@contextmanager
def connections_stay():
    """Let Django not close the test's connection, as its own client does not."""
    spare_open_transactions()
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections_but_busy_ones)
            signal.connect(close_old_connections)


@pytest.fixture
def site():
    return Site()


def decoded(answer):
    coding = answer.headers.get("Content-Encoding", "")
    return DECODERS[coding](answer.body)


DECODERS = {"": bytes, "gzip": gzip.decompress, "br": brotli.decompress}


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


def test_pages_come_in_the_encoding_that_readers_accept(site):
    load_content()
    page = site.get("/")

    for accepted, coding in [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("deflate", ""),
        ("identity;q=1, gzip;q=0.5", ""),
        ("gzip;q=high", ""),
    ]:
        encoded = site.get("/", accept_encoding=accepted)
        assert encoded.headers.get("Content-Encoding", "") == coding, accepted
        assert decoded(encoded) == page.body
        assert int(encoded.headers["Content-Length"]) == len(encoded.body)
        assert encoded.headers["Vary"] == "Accept-Encoding"
    assert site.n_asked == 1


def test_each_encoding_has_a_tag_of_its_own_and_who_knows_it_gets_304(site):
    tags = set()
    for accepted in ["br", "gzip", ""]:
        page = site.get("/news/", accept_encoding=accepted)
        tag = page.headers["ETag"]
        tags.add(tag)
        for known in [tag, f'"x", W/{tag}', "*"]:
            again = site.get("/news/", accept_encoding=accepted, if_none_match=known)
            assert (again.status, again.body) == (304, b"")
            assert again.headers["ETag"] == tag
            assert again.headers["Cache-Control"] == page.headers["Cache-Control"]
            assert again.headers["Vary"] == "Accept-Encoding"
        other = site.get("/news/", accept_encoding=accepted, if_none_match='"x"')
        assert other.status == 200

    assert len(tags) == 3
    assert not any(tag.startswith("W/") for tag in tags)


def test_a_page_that_a_change_leaves_as_it_was_keeps_its_tag(site):
    tag = site.get("/about/").headers["ETag"]
    make.article()
    site.a_moment_later()

    assert site.get("/about/", if_none_match=tag).status == 304


def test_head_tells_what_get_would(site):
    made, get = site.get("/news/", method="HEAD"), site.get("/news/")
    kept = site.get("/news/", method="HEAD")

    assert made.body == kept.body == b""
    assert made.headers == kept.headers == get.headers
    assert site.n_asked == 1


def test_a_feed_is_kept_and_a_wrong_parameter_is_refused_all_the_same(site):
    make.article(cities=[make.city("Boston")])
    for _ in range(2):
        assert site.get("/news/feed.atom?city=boston").status == 200
        assert site.get("/api/v1/articles").status == 200
    assert site.n_asked == 2

    assert site.get("/news/feed.atom?city=boston&x=1").status == 400
    assert site.get("/api/v1/articles?x=1").status == 422


def test_a_feed_that_has_not_changed_since_is_not_sent(site, time_machine):
    time_machine.move_to("2026-01-01T12:00:00Z", tick=False)
    make.article()
    site.get("/news/feed.atom")
    time_machine.shift(5)
    current_edition()
    feed = Site().get("/news/feed.atom")

    for since, status in [
        (feed.headers["Last-Modified"], 304),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 200),
        ("yesterday", 200),
    ]:
        site.a_moment_later()
        site.shelf.forget(("/news/feed.atom", ""))
        assert site.get("/news/feed.atom", if_modified_since=since).status == status


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


@pytest.mark.parametrize("around", [lambda django: django, RequestLog])
def test_the_table_is_streamed_and_not_kept(around):
    site = Site(around(get_wsgi_application()))
    make.article(title="A story in a table")

    table = site.get("/news.csv", accept_encoding="gzip")

    assert table.is_streamed
    assert b"A story in a table" in decoded(table)
    assert site.shelf.pages == {}
    assert site.get("/news.csv", method="HEAD").body == b""


def test_a_form_that_is_sent_reaches_django(site):
    assert site.get("/news/", method="POST").status == 403
    assert site.n_asked == 1


def test_only_our_own_names_are_answered(site):
    site.get("/")

    assert site.get("/", host="127.0.0.1:8000").status == 200
    assert site.get("/", host="elsewhere.org").status == 400
    assert site.get("/", host="").status == 400
    assert site.n_asked == 3


def test_behind_https_what_came_without_it_is_sent_there(settings):
    settings.HTTPS = settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.SITE_URL = "https://localhost"
    site = Site()

    assert site.get("/about/", x_forwarded_proto="https").status == 200
    assert site.get("/about/").status == 301
    assert site.get("/about/", x_forwarded_proto="http").status == 301
    assert site.get("/about/", x_forwarded_proto="https").status == 200
    assert site.n_asked == 3


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


def test_no_page_knows_who_asks():
    asked = []

    def django(environ, start_response):
        asked.append(environ)
        start_response("200 OK", [("Cache-Control", "public")])
        return [b"a page"]

    Site(django).get(
        "/?utm=1",
        cookie="a=b",
        user_agent="somebody",
        accept_language="de",
        x_forwarded_for="1.2.3.4",
        host="127.0.0.1",
    )

    (environ,) = asked
    told = {name for name in environ if name.startswith("HTTP_")}
    assert told == {"HTTP_HOST", "HTTP_X_FORWARDED_PROTO"}
    assert environ["HTTP_HOST"] == "localhost:8000"
    assert environ["QUERY_STRING"] == environ["REMOTE_ADDR"] == ""


def test_while_the_database_is_down_kept_pages_are_shown_and_marked(site):
    page = site.get("/news/")
    site.database_is_down = True
    site.a_moment_later()

    stale, other = site.get("/news/?utm=1"), site.get("/about/")

    assert (stale.status, stale.body) == (200, page.body)
    assert stale.headers["X-NNSC-Kept"] == "stale"
    assert "X-NNSC-Kept" not in page.headers
    assert other.status == 503
    assert other.headers["Retry-After"] == "5"
    assert other.headers["Cache-Control"] == "no-store"
    assert b"We cannot reach our own records" in other.body


def test_a_page_of_the_edition_before_is_better_than_none(site):
    page = site.get("/news/")
    make.article()
    site.a_moment_later()
    site.get("/")
    site.database_is_down = True
    site.a_moment_later()

    assert site.get("/news/").body == page.body


def test_nothing_is_shown_for_longer_than_is_set(site, settings):
    site.get("/news/")
    site.database_is_down = True
    site.a_moment_later()

    settings.STALE_SECONDS = 0

    assert site.get("/news/").status == 503


def test_when_the_database_is_back_pages_are_fresh(site, caplog):
    site.get("/news/")
    site.database_is_down = True
    site.a_moment_later()
    site.get("/news/")
    site.get("/news/")
    make.article(title="Made meanwhile")
    site.database_is_down = False

    after = site.get("/news/")

    assert b"Made meanwhile" in after.body
    assert "X-NNSC-Kept" not in after.headers
    assert [record.message[:21] for record in caplog.records] == [
        "The database is down ",
        "The database answers ",
    ]


def test_a_database_that_fails_in_the_middle_of_a_page_is_no_fault_of_the_page(
    site, monkeypatch
):
    site.get("/about/")
    page = site.get("/news/")
    record_bulk_change()
    site.a_moment_later()

    def broken():
        raise OperationalError

    monkeypatch.setattr("news.views.news_index", broken)

    stale, other = site.get("/news/"), site.get("/news/tags/")
    assert (stale.status, stale.body) == (200, page.body)
    assert stale.headers["X-NNSC-Kept"] == "stale"
    assert other.status == 503


def test_what_was_taken_back_is_gone_though_the_database_be_down(site):
    article = make.article(title="Not for the public")
    address = article.get_absolute_url()
    site.get(address)
    before = current_edition()
    article.state = State.WITHDRAWN
    article.save()
    assert something_was_taken_back(before.generation)

    site.shelf.forget_all_but(current_edition().name)
    site.database_is_down = True
    site.a_moment_later()

    assert site.get(address).status == 503


@pytest.mark.parametrize(
    "change, is_taken_back",
    [
        (lambda: make.article(), False),
        (lambda: make.city(), False),
        (lambda: make.article(state=State.DRAFT), True),
        (lambda: make.article(goes_live_at=timezone.now() + timedelta(days=1)), True),
        (lambda: make.city().delete(), True),
        (record_bulk_change, True),
    ],
)
def test_taken_back_is_what_is_not_to_be_seen_any_more(change, is_taken_back):
    number = current_edition().generation
    change()

    assert something_was_taken_back(number) is is_taken_back


def test_a_withdrawn_article_is_dropped_by_whoever_asks_for_it(site):
    article = make.article()
    address = article.get_absolute_url()
    site.get(address)
    article.state = State.WITHDRAWN
    article.save()
    site.a_moment_later()
    assert site.get(address).status == 410

    site.database_is_down = True
    site.a_moment_later()

    assert site.get(address).status == 503


def test_a_file_is_kept_in_each_encoding_if_its_name_is_for_ever_its_own():
    def django(environ, start_response):
        coding = environ.get("HTTP_ACCEPT_ENCODING", "")
        encoded = [("Content-Encoding", coding)] if coding else []
        lasts = "max-age=60" if "plain" in environ["PATH_INFO"] else "immutable"
        start_response("200 OK", [("Cache-Control", lasts), *encoded])
        return [f"body {{}} in {coding or 'itself'}".encode()]

    site = Site(django)
    for _ in range(2):
        for accepted, body in [("br, gzip", b"in br"), ("", b"in itself")]:
            file = site.get("/static/a.123.css?v=1", accept_encoding=accepted)
            assert file.body.endswith(body)
            known = {"accept_encoding": accepted, "if_none_match": file.headers["ETag"]}
            assert site.get("/static/a.123.css", **known).status == 304
    assert site.n_asked == 2

    site.database_is_down = True
    site.a_moment_later()
    assert site.get("/static/a.123.css").status == 200
    site.get("/static/plain.css")
    assert ("/static/plain.css", "") not in site.shelf.pages
    assert site.get("/static/a.123.css", range="bytes=0-3").status == 200
    assert site.n_asked == 5


def test_without_room_nothing_is_kept():
    site = Site(shelf=Shelf(0))

    assert [site.get("/news/").status for _ in range(2)] == [200, 200]
    assert site.n_asked == 2
