"""The history in the admin: read, and brought back by way of the form."""

from pathlib import Path

import pytest
from django.apps import apps
from django.test import Client
from django.utils.html import escape

import make
from at_once import at_once
from browser import complaints
from news.models import Article
from nnsc.front.loading import load_content
from nnsc.history import (
    has_history,
    key_of,
    lately_published,
    locked,
    record_change,
    record_changes,
    snapshot,
    snapshots,
)
from nnsc.models import Act, Revision, SiteText, Version
from nnsc.publishing import State
from reading import main, untouched

RECENT = "/admin/changes/"
WAYS = ["preview", "check"]

pytestmark = pytest.mark.django_db


def address(record, *ways):
    opts = record._meta
    ways = "/".join(map(str, ways))
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/{ways}/"


def history(record):
    return address(record, "history")


def change(record, version=None):
    return address(record, "change") + (f"?version={version}" if version else "")


def resend(client, page, **typed):
    """Send the form at page as it was opened, but for what is typed."""
    response = client.post(page, untouched(client.get(page)) | typed)
    assert response.status_code == 302, response.context["errors"]
    return response


def last_of(record):
    label, pk = key_of(record)
    return Version.objects.filter(label=label, record=pk).latest("number")


def text_of(response):
    assert response.status_code == 200
    return main(response)


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


# Restored by way of the form


def test_restoring_fills_the_form_and_saves_nothing(editor):
    tag, city = make.tag("Trust"), make.city("Gary", state="IN")
    article = make.article(title="First", tags=[tag], cities=[city], state=State.DRAFT)
    resend(editor, change(article), title="Second", tags=[], date="January 5, 2016")

    response = editor.get(change(article, version=1))

    filled = untouched(response)
    assert filled["title"] == ["First"]
    assert filled["tags"] == [str(tag.pk)]
    assert filled["date"] == ["January 2016"]
    page = text_of(response)
    assert "Restoring version 1" in page
    assert "Nothing changes until you save" in page
    assert "Title [removed: Second] [added: First]" in page
    assert "Tags [added: Trust]" in page
    assert "Date [removed: January 5, 2016] [added: January 2016]" in page
    article.refresh_from_db()
    assert (article.title, last_of(article).number) == ("Second", 2)


def test_saving_a_restored_form_makes_a_new_version(editor, ann):
    tag, source = make.tag(), make.source(name="NPR")
    article = make.article(title="First", tags=[tag], source=source, state="draft")
    before = snapshot(Article.objects.get())
    resend(editor, change(article), title="Second", tags=[], source="", date="")

    resend(editor, change(article, version=1))

    assert snapshot(Article.objects.get()) == before
    version = last_of(article)
    assert (version.number, version.data) == (3, before)
    assert version.revision.act == Act.RESTORED
    assert version.revision.note == "Version 1 restored."
    assert version.revision.user == ann


def test_what_is_typed_over_a_restored_form_is_saved_with_it(editor):
    article = make.article(title="First", quote="Quote.", state=State.DRAFT)
    resend(editor, change(article), title="Second", quote="")

    resend(editor, change(article, version=1), title="Third")

    article.refresh_from_db()
    assert (article.title, article.quote) == ("Third", "Quote.")


def test_a_restored_form_with_errors_says_still_what_it_restores(editor):
    article = make.article(title="First", state=State.DRAFT)
    resend(editor, change(article), title="Second")
    page = change(article, version=1)

    response = editor.post(page, untouched(editor.get(page)) | {"title": ""})

    assert "Restoring version 1" in text_of(response)
    assert last_of(article).number == 2


def test_restoring_neither_publishes_nor_takes_back(editor):
    article = make.article(title="First", state=State.DRAFT)
    resend(editor, change(article), title="Second", state=State.PUBLISHED)

    resend(editor, change(article, version=1))

    article.refresh_from_db()
    assert (article.title, article.state) == ("First", State.PUBLISHED)


