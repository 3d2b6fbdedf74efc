"""Rows of a form, such as other names and ratings, with two people at one record."""

import pytest

import make
from meanwhile import as_sent, opened, save, saved
from nnsc.models import Tag
from reading import main

pytestmark = pytest.mark.django_db


def tag_with(*names):
    tag = make.tag("Reconciliation")
    for name in names:
        tag.aliases.create(name=name)
    return tag


def names_of(tag):
    return sorted(alias.name for alias in tag.aliases.all())


def rows_in(form) -> dict[str, int]:
    """Return the numbers of the rows that a form sends, by their names."""
    total = int(form["aliases-TOTAL_FORMS"][0])
    return {form[f"aliases-{n}-name"][0]: n for n in range(total)}


def retyped(form, old, new):
    return {f"aliases-{rows_in(form)[old]}-name": new}


def ticked(form, name):
    return {f"aliases-{rows_in(form)[name]}-DELETE": "on"}


def added(form, name):
    return retyped(form, "", name)


def test_rows_of_both_are_kept(a, b):
    tag = tag_with("Healing", "Truth")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **retyped(form_a, "Healing", "A’s"), **added(form_a, "New A"))

    said = saved(b, tag, form_b, **ticked(form_b, "Truth"), **added(form_b, "New B"))

    assert names_of(tag) == ["A’s", "New A", "New B"]
    assert any("Ada Lovelace changed “Other names”" in text for text in said)


def test_a_row_that_another_deleted_stays_deleted(a, b):
    tag = tag_with("Healing", "Truth")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **ticked(form_a, "Healing"))

    saved(b, tag, form_b, meaning="B’s", **added(form_b, "New"))

    assert names_of(tag) == ["New", "Truth"]


def test_a_row_that_both_deleted_is_no_question(a, b):
    tag = tag_with("Healing")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **ticked(form_a, "Healing"))

    saved(b, tag, form_b, **ticked(form_b, "Healing"))

    assert names_of(tag) == []


def test_a_row_that_both_added_is_one(a, b):
    tag = tag_with()
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **added(form_a, "Healing"))

    saved(b, tag, form_b, **added(form_b, "Healing"))

    assert names_of(tag) == ["Healing"]


@pytest.mark.parametrize("answer, expected", [("mine", "B’s"), ("theirs", "A’s")])
def test_a_row_that_both_changed_is_asked(a, b, answer, expected):
    tag = tag_with("Healing", "Truth")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **retyped(form_a, "Healing", "A’s"))

    response = save(b, tag, form_b, **retyped(form_b, "Healing", "B’s"))

    assert response.status_code == 200
    assert "Ada Lovelace changed this as well" in main(response)
    assert names_of(tag) == ["A’s", "Truth"]
    form = as_sent(response)
    (name,) = (name for name in form if name.startswith("_keep-aliases-"))
    saved(b, tag, form, **{name: answer})
    assert names_of(tag) == [expected, "Truth"]


def test_a_row_that_one_deleted_and_the_other_changed_is_asked(a, b):
    tag = tag_with("Healing", "Truth")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **ticked(form_a, "Healing"))

    response = save(b, tag, form_b, **retyped(form_b, "Healing", "B’s"))

    assert "Ada Lovelace deleted this while you changed it" in main(response)
    assert names_of(tag) == ["Truth"]
    form = as_sent(response)
    saved(b, tag, form)
    assert names_of(tag) == ["B’s", "Truth"]


def test_a_row_that_was_deleted_can_stay_so(a, b):
    tag = tag_with("Healing")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **ticked(form_a, "Healing"))
    form = as_sent(save(b, tag, form_b, **retyped(form_b, "Healing", "B’s")))

    saved(b, tag, form, **retyped(form, "B’s", ""))

    assert names_of(tag) == []


def test_a_row_that_one_changed_and_the_other_deleted_is_asked(a, b):
    tag = tag_with("Healing")
    form_a, form_b = opened(a, tag), opened(b, tag)
    saved(a, tag, form_a, **retyped(form_a, "Healing", "A’s"))

    response = save(b, tag, form_b, **ticked(form_b, "Healing"))

    assert "changed this while you ticked it for deletion" in main(response)
    assert names_of(tag) == ["A’s"]
    form = as_sent(response)
    assert not any(name.endswith("DELETE") for name in form)
    saved(b, tag, form, **ticked(form, "A’s"))
    assert names_of(tag) == []


def test_ratings_are_rows_with_several_boxes(a, b):
    metric = make.metric()
    make.rating(metric, body="One body")
    form_a, form_b = opened(a, metric), opened(b, metric)
    saved(a, metric, form_a, **{"ratings-0-rating": "Effective"})

    saved(b, metric, form_b, caveats="Small numbers.")
    response = save(b, metric, form_b, **{"ratings-0-dated": "2016-01-05"})

    assert response.status_code == 200
    assert "[added: Effective]" in main(response).replace(" ]", "]")
    (rating,) = metric.ratings.all()
    assert (rating.rating, rating.dated) == ("Effective", None)


@pytest.mark.parametrize(
    "sent",
    [
        {"aliases-TOTAL_FORMS": "x"},
        {"aliases-TOTAL_FORMS": "99999999999999999999"},
        {"aliases-TOTAL_FORMS": "-1"},
        {"aliases-INITIAL_FORMS": "7"},
        {"aliases-0-id": "abc"},
        {"aliases-0-id": "9" * 40},
        {"aliases-0-id": ""},
        {"aliases-0-id": "\0"},
        {"aliases-1-id": "1", "aliases-0-id": "1"},
        {"aliases-0-tag": "x"},
    ],
)
def test_rows_that_make_no_sense_lose_nothing(a, b, sent):
    tag = tag_with("Healing", "Truth")
    form_b = opened(b, tag)
    saved(a, tag, opened(a, tag), meaning="A’s")

    response = save(b, tag, form_b, **sent)

    assert response.status_code in (200, 302)
    assert {"Healing", "Truth"} <= set(names_of(tag))


def test_a_row_of_a_form_without_a_base_is_asked_about(b):
    tag = tag_with("Healing")
    form = opened(b, tag)

    response = save(b, tag, form, _base="", **retyped(form, "Healing", "B’s"))

    assert response.status_code == 200
    assert names_of(tag) == ["Healing"]
    saved(b, tag, as_sent(response))
    assert names_of(tag) == ["B’s"]


def test_rows_of_a_deleted_record_are_new_ones_too(a, b):
    tag = tag_with("Healing", "Truth")
    form = opened(b, tag)
    a.post(f"/admin/nnsc/tag/{tag.pk}/delete/", {"post": "yes"})

    typed = retyped(form, "Healing", "Peace") | ticked(form, "Truth")
    response = save(b, tag, form, **typed)

    assert b.post("/admin/nnsc/tag/add/", as_sent(response)).status_code == 302
    new = Tag.objects.get()
    assert new.pk != tag.pk
    assert names_of(new) == ["Peace"]
