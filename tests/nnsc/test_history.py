"""What the history keeps of each record, whoever changes it and however."""

import json
from datetime import UTC, date, datetime

import pytest

import make
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
from principles.models import Principle
from reading import main
from versions import acts_of, versions_of

pytestmark = pytest.mark.django_db

ARTICLES = "/admin/news/article/"


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
