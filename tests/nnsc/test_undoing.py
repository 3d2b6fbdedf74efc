"""Any sequence of merges, new names and bulk changes, undone, leaves no trace."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import make
from dump import dump
from impact.models import City, Program
from news.models import Article, Source
from nnsc.bulk import carry_out, plan
from nnsc.bulk_changes import Adding, Removing, Setting, ToState
from nnsc.history import record_change, snapshot
from nnsc.merging import CannotMergeError, merge
from nnsc.models import Act, OldAddress, Tag
from nnsc.publishing import State
from nnsc.renaming import Renaming
from nnsc.undoing import undo

pytestmark = pytest.mark.django_db

KINDS = [Tag, Source, City, Program]
# Few, so that they meet; some differ in their spelling alone.
NAMES = ["One", "Two", "ONE", "two & a half", "Two and a Half", "Three", "¿?", "愛"]
small = st.integers(0, 7)
acts = st.one_of(
    st.tuples(st.just("merge"), st.sampled_from(KINDS), small, small),
    st.tuples(st.just("rename"), st.sampled_from(KINDS), small, st.sampled_from(NAMES)),
    st.tuples(st.just("state"), st.sampled_from(list(State)), small, small),
    st.tuples(st.just("set"), st.sampled_from(["tags", "cities"]), small, small),
    st.tuples(st.just("take"), st.sampled_from(["tags", "cities"]), small, small),
    st.tuples(st.just("source"), st.just(""), small, small),
    st.tuples(st.just("undo"), st.just(""), small, small),
    st.tuples(st.just("redo"), st.just(""), small, small),
)


def make_some():
    tags = [make.tag(f"Tag {n}") for n in range(4)]
    sources = [make.source(name=f"Source {n}") for n in range(3)]
    cities = [make.city(f"City {n}", state=s) for n, s in enumerate(["OH", "OH", "MI"])]
    for record in [tags[0], sources[1], cities[2]]:
        record.aliases.create(name=f"{record.name} of old")
    programs = [
        make.program("Program 0", cities=cities[:2], tag=tags[0]),
        make.program("Program 1", cities=cities[1:], tag=tags[1]),
        make.program("Program 2"),
    ]
    make.metric(city=cities[0], program=programs[0])
    make.metric(city=cities[1], program=programs[2])
    later = timezone.now() + timedelta(days=1)
    for n in range(5):
        make.article(
            title=f"Article {n}",
            source=sources[n % 3] if n else None,
            tags=tags[n % 3 : n % 3 + 2],
            cities=cities[n % 2 :],
            state=State.DRAFT if n % 2 == 0 else State.PUBLISHED,
            goes_live_at=None if n == 2 else later if n == 3 else timezone.now(),
        )


def nth(model, n):
    records = list(model.objects.order_by("pk"))
    return records[n % len(records)]


def do_merge(model, one, other):
    kept, gone = nth(model, one), nth(model, other)
    if kept == gone:
        return None
    try:
        return merge(model, kept.pk, [gone.pk], None)
    except CannotMergeError:
        return None


def do_rename(model, n, name):
    record = nth(model, n)
    before = snapshot(record)
    record.name = name
    if name == before["name"] or record.others_called(name).exists():
        return None
    renaming = Renaming(record, before)
    renaming.move()
    record.save()
    renaming.finish()
    change = {"by": None, "act": Act.RENAMED, "before": before}
    revision = record_change(record, **change).revision
    renaming.keep(revision)
    return revision


def do_change(change, first, last):
    keys = list(Article.objects.order_by("pk").values_list("pk", flat=True))
    keys = keys[min(first, last) % 5 : max(first, last) + 1]
    seen = plan(change, keys, lambda record: True).seen
    return carry_out(change, seen, None, lambda record: True).revision


def do(act, what, first, second):
    if act == "merge":
        return do_merge(what, first, second)
    if act == "rename":
        return do_rename(what, first, second)
    if act == "state":
        return do_change(ToState(Article, what), first, second)
    if act == "source":
        source = nth(Source, first)
        return do_change(Setting(Article, "source", [source.pk]), 0, second)
    kind = Adding if act == "set" else Removing
    other = nth(Tag if what == "tags" else City, first)
    return do_change(kind(Article, what, [other.pk]), 0, second)


def check_addresses(client):
    """Every address that a record has left leads straight to one that is there."""
    for old in OldAddress.objects.all():
        answer = client.get(old.path)
        if answer.status_code == 301:
            answer = client.get(answer.url)
        assert answer.status_code == 200, old.path


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(acts, max_size=8))
def test_undone_in_turn_they_leave_all_as_it_was(acts):
    with transaction.atomic():
        make_some()
        client, done = Client(), []
        for act, what, first, second in acts:
            before = dump()
            if act in ("undo", "redo"):
                if done:
                    revision, was = done.pop()
                    undone = undo(revision, None)
                    assert (dump(), undone.left) == (was, [])
                    if act == "redo":
                        done.append((undo(undone.revision, None).revision, was))
                        assert dump() == before
            elif revision := do(act, what, first, second):
                done.append((revision, before))
            check_addresses(client)
        for revision, was in reversed(done):
            assert undo(revision, None).left == []
            assert dump() == was
        transaction.set_rollback(True)
