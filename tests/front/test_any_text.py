"""Whatever Unicode allows: staff type it, readers see it, and nothing breaks."""

import html

import pytest

import make
from impact.models import City
from news.models import Article, Source
from nnsc.models import Tag

pytestmark = pytest.mark.django_db

# What must come out as it was typed, and do nothing.
ODD = {
    "markup": "<b onclick=alert(1)>&amp;</b><!-- ]]> </title></textarea>",
    "template": "{{ 7*7 }} {% now 'Y' %} %s %(a)s ${a} \\n",
    "sql": "'; DROP TABLE news_article; -- \"",
    "right to left": "\u202eevil\u202c שלום مرحبا",
    "joined": "👩‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿 e\u0301\u0323\u0308 Z̴̡a̵l̶g̷o̸",
    "invisible": "a\u200bb\u2060c\ufeffd\u00ade",
    "separators": "a\u2028b\u2029c\u0085d\u000be",
    "controls": "a\x01b\x1fc\x7fd\x9fe",
    "no characters": "a\ufffeb\uffffc\U0001fffed\U0010ffffe",
    "private": "a\ue000b\U000f0000c",
    "old scripts": "𒀀𓀀𐎀 𝔘𝔫𝔦 ﬁ ǅ ß İ ı Ω",
    "formula": "=HYPERLINK(1)",
    "nothing to fold": "!!! … ¿?",
}


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_it_is_kept_and_shown_as_it_was_typed(editor, text):
    names = {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}
    for path, fields in [
        ("news/source", {"name": text}),
        ("nnsc/tag", {"name": text}),
        ("impact/city", {"name": text, "state": "CA", "kind": "city"}),
    ]:
        answer = editor.post(f"/admin/{path}/add/", names | fields)
        assert answer.status_code == 302, answer.context["errors"]
    answer = editor.post(
        "/admin/news/article/add/",
        {
            "title": text,
            "quote": text,
            "summary": text,
            "kind": "news",
            "state": "published",
            "date": "2016-01",
            "source": Source.objects.get().pk,
            "tags": Tag.objects.get().pk,
            "cities": City.objects.get().pk,
        },
    )
    assert answer.status_code == 302, answer.context["errors"]

    article = Article.objects.get()
    kept = [article.title, article.quote, article.summary, article.source.name]
    kept += [article.tags.get().name, article.cities.get().name]
    assert kept == [text] * 6
    page = editor.get(article.get_absolute_url())
    assert page.status_code == 200
    assert text in html.unescape(page.text)
    assert "<b onclick" not in page.text
    assert "now 'Y'" in page.text or "now" not in text
    others = [article.tags.get(), article.cities.get(), article.source]
    for path in [
        *(other.get_absolute_url() for other in others),
        *["/", "/news/", "/news/feed.atom", "/news/feed.json", "/news.csv"],
        *["/cities/", "/news/tags/", "/sources/", "/sitemap.xml"],
        *["/api/v1/articles", "/admin/", "/admin/news/article/", "/admin/nnsc/tag/"],
        f"/admin/news/article/{article.pk}/change/",
        f"/admin/news/article/{article.pk}/history/",
    ]:
        answer = editor.get(path)
        assert answer.status_code == 200, path
        # In JSON and CSV, where nothing makes it markup, it stands as it is.
        if "ml" in answer["Content-Type"]:
            assert b"<b onclick" not in answer.getvalue(), path
    assert editor.get("/search/", {"q": text}).status_code == 200
