"""Records called anew: the former name finds them, the former address leads on."""

import pytest

import make
from dump import dump
from impact.models import City
from nnsc.models import Act, OldAddress, Revision, Tag
from nnsc.undoing import CannotUndoError, undo
from reading import main, messages_of, untouched

pytestmark = pytest.mark.django_db


def form_of(record):
    opts = record._meta
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/change/"


def resend(client, record, **changes):
    """Send a record's form as a browser does, with some boxes filled in anew."""
    fields = untouched(client.get(form_of(record)))
    return client.post(form_of(record), fields | changes, follow=True)


def aliases_of(record):
    return [alias.name for alias in record.aliases.order_by("name")]


@pytest.mark.parametrize(
    "thing, folder",
    [
        (make.tag, "/news/tags/"),
        (make.source, "/sources/"),
        (make.city, "/cities/"),
        (make.program, "/programs/"),
    ],
)
def test_a_new_name_leaves_the_former_one_and_its_address(editor, thing, folder):
    record = thing(name="Old & tried")
    if thing in (make.tag, make.source):
        # What nothing is about is not searched for.
        make.article(**{"tags": [record]} if thing is make.tag else {"source": record})
    old = record.get_absolute_url()
    before = dump()

    response = resend(editor, record, name="Brand new")

    record.refresh_from_db()
    assert (record.name, record.slug) == ("Brand new", "brand-new")
    assert aliases_of(record) == ["Old & tried"]
    assert editor.get(old).url == f"{folder}brand-new/"
    assert "Brand new" in main(editor.get("/search/?q=tried"))
    revision = Revision.objects.get(act=Act.RENAMED)
    message = messages_of(response)[0]
    kind = record._meta.verbose_name.capitalize()
    assert message.startswith(f"{kind} “Old &amp; tried")
    assert f"{old} leads to {folder}brand-new/ now." in message
    assert f'href="/admin/undo/{revision.pk}/"' in message
    editor.post(f"/admin/undo/{revision.pk}/")
    assert dump() == before


def test_the_message_counts_what_shows_the_new_name(editor):
    tag = make.tag("Old")
    for _ in range(3):
        make.article(tags=[tag])
    make.program(tag=tag)

    message = messages_of(resend(editor, tag, name="New"))[0]
    assert (
        "Shown under its new name: programs: 1, articles: 3, other names: 1" in message
    )


def test_back_and_forth_leaves_no_name_beside_itself(editor):
    tag = make.tag("One")
    for name in ["Two", "One", "Two", "one", "Three", "ONE"]:
        response = resend(editor, tag, name=name)
        assert response.redirect_chain, response.context["errors"]
        tag.refresh_from_db()
        assert tag.name == name
        assert name.lower() not in map(str.lower, aliases_of(tag))
    assert aliases_of(tag) == ["Three", "Two"]
    assert tag.slug == "one"
    for slug in ["two", "three"]:
        assert editor.get(f"/news/tags/{slug}/").url == "/news/tags/one/"


def test_other_spelling_of_a_name_is_no_other_name(editor):
    tag = make.tag("hope probation")

    resend(editor, tag, name="Hope Probation")

    tag.refresh_from_db()
    assert (tag.name, tag.slug, aliases_of(tag)) == (
        "Hope Probation",
        *["hope-probation", []],
    )
    assert Revision.objects.latest("pk").act == Act.CHANGED
    assert not OldAddress.objects.exists()


@pytest.mark.parametrize(
    "changes, slug",
    [
        ({"keep_address": "on"}, "old"),
        ({"slug": "chosen"}, "chosen"),
        ({"slug": ""}, "new"),
        ({"slug": "chosen", "keep_address": "on"}, "chosen"),
        ({}, "new"),
    ],
)
def test_the_address_is_kept_or_chosen_by_who_wants_it(editor, changes, slug):
    tag = make.tag("Old")

    response = resend(editor, tag, name="New", **changes)

    tag.refresh_from_db()
    assert tag.slug == slug
    assert ("leads to" in messages_of(response)[0]) is (slug != "old")


def test_an_address_that_somebody_chose_stays(editor):
    tag = make.tag("Group Violence Intervention", slug="gvi")

    resend(editor, tag, name="Focused Deterrence")

    tag.refresh_from_db()
    assert tag.slug == "gvi"