def test_what_was_deleted_since_is_named_and_left_out(editor):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    npr, npr_again = make.source(name="NPR"), make.source(name="NPR again")
    article = make.article(tags=[kept, gone], source=npr, state=State.DRAFT)
    resend(editor, change(article), tags=[], source=npr_again.pk)
    editor.post(address(gone, "delete"), {"post": "yes"})
    editor.post(address(npr, "delete"), {"post": "yes"})

    response = editor.get(change(article, version=1))

    page = text_of(response)
    assert "Tags: “Gone” was deleted since and cannot be brought back." in page
    assert "Source: “NPR” was deleted since and cannot be brought back." in page
    filled = untouched(response)
    assert filled["tags"] == [str(kept.pk)]
    assert filled["source"] == [str(npr_again.pk)]
    assert "Tags [added: Kept, Gone]" not in page


def test_other_names_are_restored_with_their_tag(editor):
    tag = make.tag("Reconciliation")
    stays, goes = (tag.aliases.create(name=name) for name in ("Stays", "Goes"))
    page = change(tag)
    filled = untouched(editor.get(page)) | {
        "aliases-0-name": "Other",
        "aliases-1-name": "Stays!",
        "aliases-0-DELETE": "",
    }
    first, second = filled["aliases-0-id"][0], filled["aliases-1-id"][0]
    assert [first, second] == [str(goes.pk), str(stays.pk)]
    filled |= {"aliases-0-DELETE": "on", "aliases-2-name": "New"}
    assert editor.post(page, filled).status_code == 302
    names = set(tag.aliases.values_list("name", flat=True))
    assert names == {"Stays!", "New"}

    resend(editor, change(tag, version=1))

    names = set(tag.aliases.values_list("name", flat=True))
    assert names == {"Stays", "Goes"}


def test_ratings_are_restored_with_their_figure(editor):
    metric = make.metric()
    make.rating(metric, body="NIJ", dated="2011-05-06")
    page = change(metric)
    filled = untouched(editor.get(page)) | {"ratings-0-DELETE": "on"}
    assert editor.post(page, filled).status_code == 302
    assert not metric.ratings.exists()

    resend(editor, change(metric, version=1))

    rating = metric.ratings.get()
    assert (rating.body, str(rating.dated)) == ("NIJ", "2011-05-06")


def test_a_replaced_image_is_restored(editor, committed):
    city = make.city(image=make.upload(size=(900, 600)), image_alt="A porch.")
    name = city.image.name
    with committed():
        upload = make.upload(size=(300, 200))
        resend(editor, change(city), image=upload, image_alt="A street.")
    page = editor.get(change(city, version=1)).content.decode()
    assert city.image.narrowest_url() in page
    assert "The image until then" in page

    with committed():
        resend(editor, change(city, version=1))

    city.refresh_from_db()
    assert (city.image.name, city.image_alt) == (name, "A porch.")
    assert (city.image_width, city.image_height) == (900, 600)
    assert Path(city.image.path).exists()


def test_the_preview_and_the_checklist_of_a_version_show_its_image(editor, committed):
    article = make.article(image=make.upload(size=(900, 600)), image_alt="A porch.")
    with committed():
        resend(editor, change(article), **{"image-clear": "on", "image_alt": ""})
    form = editor.get(change(article, version=1))
    preview, check = (address(article, way) + "?version=1" for way in WAYS)
    assert f'formaction="{preview}"' in form.text
    assert f'data-address="{check}"' in form.text

    seen = editor.post(preview, untouched(form))
    assert article.image.narrowest_url() in seen.text
    assert 'alt="A porch."' in seen.text
    described = untouched(form) | {"image_alt": ""}
    assert "Say what the image shows" in editor.post(check, described).json()["lists"]
    for odd in ("9", "x", ""):
        plain = editor.post(preview.replace("=1", f"={odd}"), untouched(form))
        assert plain.status_code == 200
        assert article.image.narrowest_url() not in plain.text
    assert not Article.objects.get().image


def test_that_there_was_no_image_is_restored(editor, committed):
    city = make.city()
    with committed():
        resend(editor, change(city), image=make.upload(), image_alt="A street.")

    with committed():
        resend(editor, change(city, version=1))

    city.refresh_from_db()
    assert not city.image
    assert city.image_alt == ""
    with committed():
        resend(editor, change(city, version=2))
    city.refresh_from_db()
    assert city.image
    assert city.image_alt == "A street."


