"""script/production while what it depends on is down, hangs, and is back."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

import services
from needed import need
from services import get

pytestmark = pytest.mark.once

PAGES = ["/", "/news/", "/impact/"]


@pytest.fixture(scope="module")
def database():
    need("Redis", "PostgreSQL")
    with services.postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def redis():
    """Return what runs Redis: closed, it is down."""
    with ExitStack() as stack:
        stack.url = stack.enter_context(services.redis())
        yield stack


@pytest.fixture(scope="module")
def port(database, redis, tmp_path_factory):
    folder = tmp_path_factory.mktemp("production")
    stands_on = {"CACHE_URL": redis.url, "DATABASE_URL": database.url}
    settings = services.PRODUCTION | stands_on | {"WORKERS": "1"}
    with services.site("production", folder, **settings) as port:
        yield port


@pytest.fixture
def read_before(port):
    for page in PAGES:
        wait_for(lambda page=page: is_fresh(get(port, page)))


def wait_for(condition):
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "That took too long."
        time.sleep(0.05)


def is_fresh(answer) -> bool:
    return answer.status == 200 and "X-NNSC-Kept" not in answer.headers


def is_stale(answer) -> bool:
    return answer.status == 200 and answer.headers["X-NNSC-Kept"] == "stale"


@pytest.mark.usefixtures("read_before")
def test_redis_and_then_the_database_stop_while_the_site_runs(port, database, redis):
    assert readiness(port)[1] == {
        "ready": True,
        **dict.fromkeys(["database", "migrations", "cache", "disk"], "ok"),
    }

    # It stays away for the tests that follow.
    redis.close()
    status, said = readiness(port)
    assert (status, said["cache"]) == (200, "no answer")
    assert [get(port, p).status for p in ("/", "/news/")] == [200, 200]
    assert get(port, "/admin/login/").status == 200

    database.stop()
    try:
        status, said = readiness(port)
        assert (status, said["database"]) == (503, "no answer")
        assert get(port, "/healthz").status == 200
        started = time.monotonic()
        page = get(port, "/programs/")
        assert page.status == 503
        assert b"We cannot reach our own records" in page.body
        assert time.monotonic() - started < 5
        assert b"psycopg" not in page.body
    finally:
        database.start()

    wait_for(lambda: is_fresh(get(port, "/")))


def readiness(port):
    # What was found is kept for a second.
    time.sleep(1.1)
    answer = get(port, "/readyz")
    return answer.status, json.loads(answer.body)


@pytest.mark.usefixtures("read_before")
def test_while_the_database_is_down_what_was_read_is_there(port, database):
    database.stop()
    try:
        wait_for(lambda: is_stale(get(port, "/")))
        assert all(is_stale(get(port, page)) for page in PAGES)
        for page in ["/about/", "/nothing/", "/news.csv", "/admin/"]:
            refused = get(port, page, Cookie="sessionid=somebodys")
            assert refused.status == 503, page
            assert b"We cannot reach our own records" in refused.body
    finally:
        database.start()

    wait_for(lambda: is_fresh(get(port, "/")))
    assert is_fresh(get(port, "/about/"))
    assert get(port, "/nothing/").status == 404


@pytest.mark.usefixtures("read_before")
def test_while_the_database_hangs_nobody_waits_for_it(port, database):
    pid = int(Path(database.folder, "data", "postmaster.pid").read_text().split()[0])
    processes = services.family(pid)
    for process in processes:
        os.kill(process, signal.SIGSTOP)
    try:
        wait_for(lambda: is_stale(get(port, "/")))
        with ThreadPoolExecutor(20) as staff:
            # More than Django has threads for; each of them hangs.
            waiting = [staff.submit(get, port, "/admin/login/x/") for _ in range(20)]
            for _ in range(20):
                began_at = time.monotonic()
                assert all(is_stale(get(port, page)) for page in PAGES)
                assert get(port, "/cities/").status == 503
                assert get(port, "/healthz").status == 200
                assert time.monotonic() - began_at < 5
            for process in processes:
                os.kill(process, signal.SIGCONT)
            assert all(answer.result().status < 500 for answer in waiting)
    finally:
        for process in processes:
            os.kill(process, signal.SIGCONT)

    wait_for(lambda: is_fresh(get(port, "/")))
    assert is_fresh(get(port, "/cities/"))
