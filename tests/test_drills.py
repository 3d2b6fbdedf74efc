"""The drills of script/drill, small: what is killed, moved or stopped loses nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import services
from needed import need

pytestmark = pytest.mark.once
ROOT = Path(services.ROOT)


def drill(*arguments):
    """Run a drill; return what it says."""
    need("Redis", "PostgreSQL")
    run = subprocess.run(
        [sys.executable, ROOT / "tests" / "drills.py", *map(str, arguments)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_a_server_that_is_killed_loses_no_save_that_it_answered(database):
    said = drill("kill", "--saves", 12, "--kills", 1, "--database", database)

    assert "Answered and lost: 0. There by half: 0." in said
    assert "after a sweep: 0" in said


def test_a_site_goes_from_sqlite_to_postgresql_and_back_unchanged():
    said = drill("restore", "--articles", 30)

    assert said.count("differing: 0. Tables with other rows: 0.") == 2
    assert "The last archive has what the one before it has: yes." in said


def test_what_was_read_is_shown_while_redis_and_the_database_are_stopped():
    said = drill("outage", "--seconds", 4)

    assert "/healthz: 200, /readyz: 503." in said


def test_no_request_waits_for_postgresql_for_ever():
    need("PostgreSQL")
    script = (ROOT / "script" / "production").read_text().splitlines()
    lines = [it for it in script if it.startswith(("patience=", "export PGOPTIONS"))]
    options = subprocess.check_output(
        ["/bin/sh", "-euc", "\n".join([*lines, "printenv PGOPTIONS"])], text=True
    )
    names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"]
    ask = f"""
from django.db import connection
with connection.cursor() as cursor:
    for name in {names!r}:
        cursor.execute("SHOW " + name)
        print(cursor.fetchone()[0])
"""
    with services.postgres() as url:
        said = subprocess.check_output(
            [sys.executable, ROOT / "manage.py", "shell", "--verbosity=0", "-c", ask],
            env=os.environ | {"DATABASE_URL": url, "PGOPTIONS": options.strip()},
            text=True,
        )

    assert said.split() == ["30s", "20s", "1min"]
