"""The history in the admin: of a record, and of all that was done lately."""

import pytest
from django.apps import apps
from django.test import Client
from django.utils.html import escape

import make
from browser import complaints
from news.models import Article
from nnsc.front.loading import load_content
from nnsc.history import (
    has_history,
    lately_published,
    locked,
    record_change,
    record_changes,
    snapshot,
    snapshots,
)
from nnsc.models import Act, Revision, SiteText, Version
from nnsc.publishing import State
from reading import untouched
from resending import address, change, history, resend, text_of

pytestmark = pytest.mark.django_db

RECENT = "/admin/changes/"


# What nobody touched


def test_a_form_that_nobody_touched_changes_nothing(client):
    load_content()
    SiteText.objects.filter(key="mission").update(text="One.\n\nTwo.")
    make.article(quote="Line one.\n\nLine two.", tags=[make.tag()])
    make.correction(note="Line one.\n\nLine two.")
    client.force_login(make.superuser())
    n_before = Version.objects.count()
    models = [model for model in apps.get_models() if has_history(model)]
    assert len(models) == 10
    for model in models:
        for record in model.objects.order_by("-pk")[:3]:
            before = snapshot(record)
            resend(client, change(record))
            assert snapshot(model.objects.get(pk=record.pk)) == before

    assert Version.objects.count() == n_before


# The history of a record


def test_the_history_tells_who_changed_what_and_when(editor, time_machine):
    time_machine.move_to("2016-01-25T15:00:00Z", tick=False)
    tag = make.tag("Trust")
    article = make.article(title="Shootings fell", state=State.DRAFT)
    resend(editor, change(article), title="Shootings <b>rose</b>", tags=[tag.pk])

    page = text_of(editor.get(history(article)))

    assert "Changed by Ann Ames" in page
    assert (
        "Monday, 25 January 2016, 10:00 (New York) · Version 2 · as it is now" in page
    )
    assert "Title Shootings [removed: fell] [added: <b>rose</b>]" in page
    assert "Tags [added: Trust]" in page
    assert page.index("Version 2") < page.index("As it was found")
    assert page.index("As it was found") < page.index("Version 1")


def test_what_was_never_changed_has_no_history_yet(editor):
    page = text_of(editor.get(history(make.article())))

    assert "Nothing is kept of what happened to this before." in page


def test_what_was_changed_past_the_admin_is_told(editor):
    article = make.article(state=State.DRAFT)
    resend(editor, change(article), title="Typed")
    assert "past the admin" not in text_of(editor.get(history(article)))
    Article.objects.update(title="In a shell")

    page = text_of(editor.get(history(article)))

    assert "it was changed past the admin" in page
    assert "as it is now" not in page
    assert "Restore version 2" in page


def test_the_history_of_what_is_deleted_stays_readable(editor):
    article = make.article(title="Gone", state=State.DRAFT)
    resend(editor, change(article), title="Gone soon")
    editor.post(address(article, "delete"), {"post": "yes"})

    page = text_of(editor.get(history(article)))

    assert "It was deleted. This is what is kept of it." in page
    assert "Deleted by Ann Ames" in page
    assert "Restore" not in page
    assert "Gone soon" in text_of(editor.get(address(article, "history", 3)))
    assert editor.get(address(make.article(pk=999_999), "history")).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *["0/history/", "abc/history/", f"{'9' * 30}/history/", "\0/history/"],
        *["{pk}/history/0/", "{pk}/history/99/", f"{{pk}}/history/{'9' * 30}/"],
    ],
)
def test_a_history_that_is_none_is_not_found(editor, path):
    article = make.article()

    page = editor.get("/admin/news/article/" + path.format(pk=article.pk))

    assert page.status_code == 404


@pytest.mark.parametrize("number", ["0", "99", "9" * 30, "abc", "", "\0", "-1", "²"])
def test_a_version_that_is_none_leads_to_the_form_as_it_is(editor, number):
    article = make.article(title="As it is")

    response = editor.get(change(article), {"version": number}, follow=True)

    assert response.redirect_chain == [(change(article), 302)]
    assert "There is no such version." in response.content.decode()
    assert untouched(response)["title"] == ["As it is"]


def test_only_reading_is_possible_there(editor):
    article = make.article(state=State.DRAFT)
    resend(editor, change(article), title="Typed")

    for page in (history(article), address(article, "history", 1)):
        assert editor.post(page).status_code == 405


def kept_versions(article, n, by):
    """Keep n versions of an article, quicker than by its form."""
    before = None
    for number in range(1, n + 1):
        article.title = f"Title {number}"
        article.save()
        record_change(article, by=by, act=Act.CHANGED, before=before)
        before = snapshot(article)


def test_a_long_history_takes_as_many_queries_as_a_short_one(
    editor, ann, django_assert_num_queries, django_assert_max_num_queries
):
    tags = [make.tag(), make.tag()]
    article = make.article(tags=tags)
    kept_versions(article, 4, ann)
    with django_assert_max_num_queries(12) as captured:
        editor.get(history(article))
    kept_versions(article, 56, ann)

    with django_assert_num_queries(len(captured)):
        page = text_of(editor.get(history(article)))

    assert page.count("Changed by") == 20
    assert "[removed: 40] [added: 41]" in page
    assert "Page 1 of 3" in page
    last = text_of(editor.get(history(article), {"page": "3"}))
    assert last.count("Changed by") == 20
    assert "[removed: 1] [added: 2]" in last
    assert "as it is now" not in last
    for odd in ["0", "-1", "x", "99999999999999999999", "\0"]:
        assert editor.get(history(article), {"page": odd}).status_code == 200


