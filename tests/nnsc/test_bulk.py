"""Actions on many records: seen before, checked again, and undone in one step."""

import pytest
from django.contrib.auth.models import Permission
from django.core import signing
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

import make
from at_once import at_once
from dump import dump
from impact.models import Metric
from news.models import Article, ArticleTag
from nnsc.bulk import carry_out, plan
from nnsc.bulk_changes import (
    Adding,
    CannotChangeError,
    Change,
    Removing,
    Setting,
    ToState,
    ToTrash,
    change_of,
)
from nnsc.history import record_change, record_changes, snapshot
from nnsc.merging import merge
from nnsc.models import Act, Revision, Tag, Version
from nnsc.publishing import State
from nnsc.undoing import CannotUndoError, undo
from principles.models import Principle
from reading import hidden, main, messages_of
from sending import base_of

LIST = "/admin/news/article/"
BULK = f"{LIST}bulk/"
METRICS = "/admin/impact/metric/"
PRINCIPLES = "/admin/principles/principle/"

pytestmark = pytest.mark.django_db


def see(client, action, *articles, address=LIST, **more):
    keys = [article.pk for article in articles]
    fields = {"action": action, "_selected_action": keys} | more
    return client.post(address, fields, follow=True)


def confirm(client, preview, address=BULK):
    fields = {"signed": hidden(preview, "signed")}
    return client.post(address, fields, follow=True)


def act(client, action, *articles, **more):
    return confirm(client, see(client, action, *articles, **more))


def pointed(client, action, *articles, chosen):
    return act(client, action, *articles, choosing=1, chosen=chosen)


def seen_in(preview) -> list[int]:
    signed = hidden(preview, "signed")
    salt = f"bulk news.article {preview.wsgi_request.user.pk}"
    return [pk for pk, _was in signing.loads(signed, salt=salt)["seen"]]


def always(record):
    return True


def do(change, articles, by=None):
    keys = [article.pk for article in articles]
    return carry_out(change, plan(change, keys, always).seen, by, always)


# Seeing before doing


def test_nothing_is_done_before_it_was_seen(editor):
    drafts = [make.article(state=State.DRAFT, title=f"Draft {n}") for n in range(2)]
    undated = make.article(state=State.READY, title="<i>Undated</i>", dated=None)
    public = make.article(title="Public")
    before = dump()

    page = see(editor, "publish", *drafts, undated, public)

    text = main(page)
    assert "2 articles will change" in text
    assert "Draft 0 Draft Published" in text
    assert "1 is so already." in text
    assert "1: A published article needs its month." in text
    assert "&lt;i&gt;Undated&lt;/i&gt;" in page.text
    assert dump() == before
    assert not Revision.objects.exists()


def test_what_was_seen_is_done_in_one_act_and_undone_in_one(editor, ann):
    drafts = [make.article(state=State.DRAFT, goes_live_at=None) for _ in range(3)]
    ready = make.article(state=State.READY, goes_live_at=None)
    before = dump()

    response = act(editor, "publish", *drafts, ready)

    assert Article.objects.live().count() == 4
    (revision,) = Revision.objects.filter(act=Act.BULK)
    assert (revision.user, revision.note) == (ann, "State: “Published”.")
    assert revision.versions.filter(published=True).count() == 4
    (message,) = messages_of(response)
    assert message.startswith("State: “Published”. 4 were changed.")
    assert f'href="/admin/undo/{revision.pk}/">Undo</a>' in message
    response = editor.post(f"/admin/undo/{revision.pk}/", follow=True)
    assert dump() == before
    assert not Article.objects.live().exists()


def test_a_moment_that_is_still_to_come_is_shown_and_kept(editor):
    later = timezone.now() + timezone.timedelta(days=3)
    draft = make.article(state=State.DRAFT, goes_live_at=later)

    page = see(editor, "publish", draft)
    assert "Published, live from" in main(page)
    confirm(editor, page)
    assert Article.objects.get().goes_live_at == later


