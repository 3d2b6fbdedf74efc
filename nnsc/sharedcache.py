"""A cache that several machines share, and that the site can do without."""

import logging
import time

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

# After a failure nobody waits for Redis for so long; then one request tries again.
PAUSE_SECONDS = 5

logger = logging.getLogger(__name__)


class ForgivingCache(RedisCache):
    """Redis, and while it does not answer, a cache that has nothing and keeps nothing.

    Whoever needs to know asks with ping(). A counter that is not there cannot be
    counted up, as Django has it: incr() raises ValueError.
    """

    # Of this process, for Django makes a cache for each of its threads.
    paused_until = float("-inf")

    def add(self, *args, **kwargs):
        return self._try(super().add, False, args, kwargs)

    def get(self, key, default=None, version=None):
        return self._try(super().get, default, (key, default, version), {})

    def set(self, *args, **kwargs):
        return self._try(super().set, None, args, kwargs)

    def touch(self, *args, **kwargs):
        return self._try(super().touch, False, args, kwargs)

    def delete(self, *args, **kwargs):
        return self._try(super().delete, False, args, kwargs)

    def get_many(self, *args, **kwargs):
        return self._try(super().get_many, {}, args, kwargs)

    def set_many(self, data, *args, **kwargs):
        return self._try(super().set_many, list(data), (data, *args), kwargs)

    def delete_many(self, *args, **kwargs):
        return self._try(super().delete_many, None, args, kwargs)

    def has_key(self, *args, **kwargs):
        return self._try(super().has_key, False, args, kwargs)

    def incr(self, key, *args, **kwargs):
        n = self._try(super().incr, None, (key, *args), kwargs)
        if n is None:
            raise ValueError(f"Key {key!r} not found")
        return n

    def clear(self):
        return self._try(super().clear, False, (), {})

    def ping(self) -> None:
        """Return if Redis answers; raise RedisError if not."""
        self._cache.get_client().ping()

    def _try(self, ask, without, args, kwargs):
        """Return what Redis answers, or `without` where it does not."""
        if time.monotonic() < ForgivingCache.paused_until:
            return without
        try:
            return ask(*args, **kwargs)
        except (RedisError, OSError) as error:
            ForgivingCache.paused_until = time.monotonic() + PAUSE_SECONDS
            # The type alone: the message may have the address, with its password.
            logger.warning(
                "The shared cache does not answer (%s); going on without.",
                type(error).__name__,
            )
            return without
