"""Whether the site is alive, and whether it is ready, for whoever watches over it.

/healthz says that a process answers: a manager of processes starts it anew when it does
not. /readyz says that the site can do its work: a balancer sends nobody here while not.
"""

import logging
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from threading import Lock

from django.conf import settings
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

TIMEOUT_SECONDS = 2
MIN_FREE_BYTES = 100 * 1024 * 1024
SQLITE = {"timeout": TIMEOUT_SECONDS}
POSTGRESQL = {
    "connect_timeout": TIMEOUT_SECONDS,
    "tcp_user_timeout": TIMEOUT_SECONDS * 1000,
}
# Asked by many at once, the site looks once a second.
KEPT_SECONDS = 1

logger = logging.getLogger(__name__)
one_at_a_time = Lock()
_kept: tuple[float, dict[str, str]] = (float("-inf"), {})


class HealthMiddleware:
    """Answers before the host's name is looked at: balancers ask by address."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        view = {"/healthz": healthz, "/readyz": readyz}.get(request.path)
        return view(request) if view else self.get_response(request)


@require_safe
@never_cache
def healthz(request):
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
@never_cache
def readyz(request):
    """Say of each thing that the site needs how it is, in a word; 503 if it is not fit.

    Without its shared cache the site is slower and no less right, so that alone turns
    nobody away.
    """
    found = state()
    ready = all(word == "ok" for name, word in found.items() if name != "cache")
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


def state() -> dict[str, str]:
    """Return a word for each thing; within some five seconds, however bad it is."""
    global _kept
    with one_at_a_time:
        looked_at, found = _kept
        if time.monotonic() - looked_at >= KEPT_SECONDS:
            found = {**database(), "cache": shared_cache(), "disk": disk()}
            _kept = time.monotonic(), found
        return found


def forget() -> None:
    global _kept
    _kept = float("-inf"), {}


def database() -> dict[str, str]:
    """Ask on a connection of its own, which gives up sooner than those of pages do.

    Two queries.
    """
    fresh = connection.copy()
    is_postgresql = fresh.vendor == "postgresql"
    fresh.settings_dict["OPTIONS"] |= POSTGRESQL if is_postgresql else SQLITE
    try:
        fresh.set_autocommit(False)
        with fresh.cursor() as cursor:
            if is_postgresql:
                cursor.execute(f"SET LOCAL statement_timeout = '{TIMEOUT_SECONDS}s'")
            cursor.execute("SELECT 1")
            return {"database": "ok", "migrations": migrations(cursor)}
    except DatabaseError:
        logger.warning("The database does not answer.", exc_info=True)
        return {"database": "no answer", "migrations": "unknown"}
    finally:
        fresh.close()


def migrations(cursor) -> str:
    try:
        cursor.execute("SELECT app, name FROM django_migrations")
    except DatabaseError:
        return "missing"
    missing = wanted_migrations() - set(cursor.fetchall())
    if missing:
        logger.warning("Migrations are missing: %s.", sorted(missing))
    return "missing" if missing else "ok"


@cache
def wanted_migrations() -> set[tuple[str, str]]:
    """Return the last migrations of each app as (app, name), as this release has them.

    A later release may have added more; those do this one no harm.
    """
    return set(MigrationLoader(None).graph.leaf_nodes())


def shared_cache() -> str:
    """Ask a cache that can be asked; the memory of a process always answers."""
    ping = getattr(caches["default"], "ping", None)
    try:
        if ping:
            ping()
    except Exception:
        logger.warning("The shared cache does not answer.", exc_info=True)
        return "no answer"
    return "ok"


def disk() -> str:
    """Look at the folders that are written to: data, uploads, and what passes through.

    They may be made only when something is first written there.
    """
    for folder in {settings.DATA_DIR, settings.MEDIA_ROOT, tempfile.gettempdir()}:
        folder = Path(folder).absolute()
        while not folder.exists():
            folder = folder.parent
        if not os.access(folder, os.W_OK):
            logger.warning("%s cannot be written to.", folder)
            return "read-only"
        if shutil.disk_usage(folder).free < MIN_FREE_BYTES:
            logger.warning("The disk of %s is nearly full.", folder)
            return "full"
    return "ok"