@pytest.mark.parametrize("action", ["add_tags", "remove_tags"])
def test_tags_are_chosen_and_shown_before_and_after(editor, action):
    kept, other = make.tag("Kept"), make.tag("Swift, Certain, & Fair")
    has = make.article(title="Has it", tags=[kept, other])
    lacks = make.article(title="Lacks it", tags=[kept])

    page = see(editor, action, has, lacks)
    assert "Chosen: 2 articles" in main(page)
    assert 'data-field-name="tags"' in page.text
    page = see(editor, action, has, lacks, choosing=1, chosen=[other.pk])
    text = main(page)
    assert "1 article will change" in text
    assert "1 is so already." in text
    both, alone = "Kept, Swift, Certain, & Fair", "Kept"
    if action == "add_tags":
        assert f"Lacks it {alone} {both}" in text
    else:
        assert f"Has it {both} {alone}" in text
    confirm(editor, page)
    wanted = {kept, other} if action == "add_tags" else {kept}
    for article in (has, lacks):
        assert set(article.tags.all()) == wanted


@pytest.mark.parametrize(
    "action, chosen",
    [
        ("add_tags", make.tag),
        ("remove_tags", make.tag),
        ("add_cities", make.city),
        ("remove_cities", make.city),
        ("set_source", make.source),
    ],
)
def test_every_choice_is_done_as_the_form_does_it_and_undone(
    editor, ann, action, chosen
):
    one, other = chosen(), chosen()
    tags, cities = [make.tag()], [make.city()]
    if chosen is make.tag:
        tags.append(one)
    if chosen is make.city:
        cities.append(one)
    articles = [make.article(tags=tags, cities=cities) for _ in range(3)]
    articles.append(make.article())
    before = dump()
    is_removal = action.startswith("remove")

    pointed(editor, action, *articles, chosen=one.pk if is_removal else other.pk)

    (revision,) = Revision.objects.filter(act=Act.BULK)
    changed = articles[:3] if is_removal else articles
    kept = revision.versions.order_by("record")
    assert [version.record for version in kept] == [article.pk for article in changed]
    for version, article in zip(kept, changed, strict=True):
        found = Article.objects.get(pk=article.pk)
        assert version.data == snapshot(found)
        assert found.updated_at > article.updated_at
    undone = undo(revision, ann)
    assert undone.left == []
    assert dump() == before


def test_the_list_and_the_news_show_it_at_once(editor):
    tag = make.tag("New tag")
    articles = [make.article(title=f"Story {n}") for n in range(3)]
    editor.get("/news/")

    pointed(editor, "add_tags", *articles, chosen=tag.pk)

    assert "Story 2" in editor.get("/news/tags/new-tag/").text
    assert "Story 1" in main(editor.get("/search/?q=new+tag"))


def test_nothing_chosen_is_asked_again(editor):
    article = make.article()
    for chosen in ["", "abc", "9" * 30, "0"]:
        page = see(editor, "add_tags", article, choosing=1, chosen=chosen)
        assert "errorlist" in page.text
        assert "Chosen: 1 article" in main(page)
    assert not ArticleTag.objects.exists()


def test_all_that_fit_the_filter_are_meant_where_that_was_chosen(editor):
    for n in range(60):
        make.article(state=State.DRAFT if n % 2 else State.READY)
    address = f"{LIST}?state__exact=draft"
    one = Article.objects.filter(state=State.DRAFT).first()

    page = see(editor, "publish", one, address=address, select_across=1)
    assert "30 articles will change" in main(page)
    assert "and 20" not in main(page)
    # Nobody has seen this one counted.
    late = make.article(state=State.DRAFT)
    assert late.pk not in seen_in(page)
    response = confirm(editor, page)

    assert response.redirect_chain[-1][0] == address
    assert Article.objects.live().count() == 30
    assert Article.objects.filter(state=State.READY).count() == 30
    assert Article.objects.get(state=State.DRAFT) == late


def test_more_than_can_be_done_at_once_is_said(editor, monkeypatch):
    for kind in (Change, ToTrash):
        monkeypatch.setattr(kind, "n_at_most", 2)
    articles = [make.article(state=State.DRAFT) for _ in range(3)]

    for action in ["publish", "add_tags", "delete_selected"]:
        response = see(editor, action, *articles)
        (message,) = messages_of(response)
        assert message.startswith("At most 2 articles can be changed like this")


