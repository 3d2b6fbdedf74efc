"""Changes of many records, carried out and undone past the pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

import make
from dump import dump
from impact.models import Metric
from news.models import Article
from nnsc.bulk import carry_out, plan
from nnsc.bulk_changes import (
    Adding,
    CannotChangeError,
    Removing,
    Setting,
    ToState,
    ToTrash,
    change_of,
)
from nnsc.models import Revision, Tag
from nnsc.publishing import State
from nnsc.undoing import CannotUndoError, undo

pytestmark = pytest.mark.django_db


def always(record):
    return True


def do(change, articles, by=None):
    keys = [article.pk for article in articles]
    return carry_out(change, plan(change, keys, always).seen, by, always)


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
