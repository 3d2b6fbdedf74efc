"""What the site writes while it runs, and how a request is found in it."""

import json
import logging
import sys

import pytest

from nnsc import logs
from nnsc.logs import JsonFormatter, LineFormatter, RequestLog


class Answered:
    """What a server sees of an answer: its status, headers and body."""

    def __init__(self, application, path="/", **environ):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, **environ}
        self.body = application(environ, self.start)

    def start(self, status, headers, *exc_info):
        self.status, self.headers = status, dict(headers)

    def read(self):
        try:
            return b"".join(self.body)
        finally:
            self.body.close()


def serving(*parts, meanwhile=lambda: None):
    """Return the site as a WSGI application that answers all with the parts."""

    def application(environ, start_response):
        meanwhile()
        start_response("200 OK", [])
        return iter(parts)

    return RequestLog(application)


@pytest.fixture
def lines(caplog):
    """Return the access lines that were written, as programs read them."""
    caplog.set_level(logging.INFO, "nnsc.access")

    def lines():
        records = [r for r in caplog.records if r.name == "nnsc.access"]
        return [json.loads(JsonFormatter().format(record)) for record in records]

    return lines


def test_every_answer_has_a_line_with_its_duration(lines):
    answered = Answered(serving(b"Boston"), "/cities/boston/")

    assert lines() == []
    assert answered.read() == b"Boston"
    (line,) = lines()
    assert line["method"] == "GET"
    assert line["path"] == "/cities/boston/"
    assert line["status"] == 200
    assert line["level"] == "INFO"
    assert 0 <= line["ms"] < 10_000


def test_an_answer_in_parts_lasts_until_its_last_part(lines):
    answered = Answered(serving(b"a", b"b"), "/news.csv")

    next(iter(answered.body))
    assert lines() == []
    answered.read()
    assert [line["path"] for line in lines()] == ["/news.csv"]


def test_what_is_written_meanwhile_has_the_id_that_the_answer_names(caplog):
    def warn():
        said = {"msg": "Slow.", "name": "nnsc", "levelname": "WARNING"}
        record = logging.makeLogRecord(said)
        written.extend([JsonFormatter().format(record), LINE.format(record)])

    written = []
    answered = Answered(serving(meanwhile=warn))
    answered.read()

    name = answered.headers["X-Request-ID"]
    assert len(name) == 32
    assert json.loads(written[0])["request_id"] == name
    assert written[1] == f"WARNING nnsc [{name}]: Slow."
    assert logs.current_id.get() == ""


LINE = LineFormatter("{levelname} {name}{about}: {message}", style="{")


def test_outside_of_requests_a_line_has_no_id():
    record = logging.makeLogRecord(
        {"msg": "Started.", "name": "nnsc", "levelname": "INFO"}
    )

    assert LINE.format(record) == "INFO nnsc: Started."
    assert json.loads(JsonFormatter().format(record))["request_id"] is None


def test_a_line_tells_of_no_person_and_gives_nobody_a_key(lines):
    Answered(
        serving(),
        "/preview/Zq3f-9xT_k2LmN8pQrS1uVwX/",
        QUERY_STRING="q=john+doe",
        REMOTE_ADDR="203.0.113.7",
        HTTP_USER_AGENT="Firefox",
        HTTP_COOKIE="sessionid=abc",
    ).read()

    (line,) = lines()
    assert line["path"] == "/preview/.../"
    said = json.dumps(line)
    for secret in ["Zq3f", "john", "203.0", "Firefox", "abc"]:
        assert secret not in said


@pytest.mark.parametrize(
    "path",
    ["/\r\nX: y", "/a b", "/\u202ex", "/\ud800", "/" + "x" * 9999, "/\x00", ""],
)
def test_an_address_cannot_forge_a_line(lines, path):
    Answered(serving(), path).read()

    (line,) = lines()
    assert line["message"].isascii()
    assert line["message"].isprintable()
    assert len(line["path"]) <= 300


@pytest.mark.parametrize(
    "given, proxies, is_taken",
    [
        ("4bf92f3577b34da6", 1, True),
        ("a.b_c-d.e_f", 1, True),
        ("4bf92f3577b34da6", 0, False),
        ("short", 1, False),
        ("x" * 65, 1, False),
        ("a\r\nSet-Cookie: b", 1, False),
        ("../../etc/passwd", 1, False),
        ("", 1, False),
    ],
)
def test_a_name_of_a_request_is_taken_from_a_proxy_alone(
    settings, given, proxies, is_taken
):
    settings.PROXIES = proxies
    answered = Answered(serving(), HTTP_X_REQUEST_ID=given)
    answered.read()

    assert (answered.headers["X-Request-ID"] == given) == is_taken


def test_an_answer_that_was_never_begun_is_a_500(lines):
    def broken():
        raise RuntimeError

    with pytest.raises(RuntimeError):
        Answered(serving(meanwhile=broken))

    assert [line["status"] for line in lines()] == [500]


def test_whoever_watches_over_the_site_fills_no_log(lines):
    Answered(serving(), "/healthz").read()

    assert lines() == []


def test_a_traceback_stands_in_one_line():
    try:
        raise ValueError("no\nnumber")
    except ValueError:
        record = logging.makeLogRecord({"msg": "Odd.", "exc_info": sys.exc_info()})

    written = JsonFormatter().format(record)
    assert len(written.splitlines()) == 1
    assert "ValueError" in json.loads(written)["exception"]
