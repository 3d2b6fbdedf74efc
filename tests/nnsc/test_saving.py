"""Buttons that say what they will do, and messages that say what they have done."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

import make
from news.models import Article
from nnsc.moments import in_words
from nnsc.publishing import State
from nnsc.staff.deeds import Life, deed
from reading import HTML, links, parse, text

ADD = "/admin/news/article/add/"
SOON = datetime(2030, 11, 26, 9, tzinfo=ZoneInfo("America/New_York"))
IN_WORDS = "Tuesday, 26 November 2030, 09:00 (New York)"
PAST = datetime(2016, 1, 1, tzinfo=ZoneInfo("America/New_York"))

DRAFT, READY, WITHDRAWN = Life("draft"), Life("ready"), Life("withdrawn")
LIVE, SCHEDULED = Life("published", PAST), Life("published", SOON)

pytestmark = pytest.mark.django_db


def test_a_moment_is_said_with_day_hour_and_zone():
    assert in_words(SOON) == IN_WORDS
    in_summer = SOON.astimezone(UTC) + timedelta(days=180)
    assert in_words(in_summer) == "Sunday, 25 May 2031, 10:00 (New York)"


@pytest.mark.parametrize(
    "was, will_be, button, verb, done",
    [
        (DRAFT, DRAFT, "Save draft", "Save draft", "Saved as a draft. Only staff"),
        (DRAFT, READY, "Hand over for review", "Hand over for review", "Handed over"),
        (DRAFT, LIVE, "Publish now", "Publish now", "Published. Readers see it now."),
        (DRAFT, Life("published"), "Publish now", "Publish now", "Published."),
        (DRAFT, SCHEDULED, f"Publish on {IN_WORDS}", "Schedule", IN_WORDS),
        (READY, READY, "Save, still for review", "Save", "It waits for review"),
        (READY, DRAFT, "Save draft", "Save draft", "Saved as a draft."),
        (LIVE, LIVE, "Save and update the page", "Update the page", "Readers see the"),
        (LIVE, DRAFT, "Take off the site, back to draft", "Take off the site", "Taken"),
        (
            LIVE,
            READY,
            "Take off the site, for review",
            "Take off the site",
            "Taken off",
        ),
        (LIVE, SCHEDULED, f"Take off the site until {IN_WORDS}", "Take off", IN_WORDS),
        (LIVE, WITHDRAWN, "Withdraw", "Withdraw", "Withdrawn. Readers do not see it"),
        (
            SCHEDULED,
            DRAFT,
            "Save as a draft that does not go live",
            "Save draft",
            "Kept",
        ),
        (
            SCHEDULED,
            SCHEDULED,
            f"Publish on {IN_WORDS}",
            "Schedule",
            "Only staff see it",
        ),
        (SCHEDULED, LIVE, "Publish now", "Publish now", "Published. Readers see it"),
        (WITHDRAWN, WITHDRAWN, "Save, still withdrawn", "Save", "It stays withdrawn."),
        (WITHDRAWN, LIVE, "Publish now", "Publish now", "Published. Readers see it"),
    ],
)
def test_every_way_from_state_to_state_has_its_words(was, will_be, button, verb, done):
    it = deed(was, will_be)

    assert it.button == button
    assert it.verb.startswith(verb)
    assert done in it.done


# In the form


@pytest.fixture
def editor(client):
    client.force_login(make.staff("Editor"))
    return client


def typed(**fields):
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def change(article):
    return f"/admin/news/article/{article.pk}/change/"


def buttons(response, words="exact"):
    return [
        text(span)
        for span in parse(response).iter(f"{HTML}span")
        if span.get("class") == words
    ]


def test_the_buttons_are_right_for_what_is_stored(editor):
    assert buttons(editor.get(ADD)) == [
        "Save draft",
        "Publish now",
        "Save draft and add another",
        "Save draft and keep editing",
    ]
    scheduled = make.article(goes_live_at=SOON)
    assert buttons(editor.get(change(scheduled))) == [
        f"Publish on {IN_WORDS}",
        "",
        "Schedule and add another",
        "Schedule and keep editing",
    ]
    assert buttons(editor.get(change(make.article())))[0] == "Save and update the page"
    assert buttons(editor.get(change(make.article())), "plain")[0] == "Save"


def test_one_button_publishes_whatever_state_is_chosen(editor, client):
    draft = make.article(state=State.DRAFT, goes_live_at=SOON)
    assert buttons(editor.get(change(draft)))[1] == f"Publish on {IN_WORDS}"

    editor.post(ADD, typed(title="Unfit", _publish=""))
    assert not Article.objects.filter(title="Unfit").exists()
    fit = typed(title="Fit", date="1/2016", source=make.source().pk)
    editor.post(ADD, fit | {"_publish": ""})
    assert Article.objects.get(title="Fit").is_live


def test_who_may_not_publish_has_no_such_button(client):
    client.force_login(make.staff("Contributor"))
    assert "_publish" not in client.get(ADD).text

    client.post(ADD, typed(title="Mine", _publish=""))
    assert Article.objects.get(title="Mine").state == State.DRAFT


def test_the_buttons_are_right_for_a_form_that_comes_back(editor):
    response = editor.post(ADD, typed(state="published"))

    assert buttons(response)[0] == "Publish now"
    odd = editor.post(ADD, typed(state="published", goes_live_at="soon"))
    assert buttons(odd)[0] == "Save"


def test_a_record_without_a_public_life_is_simply_saved(editor):
    assert buttons(editor.get("/admin/nnsc/tag/add/"))[0] == "Save"


def test_who_may_not_change_what_they_add_is_promised_a_view(client):
    client.force_login(make.staff("Contributor"))

    page = text(parse(client.get("/admin/impact/citation/add/")))
    assert "Save and view" in page
    assert "keep editing" not in page


@pytest.mark.parametrize(
    "fields, words",
    [
        ({"state": "published"}, "Publish now"),
        ({"state": "published", "goes_live_at": "2030-11-26T09:00"}, IN_WORDS),
        ({"state": "ready"}, "Hand over for review"),
        ({"state": "published", "goes_live_at": "soon"}, "Save"),
        ({"state": "nonsense"}, "Save"),
        ({"state": ""}, "Save"),
    ],
)
def test_the_words_are_asked_for_while_one_types(editor, fields, words):
    answer = editor.post(ADD + "check/", typed(**fields)).json()

    assert words in answer["buttons"]["save"]
    assert not Article.objects.exists()


# Afterwards


def said(response, client):
    page = parse(client.get(response.url))
    (messages,) = (it for it in page.iter() if it.get("class") == "messagelist")
    return [text(message) for message in messages]


def whole(**fields):
    source = make.source().pk
    return typed(source=source, date="January 2016", state="published", **fields)


def test_what_was_done_is_said_with_a_way_to_the_page(editor):
    whole_fields = whole(
        source_url="https://a.org",
        quote="So.",
        cities=[make.city().pk],
        tags=[make.tag().pk],
    )
    response = editor.post(ADD, whole_fields)

    page = editor.get(response.url)
    assert Article.objects.get().get_absolute_url() in links(page)
    assert "“A title”: Published. Readers see it now. See it on the site." in (
        text(parse(page))
    )


def test_what_waits_for_its_hour_is_said_with_its_hour(editor):
    response = editor.post(ADD, whole(goes_live_at="2030-11-26T09:00"))

    assert said(response, editor)[0] == (
        f"“A title”: It will be published on {IN_WORDS}. Only staff see it until then."
        " Preview it."
    )


def test_a_draft_is_said_to_be_one(editor):
    response = editor.post(ADD, typed())

    sentence = "“A title”: Saved as a draft. Only staff see it. Preview it."
    assert said(response, editor) == [sentence]


def test_what_is_worth_a_look_is_said_once_a_record_is_public(editor):
    first, second = said(editor.post(ADD, whole()), editor)

    assert "Published." in first
    assert "It has no city" in second
    assert "It has no tag." in second


def test_taking_off_the_site_is_said(editor):
    article = make.article()
    fields = whole() | {"state": "withdrawn"}

    assert "Withdrawn." in said(editor.post(change(article), fields), editor)[0]


def test_names_are_saved_in_words_too(editor):
    response = editor.post(
        "/admin/nnsc/tag/add/",
        {
            "name": "<b>",
            "aliases-TOTAL_FORMS": "0",
            "aliases-INITIAL_FORMS": "0",
        },
    )
    assert said(response, editor) == ["“<b>”: Saved. See it on the site."]


def test_bulk_actions_say_what_they_say(editor):
    article = make.article(state=State.DRAFT)
    fields = {"action": "publish", "_selected_action": [article.pk]}

    assert said(editor.post("/admin/news/article/", fields), editor) == [
        "Published: 1."
    ]


def test_a_published_record_goes_live_now(editor):
    editor.post(ADD, whole())

    assert Article.objects.get().goes_live_at <= timezone.now()
