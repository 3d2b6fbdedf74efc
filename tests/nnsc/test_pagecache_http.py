"""Kept pages as browsers and proxies ask for them: encodings, tags, names, HTTPS."""

import pytest
from django.core.wsgi import get_wsgi_application

import make
from kept_pages import Site, decoded
from nnsc.editions import current_edition
from nnsc.front.loading import load_content
from nnsc.logs import RequestLog

pytestmark = pytest.mark.django_db


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
