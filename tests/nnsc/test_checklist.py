"""What a form still lacks, said beside it while it is typed."""

import pytest
from django.apps import apps
from django.utils import timezone

import make
from nnsc.changes import current_generation
from nnsc.publishing import Publishable, State
from reading import HTML, parse, text

ADD = "/admin/news/article/add/"
NEXT_YEAR = timezone.localdate().year + 1

pytestmark = pytest.mark.django_db


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def typed(**fields):
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def checked(editor, address=ADD, **fields):
    answer = editor.post(address + "check/", typed(**fields))
    assert answer.status_code == 200
    return answer.json()


def listed(response):
    """Return the sentences of the form's checklist: (stops, warnings)."""
    lists = {
        it.get("class"): [text(item) for item in it]
        for it in parse(response).iter(f"{HTML}ul")
    }
    return lists.get("stops", []), lists.get("warnings", [])


def change(record):
    kind = f"{record._meta.app_label}/{record._meta.model_name}"
    return f"/admin/{kind}/{record.pk}/change/"


def test_a_new_article_is_told_what_it_needs(editor):
    stops, warnings = listed(editor.get(ADD))

    assert stops == [
        "A published article needs its title.",
        "A published article needs the outlet that ran it.",
        "A published article needs its month.",
    ]
    assert warnings == []


def test_what_comes_filled_in_is_not_asked_for(editor):
    address = f"{ADD}?source={make.source().pk}&date=January+2016"

    assert listed(editor.get(address))[0] == ["A published article needs its title."]


def test_a_stored_article_is_told_what_it_lacks(editor):
    article = make.article(quote="", dated=None, state=State.DRAFT)

    stops, warnings = listed(editor.get(change(article)))
    assert stops == ["A published article needs its month."]
    assert warnings == [
        "It has no city: who looks for theirs misses it.",
        "It has no tag.",
        "It has no link to the story.",
        "It has neither quote nor summary, so its page says little.",
    ]


def test_a_whole_article_lacks_nothing(editor):
    article = make.article(
        cities=[make.city()], tags=["A"], source_url="https://npr.org/1"
    )

    page = editor.get(change(article))
    assert listed(page) == ([], [])
    assert "Nothing is missing." in text(parse(page))


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"quote": "word " * 121}, "The quote has 121 words; 120 are plenty to copy."),
        ({"quote": "“So”"}, "The quote begins with a quotation mark"),
        ({"title": "SHOOTINGS FALL AGAIN"}, "The title is in capitals"),
        ({"summary": "Peace andthe rest"}, "have run together: “andthe”."),
        ({"date": f"January {NEXT_YEAR}"}, "Its date is still to come."),
        ({}, "It has no tag."),
    ],
)
def test_what_is_worth_a_look_is_said_as_it_is_typed(editor, fields, sentence):
    answer = checked(editor, **fields)

    assert sentence in answer["lists"].split('class="warnings"')[1]


def test_it_knows_the_cities_and_tags_that_are_typed(editor):
    article = make.article(tags=["A"])

    lists = checked(
        editor, change(article)[: -len("change/")], cities=[make.city().pk], tags=[]
    )["lists"]
    assert "It has no city" not in lists
    assert "It has no tag." in lists


def test_what_cannot_be_read_is_among_what_is_needed(editor):
    answer = checked(editor, date="13/2016", title="")

    assert answer["summary"].startswith("3 things are still needed.")
    assert "Date: There is no month “13”." in answer["lists"]
    assert "Title: This field is required." in answer["lists"]
    assert "needs its title" not in answer["lists"]


def test_hostile_words_are_shown_as_words(editor):
    answer = checked(editor, summary="hackScript<script>alert(1)</script>andThe")

    assert "<script" not in answer["lists"]


def test_an_image_needs_its_words_once_it_is_chosen(editor):
    needs = "Say what the image shows"

    assert needs not in checked(editor)["lists"]
    assert needs in checked(editor, chosen="image")["lists"]
    assert needs not in checked(editor, chosen="image", image_alt="A street")["lists"]
    decorative = checked(editor, chosen="image", image_decorative="on")
    assert needs not in decorative["lists"]
    assert needs in checked(editor, image=make.upload())["lists"]


def test_checking_changes_nothing(editor, settings):
    article = make.article(title="Old")
    before = current_generation()

    checked(editor, change(article)[: -len("change/")], image=make.upload())
    checked(editor)
    article.refresh_from_db()
    assert article.title == "Old"
    assert current_generation() == before
    assert not settings.MEDIA_ROOT.exists()


def test_with_warnings_it_is_published_and_with_stops_it_is_not(editor):
    whole = typed(source=make.source().pk, date="January 2016", state="published")
    assert editor.post(ADD, whole).status_code == 302

    response = editor.post(ADD, whole | {"date": ""})
    stops, warnings = listed(response)
    assert stops == ["Date: A published article needs its month."]
    assert "It has no tag." in warnings


def test_a_metric_is_told_all_that_it_lacks(editor):
    stops, _ = listed(editor.get("/admin/impact/metric/add/"))

    assert len(stops) == 7
    metric = make.metric_under_review(city=None)
    assert any(
        "city or a program" in sentence
        for sentence in listed(editor.get(change(metric)))[0]
    )


def test_names_that_have_pages_are_told_what_is_worth_a_look(editor):
    assert "It is not on the map." in listed(editor.get(change(make.city())))[1]
    program = make.program(description="Peace andthe rest")
    warnings = listed(editor.get(change(program)))[1]
    assert "It has no tag, so no news is listed on its page." in warnings
    assert "Words seem to have run together: “andthe”." in warnings
    assert "checklist" not in editor.get(change(make.source())).content.decode()


def test_every_record_with_a_public_life_has_a_checklist(editor):
    records = [make.article(), make.metric(), make.principle()]

    kinds = [m for m in apps.get_models() if issubclass(m, Publishable)]
    assert {type(record) for record in records} == set(kinds)
    for record in records:
        assert 'id="checklist"' in editor.get(change(record)).content.decode()


def test_who_may_not_type_is_not_answered(client):
    article = make.article()
    address = change(article)[: -len("change/")] + "check/"

    assert client.post(address, typed()).status_code == 302
    client.force_login(make.staff("Contributor"))
    assert client.post(address, typed()).status_code == 403
    assert "checklist" not in client.get(change(article)).content.decode()
    client.force_login(make.staff("Editor"))
    assert client.get(address).status_code == 405
    assert client.post("/admin/news/article/12345/check/", typed()).status_code == 404
