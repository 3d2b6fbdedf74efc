"""What the history keeps of each record, whoever changes it and however."""

import json
from datetime import UTC, date, datetime

import pytest

import make
from at_once import at_once
from impact.models import City, Metric, Program, Rating
from news.models import Article, ArticleTag, Source
from nnsc.front.loading import load_content
from nnsc.history import (
    has_history,
    key_of,
    locked,
    made_of,
    record_change,
    record_changes,
    snapshot,
    snapshots,
)
from nnsc.models import Act, Revision, SiteText, Tag, TagAlias, Version
from nnsc.publishing import State
from nnsc.trash import moments_of
from principles.models import Principle
from reading import main
from sending import Browser, base_of, in_bulk

ARTICLES = "/admin/news/article/"
PRINCIPLES = "/admin/principles/principle/"

pytestmark = pytest.mark.django_db


def typed(**fields):
    """Return what the browser sends of an article's form."""
    return {"title": "A title", "kind": "news", "state": "draft"} | fields


def change(article):
    return f"{ARTICLES}{article.pk}/change/"


def versions_of(record):
    label, pk = key_of(record)
    versions = Version.objects.filter(label=label, record=pk).order_by("number")
    versions = list(versions.select_related("revision"))
    assert [version.number for version in versions] == [*range(1, len(versions) + 1)], (
        "numbered without a gap"
    )
    return versions


def acts_of(record):
    return [version.revision.act for version in versions_of(record)]


# Snapshots


def test_a_snapshot_holds_fields_sets_and_parts_ready_for_json():
    tags = [make.tag("Later"), make.tag("Sooner")]
    article = make.article(
        title="“Ünïcode” & <b>",
        tags=tags[::-1],
        cities=[make.city()],
        goes_live_at=datetime(2016, 1, 2, 3, 4, 5, 678, tzinfo=UTC),
    )

    data = json.loads(json.dumps(snapshot(article)))

    assert data["title"] == "“Ünïcode” & <b>"
    assert data["dated"] == "2016-01-01"
    assert data["goes_live_at"] == "2016-01-02T03:04:05.000678+00:00"
    assert data["source"] == article.source_id
    assert data["tags"] == sorted(tag.pk for tag in tags)
    assert data["cities"] == [article.cities.get().pk]
    assert data["image"] == ""
    assert data["image_width"] is None
    assert "updated_at" not in data
    assert "id" not in data


def test_a_figure_is_kept_with_its_decimals_and_its_ratings():
    metric = Metric.objects.get(pk=make.metric(value_low=42, value_high="42.5").pk)
    rating = make.rating(metric, dated=date(2011, 5, 6))

    data = snapshot(metric)

    assert (data["value_low"], data["value_high"]) == ("42.0", "42.5")
    assert data["ratings"] == [
        {
            "id": rating.pk,
            "body": rating.body,
            "rating": rating.rating,
            "dated": "2011-05-06",
            "url": rating.url,
        }
    ]


def test_a_record_is_made_anew_from_its_snapshot():
    load_content()
    for model in [Article, Metric, City, Program, Source, Tag, Principle, SiteText]:
        for record in model.objects.all():
            data = json.loads(json.dumps(snapshot(record)))
            anew = made_of(*key_of(record), data)
            assert anew == record
            for field in model._meta.concrete_fields:
                if field.name != "updated_at":
                    assert field.value_from_object(anew) == field.value_from_object(
                        record
                    ), field


def test_parts_and_accounts_have_no_history_of_their_own(ann):
    kept = {Article, Metric, City, Program, Source, Tag, Principle, SiteText}
    others = {type(ann), Version, Revision, ArticleTag, TagAlias, Rating}

    assert all(map(has_history, kept))
    assert not any(map(has_history, others))


def test_many_snapshots_take_as_many_queries_as_few(django_assert_num_queries):
    cities, tags = [make.city(), make.city()], [make.tag(), make.tag()]
    made = [make.article(cities=cities, tags=tags) for _ in range(5)]
    articles = list(Article.objects.filter(pk__in=[article.pk for article in made]))

    with django_assert_num_queries(2):
        found = snapshots(articles)

    assert list(found) == [key_of(article) for article in articles]
    assert all(data["cities"] == [c.pk for c in cities] for data in found.values())


# The gate


def test_the_first_change_keeps_what_was_before_it_too(ann):
    article = make.article(title="Before")
    before = snapshot(article)
    article.title = "After"
    article.save()

    version = record_change(article, by=ann, act=Act.CHANGED, before=before, note="N.")

    first, second = versions_of(article)
    assert (first.title, first.revision.act) == ("Before", Act.FOUND)
    assert (first.revision.user, first.revision.user_name) == (None, "")
    assert second == version
    assert (second.title, second.revision.act) == ("After", Act.CHANGED)
    assert (second.revision.user, second.revision.user_name) == (ann, "Ann Ames")
    assert second.revision.note == "N."


def test_nothing_is_kept_where_nothing_has_changed(ann):
    article = make.article(tags=[make.tag()])
    before = snapshot(article)
    article.save()

    assert record_change(article, by=ann, act=Act.CHANGED, before=before) is None
    assert not Revision.objects.exists()


def test_a_change_past_the_gate_is_found_at_the_next_one(ann):
    article = make.article(title="One")
    record_change(article, by=ann, act=Act.ADDED)
    Article.objects.update(title="In a shell")
    article.refresh_from_db()
    before = snapshot(article)
    article.tags.set([make.tag()])

    record_change(article, by=ann, act=Act.CHANGED, before=before)

    assert acts_of(article) == [Act.ADDED, Act.FOUND, Act.CHANGED]
    assert [version.data["title"] for version in versions_of(article)] == [
        *["One", "In a shell", "In a shell"]
    ]


