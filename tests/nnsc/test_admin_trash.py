"""Deleting, undoing it, and the trash, as staff meet them."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone

import make
from impact.models import City
from news.models import Article
from nnsc.models import Act, Revision, Tag, Version
from nnsc.publishing import State
from nnsc.trash import in_trash
from reading import HTML, links, main, messages_of, parse, text
from sending import Browser, in_bulk

TRASH = "/admin/trash/"
RESTORE = "/admin/trash/restore/"
ERASE = "/admin/trash/erase/"
ARTICLES = "/admin/news/article/"

pytestmark = pytest.mark.django_db


def signed_in(role):
    browser = Browser()
    browser.force_login(make.staff(role))
    return browser


def address(record, page):
    opts = record._meta
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/{page}/"


def delete(client, *records):
    """Delete records as their pages do; return the page after the last."""
    for record in records:
        response = client.post(address(record, "delete"), {"post": "yes"}, follow=True)
        assert response.redirect_chain
    return response


def buttons(response, name):
    """Return what the buttons of that name send."""
    return [
        button.get("value")
        for button in parse(response).iter(f"{HTML}button")
        if button.get("name") == name
    ]


def titles(response):
    return [
        text(label)
        for label in parse(response).iter(f"{HTML}label")
        if (label.get("for") or "").startswith("version-")
    ]


# Before it is deleted


def test_the_question_says_what_goes_and_until_when_it_can_be_had_back(
    editor, time_machine
):
    time_machine.move_to("2016-01-25T15:00:00Z", tick=False)
    editor.force_login(make.staff("Editor"))
    article = make.article(
        title="Fewer <b>shots</b>",
        cities=[make.city("Gary", state="IN"), make.city("Reno", state="NV")],
        tags=[make.tag("Swift, Certain, & Fair")],
        image=make.upload(),
        image_alt="A porch.",
    )

    page = main(editor.get(address(article, "delete")))

    assert "“Fewer <b>shots</b>” goes into the trash." in page
    assert "Until 24 February 2016 it can be restored" in page
    assert "It is public: readers will no longer find it." in page
    assert "Cities: Gary, IN, Reno, NV" in page
    assert "Tags: Swift, Certain, & Fair" in page
    assert "Image" in page


def test_the_question_on_a_tag_names_its_other_names(editor):
    tag = make.tag("Reconciliation")
    tag.aliases.create(name="Healing")

    page = main(editor.get(address(tag, "delete")))

    assert "Other names: Healing" in page
    assert "It is public" not in page


def test_what_is_in_use_says_where_and_stays(editor):
    city = make.city("Gary")
    article = make.article(cities=[city])
    page = editor.get(address(city, "delete"))

    assert "is in use and cannot be deleted" in main(page)
    assert address(article, "change") in links(page)
    editor.post(address(city, "delete"), {"post": "yes"})
    assert City.objects.exists()
    assert not in_trash().exists()


def test_the_question_on_many_names_them(editor):
    articles = [make.article(title=f"No. {n}") for n in range(3)]
    chosen = {"action": "delete_selected", "_selected_action": [a.pk for a in articles]}

    page = main(editor.post(ARTICLES, chosen))

    assert "3 articles will change" in page
    for article in articles:
        assert f"{article.title} Published In the trash until" in page
    assert Article.objects.count() == 3


def test_accounts_are_deleted_for_good_and_the_question_says_no_other(client):
    client.force_login(make.superuser())
    user = make.staff()

    assert "trash" not in main(client.get(address(user, "delete")))
    client.post(address(user, "delete"), {"post": "yes"})
    assert not type(user).objects.filter(pk=user.pk).exists()


# Undone at once


def test_a_deleted_article_is_had_back_by_the_button_of_the_message(editor):
    tag = make.tag()
    article = make.article(title="Fewer shots", tags=[tag])

    response = delete(editor, article)

    assert response.redirect_chain[-1][0] == ARTICLES
    (said,) = messages_of(response)
    assert said.startswith("“Fewer shots” is in the trash until")
    (revision,) = buttons(response, "revision")
    response = editor.post(RESTORE, {"revision": revision}, follow=True)
    assert response.redirect_chain[-1][0] == address(article, "change")
    assert "is back." in messages_of(response)[0]
    assert list(Article.objects.get().tags.all()) == [tag]


def test_many_are_had_back_by_one_button(editor):
    keys = [make.article().pk for _ in range(3)]
    response = in_bulk(editor, ARTICLES, "delete_selected", keys)
    response = editor.get(response.url)
    assert not Article.objects.exists()
    (said,) = messages_of(response)
    assert said.startswith("3 are in the trash until")

    (revision,) = buttons(response, "revision")
    response = editor.post(RESTORE, {"revision": revision}, follow=True)

    assert Article.objects.count() == 3
    assert response.redirect_chain[-1][0] == ARTICLES
    assert messages_of(response) == ["Restored: 3."]


def test_undoing_twice_says_that_it_is_done(editor):
    (revision,) = buttons(delete(editor, make.tag()), "revision")
    editor.post(RESTORE, {"revision": revision})

    response = editor.post(RESTORE, {"revision": revision}, follow=True)

    assert "Nothing of that is in the trash any more." in messages_of(response)
    assert Tag.objects.count() == 1


def test_the_list_that_was_narrowed_stays_so(editor):
    article = make.article()
    page = address(article, "delete") + "?_changelist_filters=q%3Dshots"

    assert editor.post(page, {"post": "yes"}).url == f"{ARTICLES}?q=shots"


# The page


def test_the_trash_says_what_when_by_whom_and_until_when(editor, time_machine):
    time_machine.move_to("2016-01-25T15:00:00Z", tick=False)
    editor.force_login(make.staff("Editor", first_name="Ann", last_name="Ames"))
    delete(editor, make.tag("Gun <i>policy</i>"))

    response = editor.get(TRASH)

    assert titles(response) == ["Gun <i>policy</i>"]
    page = main(response)
    assert "Tag · deleted by Ann Ames, Monday, 25 January 2016, 10:00 (New" in page
    assert "kept until 24 February 2016" in page


def test_an_empty_trash_says_so(editor):
    assert "The trash is empty." in main(editor.get(TRASH))


def test_what_should_have_been_erased_long_ago_can_still_be_had_back(editor):
    tag = make.tag()
    delete(editor, tag)
    long_ago = timezone.now() - timedelta(days=90)
    Revision.objects.update(made_at=long_ago)

    response = editor.get(TRASH)

    assert "about to be erased" in main(response)
    (key,) = buttons(response, "one")
    editor.post(RESTORE, {"one": key})
    assert Tag.objects.get() == tag


def test_one_or_several_are_restored_from_the_page(editor):
    tags = [make.tag(f"Tag {n}") for n in "ABC"]
    delete(editor, *tags)
    response = editor.get(TRASH)
    assert titles(response) == ["Tag C", "Tag B", "Tag A"]
    keys = buttons(response, "one")

    # The button beside one wins over what is ticked.
    editor.post(RESTORE, {"one": keys[0], "version": keys[1:]})
    assert [tag.name for tag in Tag.objects.all()] == ["Tag C"]
    response = editor.post(RESTORE, {"version": keys[1:]}, follow=True)

    assert Tag.objects.count() == 3
    assert messages_of(response)[-1] == "Restored: 2."


def test_the_trash_is_searched_by_kind_and_words(editor):
    delete(editor, make.tag("Peace"), make.city("Gary"), make.tag("Trust 100%"))

    assert titles(editor.get(TRASH, {"kind": "nnsc.tag"})) == ["Trust 100%", "Peace"]
    assert titles(editor.get(TRASH, {"q": "gar"})) == ["Gary, OH"]
    assert titles(editor.get(TRASH, {"q": "0%", "kind": "nnsc.tag"})) == ["Trust 100%"]
    assert "Nothing in the trash fits this." in main(editor.get(TRASH, {"q": "%x"}))


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "auth.user"},
        {"kind": "\0"},
        {"kind": "x' OR 1=1"},
        {"before": "abc"},
        {"before": "9" * 40},
        {"before": "-1"},
        {"q": "\0"},
        {"q": "x" * 10_000},
        {"nothing": "known"},
    ],
)
def test_an_odd_question_gets_a_page(editor, query):
    delete(editor, make.tag())

    assert editor.get(TRASH, query).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"version": "abc"},
        {"version": "9" * 40},
        {"one": "\0"},
        {"revision": "x"},
        {"revision": "0"},
        {"version": ["999999999", "x", "-1"]},
    ],
)
@pytest.mark.parametrize("address", [RESTORE, ERASE])
def test_an_odd_choice_changes_nothing(client, address, sent):
    client.force_login(make.staff("Manager"))
    tag = make.tag()
    delete(client, make.tag("Peace"))

    response = client.post(address, sent | {"post": "yes"}, follow=True)

    assert response.redirect_chain[-1][0] == TRASH
    assert Tag.objects.get() == tag
    assert [version.title for version in in_trash()] == ["Peace"]


@pytest.mark.parametrize("n", [3, 30])
def test_the_page_takes_as_many_queries_however_much_lies_there(
    editor, n, django_assert_max_num_queries
):
    delete(editor, *(make.tag() for _ in range(n)))
    editor.get(TRASH)

    # The session, the person, their second step and their rights; what lies there.
    with django_assert_max_num_queries(6):
        assert len(titles(editor.get(TRASH))) == n


def test_a_long_trash_is_read_page_by_page(editor):
    revision = Revision.objects.create(act=Act.DELETED, user_name="Ann")
    Version.objects.bulk_create(
        Version(
            revision=revision,
            label="nnsc.tag",
            record=1000 + n,
            number=1,
            title=f"Tag {n}",
            data={"name": f"Tag {n}"},
            gone=True,
        )
        for n in range(120)
    )
    found, query = [], ""
    for _ in range(3):
        response = editor.get(TRASH + query)
        found += titles(response)
        older = [a for a in parse(response).iter(f"{HTML}a") if a.get("rel") == "next"]
        query = older[0].get("href") if older else ""

    assert found == [f"Tag {n}" for n in range(119, -1, -1)]
    assert query == ""


# What is said when something is not as it was


def test_a_name_taken_since_is_said_with_a_link_and_nothing_is_lost(editor):
    tag = make.tag("Healing")
    (revision,) = buttons(delete(editor, tag), "revision")
    holder = make.tag("healing")

    response = editor.post(RESTORE, {"revision": revision}, follow=True)

    (said,) = messages_of(response)
    assert "“Healing” stays in the trash" in said
    assert address(holder, "change") in said
    assert titles(response) == ["Healing"]


def test_what_did_not_come_back_is_said(editor):
    city, source = make.city("Gary"), make.source(name="NPR")
    article = make.article(title="A", cities=[city], source=source)
    delete(editor, article, city, source)
    first = in_trash().get(label="news.article").pk
    in_trash().get(label="news.source").delete()

    response = editor.post(RESTORE, {"one": first}, follow=True)

    said = " ".join(messages_of(response))
    assert "“A” is back without “Gary, OH” (cities), which is in the trash as" in said
    assert "(source): that is gone." in said
    assert "“A” was published and is a draft now" in said


def test_who_may_not_publish_brings_it_back_as_a_draft(editor):
    article = make.article(title="A")
    (revision,) = buttons(delete(editor, article), "revision")
    helper = make.staff("Contributor")
    rights = ["delete_article", "add_article", "view_article"]
    helper.user_permissions.set(Permission.objects.filter(codename__in=rights))
    browser = Browser()
    browser.force_login(helper)

    response = browser.post(RESTORE, {"revision": revision}, follow=True)

    assert Article.objects.get().state == State.DRAFT
    assert "was published and is a draft now" in " ".join(messages_of(response))


# For good, and who may


def test_a_manager_erases_for_good_after_a_question(editor):
    tag = make.tag("Peace")
    delete(editor, tag)
    manager = signed_in("Manager")
    (key,) = buttons(manager.get(TRASH), "one")

    question = manager.post(ERASE, {"version": key})
    assert "This cannot be undone." in main(question)
    assert "Tag: Peace" in main(question)
    assert in_trash().exists()
    response = manager.post(ERASE, {"version": key, "post": "yes"}, follow=True)

    assert messages_of(response) == ["Erased for good: 1."]
    assert not Version.objects.exists()


@pytest.mark.parametrize(
    "role, sees, restores, erases",
    [
        (None, False, False, False),
        ("Contributor", True, False, False),
        ("Editor", True, True, False),
        ("Manager", True, True, True),
    ],
)
def test_each_role_does_what_it_may_at_every_address(
    editor, role, sees, restores, erases
):
    article = make.article(title="A")
    delete(editor, article)
    key = in_trash().get().pk
    browser = signed_in(role)

    page = browser.get(TRASH)
    assert titles(page) == (["A"] if sees else [])
    assert bool(buttons(page, "one")) == restores
    assert ("for good" in page.text) == erases
    response = browser.post(ERASE, {"version": key, "post": "yes"})
    assert response.status_code == (302 if erases else 403)
    if erases:
        return
    response = browser.post(RESTORE, {"version": key})
    if not sees:
        # To whom may not see it, it is not there.
        assert response.status_code == 302
    else:
        assert response.status_code == (302 if restores else 403)
    assert Article.objects.exists() == restores


def test_who_is_not_signed_in_is_asked_to(client):
    for address_ in (TRASH, RESTORE, ERASE):
        assert client.get(address_).url.startswith("/admin/login/?next=")
        assert client.post(address_).url.startswith("/admin/login/?next=")


def test_what_changes_something_is_sent_and_not_only_followed(editor):
    assert editor.get(RESTORE).status_code == 405
    assert editor.get(ERASE).status_code == 405


def test_the_trash_is_found_from_the_desk_and_from_lists(editor):
    assert TRASH in links(editor.get("/admin/"))
    assert f"{TRASH}?kind=news.article" in links(editor.get(ARTICLES))