def test_long_lists_are_cut_and_counted(editor):
    drafts = [make.article(state=State.DRAFT) for _ in range(55)]
    unfit = [make.article(state=State.DRAFT, dated=None) for _ in range(13)]

    text = main(see(editor, "publish", *drafts, *unfit))

    assert "55 articles will change" in text
    assert "and 5 more in the same way" in text
    assert "13: A published article needs its month." in text


def test_nothing_to_do_has_no_button(editor):
    page = see(editor, "withdraw", make.article(state=State.DRAFT))

    assert "It was never published, so there is nothing to withdraw." in page.text
    assert hidden(page, "signed") == ""
    assert "Back to the list" in main(page)


def test_principles_are_published_like_articles(editor):
    record = make.principle(state=State.DRAFT)
    before = dump()

    page = see(editor, "publish", record, address=PRINCIPLES)
    confirm(editor, page, f"{PRINCIPLES}bulk/")

    assert Principle.objects.live().get() == record
    undo(Revision.objects.get(act=Act.BULK), None)
    assert dump() == before


def test_figures_are_published_and_not_taken_back_without_a_word(editor):
    record = make.metric(state=State.DRAFT)

    page = see(editor, "publish", record, address=METRICS)
    assert "This can be undone." not in main(page)
    confirm(editor, page, f"{METRICS}bulk/")

    assert Metric.objects.live().get() == record
    with pytest.raises(CannotUndoError):
        undo(Revision.objects.get(act=Act.BULK), None)
    page = see(editor, "delete_selected", record, address=METRICS)
    assert "Readers know it. Withdraw it, with a public note." in main(page)


def test_drafts_are_marked_as_ready_and_the_published_stay(editor, ann):
    drafts = [make.article(state=State.DRAFT) for _ in range(2)]
    public = make.article(title="Public")
    before = dump()

    page = see(editor, "mark_ready", *drafts, public)
    assert "1: It is published. Take it back to draft first." in main(page)
    assert 'value="Mark 2 articles as ready"' in page.text
    confirm(editor, page)

    assert Article.objects.filter(state=State.READY).count() == 2
    undo(Revision.objects.get(act=Act.BULK), ann)
    assert dump() == before


# Into the trash


def without_own_keys(tables):
    """Leave aside the numbers of rows that only say what belongs together."""
    return tables | {
        label: [{n: v for n, v in row.items() if n != "id"} for row in tables[label]]
        for label in ("news.ArticleTag", "news.ArticleCity")
    }


def test_many_go_into_the_trash_and_come_back_exactly(editor, ann):
    tags, city = [make.tag(), make.tag()], make.city()
    articles = [make.article(tags=tags, cities=[city]) for _ in range(3)]
    articles.append(make.article(state=State.DRAFT, goes_live_at=None))
    before = without_own_keys(dump())

    response = act(editor, "delete_selected", *articles)

    assert not Article.objects.exists()
    (revision,) = Revision.objects.filter(act=Act.DELETED)
    assert (revision.user, revision.versions.count()) == (ann, 4)
    assert messages_of(response)[0].startswith("4 are in the trash until")
    changes = editor.get("/admin/changes/")
    assert "Restore from the trash" in main(changes)
    editor.post("/admin/trash/restore/", {"revision": revision.pk})
    assert without_own_keys(dump()) == before
    assert "Restore from the trash" not in main(editor.get("/admin/changes/"))


def test_what_is_in_use_stays_out_of_the_trash_and_says_where(editor):
    used, unused = make.tag("Used"), make.tag("Unused")
    for _ in range(2):
        make.article(tags=[used])
    make.program(tag=used)
    tags = "/admin/nnsc/tag/"

    page = see(editor, "delete_selected", used, unused, address=tags)
    text = main(page)
    assert "1 tag will change" in text
    assert "1: It is in use. Merge it into another" in text
    assert "Used Programs: 1, Articles: 2" in text
    confirm(editor, page, f"{tags}bulk/")
    assert Tag.objects.get() == used


