"""What is always the same in a template is rendered once, and nothing else is."""

import pytest
from django.template import Context, Engine, engines
from django.template.base import TextNode

from nnsc import folding

pytestmark = pytest.mark.once


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(folding, "OURS", tmp_path)
    loaders = ["django.template.loaders.filesystem.Loader"]
    return Engine(
        dirs=[tmp_path],
        loaders=[("nnsc.folding.Loader", loaders)],
        libraries=Engine.get_default().libraries,
    )


@pytest.fixture
def fold(engine, tmp_path):
    def fold(**sources):
        for name, source in sources.items():
            load = "" if "extends" in source else "{% load i18n static %}"
            (tmp_path / f"{name}.html").write_text(load + source)
        return engine.get_template(f"{next(iter(sources))}.html")

    return fold


def is_text(template):
    return [type(node) for node in template.nodelist] == [TextNode]


@pytest.mark.parametrize(
    "source, text",
    [
        ('a {% translate "News" %} b', "a News b"),
        ('{% translate "a < b & c" %}', "a < b & c"),
        ("{% blocktranslate %}100% done{% endblocktranslate %}", "100% done"),
        ('<a href="{% url "article_list" %}">', '<a href="/news/">'),
        ('{% static "css/site.css" %}', "/static/css/site.css"),
        ('a {% include "part.html" only %}', "a part"),
        ('a {% include "part.html" with a="b" only %}', "a part"),
    ],
)
def test_what_is_constant_becomes_text(fold, source, text):
    template = fold(page=source, part="part")

    assert is_text(template)
    assert template.render(Context()) == text


@pytest.mark.parametrize(
    "source, text",
    [
        ("{{ name }}", "Boston"),
        ('{% translate "News" as label %}{{ label }}', "News"),
        ("{% translate name %}", "Boston"),
        ("{% blocktranslate %}of {{ name }}{% endblocktranslate %}", "of Boston"),
        ('{% url "city" name %}', "/cities/Boston/"),
        ('{% url "article_list" as address %}{{ address }}', "/news/"),
        ("{% static name %}", "/static/Boston"),
        ('{% include "part.html" with name="x" only %}', "part of x"),
        ('{% include "part.html" %}', "part of Boston"),
    ],
)
def test_what_depends_on_something_stays(fold, source, text):
    template = fold(page=source, part="part of {{ name }}")

    assert not is_text(template)
    assert template.render(Context({"name": "Boston"})) == text


@pytest.mark.parametrize("name, text", [("", "[none]"), ("Boston", "[some Boston]")])
def test_what_is_inside_of_something_is_folded_too(fold, name, text):
    template = fold(
        page='{% extends "base.html" %}{% load i18n %}{% block main %}{% if name %}'
        '{% for it in name|slice:"1" %}{% translate "some" %} {{ name }}{% endfor %}'
        '{% else %}{% translate "none" %}{% endif %}{% endblock %}',
        base="[{% block main %}{% endblock %}]",
    )

    assert template.render(Context({"name": name})) == text


def test_templates_of_others_stay_as_they_are():
    template = engines["django"].engine.get_template("admin/base.html")

    assert not template.is_folded
