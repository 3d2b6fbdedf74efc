"""Actions on many records: seen before, checked again, and undone in one step."""

import pytest
from django.core import signing
from django.utils import timezone

import make
from dump import dump
from impact.models import Metric
from news.models import Article, ArticleTag
from nnsc.bulk_changes import Change, ToTrash
from nnsc.history import snapshot
from nnsc.models import Act, Revision, Tag
from nnsc.publishing import State
from nnsc.undoing import CannotUndoError, undo
from principles.models import Principle
from reading import hidden, main, messages_of
from sending import act, confirm, pointed, see

pytestmark = pytest.mark.django_db

LIST = "/admin/news/article/"
METRICS = "/admin/impact/metric/"
PRINCIPLES = "/admin/principles/principle/"


def seen_in(preview) -> list[int]:
    signed = hidden(preview, "signed")
    salt = f"bulk news.article {preview.wsgi_request.user.pk}"
    return [pk for pk, _was in signing.loads(signed, salt=salt)["seen"]]


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
    assert "<i>Undated" not in page.text
    assert f"{LIST}{undated.pk}/change/" in page.text
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
