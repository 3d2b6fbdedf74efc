import runpy
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import CacheHandler
from redis.exceptions import RedisError

import services
from needed import need
from nnsc import sharedcache
from nnsc.sharedcache import ForgivingCache

pytestmark = pytest.mark.once


@pytest.fixture
def redis_url():
    need("Redis")
    with services.redis() as url:
        yield url


@pytest.fixture
def cache_at(monkeypatch, tmp_path):
    """Return the cache that the settings make of an address."""

    def cache_at(url):
        monkeypatch.setenv("CACHE_URL", url)
        monkeypatch.setenv("DATA_DIR", str(tmp_path))
        loaded = runpy.run_path(str(Path(settings.BASE_DIR, "nnsc", "settings.py")))
        cache = CacheHandler(loaded["CACHES"])["default"]
        caches.append(cache)
        return cache

    caches = []
    monkeypatch.setattr(ForgivingCache, "paused_until", float("-inf"))
    yield cache_at
    for cache in caches:
        cache.close()


def test_what_is_kept_in_redis_is_found_again(redis_url, cache_at):
    cache = cache_at(redis_url)

    cache.set("page", {"title": "Boston"}, timeout=60)
    cache.set("n", 1)
    cache.set_many({"a": 1, "b": 2})

    assert isinstance(cache, ForgivingCache)
    cache.ping()
    assert cache.get("page") == {"title": "Boston"}
    assert cache.get("another") is None
    assert "another" not in cache
    assert cache.incr("n") == 2
    assert cache.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    assert cache.add("n", 5) is False
    assert cache.touch("n", 60) is True
    assert cache.delete("n") is True
    cache.clear()
    assert "page" not in cache


def use_all(cache):
    """Use the cache in every way, and expect it to have nothing."""
    cache.set("page", "Boston")
    cache.delete_many(["page"])
    cache.clear()
    assert cache.get("page") is None
    assert cache.get("page", "nothing") == "nothing"
    assert cache.get_or_set("page", lambda: "made") == "made"
    assert "page" not in cache
    assert cache.add("page", 1) is False
    assert cache.touch("page") is False
    assert cache.delete("page") is False
    assert cache.get_many(["page"]) == {}
    assert cache.set_many({"page": 1}) == ["page"]
    with pytest.raises(ValueError, match="not found"):
        cache.incr("page")


def test_when_redis_stops_midway_there_is_nothing_kept_and_no_error(cache_at, caplog):
    need("Redis")
    with services.redis() as url:
        cache = cache_at(url.replace("redis://", "redis://:@"))
        cache.set("page", "Boston")
        assert cache.get("page") == "Boston"

    started = time.monotonic()
    use_all(cache)

    # Nobody waits for it again and again, and the log is told once.
    assert time.monotonic() - started < 2
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with pytest.raises(RedisError):
        cache.ping()


def test_when_redis_is_back_it_is_used_again(redis_url, cache_at, monkeypatch):
    monkeypatch.setattr(sharedcache, "PAUSE_SECONDS", 0.2)
    away = cache_at("redis://127.0.0.1:1/0")
    assert away.get("page") is None
    cache = cache_at(redis_url)
    cache.set("page", "lost")
    assert cache.get("page") is None

    time.sleep(0.3)
    cache.set("page", "Boston")

    assert cache.get("page") == "Boston"


def test_a_redis_that_says_nothing_costs_a_second_at_most(cache_at):
    with services.silence() as port:
        cache = cache_at(f"redis://127.0.0.1:{port}/0")
        started = time.monotonic()
        use_all(cache)

    assert time.monotonic() - started < 5
