"""The README keeps its word about settings, folders and commands."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
SETTING = re.compile(r"""environment\.\w+\(\s*"([A-Z_]+)\"""")


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text()


def names(readme, word):
    return re.search(rf"(?<![\w/.-]){re.escape(word)}(?![\w-])", readme)


@pytest.fixture(scope="module")
def read():
    """Return the names of what is read from the environment."""
    read = SETTING.findall((ROOT / "nnsc/settings.py").read_text())
    assert "DATABASE_URL" in read
    return read


def test_it_names_every_setting(readme, read):
    assert [name for name in read if not names(readme, name)] == []


def test_the_tests_take_no_setting_from_the_machine(read):
    script = (ROOT / "script/test").read_text().replace("\\\n", "")
    (unset,) = re.findall(r"^unset (.+)$", script, re.MULTILINE)

    assert sorted(set(read) - set(unset.split())) == []


def test_its_map_names_every_top_level_entry(readme):
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    entries = {line.partition("/")[0] for line in listed.stdout.splitlines()}
    entries -= {".editorconfig", ".gitignore", "README.md"}

    assert "nnsc" in entries
    assert sorted(entry for entry in entries if not names(readme, entry)) == []


@pytest.mark.parametrize(
    "command", ["script/server", "script/test", "script/production"]
)
def test_its_commands_are_there_to_run(readme, command):
    assert names(readme, command)
    assert os.access(ROOT / command, os.X_OK)
