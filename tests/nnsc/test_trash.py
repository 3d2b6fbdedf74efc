"""What is deleted, and comes back: whole, for 30 days, and what then is left of it."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db.models import ProtectedError
from django.utils import timezone

import make
from news.models import Article
from nnsc.history import key_of, record_change, snapshot
from nnsc.merging import merge
from nnsc.models import Act, Revision, Tag, Version
from nnsc.publishing import State
from nnsc.trash import (
    empty_trash,
    erase,
    in_trash,
    moments_of,
    move_to_trash,
    restore,
    was_public,
)
from principles.models import Principle

pytestmark = pytest.mark.django_db


def deleted(*records):
    """Delete records as an editor does; return the keys of what is in the trash."""
    revision = Revision.of(None, Act.DELETED)
    return [
        version.pk
        for record in records
        for version in move_to_trash(type(record), [record.pk], revision)
    ]


def brought_back(*keys, may_publish=True):
    return restore(keys, by=None, may_publish=lambda model: may_publish)


def whole(record):
    """Return all that is stored of a record, when it was saved included."""
    record = type(record).objects.get(pk=record.pk)
    return snapshot(record) | moments_of(record)


def aged(days):
    moment = timezone.now() - timedelta(days=days)
    Revision.objects.filter(act=Act.DELETED).update(made_at=moment)


def illustrated_article():
    return make.article(
        cities=[make.city("Gary"), make.city("Chicago")],
        tags=[make.tag("A, b & c"), make.tag()],
        image=make.upload(size=(500, 300)),
        image_alt="Two people on a porch.",
        added_by=make.staff(),
        source_url="https://npr.org/a",
    )


def metric_with_ratings():
    metric = make.metric(program=make.program())
    make.rating(metric)
    make.rating(metric, body="Another body")
    return metric


def tag_with_names():
    tag = make.tag("Reconciliation", meaning="Saying what was done.")
    tag.aliases.create(name="Healing")
    tag.aliases.create(name="Truth-telling")
    return tag


def program_with_all():
    program = make.program(cities=[make.city(), make.city()], tag=make.tag())
    program.aliases.create(name="Ceasefire")
    return program


@pytest.mark.parametrize(
    "maker",
    [
        *[illustrated_article, metric_with_ratings, tag_with_names, program_with_all],
        *[make.principle, make.city, make.source, make.citation],
    ],
)
def test_a_record_comes_back_as_it_was_to_the_moment(maker):
    record = maker()
    before = whole(record)
    (key,) = deleted(record)
    assert not type(record).objects.filter(pk=record.pk).exists()

    (done,) = brought_back(key)

    assert done.record.pk == record.pk
    assert not done.missing
    assert whole(record) == before
    assert not in_trash().exists()
    last = Version.objects.filter(label=key_of(record)[0]).order_by("number").last()
    assert last.revision.act == Act.RESTORED


def test_it_may_be_deleted_and_brought_back_again_and_again():
    tag = tag_with_names()
    before = whole(tag)
    for _ in range(3):
        brought_back(*deleted(tag))

    assert whole(tag) == before


def test_search_and_pages_find_what_came_back(client):
    article = make.article(title="Peace in Gary")
    brought_back(*deleted(article))

    assert client.get(article.get_absolute_url()).status_code == 200
    assert "Peace in Gary" in client.get("/news/").text
    assert article.get_absolute_url() in client.get("/search/?q=gary").text


def test_what_was_deleted_together_comes_back_together():
    city, tag, source = make.city(), make.tag(), make.source()
    article = make.article(cities=[city], tags=[tag], source=source)
    before = whole(article)

    keys = deleted(article, city, tag, source)
    done = brought_back(*keys)

    assert all(one.record and not one.missing for one in done)
    assert whole(article) == before


def test_what_it_pointed_at_is_missing_where_that_is_gone_too():
    city, source = make.city("Gary", state="IN"), make.source(name="NPR")
    article = make.article(cities=[city, make.city()], source=source)
    (key, *_others) = deleted(article, city, source)

    (done,) = brought_back(key)

    assert {(one.label, one.name) for one in done.missing} == {
        ("cities", "Gary, IN"),
        ("source", "NPR"),
    }
    # A published article needs its source.
    assert done.is_draft_now
    article = Article.objects.get()
    assert (article.source, article.state) == (None, State.DRAFT)
    assert article.cities.count() == 1


def test_what_it_pointed_at_comes_back_as_what_it_was_merged_into():
    gone, kept, last = make.tag("Gone"), make.tag("Kept"), make.tag("Last")
    source, other = make.source(), make.source()
    keys = deleted(make.article(tags=[gone, last], source=source))
    merge(Tag, kept.pk, [gone.pk], None)
    merge(Tag, last.pk, [kept.pk], None)
    merge(type(other), other.pk, [source.pk], None)

    (done,) = brought_back(*keys)

    assert list(done.record.tags.all()) == [last]
    assert (done.record.source, done.missing) == (other, [])


def test_who_added_it_is_no_longer_said_when_the_account_is_gone():
    user = make.staff()
    article = make.article(added_by=user)
    keys = deleted(article)
    user.delete()

    (done,) = brought_back(*keys)

    assert (done.record.added_by, done.missing) == (None, [])


def test_what_may_not_be_published_comes_back_as_a_draft():
    published, withdrawn = make.article(), make.article(state=State.WITHDRAWN)

    done = brought_back(*deleted(published, withdrawn), may_publish=False)

    assert [one.is_draft_now for one in done] == [True, False]
    states = Article.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == [State.DRAFT, State.WITHDRAWN]


def test_an_address_taken_since_keeps_it_in_the_trash():
    article = make.article(source_url="https://npr.org/a")
    keys = deleted(article)
    twin = make.article(source_url="http://www.npr.org/a/")

    (done,) = brought_back(*keys)

    assert (done.record, done.holder) == (None, twin)
    assert [version.pk for version in in_trash()] == keys
    twin.delete()
    (done,) = brought_back(*keys)
    assert done.record == article


@pytest.mark.parametrize("way", ["name", "other name"])
def test_a_name_taken_since_keeps_it_in_the_trash(way):
    tag = make.tag("Healing")
    keys = deleted(tag)
    if way == "name":
        holder = make.tag("healing!")
    else:
        holder = make.tag("Reconciliation")
        holder.aliases.create(name="Healing")

    (done,) = brought_back(*keys)

    assert (done.record, done.holder) == (None, holder)
    assert in_trash().count() == 1


def test_only_the_end_of_an_address_that_is_taken_is_another_one():
    principle = make.principle("Peace")
    keys = deleted(principle)
    other = make.principle("Peace")
    assert other.slug == principle.slug

    (done,) = brought_back(*keys)

    assert done.is_moved
    assert Principle.objects.get(pk=principle.pk).slug == "peace-2"


def test_an_other_name_taken_since_is_missing_alone():
    tag = tag_with_names()
    keys = deleted(tag)
    holder = make.tag("Healing")

    (done,) = brought_back(*keys)

    assert [(one.name, one.holder) for one in done.missing] == [("Healing", holder)]
    assert [alias.name for alias in tag.aliases.all()] == ["Truth-telling"]


def test_a_tag_that_another_program_has_by_now_is_missing():
    program = make.program(tag=make.tag())
    keys = deleted(program)
    other = make.program(tag=program.tag)

    (done,) = brought_back(*keys)

    assert done.record.tag is None
    assert [one.holder for one in done.missing] == [other]


def test_what_is_in_use_does_not_get_into_the_trash():
    city = make.city()
    make.article(cities=[city])

    with pytest.raises(ProtectedError):
        deleted(city)
    assert not in_trash().exists()


def test_what_is_out_of_the_trash_is_not_brought_back_twice():
    keys = deleted(make.tag())

    assert len(brought_back(*keys)) == 1
    assert brought_back(*keys) == []
    assert Tag.objects.count() == 1


def test_what_was_merged_is_not_in_the_trash():
    move_to_trash(Tag, [make.tag().pk], Revision.of(None, Act.MERGED))

    assert not in_trash().exists()


# For good


def test_after_thirty_days_the_trash_is_emptied_and_not_before():
    young, old = make.tag(), illustrated_article()
    record_change(old, by=None, act=Act.LOADED)
    deleted(old)
    aged(days=31)
    deleted(young)
    aged_out = Version.objects.filter(record=old.pk, label="news.article")
    assert aged_out.count() == 2

    assert empty_trash() == "Erased from the trash: 1."

    assert [version.record for version in in_trash()] == [young.pk]
    assert [version.data for version in aged_out] == [{"was_public": True}]
    assert "porch" not in str(list(Version.objects.values_list("title", "data")))
    assert not Revision.objects.filter(versions=None).exists()
    assert empty_trash() == "Erased from the trash: 0."


def test_images_are_kept_while_their_record_is_in_the_trash(
    django_capture_on_commit_callbacks,
):
    committed = django_capture_on_commit_callbacks
    article = illustrated_article()
    files = [*article.image.webp_names().values(), article.image.jpeg_name()]
    with committed(execute=True):
        (key,) = deleted(article)
    assert all(map(default_storage.exists, files))
    with committed(execute=True):
        brought_back(key)
        (key,) = deleted(article)
    assert all(map(default_storage.exists, files))

    with committed(execute=True):
        erase([key])

    assert not any(map(default_storage.exists, files))


def test_nothing_that_is_not_in_the_trash_is_ever_erased():
    tag = make.tag()
    version = record_change(tag, by=None, act=Act.ADDED)
    (key,) = deleted(tag)
    brought_back(key)

    assert erase([version.pk, key]) == 0
    assert Version.objects.filter(label="nnsc.tag").count() == 3


@pytest.mark.parametrize("is_erased", [False, True])
@pytest.mark.parametrize(
    "state, status",
    [
        (State.PUBLISHED, 410),
        (State.WITHDRAWN, 410),
        (State.DRAFT, 404),
        (State.READY, 404),
    ],
)
def test_the_address_of_a_deleted_article_says_so_if_it_was_known(
    client, state, status, is_erased
):
    article = make.article(state=state)
    keys = deleted(article)
    if is_erased:
        erase(keys)

    assert client.get(article.get_absolute_url()).status_code == status
    assert was_public(Article, article.pk) == (status == 410)
    assert client.get(f"/news/{article.pk}-another/").status_code == status
    assert client.get(f"/news/{article.pk + 1}-none/").status_code == 404


def test_the_address_of_what_was_never_shown_yet_is_not_known(client):
    article = make.article(goes_live_at=timezone.now() + timedelta(days=1))
    deleted(article)

    assert client.get(article.get_absolute_url()).status_code == 404