def test_the_address_of_a_city_with_its_state_follows_too(editor):
    make.city("Springfield", state="OH")
    city = make.city("Springfield", state="IL")
    assert city.slug == "springfield-il"

    resend(editor, city, name="Decatur")

    city.refresh_from_db()
    assert city.slug == "decatur"
    assert aliases_of(city) == ["Springfield"]


def test_a_name_that_is_there_offers_to_merge(editor):
    tag, other = make.tag("One"), make.tag("Other & co")
    other.aliases.create(name="Another")

    for name in ["other and CO", "another"]:
        page = resend(editor, tag, name=name).text
        assert "Use that one." in page
        assert "“Other &amp; co”" in page
        address = f"/admin/nnsc/tag/merge/?keys={tag.pk},{other.pk}&amp;into={other.pk}"
        assert f'<a href="{address}">Or merge the two.</a>' in page
    assert "Or merge the two." not in resend(editor, tag, name="").text


def test_a_name_that_another_has_by_then_stays_theirs(editor):
    tag = make.tag("Old")
    make.tag("Other").aliases.create(name="Old, too")
    Tag.objects.filter(pk=tag.pk).update(name="Old too", key="old too")

    response = resend(editor, tag, name="New")

    assert aliases_of(tag) == []
    assert "finds it too" not in messages_of(response)[0]


def test_what_else_is_typed_is_saved_and_stays_when_the_name_goes_back(editor, ann):
    tag = make.tag("Old", meaning="Before")

    resend(editor, tag, name="New", meaning="After", **{"aliases-0-name": "Besides"})
    tag.refresh_from_db()
    assert (tag.meaning, aliases_of(tag)) == ("After", ["Besides", "Old"])
    undo(Revision.objects.get(act=Act.RENAMED), ann)

    tag.refresh_from_db()
    assert (tag.name, tag.slug, tag.meaning) == ("Old", "old", "After")
    assert aliases_of(tag) == ["Besides"]


def test_the_former_name_typed_as_another_by_hand_is_there_once(editor):
    tag = make.tag("Old")

    response = resend(editor, tag, name="New", **{"aliases-0-name": "OLD"})

    assert response.redirect_chain
    assert aliases_of(tag) == ["OLD"]


def test_a_name_changed_again_is_undone_in_turn(editor, ann):
    tag = make.tag("One")
    before = dump()
    resend(editor, tag, name="Two")
    resend(editor, tag, name="Three")
    first, second = Revision.objects.filter(act=Act.RENAMED).order_by("pk")

    with pytest.raises(CannotUndoError, match="“Three” was renamed again since"):
        undo(first, ann)
    undo(second, ann)
    undo(first, ann)
    assert dump() == before


def test_a_name_that_another_has_since_is_not_taken_back(editor, ann):
    city = make.city("Old")
    resend(editor, city, name="New")
    city.aliases.all().delete()
    other = make.city("Old")

    with pytest.raises(CannotUndoError, match="“Old” is a name of “Old, OH” now"):
        undo(Revision.objects.get(act=Act.RENAMED), ann)
    other.delete()
    undo(Revision.objects.get(act=Act.RENAMED), ann)
    assert City.objects.get().name == "Old"


def test_a_restored_name_is_kept_as_an_earlier_version(editor):
    tag = make.tag("Old")
    resend(editor, tag, name="New")
    address = f"{form_of(tag)}?version=1"

    fields = untouched(editor.get(address))
    assert editor.post(address, fields).status_code == 302

    tag.refresh_from_db()
    assert (tag.name, tag.slug) == ("Old", "old")
    assert aliases_of(tag) == ["New"]
    assert Revision.objects.latest("pk").act == Act.RESTORED


def test_who_may_only_look_sees_no_choice(client):
    tag = make.tag()
    client.force_login(make.staff("Contributor"))

    page = client.get(form_of(tag)).text
    assert "Keep this address" not in page
    assert "Merge into another" not in page


def test_a_new_record_is_not_asked_about_its_address(editor):
    assert "Keep this address" not in editor.get("/admin/nnsc/tag/add/").text