def test_a_new_image_goes_before_the_restored_one(editor, committed):
    city = make.city(image=make.upload(size=(900, 600)), image_alt="A porch.")
    with committed():
        resend(editor, change(city), **{"image-clear": "on"})

    with committed():
        resend(editor, change(city, version=1), image=make.upload(size=(300, 200)))

    city.refresh_from_db()
    assert city.image_width == 300


def test_an_image_whose_file_is_lost_is_said_to_be(editor, committed):
    city = make.city(image=make.upload(), image_alt="A porch.")
    with committed():
        resend(editor, change(city), **{"image-clear": "on"})
    city.image.remove()

    page = text_of(editor.get(change(city, version=1)))
    assert "The image of that version is not kept any more." in page
    resend(editor, change(city, version=1))


def test_a_moved_record_keeps_its_new_place(editor):
    first, second = make.principle("A"), make.principle("B")
    editor.post("/admin/principles/principle/move/", {"down": first.pk})
    first.refresh_from_db()
    assert first.position > 1

    page = text_of(editor.get(change(first, version=1)))
    assert "There is nothing to restore." in page
    resend(editor, change(first, version=1))

    second.refresh_from_db()
    assert second.position == 1


# Who may


def test_who_may_not_change_it_reads_the_history_and_restores_nothing(client, editor):
    article = make.article(title="First")
    resend(editor, change(article), title="Second")
    contributor = Client()
    contributor.force_login(make.staff("Contributor"))

    assert "Restore" not in text_of(contributor.get(history(article)))
    assert "Restore" not in text_of(contributor.get(address(article, "history", 1)))
    page = change(article, version=1)
    assert contributor.get(page).status_code == 403
    assert contributor.post(page, untouched(editor.get(page))).status_code == 403
    article.refresh_from_db()
    assert article.title == "Second"


def test_a_contributor_restores_their_own_draft(client):
    client.force_login(make.staff("Contributor"))
    fields = {"title": "First", "kind": "news", "state": "draft"}
    client.post("/admin/news/article/add/", fields)
    article = Article.objects.get()
    resend(client, change(article), title="Second")

    assert "Restore version 1" in text_of(client.get(history(article)))
    resend(client, change(article, version=1))

    article.refresh_from_db()
    assert article.title == "First"


def test_a_draft_that_was_public_once_is_not_public_by_being_restored(client, editor):
    author = make.staff("Contributor")
    article = make.article(title="First", added_by=author)
    resend(editor, change(article), title="Second", state=State.DRAFT)
    client = Client()
    client.force_login(author)

    resend(client, change(article, version=1))

    article.refresh_from_db()
    assert (article.title, article.state) == ("First", State.DRAFT)


def test_of_two_who_restore_at_once_the_second_is_asked(open_to_all):
    article = make.article(title="First", state=State.DRAFT)
    clients = [Client(), Client()]
    for client in clients:
        client.force_login(make.staff("Editor"))
    for title in ["Second", "Third"]:
        resend(clients[0], change(article), title=title)

    def restore(client, number):
        page = change(article, number)
        filled = untouched(client.get(page))
        return lambda: client.post(page, filled).status_code

    statuses = at_once(restore(clients[0], 1), restore(clients[1], 2))

    assert sorted(statuses) == [200, 302]
    assert last_of(article).number == 4
    article.refresh_from_db()
    assert last_of(article).data["title"] == article.title


def test_a_form_that_is_only_looked_at_locks_nothing(client, transactional_db):
    article = make.article()
    client.force_login(make.staff("Editor"))
    filled = untouched(client.get(change(article)))

    assert client.post(address(article, "preview"), filled).status_code == 200


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
def test_history_and_restoring_are_usable_by_all(browser_page, live_server, client):
    user = make.staff("Editor", first_name="Ann", last_name="Ames")
    client.force_login(user)
    tag = make.tag("Swift, Certain, & Fair")
    article = make.article(title="First " + "long" * 40, tags=[tag], state=State.DRAFT)
    text = "Fewer people were shot than in any year before, the mayor said."
    resend(client, change(article), title="Second", tags=[], quote=text, date="")
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    browser_page.context.add_cookies([cookie | {"url": live_server.url}])

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
