"""The site while what it stands on is gone, and when it is back."""

import json
import time

import pytest

import services
from services import get
from test_stopping import production

pytestmark = pytest.mark.once


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
            assert page.status == 500
            assert b"Something went wrong on our side" in page.body
            assert time.monotonic() - started < 5
            assert b"psycopg" not in page.body
    finally:
        for service in filter(None, [redis, postgres]):
            service.__exit__(None, None, None)
