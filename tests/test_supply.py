"""What is installed: pinned, hashed, named with its licence."""

import json
import re
import runpy
import sys
from pathlib import Path

import pytest
from django.conf import settings
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.once

ROOT = Path(settings.BASE_DIR)
NAMES = ["requirements", "requirements-s3", "requirements-dev"]
PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==(\S+)(?: ; ([^\\]+?))? \\$", re.MULTILINE)


def wanted(name):
    """Return the versions that a file asks for, by package."""
    lines = (ROOT / f"{name}.txt").read_text().splitlines()
    asked = [Requirement(line) for line in lines if line and line[0] != "#"]
    assert all(str(it.specifier).startswith("==") for it in asked)
    return {canonicalize_name(it.name): str(it.specifier)[2:] for it in asked}


def locked(name):
    """Return (version, number of hashes) of everything in a lock, by package."""
    parts = re.split(
        r"^(?=[A-Za-z0-9])", (ROOT / f"{name}.lock").read_text(), flags=re.M
    )
    return {
        canonicalize_name(pin[1]): (pin[2], part.count("--hash=sha256:"))
        for part in parts
        if (pin := PIN.search(part))
    }


@pytest.mark.parametrize("name", NAMES)
def test_all_that_is_asked_for_is_locked_with_its_hashes(name):
    found = locked(name)

    assert wanted(name).items() <= {it: pin[0] for it, pin in found.items()}.items()
    assert all(n_hashes for _version, n_hashes in found.values())
    lines = (ROOT / f"{name}.lock").read_text().splitlines()
    tops = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert len(tops) == len(found)


def test_no_lock_asks_for_another_version_than_the_other():
    found = {}
    for name in NAMES:
        for package, (version, _n) in locked(name).items():
            assert found.setdefault(package, version) == version


def test_there_is_a_file_for_every_machine():
    # Linux and macOS, Intel and ARM, and several Pythons: none of these is of one file.
    found = locked("requirements")

    for package in ["granian", "pillow", "psycopg2-binary", "pydantic-core", "brotli"]:
        assert found[package][1] > 20, package


@pytest.mark.parametrize("name", NAMES)
def test_files_name_no_place_where_packages_are_had(name):
    for ending in ("txt", "lock"):
        text = (ROOT / f"{name}.{ending}").read_text()
        assert "://" not in text
        assert "index-url" not in text


def test_no_driver_comes_between_us_and_production():
    # Django would prefer psycopg 3 wherever it is installed.
    for name in NAMES:
        assert "psycopg" not in locked(name)


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["sbom", *arguments])
    runpy.run_path(str(ROOT / "script" / "sbom.py"), run_name="__main__")
    return capsys.readouterr().out


def test_the_bill_of_materials_has_every_part_and_its_licence(monkeypatch, capsys):
    bill = json.loads(run(monkeypatch, capsys))

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    parts = {part["name"].lower(): part for part in bill["components"]}
    assert {"django", "granian", "pillow", "boto3", "newsreader"} <= set(parts)
    assert not {"pytest", "moto"} & set(parts)
    django = parts["django"]
    assert django["purl"] == f"pkg:pypi/django@{locked('requirements')['django'][0]}"
    for part in bill["components"]:
        (licence,) = part["licenses"]
        # No licence that would bind what is built on it.
        assert not re.search(r"(?<!L)A?GPL", licence["expression"]), part["name"]
    needs = {entry["ref"]: entry.get("dependsOn", []) for entry in bill["dependencies"]}
    assert any(ref.startswith("pkg:pypi/asgiref@") for ref in needs[django["purl"]])
    references = [part["bom-ref"] for part in bill["components"]]
    assert len(references) == len(set(references))
    assert set(needs["nnsc"]) <= set(references)


def test_the_licences_are_listed(monkeypatch, capsys):
    listed = run(monkeypatch, capsys, "--licences")

    assert re.search(r"^Django +\S+ +BSD-3-Clause$", listed, re.MULTILINE)
    assert re.search(r"^Public Sans +OFL-1.1$", listed, re.MULTILINE)


def test_the_bill_is_the_same_every_time(monkeypatch, capsys):
    assert run(monkeypatch, capsys) == run(monkeypatch, capsys)
