"""People who act at the same moment, each with a connection of their own."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection


def at_once(*calls):
    """Call all at the same moment and return what each returned, in their order."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            barrier.wait(timeout=10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


SET_UP = """
import sys
import django
django.setup()
"""


@contextmanager
def process(script: str, folder: Path, **options):
    """Run a script in a process of its own, on the test's database; yield it.

    It can be written to and read from, and is ended with the block. options are those
    of subprocess.Popen.
    """
    environment = os.environ | {
        "DATABASE_URL": database_url(),
        "DATA_DIR": str(folder),
        "DJANGO_SETTINGS_MODULE": "nnsc.settings",
        "LOG_LEVEL": "ERROR",
    }
    child = subprocess.Popen(
        [sys.executable, "-c", SET_UP + script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=settings.BASE_DIR,
        **options,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def database_url() -> str:
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
