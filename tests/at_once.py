"""People who act at the same moment, each with a connection of their own."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections


@pytest.fixture
def open_to_all(transactional_db, tmp_path):
    """Let several threads use the test's database, as processes use the site's.

    On SQLite tests run in memory, which threads cannot share as they share a file.
    """
    if connection.vendor != "sqlite":
        yield
        return
    in_memory, name = connections["default"], connection.settings_dict["NAME"]
    file = tmp_path / "db.sqlite3"
    with sqlite3.connect(file) as copy:
        in_memory.connection.backup(copy)
    copy.close()
    in_memory.settings_dict["NAME"] = str(file)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = in_memory
        in_memory.settings_dict["NAME"] = name


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
