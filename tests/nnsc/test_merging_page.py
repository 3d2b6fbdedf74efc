"""The page on which records are merged: for whom, what it shows and refuses."""

import pytest

import make
from dump import dump
from impact.models import City, Program
from merging import KINDS, merge_page, send
from nnsc.merging import CannotMergeError, merge
from nnsc.models import Act, Revision, Tag
from reading import messages_of

TAGS = "/admin/nnsc/tag/"

pytestmark = pytest.mark.django_db


# What forbids it


def test_two_tags_of_two_programs_are_not_merged_before_the_programs(editor):
    kept, gone = make.tag("Kept"), make.tag("Gone")
    programs = [make.program("Cure", tag=kept), make.program("Fire", tag=gone)]
    before = dump()

    page = editor.get(merge_page(kept, gone)).text
    assert "a tag can have only one program" in page
    way_out = merge_page(*programs)
    assert f'href="{way_out}"' in page
    assert 'name="into"' not in page
    page = send(editor, kept, gone).text
    assert "a tag can have only one program" in page
    assert dump() == before
    page = editor.get(way_out).text
    assert "Each has its own tag" in page
    assert f'href="{merge_page(gone, kept)}"' in page
    send(editor, *programs)
    send(editor, kept, gone)
    assert Program.objects.get().tag == kept


def test_cities_of_different_states_are_merged_only_by_who_is_sure(editor):
    kept, gone = make.city("Gary", state="IN"), make.city("Gary", state="IL")
    make.article(cities=[gone])

    page = editor.get(merge_page(kept, gone, into=kept.pk)).text
    assert "“Gary, IN” and “Gary, IL” are in different states." in page
    assert "Illinois" in page
    assert "Tick that they are the same" in send(editor, kept, gone).text
    assert City.objects.count() == 2
    send(editor, kept, gone, sure="on")
    assert City.objects.get() == kept
    assert not kept.aliases.exists()


def test_what_is_gone_cannot_be_merged(editor, ann):
    kept, gone, never = make.tag(), make.tag(), Tag(pk=10**9)
    merge(Tag, kept.pk, [gone.pk], ann)

    for keys in [[gone.pk], [never.pk], [kept.pk], []]:
        with pytest.raises(CannotMergeError):
            merge(Tag, kept.pk, keys, ann)
    response = send(editor, kept, gone)
    assert "Some of these are not there any more." in response.text
    assert Tag.objects.get() == kept


@pytest.mark.parametrize(
    "keys", ["", "1", "abc", "1,1,1", "9" * 30, ",,,", "\0", "1,2,x", "0,-1"]
)
def test_an_odd_address_is_no_error_page(editor, keys):
    make.tag()
    for choice in [{}, {"into": "x"}, {"into": "9" * 40}, {"add": "\0"}]:
        address = f"{TAGS}merge/"
        assert editor.get(address, {"keys": keys} | choice).status_code == 200
        assert editor.post(address, {"keys": keys} | choice).status_code == 200
    assert Tag.objects.count() == 1


def test_too_many_at_once_are_refused(editor):
    tags = [make.tag() for _ in range(21)]

    response = editor.get(merge_page(*tags), follow=True)
    assert messages_of(response) == ["At most 20 can be merged at once."]


# Who may


@pytest.mark.parametrize("role, may", [("Contributor", False), ("Editor", True)])
def test_editors_merge_and_contributors_do_not(client, role, may):
    client.force_login(make.staff(role))
    for in_use, _folder in KINDS:
        kept, gone = in_use("Kept"), in_use("Gone")
        assert client.get(merge_page(kept, gone)).status_code == (200 if may else 403)
        assert send(client, kept, gone).status_code == (200 if may else 403)
        assert type(kept).objects.filter(pk=gone.pk).exists() is not may
        page = client.get(f"{merge_page(kept).partition('merge/')[0]}").text
        assert ('value="merge"' in page) is may


