"""Who may do what to many records, and undo it."""

import pytest
from django.contrib.auth.models import Permission
from django.core import signing
from django.test import Client

import make
from news.models import Article
from nnsc.bulk import plan
from nnsc.bulk_changes import ToState, ToTrash
from nnsc.models import Act, Revision
from nnsc.publishing import State
from nnsc.undoing import undo
from reading import hidden, main, messages_of
from sending import act, confirm, pointed, see

LIST = "/admin/news/article/"
BULK = f"{LIST}bulk/"

pytestmark = pytest.mark.django_db


def always(record):
    return True


def test_a_contributor_changes_their_own_drafts_alone(client):
    writer = make.staff("Contributor")
    client.force_login(writer)
    tag = make.tag()
    own = make.article(state=State.DRAFT, added_by=writer)
    others = [make.article(state=State.DRAFT), make.article(added_by=writer)]

    page = see(client, "add_tags", own, *others, choosing=1, chosen=tag.pk)
    assert "1 article will change" in main(page)
    assert "2: You may not change this." in main(page)
    confirm(client, page)
    assert list(own.tags.all()) == [tag]
    assert not any(article.tags.exists() for article in others)


def test_what_was_published_meanwhile_is_left_to_who_may(client):
    writer = make.staff("Contributor")
    client.force_login(writer)
    article, tag = make.article(state=State.DRAFT, added_by=writer), make.tag()
    page = see(client, "add_tags", article, choosing=1, chosen=tag.pk)
    Article.objects.update(state=State.PUBLISHED)

    messages = messages_of(confirm(client, page))

    assert "You may not change this." in messages[1]
    assert not article.tags.exists()


def test_a_contributor_cannot_publish_by_sending_what_they_did_not_see(client):
    writer = make.staff("Contributor")
    client.force_login(writer)
    draft = make.article(state=State.DRAFT, added_by=writer)
    for action in ["publish", "withdraw", "back_to_draft", "delete_selected"]:
        assert hidden(see(client, action, draft), "signed") == ""
    for change in [ToState(Article, State.PUBLISHED), ToTrash(Article)]:
        seen = list(plan(change, [draft.pk], always).seen.items())
        sent = {"spec": change.spec(), "seen": seen, "list": ""}
        for salt in [f"bulk news.article {writer.pk}", "bulk", ""]:
            signed = signing.dumps(sent, salt=salt, compress=True)
            status = client.post(BULK, {"signed": signed}).status_code
            assert status == (403 if str(writer.pk) in salt else 302)
    assert Article.objects.get().state == State.DRAFT


def test_what_another_saw_is_nobody_elses_to_do(editor):
    draft = make.article(state=State.DRAFT)
    page = see(editor, "publish", draft)
    other = Client()
    other.force_login(make.staff("Editor"))

    assert "has expired" in messages_of(confirm(other, page))[0]
    assert not Article.objects.live().exists()


def test_a_contributor_undoes_their_own_and_not_what_was_published_since(client):
    writer = make.staff("Contributor")
    client.force_login(writer)
    tag = make.tag()
    articles = [make.article(state=State.DRAFT, added_by=writer) for _ in range(2)]
    pointed(client, "add_tags", *articles, chosen=tag.pk)
    Article.objects.filter(pk=articles[0].pk).update(state=State.PUBLISHED)
    revision = Revision.objects.get(act=Act.BULK)

    messages = messages_of(client.post(f"/admin/undo/{revision.pk}/", follow=True))

    assert "One record is as it was." in messages[0]
    assert "you may not change it" in messages[1]
    assert list(articles[0].tags.all()) == [tag]
    assert not articles[1].tags.exists()


def test_what_was_taken_back_to_draft_is_not_published_by_undoing_it(editor, ann):
    writer = make.staff("Contributor")
    article = make.article(added_by=writer)
    act(editor, "back_to_draft", article)
    editor.force_login(writer)
    revision = Revision.objects.get(act=Act.BULK)

    messages = messages_of(editor.post(f"/admin/undo/{revision.pk}/", follow=True))

    assert messages[0] == "None of it can be put back. Nothing was done."
    assert messages[1].endswith("you may not change it")
    assert not Article.objects.live().exists()


def test_an_undoing_is_taken_back_by_who_may_change_the_records(editor, ann):
    tag, article = make.tag(), make.article()
    pointed(editor, "add_tags", article, chosen=tag.pk)
    undone = undo(Revision.objects.get(act=Act.BULK), ann)
    editor.force_login(make.staff("Contributor"))

    editor.post(f"/admin/undo/{undone.revision.pk}/")

    assert not article.tags.exists()


def test_who_may_not_publish_undoes_no_withdrawal(editor, ann):
    article = make.article()
    act(editor, "withdraw", article)
    revision = Revision.objects.get(act=Act.BULK)
    writer = make.staff("Contributor")
    writer.user_permissions.add(Permission.objects.get(codename="merge_tag"))
    editor.force_login(writer)

    assert editor.post(f"/admin/undo/{revision.pk}/").status_code == 403
    assert not Article.objects.live().exists()


@pytest.mark.parametrize("signed", ["", "abc", "\0", "x" * 100_000, "a:b:c"])
def test_an_odd_preview_is_no_error_page(editor, signed):
    response = editor.post(BULK, {"signed": signed}, follow=True)

    assert "has expired" in messages_of(response)[0]


def test_who_was_signed_out_before_confirming_is_told_that_nothing_was_done(editor):
    page = see(editor, "publish", make.article(state=State.DRAFT))
    make.staff("Editor", username="ed", password="a long password")
    editor.logout()

    response = confirm(editor, page)
    address = response.redirect_chain[-1][0]
    fields = {"username": "ed", "password": "a long password"}
    response = editor.post(address, fields, follow=True)

    assert "Nothing was done; choose the action again." in messages_of(response)[0]
    assert not Article.objects.live().exists()


@pytest.mark.parametrize("key", ["abc", "\0", "9" * 40, "-1"])
def test_odd_choices_in_the_list_are_no_error_page(editor, key):
    article = make.article(state=State.DRAFT)
    for action in ["publish", "add_tags", "nonsense"]:
        fields = {"action": action, "_selected_action": [key, article.pk]}
        assert editor.post(LIST, fields, follow=True).status_code == 200
    assert not Article.objects.live().exists()