def test_hostile_text_is_shown_as_it_was_typed(editor):
    evil = "<script>alert(1)</script>{{ x }}‮'\""
    article = make.article(title=evil, state=State.DRAFT, tags=[make.tag(evil)])
    resend(editor, change(article), tags=[], quote=evil)

    for page in (
        *[history(article), address(article, "history", 1), change(article, 1), RECENT],
    ):
        content = editor.get(page).content.decode()
        assert evil not in content
        assert escape(evil) in content


def test_accounts_keep_djangos_own_history(client):
    client.force_login(make.superuser())
    user = make.staff()

    response = client.get(address(user, "history"))

    assert response.status_code == 200
    assert client.get(address(user, "history", 1)).status_code == 404


# Who did what lately


def test_recent_changes_tell_who_did_what_to_which(editor, ann):
    articles = [make.article(title=f"Title {n}") for n in range(8)]
    before = snapshots(locked(Article, [article.pk for article in articles]))
    Article.objects.update(state=State.WITHDRAWN)
    record_changes(before, Revision.of(ann, Act.BULK, "State: “Withdrawn”."))
    resend(editor, change(make.tag("Trust")), name="Confidence")

    page = text_of(editor.get(RECENT))

    assert page.index("Renamed by Ann Ames") < page.index("Changed in the list by Ann")
    assert "Tag Confidence" in page
    assert "State: “Withdrawn”." in page
    assert "Article Title 4 and 3 more" in page
    assert "As it was found" not in page
    assert history(articles[0]) in editor.get(RECENT).content.decode()
    assert RECENT in editor.get("/admin/").content.decode()


def test_recent_changes_of_what_one_may_not_see_stay_out(editor):
    manager = Client()
    manager.force_login(make.staff("Manager", username="boss"))
    text = SiteText.objects.get(key="mission")
    resend(manager, change(text), text="Peace.")

    assert "boss" in text_of(manager.get(RECENT))
    assert "boss" not in text_of(editor.get(RECENT))
    assert "Nobody has changed anything yet." in text_of(editor.get(RECENT))


def test_recent_changes_go_back_page_by_page(
    editor, ann, django_assert_num_queries, django_assert_max_num_queries
):
    record_change(make.tag(), by=ann, act=Act.ADDED)
    with django_assert_max_num_queries(9) as captured:
        editor.get(RECENT)
    for _ in range(44):
        record_change(make.tag(), by=ann, act=Act.ADDED)

    with django_assert_num_queries(len(captured)):
        page = editor.get(RECENT)
    n_shown = [text_of(page).count("Added by")]
    while older := page.context["older"]:
        page = editor.get(RECENT, {"before": older})
        n_shown.append(text_of(page).count("Added by"))

    assert n_shown == [20, 20, 5]
    for odd in ["x", "-1", "9" * 18, "9" * 30, "\0"]:
        assert editor.get(RECENT, {"before": odd}).status_code == 200


def test_recent_changes_are_for_staff(client):
    assert client.get(RECENT).url.startswith("/admin/login/?next=")
    client.force_login(make.staff())
    assert "Nobody has changed anything yet." in text_of(client.get(RECENT))


def test_what_was_published_lately_and_by_whom(editor, django_assert_num_queries):
    drafts = [make.article(title=f"Title {n}", state=State.DRAFT) for n in range(3)]
    for article in drafts:
        resend(editor, change(article), state=State.PUBLISHED)
        resend(editor, change(article), title=f"{article.title}!")

    with django_assert_num_queries(1):
        found = lately_published(["news.article"], 2)
        told = [(version.title, version.revision.who()) for version in found]

    assert told == [("Title 2", "Ann Ames"), ("Title 1", "Ann Ames")]
    assert lately_published(["nnsc.tag"], 2) == []


# Seen


@pytest.mark.once
def test_history_and_restoring_are_usable_by_all(browser_page, sign_in, client):
    user = make.staff("Editor", first_name="Ann", last_name="Ames")
    client.force_login(user)
    tag = make.tag("Swift, Certain, & Fair")
    article = make.article(title="First " + "long" * 40, tags=[tag], state=State.DRAFT)
    text = "Fewer people were shot than in any year before, the mayor said."
    resend(client, change(article), title="Second", tags=[], quote=text, date="")
    sign_in(browser_page, user)

    found = []
    pages = [history(article), address(article, "history", 1), RECENT]
    for page in [*pages, change(article, version=1)]:
        browser_page.goto(page)
        found += complaints(browser_page, [360, 1280])
    assert found == []

    browser_page.goto(history(article))
    browser_page.get_by_role("link", name="Restore version 1").focus()
    browser_page.keyboard.press("Enter")
    browser_page.get_by_role("heading", name="Restoring version 1").wait_for()
    browser_page.locator("[name=_save]").focus()
    browser_page.keyboard.press("Enter")
    browser_page.wait_for_url("**/article/")
    article.refresh_from_db()
    assert article.title.startswith("First long")
    assert list(article.tags.all()) == [tag]
