import runpy
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import CacheHandler

import services


@pytest.fixture(scope="module")
def redis_url():
    if not services.find_redis():
        # Anyone may test without; where nothing may be skipped this fails the run.
        pytest.skip("redis-server is not in PATH")
    with services.redis() as url:
        yield url


def test_what_is_kept_in_redis_is_found_again(redis_url, monkeypatch, tmp_path):
    monkeypatch.setenv("CACHE_URL", redis_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    loaded = runpy.run_path(str(Path(settings.BASE_DIR, "nnsc", "settings.py")))
    cache = CacheHandler(loaded["CACHES"])["default"]

    cache.set("page", {"title": "Boston"}, timeout=60)

    assert "RedisCache" in loaded["CACHES"]["default"]["BACKEND"]
    assert cache.get("page") == {"title": "Boston"}
    assert cache.get("another") is None
    cache.close()
