"""The benchmarks that find faults, run small: every page fresh, nobody refused."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
SMALL = {
    "hammer": "--edits 30 --workers 2 --readers 3 --articles 50",
    "strain": "--slow 10 --random 240 --reads 10 --articles 50 --workers 1",
}


@pytest.fixture(scope="module")
def said():
    """Return what each has printed; side by side they take the time of one."""
    running = {
        name: subprocess.Popen(
            [sys.executable, ROOT / "benchmarks" / f"{name}.py", *options.split()],
            stdout=subprocess.PIPE,
            text=True,
        )
        for name, options in SMALL.items()
    }
    printed = {name: process.communicate()[0] for name, process in running.items()}
    assert all(process.returncode == 0 for process in running.values()), printed
    return printed


def test_while_editors_work_no_reader_sees_an_old_page(said):
    assert "Edits: 30." in said["hammer"]
    assert int(re.search(r"200: (\d+)", said["hammer"])[1]) > 100
    assert "Problems: 0." in said["hammer"]


def test_slow_clients_keep_nobody_from_reading(said):
    rows = [line.split("|") for line in said["strain"].splitlines() if "ms" in line]

    assert len(rows) == 7
    assert all(row[-2].strip() == "0" for row in rows)
    assert "| 240 |" in said["strain"]
