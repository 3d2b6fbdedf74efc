"""Tags and sources in the admin: no twins, other names, and where they are in use."""

import pytest

import make
from news.admin import TagAdmin
from news.models import Source
from nnsc.models import Tag, TagAlias

TAGS, SOURCES = "/admin/nnsc/tag/", "/admin/news/source/"

pytestmark = pytest.mark.django_db


def typed(name, *aliases, **fields):
    """Return what the browser sends of a form with a table of other names."""
    rows = {f"aliases-{n}-name": alias for n, alias in enumerate(aliases)}
    table = {"aliases-TOTAL_FORMS": len(aliases), "aliases-INITIAL_FORMS": 0}
    return {"name": name, **table, **rows, **fields}


def errors_of(response):
    assert response.status_code == 200
    return response.context["errors"]


@pytest.mark.parametrize(
    "name", ["Swift, Certain, & Fair", 'say "hi", ok', "???", "愛"]
)
def test_a_tag_is_one_whatever_its_name(editor, name):
    assert editor.post(TAGS + "add/", typed(name)).status_code == 302
    assert Tag.objects.get().name == name


@pytest.mark.parametrize(
    "twin", ["HOPE PROBATION", "Hópe  probation", "hope-probation"]
)
def test_a_tag_that_is_here_already_is_refused(editor, twin):
    make.tag("Hope Probation")

    errors = errors_of(editor.post(TAGS + "add/", typed(twin)))
    assert "already a tag called “Hope Probation”" in str(errors)


@pytest.mark.parametrize("slug", ["", "a b", "x" * 500, "愛"])
def test_an_error_beside_an_odd_address_is_shown(editor, slug):
    tag = make.tag()

    response = editor.post(f"{TAGS}{tag.pk}/change/", typed("", slug=slug))
    assert "Name" in response.content.decode()
    assert errors_of(response)


def test_a_tag_saved_by_another_at_the_same_moment_is_no_error_page(
    editor, monkeypatch
):
    make.tag("Hope")
    look, answers = Tag.others_called, iter([Tag.objects.none()])
    monkeypatch.setattr(
        Tag, "others_called", lambda self, name: next(answers, look(self, name))
    )

    assert "already a tag" in str(errors_of(editor.post(TAGS + "add/", typed("hope"))))


@pytest.mark.parametrize("address, model", [(TAGS, Tag), (SOURCES, Source)])
def test_other_names_are_kept_and_never_twice(editor, address, model):
    response = editor.post(address + "add/", typed("NPR", "N.P.R.", "Public Radio"))
    assert response.status_code == 302
    assert model.objects.get().aliases.count() == 2

    errors = errors_of(editor.post(address + "add/", typed("B", "A b", "a-B")))
    assert "This other name is here twice." in str(errors)
    errors = errors_of(editor.post(address + "add/", typed("C", "public radio")))
    assert "This other name is already in use: by “NPR”." in str(errors)


def test_lists_count_articles_and_lead_to_them(editor):
    source, tag = make.source(), make.tag()
    make.tag("Idle")
    for _ in range(2):
        make.article(source=source, tags=[tag])

    page = editor.get(SOURCES).content.decode()
    assert f'<a href="/admin/news/article/?source={source.pk}">2</a>' in page
    page = editor.get(TAGS).content.decode()
    assert f'<a href="/admin/news/article/?tags={tag.pk}">2</a>' in page
    assert "Idle" in page
    assert "Idle" not in editor.get(TAGS, {"use": "used"}).content.decode()
    assert tag.name not in editor.get(TAGS, {"use": "unused"}).content.decode()


@pytest.mark.parametrize("address", [TAGS, SOURCES])
def test_the_list_takes_as_many_queries_for_thirty_as_for_three(
    editor, address, django_assert_num_queries, django_assert_max_num_queries
):
    def more(n):
        for _ in range(n):
            make.article(tags=[make.tag()])

    more(3)
    with django_assert_max_num_queries(12) as captured:
        editor.get(address)
    more(27)
    with django_assert_num_queries(len(captured)):
        editor.get(address)