def test_what_comes_into_use_meanwhile_stays_out_of_the_trash(editor):
    tags = [make.tag("Used by now"), make.tag("Unused")]
    page = see(editor, "delete_selected", *tags, address="/admin/nnsc/tag/")
    make.article(tags=tags[:1])

    messages = messages_of(confirm(editor, page, "/admin/nnsc/tag/bulk/"))

    assert messages[0].startswith("“Unused” is in the trash until")
    assert "Used by now</a>: It is in use." in messages[1]
    assert Tag.objects.get() == tags[0]


def test_what_is_changed_or_deleted_meanwhile_is_not_moved_to_the_trash(editor):
    changed, deleted, kept = (make.article(title=title) for title in "abc")
    page = see(editor, "delete_selected", changed, deleted, kept)
    changed.tags.add(make.tag())
    editor.post(f"{LIST}{deleted.pk}/delete/", {"post": "yes"})

    messages = messages_of(confirm(editor, page))

    assert "was changed meanwhile" in "".join(messages)
    assert "was deleted meanwhile" in "".join(messages)
    assert Article.objects.get() == changed


# What changed between seeing and doing


def test_what_was_changed_meanwhile_is_left_and_named(editor, ann):
    fit, changed, deleted, published = (
        make.article(state=State.DRAFT, title=title)
        for title in ["Fit", "Changed & <b>", "Deleted", "Published already"]
    )
    record_change(deleted, by=ann, act=Act.ADDED)
    page = see(editor, "publish", fit, changed, deleted, published)
    Article.objects.filter(pk=changed.pk).update(summary="Not for the public yet.")
    Article.objects.filter(pk=published.pk).update(state=State.PUBLISHED)
    before = snapshot(deleted)
    key = deleted.pk
    deleted.delete()
    record_changes({("news.article", key): before}, Revision.of(ann, Act.DELETED))

    messages = messages_of(confirm(editor, page))

    assert messages[0].startswith("State: “Published”. One was changed.")
    assert sorted(text.partition("</a>: ")[2] or text for text in messages[1:]) == [
        "Deleted: was deleted meanwhile",
        "was changed meanwhile",
        "was changed meanwhile",
    ]
    assert any("Changed &amp; &lt;b&gt;" in message for message in messages)
    states = Article.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.PUBLISHED, State.DRAFT, State.PUBLISHED]


def test_what_a_change_does_not_look_at_may_change_meanwhile(editor):
    tag, other = make.tag(), make.tag()
    retitled, retagged = make.article(), make.article()
    page = see(editor, "add_tags", retitled, retagged, choosing=1, chosen=tag.pk)
    Article.objects.filter(pk=retitled.pk).update(title="Better")
    retagged.tags.add(other)

    confirm(editor, page)

    assert list(retitled.tags.all()) == [tag]
    assert Article.objects.get(pk=retitled.pk).title == "Better"
    assert list(retagged.tags.all()) == [other]


def test_what_is_chosen_and_gone_stops_all_of_it(editor, ann):
    tag, other = make.tag(), make.tag()
    article = make.article()
    page = see(editor, "add_tags", article, choosing=1, chosen=tag.pk)
    merge(Tag, other.pk, [tag.pk], ann)

    messages = messages_of(confirm(editor, page))

    assert messages == [
        "Some of the tags you chose are not there any more. Nothing was done."
    ]
    assert not article.tags.exists()


def test_what_the_database_refuses_is_named_and_the_others_are_done(
    editor, monkeypatch
):
    monkeypatch.setattr(Article, "missing_for_publishing", lambda self: {})
    fit = [make.article(state=State.DRAFT) for _ in range(2)]
    unfit = make.article(state=State.DRAFT, dated=None, title="Undated")

    messages = messages_of(act(editor, "publish", fit[0], unfit, fit[1]))

    assert messages[0].startswith("State: “Published”. 2 were changed.")
    assert "Undated" in messages[1]
    assert Article.objects.live().count() == 2


def test_done_twice_it_is_done_once(editor):
    article = make.article(state=State.DRAFT)
    page = see(editor, "publish", article)
    confirm(editor, page)

    messages = messages_of(confirm(editor, page))

    assert messages[0] == "Nothing was changed."
    assert "was changed meanwhile" in messages[1]
    assert Revision.objects.filter(act=Act.BULK).count() == 1


# Who may


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


# Undoing


