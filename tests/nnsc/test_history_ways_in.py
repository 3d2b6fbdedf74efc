"""Every way in which content is changed: each leaves versions, none leaves a gap."""

import json

import pytest

import make
from at_once import at_once
from filling import change, typed
from impact.models import City, Metric, Program
from news.models import Article, Source
from nnsc.front.loading import load_content
from nnsc.history import snapshot
from nnsc.models import Act, Revision, SiteText, Tag, Version
from nnsc.publishing import State
from nnsc.trash import moments_of
from principles.models import Principle
from sending import Browser, base_of, in_bulk
from versions import acts_of, versions_of

ARTICLES = "/admin/news/article/"
PRINCIPLES = "/admin/principles/principle/"

pytestmark = pytest.mark.django_db


# Every way in


def test_a_new_article_is_kept_whole_with_cities_and_tags(editor, ann):
    city, tag = make.city(), make.tag()

    editor.post(f"{ARTICLES}add/", typed(cities=[city.pk], tags=[tag.pk]))

    (version,) = versions_of(Article.objects.get())
    assert (version.revision.act, version.revision.user) == (Act.ADDED, ann)
    assert (version.data["cities"], version.data["tags"]) == ([city.pk], [tag.pk])


def test_a_saved_form_is_one_version_and_one_without_changes_is_none(editor):
    tag = make.tag()
    editor.post(f"{ARTICLES}add/", typed(tags=[tag.pk]))
    article = Article.objects.get()

    editor.post(change(article), typed(tags=[tag.pk], slug=article.slug))
    assert acts_of(article) == [Act.ADDED]
    editor.post(change(article), typed(title="Better", slug=article.slug))

    assert acts_of(article) == [Act.ADDED, Act.CHANGED]
    old, new = versions_of(article)
    assert (old.data["title"], old.data["tags"]) == ("A title", [tag.pk])
    assert (new.data["title"], new.data["tags"]) == ("Better", [])


def test_a_form_with_errors_keeps_nothing(editor):
    article = make.article()

    assert editor.post(change(article), typed(title="")).status_code == 200
    assert not Version.objects.exists()


def test_other_names_are_a_part_of_their_tag(editor):
    tag = make.tag("Reconciliation")
    fields = {
        "name": tag.name,
        "slug": tag.slug,
        "aliases-TOTAL_FORMS": 1,
        "aliases-INITIAL_FORMS": 0,
        "aliases-0-name": "Healing",
    }

    response = editor.post(f"/admin/nnsc/tag/{tag.pk}/change/", fields)

    assert response.status_code == 302
    before, after = versions_of(tag)
    assert before.data["aliases"] == []
    assert [alias["name"] for alias in after.data["aliases"]] == ["Healing"]


def test_a_source_made_beside_an_article_is_kept(editor):
    fields = {
        "name": "NPR",
        "_popup": 1,
        "aliases-TOTAL_FORMS": 0,
        "aliases-INITIAL_FORMS": 0,
    }

    assert editor.post("/admin/news/source/add/?_popup=1", fields).status_code == 200
    assert acts_of(Source.objects.get()) == [Act.ADDED]


def test_the_sites_own_texts_are_kept(client):
    client.force_login(make.staff("Manager"))
    text = SiteText.objects.get(key="mission")

    client.post(f"/admin/nnsc/sitetext/{text.pk}/change/", {"text": "Peace."})

    before, after = versions_of(text)
    assert (before.data["text"], after.data["text"]) == (text.text, "Peace.")


@pytest.mark.parametrize("way", ["button", "drag"])
def test_a_new_order_is_one_act_on_all_that_moved(editor, ann, way):
    first, second, third = (make.principle(position=n) for n in (1, 2, 3))

    if way == "button":
        editor.post(f"{PRINCIPLES}move/", {"down": first.pk})
    else:
        order = {"updatedItems": [[second.pk, 1], [first.pk, 2]]}
        editor.post(
            f"{PRINCIPLES}adminsortable2_update/",
            json.dumps(order),
            content_type="application/json",
        )

    revision = Revision.objects.get(act=Act.MOVED)
    assert revision.user == ann
    assert {version.record for version in revision.versions.all()} == {
        first.pk,
        second.pk,
    }
    assert [version.data["position"] for version in versions_of(first)] == [1, 2]
    assert versions_of(third) == []


def test_a_bulk_action_is_one_act_on_those_that_changed(editor, ann):
    drafts = [make.article(state=State.DRAFT) for _ in range(3)]
    unfit = make.article(state=State.DRAFT, source=None)
    public = make.article()
    keys = [article.pk for article in [*drafts, unfit, public]]

    in_bulk(editor, ARTICLES, "publish", keys)

    revision = Revision.objects.get(act=Act.BULK)
    assert (revision.user, revision.note) == (ann, "State: “Published”.")
    kept = {version.record for version in revision.versions.filter(published=True)}
    assert kept == {article.pk for article in drafts}
    assert versions_of(unfit) == versions_of(public) == []


