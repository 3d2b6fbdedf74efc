"""The pages that all processes and machines share, where CACHE_URL names a cache."""

import logging
from hashlib import blake2b
from time import monotonic

from django.core.cache import cache

from nnsc.pagecache.page import Page
from nnsc.pagecache.shelf import Address

logger = logging.getLogger(__name__)

# Editions come and go; what nobody asks for any more leaves by itself.
KEPT_SECONDS = 6 * 60 * 60
# After a failure the cache is left alone for so long: nobody is to wait for it.
REST_SECONDS = 5


class SharedShelf:
    """Keeps pages in Django's cache. Does without while it fails, or is not on."""

    def __init__(self, *, is_on: bool):
        self._is_on = is_on
        self._rests_until = 0.0

    def get(self, edition: str, address: Address) -> Page | None:
        if not self._is_awake:
            return None
        try:
            found = cache.get(key_of(edition, address))
        except Exception as error:
            return self._rest(error)
        return found and Page(*found, edition=edition)

    def put(self, address: Address, page: Page) -> None:
        if not self._is_awake:
            return
        try:
            cache.set(
                key_of(page.edition, address),
                (page.status, page.headers, page.body),
                timeout=KEPT_SECONDS,
            )
        except Exception as error:
            self._rest(error)

    @property
    def _is_awake(self) -> bool:
        return self._is_on and monotonic() >= self._rests_until

    def _rest(self, error: Exception) -> None:
        logger.warning("The shared cache is down (%s); pages are made without.", error)
        self._rests_until = monotonic() + REST_SECONDS


def key_of(edition: str, address: Address) -> str:
    path, query = address
    digest = blake2b(f"{path}?{query}".encode(), digest_size=16).hexdigest()
    return f"page:{edition}:{digest}"
