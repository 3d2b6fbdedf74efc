"""Nobody who has been let in is sent away when the site stops, or is renewed."""

import contextlib
import json
import re
import signal
import socket
import threading
import time
from collections import Counter
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path

import pytest

import services
from services import get

pytestmark = pytest.mark.once

WHOLE, CUT = "whole", "cut"


@contextlib.contextmanager
def production(folder):
    environment = services.PRODUCTION | {"WORKERS": "1", "LOG_FORMAT": "json"}
    with services.process("production", folder, **environment) as (port, server):
        wait_until(lambda: answers(port))
        yield port, server


def wait_until(is_so, timeout_seconds=60):
    deadline = time.monotonic() + timeout_seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(port):
    with contextlib.suppress(OSError):
        return get(port, "/healthz").status == 200
    return False


class Readers:
    """Readers who ask again and again, and what became of it."""

    def __init__(self, port, n=3):
        self.port = port
        self.outcomes = Counter()
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.read) for _ in range(n)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()

    def read(self):
        while not self.is_over.is_set():
            connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
            with contextlib.closing(connection):
                self.outcomes[self.ask(connection)] += 1
            # Without a pause they would leave the site too little of the processors.
            time.sleep(0.01)

    def ask(self, connection):
        try:
            connection.connect()
        except ConnectionRefusedError:
            time.sleep(0.01)
            return "refused"
        try:
            connection.request("GET", "/news.csv")
            response = connection.getresponse()
            body = response.read()
        except (RemoteDisconnected, ConnectionResetError):
            # Nothing was answered: whoever stands between asks again.
            return "not begun"
        except Exception as error:
            return f"{CUT}: {error!r}"
        whole = response.status == 200 and body.endswith(b"\r\n")
        return WHOLE if whole else f"{CUT}: {response.status}"


def a_form_sent_slowly(port):
    """Return a connection over which half of the login form was sent, and the rest."""
    page = get(port, "/admin/login/")
    cookie = page.headers["Set-Cookie"].partition(";")[0]
    token = re.search(rb'csrfmiddlewaretoken" value="(\w+)"', page.body)[1]
    body = b"username=nobody&password=nothing&csrfmiddlewaretoken=" + token
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    head = [
        "POST /admin/login/ HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: {cookie}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body[:40])
    return connection, body[40:]


def read_all(connection):
    with connection, connection.makefile("rb") as answer:
        return answer.read()


def test_nobody_is_cut_off_when_the_site_is_renewed_and_stopped(tmp_path):
    log = Path(tmp_path, "log")
    with production(tmp_path) as (port, server), Readers(port) as readers:
        time.sleep(1)
        server.send_signal(signal.SIGHUP)
        wait_until(lambda: "Stopped old worker-1" in log.read_text())
        refused_while_renewed = readers.outcomes["refused"]

        connection, rest = a_form_sent_slowly(port)
        time.sleep(0.5)
        server.send_signal(signal.SIGTERM)
        time.sleep(1)
        connection.sendall(rest)
        answer = read_all(connection)
        server.wait(timeout=40)

    assert refused_while_renewed == 0
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert b"Please enter the correct username" in answer
    assert answer.rstrip().endswith(b"</html>")
    assert readers.outcomes[WHOLE] > 5
    assert not [outcome for outcome in readers.outcomes if CUT in outcome]
    said = [json.loads(line) for line in log.read_text().splitlines()]
    assert [line["status"] for line in said if line.get("method") == "POST"] == [200]
    assert "shutdown completed" in said[-1]["message"]