def test_who_may_not_merge_may_not_undo(client, ann):
    kept, gone = make.tag(), make.tag()
    address = f"/admin/undo/{merge(Tag, kept.pk, [gone.pk], ann).pk}/"
    client.force_login(make.staff("Contributor"))

    assert client.get(address).status_code == 403
    assert client.post(address).status_code == 403
    assert "Undo …" not in client.get("/admin/changes/").text
    assert Tag.objects.get() == kept


def test_who_is_not_signed_in_is_asked_to(client, ann):
    kept, gone = make.tag(), make.tag()

    assert client.post(f"{TAGS}merge/").url.startswith("/admin/login/")
    revision = merge(Tag, kept.pk, [gone.pk], ann)
    assert client.post(f"/admin/undo/{revision.pk}/").url.startswith("/admin/login/")


# The page


def test_it_is_merged_from_the_list_and_undone_from_the_message(editor):
    kept, gone = make.tag("Kept"), make.tag("Gone & <b>")
    make.article(tags=[kept])
    make.article(tags=[kept, gone])
    before = dump()

    chosen = {"action": "merge", "_selected_action": [gone.pk, kept.pk]}
    response = editor.post(TAGS, chosen, follow=True)

    page = response.text
    assert "Merge into “Kept”" in page
    assert "Articles: <strong>1</strong>" in page
    assert "Gone &amp; &lt;b&gt;" in page
    assert "<b>” hands" not in page
    assert "/news/tags/gone-b/" in page
    response = send(editor, kept, gone)
    revision = Revision.objects.get(act=Act.MERGED)
    (message,) = messages_of(response)
    assert "One other record was changed with it." in message
    assert f'href="/admin/undo/{revision.pk}/">Undo</a>' in message
    page = editor.get(f"/admin/undo/{revision.pk}/").text
    assert "Articles: <strong>1</strong>, Tags: <strong>2</strong>" in page
    response = editor.post(f"/admin/undo/{revision.pk}/", follow=True)
    assert "3 records are as they were." in messages_of(response)[0]
    assert dump() == before
    assert "Undone by Ann Ames" in response.text
    assert "It was undone by Ann Ames" in editor.get(f"/admin/undo/{revision.pk}/").text


def test_the_other_one_may_stay(editor):
    used, unused = make.tag("Used"), make.tag("Unused")
    make.article(tags=[used])

    page = editor.get(merge_page(unused, used)).text
    assert "Merge into “Used”" in page
    other = merge_page(unused, used, into=unused.pk)
    assert f'href="{other.replace("&", "&amp;")}"' in page
    assert "Merge into “Unused”" in editor.get(other).text


def test_it_is_begun_from_a_form_with_a_search_box(editor):
    tag, other = make.tag("One"), make.tag("Other")

    assert f'href="{merge_page(tag)}"' in editor.get(f"{TAGS}{tag.pk}/change/").text
    page = editor.get(merge_page(tag)).text
    assert 'data-field-name="tag"' in page
    assert "Merge into" not in page
    response = editor.get(merge_page(tag, add=other.pk))
    assert response.url == merge_page(tag, other)


def test_what_is_in_use_offers_to_be_merged_where_it_would_be_deleted(editor, client):
    tag = make.tag()
    make.article(tags=[tag])

    assert f'href="{merge_page(tag)}"' in editor.get(f"{TAGS}{tag.pk}/delete/").text


def test_the_page_takes_the_queries_of_few_for_many(
    editor, django_assert_num_queries, django_assert_max_num_queries
):
    tags = [make.tag() for _ in range(2)]
    for _ in range(3):
        make.article(tags=tags)
    with django_assert_max_num_queries(30) as captured:
        editor.get(merge_page(*tags))
    for _ in range(27):
        make.article(tags=tags)
    with django_assert_num_queries(len(captured)):
        editor.get(merge_page(*tags))
