"""script/production while what it depends on is down, hangs, and is back."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import services
from services import get
from test_stopping import production

pytestmark = pytest.mark.once

SECRET = "a secret that is long enough for the site to start with it"
PAGES = ["/", "/news/", "/impact/"]


@pytest.fixture(scope="module")
def database():
    if not services.find_postgres():
        # Anyone may test without; where nothing may be skipped this fails the run.
        pytest.skip("initdb and pg_ctl are not to be found")
    with services.postgres_server() as server:
        yield server


@pytest.fixture(scope="module")
def port(database, tmp_path_factory):
    folder = tmp_path_factory.mktemp("production")
    settings = {"SECRET_KEY": SECRET, "ALLOWED_HOSTS": "127.0.0.1", "WORKERS": "1"}
    # Nothing listens there: a cache that is down is no reason to fail.
    settings |= {"CACHE_URL": f"redis://127.0.0.1:{services.free_port()}/0"}
    settings |= {"DATABASE_URL": database.url}
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


def readiness(port):
    # What was found is kept for a second.
    time.sleep(1.1)
    answer = get(port, "/readyz")
    return answer.status, json.loads(answer.body)


def test_redis_and_then_the_database_stop_while_the_site_runs(tmp_path):
    if not (services.find_redis() and services.find_postgres()):
        # Anyone may test without; where nothing may be skipped this fails the run.
        pytest.skip("redis-server or PostgreSQL is not here")
    redis, postgres = services.redis(), services.postgres()
    stand = {"CACHE_URL": redis.__enter__(), "DATABASE_URL": postgres.__enter__()}
    try:
        with production(tmp_path, **stand) as (port, _server):
            assert readiness(port)[1]["ready"] is True
            assert get(port, "/").status == 200

            redis.__exit__(None, None, None)
            redis = None
            status, said = readiness(port)
            assert (status, said["cache"]) == (200, "no answer")
            assert [get(port, p).status for p in ("/", "/news/")] == [200, 200]
            assert get(port, "/admin/login/").status == 200

            postgres.__exit__(None, None, None)
            postgres = None
            status, said = readiness(port)
            assert (status, said["database"]) == (503, "no answer")
            assert get(port, "/healthz").status == 200
            started = time.monotonic()
            page = get(port, "/cities/")
            assert page.status == 503
            assert b"We cannot reach our own records" in page.body
            assert time.monotonic() - started < 5
            assert b"psycopg" not in page.body
    finally:
        for service in filter(None, [redis, postgres]):
            service.__exit__(None, None, None)