def test_what_is_deleted_by_its_form_is_kept_whole(editor, ann):
    tag = make.tag()
    article = make.article(title="Gone", tags=[tag])
    before = snapshot(article)

    editor.post(f"{ARTICLES}{article.pk}/delete/", {"post": "yes"})

    assert not Article.objects.exists()
    (version,) = versions_of(article)
    assert (version.revision.act, version.revision.user) == (Act.DELETED, ann)
    assert version.gone
    # With when it was changed last, which comes back with it.
    assert version.data == before | moments_of(article)
    assert version.data["tags"] == [tag.pk]


def test_what_is_deleted_from_the_list_is_kept_under_one_act(editor):
    articles = [make.article() for _ in range(3)]
    keys = [article.pk for article in articles]

    in_bulk(editor, ARTICLES, "delete_selected", keys)

    assert not Article.objects.exists()
    revision = Revision.objects.get()
    assert revision.act == Act.DELETED
    gone = revision.versions.filter(gone=True)
    assert {version.record for version in gone} == set(keys)


def test_what_cannot_be_deleted_leaves_no_trace(editor):
    city = make.city()
    make.article(cities=[city])

    editor.post(f"/admin/impact/city/{city.pk}/delete/", {"post": "yes"})

    assert City.objects.exists()
    assert not Version.objects.exists()


def test_the_first_content_is_kept_as_it_was_loaded():
    load_content()

    revision = Revision.objects.get()
    assert (revision.act, revision.user_name) == (Act.LOADED, "")
    for model in [Article, Metric, City, Program, Source, Tag, Principle]:
        for record in model.objects.all():
            (version,) = versions_of(record)
            assert version.data == snapshot(record)
    load_content()
    assert Revision.objects.count() == 1


def test_accounts_leave_no_versions(client):
    client.force_login(make.superuser())
    user = make.staff()
    fields = {"username": "renamed", "is_active": "on", "is_staff": "on"}

    changed = client.post(f"/admin/auth/user/{user.pk}/change/", fields)
    client.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})

    assert changed.status_code == 302
    assert not type(user).objects.filter(pk=user.pk).exists()
    assert not Version.objects.exists()


# At the same moment


def test_people_who_save_at_once_leave_a_version_each(transactional_db):
    article = make.article(title="At first", state=State.DRAFT)
    tags = [make.tag() for _ in range(6)]
    clients = [Browser() for _ in tags]
    for client in clients:
        client.force_login(make.staff("Editor"))
    fields = typed(title="At first", slug=article.slug, _base=base_of(article))

    def save(client, tag):
        filled = fields | {"tags": [tag.pk]}
        return lambda: client.post(change(article), filled).status_code

    assert at_once(*map(save, clients, tags)) == [302] * 6

    first, *versions = versions_of(article)
    assert first.data["tags"] == []
    assert [len(version.data["tags"]) for version in versions] == [*range(1, 7)]
    assert set(Article.objects.get().tags.all()) == set(tags)


def test_who_saves_what_another_deletes_at_once_meets_no_error(transactional_db):
    article = make.article(title="At first", state=State.DRAFT)
    saver, deleter = Browser(), Browser()
    for client in (saver, deleter):
        client.force_login(make.staff("Editor"))

    saved, deleted = at_once(
        lambda: saver.post(change(article), typed(title="Saved")),
        lambda: deleter.post(f"{ARTICLES}{article.pk}/delete/", {"post": "yes"}),
    )

    assert deleted.status_code == 302
    assert not Article.objects.exists()
    versions = versions_of(article)
    assert [version.gone for version in versions][-1]
    # Saved before it was deleted, or offered as a new one after.
    assert (saved.status_code, len(versions)) in [(302, 3), (200, 1)]
    assert saved.status_code == 302 or 'value="Saved"' in saved.text


def test_bulk_actions_on_the_same_articles_at_once_do_not_wait_for_ever(
    transactional_db,
):
    articles = [make.article() for _ in range(5)]
    keys = [article.pk for article in articles]
    clients = [Browser(), Browser()]
    for client in clients:
        client.force_login(make.staff("Editor"))

    statuses = at_once(
        lambda: in_bulk(clients[0], ARTICLES, "withdraw", keys).status_code,
        lambda: in_bulk(clients[1], ARTICLES, "back_to_draft", keys[::-1]).status_code,
    )

    assert statuses == [302, 302]
    for article in articles:
        assert acts_of(article)[0] == Act.FOUND
        article.refresh_from_db()
        assert versions_of(article)[-1].data["state"] == article.state
