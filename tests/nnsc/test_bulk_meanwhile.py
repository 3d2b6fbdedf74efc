"""Actions on many records, of which some change before or while it is done."""

import pytest
from django.test import Client

import make
from at_once import at_once
from news.models import Article
from nnsc.history import record_change, record_changes, snapshot
from nnsc.merging import merge
from nnsc.models import Act, Revision, Tag, Version
from nnsc.publishing import State
from reading import messages_of
from sending import act, base_of, confirm, see

LIST = "/admin/news/article/"

pytestmark = pytest.mark.django_db


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


# At the same moment


def test_of_several_who_confirm_the_same_one_does(transactional_db):
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


def test_different_changes_at_once_are_all_made(transactional_db):
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


def test_who_saves_the_form_of_what_is_changed_in_bulk_loses_nothing(transactional_db):
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
