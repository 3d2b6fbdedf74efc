"""The floors of the house: who may import whom, and include whose templates."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)

# A floor and the floors below it that it may use.
FLOORS = {
    "nnsc": set(),
    "principles": {"nnsc"},
    "impact": {"nnsc"},
    "news": {"nnsc", "impact"},
    "nnsc.front": {"nnsc", "principles", "impact", "news"},
}
NAME_ALL = {"nnsc/urls.py", "nnsc/settings.py", "nnsc/wsgi.py"}
INCLUDED = re.compile(r"""{%-?\s*(?:include|extends)\s+["']([^"']+)["']""")


def floor_of(module):
    """Return the floor on which a module stands, None outside the house."""
    first, second = [*module.split("."), ""][:2]
    if (first, second) == ("nnsc", "front"):
        return "nnsc.front"
    return first if first in FLOORS else None


def may_use(upper, lower):
    return lower is None or lower == upper or lower in FLOORS[upper]


def imports_of(module, source):
    """Yield the dotted name of everything that a module imports, at any depth."""
    package = module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: 1 - node.level or None] if node.level else []
            base = ".".join([*base, *filter(None, [node.module])])
            # What is imported may be a module itself: from nnsc import front
            if base in FLOORS or not base:
                yield from (f"{base}.{alias.name}" for alias in node.names)
            else:
                yield base


def broken_imports(root):
    for floor in ("nnsc", "principles", "impact", "news"):
        for file in sorted((root / floor).rglob("*.py")):
            name = file.relative_to(root)
            if name.as_posix() in NAME_ALL:
                continue
            module = ".".join(name.with_suffix("").parts)
            for imported in imports_of(module, file.read_text()):
                if not may_use(floor_of(module), floor_of(imported)):
                    yield f"{name.as_posix()} imports {imported}"


def template_floor(name):
    first = name.partition("/")[0]
    return "nnsc.front" if first == "front" else first if first in FLOORS else "nnsc"


def broken_includes(root):
    for file in sorted((root / "templates").rglob("*.*")):
        name = file.relative_to(root / "templates").as_posix()
        for included in INCLUDED.findall(file.read_text()):
            if not may_use(template_floor(name), template_floor(included)):
                yield f"templates/{name} includes {included}"


def test_imports_point_down():
    assert list(broken_imports(ROOT)) == []


def test_templates_include_downwards():
    assert list(broken_includes(ROOT)) == []


@pytest.mark.parametrize(
    "file, line, imported",
    [
        ("impact/models/metric.py", "from news.models import Article", "news.models"),
        ("impact/models/metric.py", "import news.models", "news.models"),
        ("impact/views.py", "def view():\n    from news import feeds", "news.feeds"),
        ("principles/views.py", "from impact import models", "impact.models"),
        ("nnsc/texts.py", "from nnsc import front", "nnsc.front"),
        ("nnsc/texts.py", "from . import front", "nnsc.front"),
        ("nnsc/texts.py", "from .front import views", "nnsc.front.views"),
        ("nnsc/__init__.py", "from .front.views import home", "nnsc.front.views"),
        ("news/admin/__init__.py", "from principles import admin", "principles.admin"),
    ],
)
def test_an_import_that_points_up_is_found(tmp_path, file, line, imported):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(line)

    assert list(broken_imports(tmp_path)) == [f"{file} imports {imported}"]


@pytest.mark.parametrize(
    "file, line",
    [
        ("news/models.py", "from impact.models import City\nfrom . import facets"),
        ("nnsc/front/views.py", "from news.models import Article"),
        ("nnsc/urls.py", "import news.urls"),
        ("nnsc/texts.py", "from django.contrib import admin\nimport newspaper"),
    ],
)
def test_an_import_that_points_down_passes(tmp_path, file, line):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(line)

    assert list(broken_imports(tmp_path)) == []


def test_an_include_that_points_up_is_found(tmp_path):
    city = tmp_path / "templates" / "impact" / "city.html"
    city.parent.mkdir(parents=True)
    city.write_text('{% extends "base.html" %}{% include "news/_card.html" only %}')

    assert list(broken_includes(tmp_path)) == [
        "templates/impact/city.html includes news/_card.html"
    ]
