"""What production is made of, as CycloneDX 1.6 says it: script/sbom."""

import json
import re
import sys
import uuid
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-s3.lock"]
PIN = re.compile(r"^(?P<requirement>[A-Za-z0-9][^#\\\n]*)", re.MULTILINE)
LICENCE = re.compile(r"License :: (?:OSI Approved :: )?(.+)")
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
# How packages name their licences, in the words of SPDX.
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "Dual License": "BSD-3-Clause OR Apache-2.0",
    "GNU Library or Lesser General Public License (LGPL)": "LGPL-3.0-or-later",
    "LGPL with exceptions": "LGPL-3.0-or-later",
    "MIT License": "MIT",
}
# What stands in the repository and was made elsewhere.
ENCLOSED = [
    ("Newsreader", "static/fonts/newsreader.woff2", "OFL-1.1"),
    ("Public Sans", "static/fonts/public-sans.woff2", "OFL-1.1"),
    ("us-atlas", "static/img/us-states.svg", "ISC"),
    ("GeoNames", "nnsc/front/content/content.json", "CC-BY-4.0"),
]


def main():
    packages = [distribution(name) for name in sorted(locked())]
    if "--licences" in sys.argv[1:]:
        print_licences(packages)
    else:
        print(json.dumps(bill(packages), indent=2, ensure_ascii=False))


def locked() -> set[str]:
    """Return the names of the packages that the locks want on this machine."""
    found = set()
    for lock in LOCKS:
        for pin in PIN.finditer(lock.read_text()):
            requirement = Requirement(pin["requirement"].strip())
            if requirement.marker is None or requirement.marker.evaluate():
                found.add(canonicalize_name(requirement.name))
    return found


def bill(packages: list[Distribution]) -> dict:
    digest = "".join(lock.read_text() for lock in LOCKS)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        # The same for the same locks.
        "serialNumber": uuid.uuid5(NAMESPACE, digest).urn,
        "version": 1,
        "metadata": {
            "component": {"type": "application", "bom-ref": "nnsc", "name": "nnsc"}
        },
        "components": [*map(component, packages), *map(enclosed, ENCLOSED)],
        "dependencies": [
            {"ref": "nnsc", "dependsOn": [purl(package) for package in packages]},
            *({"ref": purl(it), "dependsOn": needs(it, packages)} for it in packages),
        ],
    }


def component(package: Distribution) -> dict:
    return {
        "type": "library",
        "bom-ref": purl(package),
        "name": package.name,
        "version": package.version,
        "purl": purl(package),
        "description": package.metadata["Summary"] or "",
        "licenses": [{"expression": licence(package)}],
    }


def enclosed(part: tuple[str, str, str]) -> dict:
    name, path, its_licence = part
    return {
        "type": "file",
        "bom-ref": path,
        "name": name,
        "description": path,
        "licenses": [{"expression": its_licence}],
    }


def purl(package: Distribution) -> str:
    return f"pkg:pypi/{canonicalize_name(package.name)}@{package.version}"


def needs(package: Distribution, packages: list[Distribution]) -> list[str]:
    wanted = {
        canonicalize_name(requirement.name)
        for requirement in map(Requirement, package.requires or [])
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""})
    }
    return [purl(it) for it in packages if canonicalize_name(it.name) in wanted]


def licence(package: Distribution) -> str:
    """Return the licence as SPDX writes it, out of whichever field has it."""
    said = package.metadata.get("License-Expression")
    if said:
        return said
    written = package.metadata.get("License") or ""
    if written in SPDX:
        return SPDX[written]
    if written and len(written) < 40 and " " not in written:
        return written
    classifiers = package.metadata.get_all("Classifier") or []
    for classifier in classifiers:
        if found := LICENCE.fullmatch(classifier):
            return SPDX.get(found[1], found[1])
    sys.exit(f"{package.name} does not say what licence it has: {written[:80]!r}.")


def print_licences(packages: list[Distribution]) -> None:
    rows = [(it.name, it.version, licence(it)) for it in packages]
    rows += [(name, "", its_licence) for name, _path, its_licence in ENCLOSED]
    for name, version, its_licence in rows:
        print(f"{name:28}{version:16}{its_licence}")


if __name__ == "__main__":
    main()