def test_what_was_changed_since_stays_and_is_named(ann):
    articles = [make.article(state=State.DRAFT, title=f"T {n}") for n in range(3)]
    revision = do(ToState(Article, State.PUBLISHED), articles, ann).revision
    do(ToState(Article, State.WITHDRAWN), articles[:1], ann)
    Article.objects.filter(pk=articles[1].pk).update(title="Better")
    articles[2].delete()

    undone = undo(revision, ann)

    assert [(str(record), reason) for record, reason in undone.left] == [
        ("T 0", "was changed since"),
        ("T 2", "is not there any more"),
    ]
    states = Article.objects.order_by("pk").values_list("title", "state")
    assert list(states) == [("T 0", State.WITHDRAWN), ("Better", State.DRAFT)]


def test_what_is_not_fit_any_more_does_not_become_public_again(ann):
    articles = [make.article() for _ in range(2)]
    revision = do(ToState(Article, State.WITHDRAWN), articles, ann).revision
    Article.objects.filter(pk=articles[0].pk).update(dated=None)

    undone = undo(revision, ann)

    assert [reason for _record, reason in undone.left] == [
        "A published article needs its month."
    ]
    assert Article.objects.live().get() == articles[1]


def test_a_tag_that_was_added_again_by_hand_is_there_once(ann):
    tag, article = make.tag(), make.article()
    article.tags.add(tag)
    revision = do(Removing(Article, "tags", [tag.pk]), [article], ann).revision
    article.tags.add(tag)

    undone = undo(revision, ann)

    assert list(article.tags.all()) == [tag]
    assert undone.left[0].record == article


def test_a_tag_that_is_gone_does_not_come_back(ann):
    tag, kept = make.tag(), make.tag()
    articles = [make.article(tags=[tag, kept]), make.article(tags=[tag, kept])]
    revision = do(Removing(Article, "tags", [tag.pk, kept.pk]), articles, ann).revision
    tag.delete()

    undone = undo(revision, ann)

    reasons = {reason for _record, reason in undone.left}
    assert reasons == {"what belonged to it is not there any more"}
    assert all(list(article.tags.all()) == [kept] for article in articles)


def test_nothing_left_to_undo_is_said(ann):
    article = make.article(state=State.DRAFT)
    revision = do(ToState(Article, State.PUBLISHED), [article], ann).revision
    do(ToState(Article, State.WITHDRAWN), [article], ann)

    with pytest.raises(CannotUndoError, match="None of it can be put back"):
        undo(revision, ann)


# How much it takes


def test_many_take_the_queries_of_few(ann, django_assert_max_num_queries):
    tag, source = make.tag(), make.source()
    changes = [
        ToState(Article, State.PUBLISHED),
        Adding(Article, "tags", [tag.pk]),
        Removing(Article, "tags", [tag.pk]),
        Setting(Article, "source", [source.pk]),
    ]
    counts = set()
    for n in [15, 40]:
        articles = [make.article(state=State.DRAFT) for _ in range(n)]
        keys = [article.pk for article in articles]
        used = []
        for change in changes:
            with django_assert_max_num_queries(12) as planning:
                found = plan(change, keys, always)
            with django_assert_max_num_queries(40) as doing:
                done = carry_out(change, found.seen, ann, always)
            with django_assert_max_num_queries(45) as undoing:
                undo(done.revision, ann)
            with django_assert_max_num_queries(45):
                carry_out(change, found.seen, ann, always)
            used += [len(planning), len(doing), len(undoing)]
        counts.add(tuple(used))

    assert len(counts) == 1