def test_a_field_that_is_new_in_the_code_is_no_change(ann):
    source = make.source()
    version = record_change(source, by=ann, act=Act.ADDED)
    del version.data["domains"]
    version.data["retired"] = "Of old."
    version.save()
    before = snapshot(source)
    source.aliases.create(name="NPR")

    record_change(source, by=ann, act=Act.CHANGED, before=before)

    assert acts_of(source) == [Act.ADDED, Act.CHANGED]


def test_what_is_deleted_is_kept_as_it_was_under_its_name(ann):
    metric = make.metric()
    rating, name, key = make.rating(metric), str(metric), key_of(metric)
    before = snapshots(locked(Metric, [metric.pk]))
    metric.delete()

    (version,) = record_changes(before, Revision.of(ann, Act.DELETED))

    assert (version.label, version.record, version.number) == (*key, 1)
    assert version.gone
    assert version.title == name
    assert version.data["ratings"][0]["id"] == rating.pk


def test_a_name_made_of_what_is_gone_as_well_is_the_last_known(ann):
    metric = make.metric()
    record_change(metric, by=ann, act=Act.ADDED)
    name, before = str(metric), snapshots(locked(Metric, [metric.pk]))
    city = metric.city
    metric.delete()
    city.delete()

    (version,) = record_changes(before, Revision.of(ann, Act.DELETED))

    assert (version.title, version.number) == (name, 2)


def test_several_kinds_of_records_are_kept_under_one_act(ann):
    article, principle = make.article(), make.principle()
    before = snapshots([article, principle])
    article.title = principle.title = "New"
    article.save()
    principle.save()
    revision = Revision.of(ann, Act.BULK)

    versions = record_changes(before, revision)
    record_changes({key_of(make.tag()): None}, revision)

    assert len(versions) == 2
    assert revision.versions.count() == 3
    assert Revision.objects.filter(act=Act.FOUND).count() == 1


def test_who_made_a_change_is_known_after_the_account_is_gone(ann):
    version = record_change(make.tag(), by=ann, act=Act.ADDED)

    ann.delete()

    revision = Revision.objects.get(pk=version.revision_id)
    assert (revision.user, revision.user_name) == (None, "Ann Ames")


def test_who_added_it_is_forgotten_with_the_account_and_that_is_no_change(editor, ann):
    writer = make.staff()
    article = make.article(title="First", added_by=writer)
    record_change(article, by=writer, act=Act.ADDED)
    writer.delete()
    page = main(editor.get(f"{ARTICLES}{article.pk}/history/"))
    assert "as it is now" in page

    article = Article.objects.get()
    before = snapshot(article)
    article.title = "Second"
    article.save()
    record_change(article, by=ann, act=Act.CHANGED, before=before)

    assert acts_of(article) == [Act.ADDED, Act.CHANGED]


@pytest.mark.parametrize("n", [3, 30])
def test_a_bulk_change_takes_the_same_queries_however_many_change(
    ann, n, django_assert_num_queries
):
    city = make.city()
    articles = [make.article(cities=[city]) for _ in range(n)]
    for article in articles[::2]:
        record_change(article, by=None, act=Act.LOADED)
    articles = locked(Article, [article.pk for article in articles])
    before = snapshots(articles)
    for article in articles:
        article.tags.set([make.tag()])

    # Rows, cities, tags, last versions; revision and versions, twice because of those
    # that had none.
    with django_assert_num_queries(8):
        record_changes(before, Revision.of(ann, Act.BULK))

    assert acts_of(articles[0]) == [Act.LOADED, Act.BULK]
    assert acts_of(articles[1]) == [Act.FOUND, Act.BULK]


def test_versions_say_when_a_record_came_before_the_public(ann):
    article = make.article(state=State.DRAFT)
    states = [State.READY, State.PUBLISHED, State.PUBLISHED, State.DRAFT]
    for n, state in enumerate(states):
        before = snapshot(article)
        article.state, article.title = state, f"Title {n}"
        article.save()
        record_change(article, by=ann, act=Act.CHANGED, before=before)

    published = [version.published for version in versions_of(article)]
    assert published == [False, False, True, False, False]
    city = make.city()
    assert not record_change(city, by=ann, act=Act.ADDED).published


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

    client.post(f"/admin/auth/user/{user.pk}/change/", fields)
    client.post(f"/admin/auth/user/{user.pk}/delete/", {"post": "yes"})

    assert not type(user).objects.filter(pk=user.pk).exists()
    assert not Version.objects.exists()


def test_a_saved_article_takes_nine_queries_for_its_history(
    ann, django_assert_num_queries
):
    article = make.article(tags=[make.tag()], cities=[make.city()])
    record_change(article, by=ann, act=Act.ADDED)
    with django_assert_num_queries(3):
        before = snapshot(locked(Article, [article.pk])[0])
    article.tags.clear()

    with django_assert_num_queries(6):
        record_change(article, by=ann, act=Act.CHANGED, before=before)


# At the same moment


def test_people_who_save_at_once_leave_a_version_each(open_to_all):
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


def test_who_saves_what_another_deletes_at_once_meets_no_error(open_to_all):
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


def test_bulk_actions_on_the_same_articles_at_once_do_not_wait_for_ever(open_to_all):
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
