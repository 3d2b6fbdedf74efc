"""What was merged, parted again, though something was changed since."""

import pytest

import make
from nnsc.history import record_change
from nnsc.merging import merge
from nnsc.models import Act, Revision, Tag
from nnsc.undoing import CannotUndoError, undo
from reading import messages_of

TAGS = "/admin/nnsc/tag/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def merged(ann):
    """Return a tag that stays, one that went, an article of that, and the act."""
    kept, gone = make.tag("Kept"), make.tag("Gone")
    article = make.article(tags=[gone])
    return kept, gone, article, merge(Tag, kept.pk, [gone.pk], ann)


def test_what_was_changed_since_stays_and_is_named(ann, merged):
    kept, gone, article, act = merged
    second = make.article(tags=[kept])
    article.tags.set([])

    undone = undo(act, ann)

    assert [(str(record), reason) for record, reason in undone.left] == [
        (article.title, "is not there any more")
    ]
    assert Tag.objects.filter(pk=gone.pk).exists()
    assert not article.tags.exists()
    assert list(second.tags.all()) == [kept]


def test_what_was_merged_on_is_undone_in_turn(editor, ann, merged):
    kept, gone, article, act = merged
    last = make.tag("Last")
    second = merge(Tag, last.pk, [kept.pk], ann)

    with pytest.raises(CannotUndoError, match="“Kept” was merged into “Last” since"):
        undo(act, ann)
    response = editor.post(f"/admin/undo/{act.pk}/", follow=True)
    assert "Undo that first." in messages_of(response)[0]
    undo(second, ann)
    undo(act, ann)
    assert list(article.tags.all()) == [gone]


def test_what_was_deleted_since_is_said(ann, merged):
    kept, _gone, article, act = merged
    article.delete()
    kept.delete()

    with pytest.raises(CannotUndoError, match="“Kept” was deleted since"):
        undo(act, ann)


def test_a_name_that_is_taken_since_is_said(ann, merged):
    kept, gone, _article, act = merged
    kept.aliases.all().delete()
    make.tag("GONE")

    with pytest.raises(CannotUndoError, match="“Gone” is a name of “GONE” now"):
        undo(act, ann)
    assert not Tag.objects.filter(pk=gone.pk).exists()


def test_an_address_that_is_taken_since_is_said(ann, merged):
    make.tag("Other", slug="gone")

    with pytest.raises(CannotUndoError, match="address of “Gone” belongs to “Other”"):
        undo(merged[-1], ann)


def test_another_name_that_was_changed_since_stays_and_is_named(ann, merged):
    kept, _gone, _article, act = merged
    kept.aliases.update(name="Gone long ago", key="gone long ago")

    undone = undo(act, ann)

    assert [alias.name for alias in kept.aliases.all()] == ["Gone long ago"]
    assert undone.left == [(kept, "other name “Gone long ago” was changed since")]


def test_an_act_is_undone_once(ann, merged):
    act = merged[-1]
    undo(act, ann)

    with pytest.raises(CannotUndoError, match="undone already, by Ann Ames"):
        undo(act, ann)


def test_what_came_into_use_since_is_not_merged_again_unasked(ann, merged):
    _kept, gone, _article, act = merged
    undone = undo(act, ann)
    make.article(tags=[gone])

    with pytest.raises(CannotUndoError, match="“Gone” is in use since"):
        undo(undone.revision, ann)


@pytest.mark.parametrize("address", ["/admin/undo/1/", f"/admin/undo/{'9' * 18}/"])
def test_what_never_was_an_act_is_not_found(editor, address):
    assert editor.get(address).status_code == 404
    assert editor.post(address).status_code == 404


def test_an_act_without_a_way_back_is_not_undone(editor, ann):
    record_change(make.tag(), by=ann, act=Act.ADDED)
    revision = Revision.objects.get()

    assert editor.post(f"/admin/undo/{revision.pk}/").status_code == 404
    with pytest.raises(CannotUndoError):
        undo(revision, ann)
