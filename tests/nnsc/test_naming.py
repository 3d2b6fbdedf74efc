import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError

import make
from nnsc.models import Tag, TagAlias
from nnsc.naming import MAX_KEY_LENGTH, fold

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "one,other",
    [
        ("Reconciliation", "RECONCILIATION"),
        ("Élan", "elan"),
        ("E\u0301lan", "Élan"),
        ("Swift, Certain, & Fair", "swift certain and fair"),
        ("Support & Outreach", "Support and Outreach"),
        ("Support&Outreach", "Support and Outreach"),
        ("Re-entry", "re entry"),
        ("Re–entry", "Re-entry"),
        ("  Two   spaces ", "two spaces"),
        ("No\u00a0break", "no break"),
        ("Women’s groups", "Womens' groups"),
        ("Straße", "STRASSE"),
        ("ﬁrearms", "firearms"),
        ("Full ＷＩＤＴＨ", "full width"),
    ],
)
def test_names_that_a_reader_takes_for_one_fold_alike(one, other):
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    "one,other",
    [
        ("Police", "Policy"),
        ("की", "का"),
        ("Gun 1", "Gun 2"),
        ("???", "!!!"),
        ("Outreach", "Out reach"),
    ],
)
def test_names_that_differ_stay_apart(one, other):
    assert fold(one) != fold(other)


def test_a_name_of_any_length_folds_to_a_key_that_fits():
    assert len(fold("ﷺ" * 1000)) == MAX_KEY_LENGTH


def test_the_database_refuses_a_twin():
    make.tag("Group Violence Intervention")

    with pytest.raises(IntegrityError):
        Tag.objects.bulk_create([Tag(name="group violence  INTERVENTION", slug="x")])


def test_an_editor_is_told_which_tag_is_there_already():
    make.tag("Swift, Certain, & Fair")

    with pytest.raises(ValidationError) as error:
        Tag(name="swift certain and fair", slug="x").full_clean()

    assert "“Swift, Certain, & Fair”" in error.value.message_dict["name"][0]


def test_cities_of_one_name_live_in_different_states():
    springfield = make.city("Springfield", state="OH")
    other = make.city("Springfield", state="IL")

    assert [springfield.slug, other.slug] == ["springfield", "springfield-il"]
    with pytest.raises(IntegrityError):
        make.city("SPRINGFIELD", state="IL")


def test_a_renamed_record_keeps_its_address_and_gets_a_new_key():
    tag = make.tag("Call ins")
    tag.name = "Call-in meetings"
    tag.save(update_fields=["name"])

    tag.refresh_from_db()
    assert (tag.slug, tag.key) == ("call-ins", "call in meetings")


def test_addresses_are_numbered_when_names_give_the_same():
    slugs = [make.source(name=name).slug for name in ["A+B", "A B", "a~b"][:1]]
    slugs += [make.source(name=name).slug for name in ["日本", "中国"]]

    assert slugs == ["ab", "source", "source-2"]


def test_one_other_name_belongs_to_one_record():
    tag = make.tag("Group Violence Intervention")
    TagAlias.objects.create(tag=tag, name="Ceasefire")

    with pytest.raises(ValidationError):
        TagAlias(tag=make.tag(), name="CEASE­FIRE".replace("\u00ad", "")).full_clean()
    with pytest.raises(IntegrityError):
        TagAlias.objects.create(tag=make.tag(), name="ceasefire")