def test_many_batches_are_one_act_and_are_undone_as_one(
    ann, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr("nnsc.history.N_A_BATCH", 10)
    tag = make.tag()
    articles = [make.article(tags=[make.tag()] if n % 2 else []) for n in range(25)]
    keys = [article.pk for article in articles]
    before = dump()

    with django_assert_max_num_queries(12):
        found = plan(Adding(Article, "tags", [tag.pk]), keys, always)
    with django_assert_max_num_queries(3 * 25):
        done = carry_out(found.change, found.seen, ann, always)
    assert (done.n_changed, done.revision.versions.count()) == (25, 25)
    assert done.revision.journal.pages.count() == 3
    with django_assert_max_num_queries(3 * 30):
        undo(done.revision, ann)
    assert dump() == before


def test_many_go_into_the_trash_with_the_queries_of_few_besides_djangos_own(ann):
    change, counts = ToTrash(Tag), []
    for n in [5, 25]:
        keys = [make.tag().pk for _ in range(n)]
        with CaptureQueriesContext(connection) as planning:
            found = plan(change, keys, always)
        with CaptureQueriesContext(connection) as doing:
            carry_out(change, found.seen, ann, always)
        counts.append((len(planning), len(doing)))

    (few, many), (few_done, many_done) = zip(*counts, strict=True)
    assert few == many
    # Each deleted record begins a generation of its own.
    assert many_done - few_done <= 20 * 8


def test_a_change_is_made_of_what_names_it():
    for change in [
        ToState(Metric, State.WITHDRAWN),
        Adding(Article, "tags", [3, 1, 3]),
        Removing(Article, "cities", [2]),
        Setting(Article, "source", [1]),
        ToTrash(Article),
    ]:
        again = change_of(change.model, change.spec())
        assert (type(again), again.spec()) == (type(change), change.spec())


def test_what_is_nowhere_can_be_given_to_nothing(ann):
    article = make.article()

    with pytest.raises(CannotChangeError):
        do(Adding(Article, "tags", [10**9]), [article], ann)

    assert not Revision.objects.exists()


# At the same moment


def test_of_several_who_confirm_the_same_one_does(open_to_all):
    drafts = [make.article(state=State.DRAFT) for _ in range(5)]
    clients = [Client() for _ in range(3)]
    pages = []
    for client in clients:
        client.force_login(make.staff("Editor"))
        pages.append(see(client, "publish", *drafts))

    pairs = zip(clients, pages, strict=True)
    found = at_once(*(lambda c=c, p=p: confirm(c, p).status_code for c, p in pairs))

    assert found == [200] * 3
    assert Revision.objects.filter(act=Act.BULK).count() == 1
    assert Article.objects.live().count() == 5


def test_different_changes_at_once_are_all_made(open_to_all):
    tags, cities = [make.tag() for _ in range(2)], [make.city()]
    articles = [make.article(state=State.DRAFT) for _ in range(4)]
    ways = [
        ("add_tags", tags[0]),
        ("add_cities", cities[0]),
        ("set_source", make.source(name="NPR")),
    ]
    clients, pages = [], []
    for action, chosen in ways:
        client = Client()
        client.force_login(make.staff("Editor"))
        clients.append(client)
        order = articles if action == "add_tags" else articles[::-1]
        pages.append(see(client, action, *order, choosing=1, chosen=chosen.pk))

    pairs = zip(clients, pages, strict=True)
    at_once(*(lambda c=c, p=p: confirm(c, p).status_code for c, p in pairs))

    for article in Article.objects.all():
        assert list(article.tags.all()) == tags[:1]
        assert list(article.cities.all()) == cities
        assert article.source.name == "NPR"
    last = Version.objects.filter(label="news.article").order_by("record", "-number")
    newest = {}
    for version in last:
        newest.setdefault(version.record, version.data)
    for article in Article.objects.all():
        assert newest[article.pk] == snapshot(article)


def test_who_saves_the_form_of_what_is_changed_in_bulk_loses_nothing(open_to_all):
    tag = make.tag()
    articles = [make.article(state=State.DRAFT, title="Old") for _ in range(3)]
    bulk, form = Client(), Client()
    for client in (bulk, form):
        client.force_login(make.staff("Editor"))
    page = see(bulk, "add_tags", *articles, choosing=1, chosen=tag.pk)
    fields = {"title": "New", "kind": "news", "state": "draft", "tags": []}
    fields["_base"] = base_of(articles[1])

    at_once(
        lambda: confirm(bulk, page).status_code,
        lambda: form.post(f"{LIST}{articles[1].pk}/change/", fields).status_code,
    )

    titles = Article.objects.order_by("pk").values_list("title", flat=True)
    assert list(titles) == ["Old", "New", "Old"]
    assert all(list(article.tags.all()) == [tag] for article in articles)