def test_a_tag_in_use_says_where_and_stays(editor, django_assert_max_num_queries):
    tag = make.tag()
    program = make.program(tag=tag)
    articles = [make.article(tags=[tag], title=f"<b>{n}") for n in range(12)]
    address = f"{TAGS}{tag.pk}/delete/"

    with django_assert_max_num_queries(15):
        page = editor.get(address).content.decode()
    assert "is in use and cannot be deleted" in page
    assert "Articles: 12" in page
    assert f'href="/admin/news/article/{articles[0].pk}/change/">&lt;b&gt;0</a>' in page
    assert "…" in page
    assert str(program) in page
    editor.post(address, {"post": "yes"})
    fields = {"action": "delete_selected", "_selected_action": tag.pk, "post": "yes"}
    assert "Articles: 12" in editor.post(TAGS, fields).content.decode()
    assert Tag.objects.get() == tag


def test_a_source_in_use_says_where_and_stays(editor):
    source = make.article(title="Uses it").source

    page = editor.get(f"{SOURCES}{source.pk}/delete/").content.decode()
    assert "Articles: 1" in page
    assert "Uses it" in page
    assert "…</li>" not in page


def test_what_comes_into_use_while_the_question_stands_is_no_error_page(
    editor, monkeypatch
):
    tag = make.tag()
    make.article(tags=[tag])
    look, answers = TagAdmin.get_deleted_objects, iter([([], {}, set(), [])])
    monkeypatch.setattr(
        TagAdmin,
        "get_deleted_objects",
        lambda self, *args: next(answers, None) or look(self, *args),
    )
    response = editor.post(f"{TAGS}{tag.pk}/delete/", {"post": "yes"})

    assert "is in use and cannot be deleted" in response.content.decode()
    assert Tag.objects.exists()


def test_an_unused_tag_is_deleted(editor):
    tag = make.tag()

    response = editor.post(f"{TAGS}{tag.pk}/delete/", {"post": "yes"})
    assert response.status_code == 302
    assert not Tag.objects.exists()


@pytest.mark.parametrize("text", ["NUL \0", "x" * 1_000_000, "\u202e\U0001f468\u200d"])
@pytest.mark.parametrize("field", ["name", "meaning", "slug", "aliases-0-name"])
def test_hostile_text_is_kept_word_for_word_or_refused(editor, field, text):
    fields = typed("Name", "Alias") | {field: text}

    response = editor.post(TAGS + "add/", fields)
    if response.status_code == 302:
        values = {"aliases-0-name": Tag.objects.get().aliases.get().name}
        assert values.get(field, getattr(Tag.objects.get(), field, None)) == text
    else:
        assert errors_of(response)


def test_a_contributor_adds_a_tag_and_changes_none(client):
    client.force_login(make.staff("Contributor"))
    tag = make.tag()

    assert client.post(TAGS + "add/", typed("New")).status_code == 302
    assert client.post(f"{TAGS}{tag.pk}/change/", typed("Other")).status_code == 403
    assert client.post(f"{TAGS}{tag.pk}/delete/", {"post": "y"}).status_code == 403


def test_a_name_and_another_name_are_never_the_same(editor):
    tag = make.tag("Call-ins")
    TagAlias.objects.create(tag=tag, name="Notification meetings")

    errors = str(errors_of(editor.post(TAGS + "add/", typed("notification meetings"))))
    assert "That is another name of the tag “Call-ins”. Use that one." in errors
    errors = str(errors_of(editor.post(TAGS + "add/", typed("Meetings", "call ins"))))
    assert "This other name is already in use: by “Call-ins”." in errors
    errors = str(errors_of(editor.post(TAGS + "add/", typed("Focus", "focus"))))
    assert "That is its name already." in errors


def test_cities_of_different_states_may_share_another_name(editor):
    city = {"kind": "city"}
    for name, state in [("New York", "NY"), ("Manhattan Beach", "CA")]:
        fields = typed(name, "The Apple", state=state, **city)
        assert editor.post("/admin/impact/city/add/", fields).status_code == 302

    fields = typed("Albany", "the apple", state="NY", **city)
    errors = errors_of(editor.post("/admin/impact/city/add/", fields))
    assert "already in use: by “New York, NY”." in str(errors)


def test_a_place_is_found_by_its_other_name(client):
    city = make.city("New York", state="NY")
    city.aliases.create(name="Gotham")
    article = make.article(title="Of a city", cities=[city])
    program = make.program("Ceasefire")
    program.aliases.create(name="Peacemakers")

    assert article.title in client.get("/search/?q=gotham").text
    assert program.name in client.get("/search/?q=peacemakers").text
