"""Two people at one record: nothing that either typed is lost or silently overwritten.

A and B open the same form. A saves; B, whose form is older by then, saves after.
"""

import pytest

import make
from impact.models import Metric
from meanwhile import as_sent, draft, opened, save, saved, signed_in, stored
from news.models import Article
from nnsc.history import key_of
from nnsc.models import SiteText, Version
from nnsc.publishing import State
from nnsc.staff.carrying import read_base, signed_base
from reading import errors_of, main

pytestmark = pytest.mark.django_db


# What the two type into each kind of box, and what of it is stored.
BOXES = {
    "title": ("By A", "By B"),
    "quote": ("One line by A.\r\n\r\nAnother line.", "One line.\r\n\r\nBy B."),
    "summary": ("", "By <b>B</b>."),
    "date": ("February 2016", "2016-01-05"),
    "kind": ("op_ed", "audio"),
    "byline": ("By A", "By B"),
    "source_url": ("https://npr.org/by-a", "https://npr.org/by-b"),
    "slug": ("by-a", "by-b"),
    "state": ("ready", "published"),
    "goes_live_at": ("2030-01-01T10:00:00", "2031-01-01T10:00:00"),
    "image_alt": ("By A", "By B"),
}
STORED = {
    "date": {"dated": ("2016-02-01", "2016-01-05")},
    "quote": {
        "quote": ("One line by A.\n\nAnother line.", "One line.\n\nBy B."),
    },
    "goes_live_at": {
        "goes_live_at": ("2030-01-01T15:00:00+00:00", "2031-01-01T15:00:00+00:00")
    },
}


def is_stored(article, box, whose):
    expected = STORED.get(box, {box: BOXES[box]})
    now = stored(article)
    return all(now[name] == values[whose] for name, values in expected.items())


@pytest.mark.parametrize("box", BOXES)
def test_what_each_changed_elsewhere_is_kept(a, b, box):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, **{box: BOXES[box][0]})

    said = saved(b, article, form_b, staff_note="B’s note")

    assert is_stored(article, box, 0)
    assert stored(article)["staff_note"] == "B’s note"
    assert any(
        text.startswith("Ada Lovelace changed “") and "kept as well" in text
        for text in said
    )


@pytest.mark.parametrize("box", BOXES)
def test_what_both_changed_is_asked_and_nothing_is_saved(a, b, box):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, **{box: BOXES[box][0]})

    typed = {box: BOXES[box][1], "staff_note": "B’s note"}
    response = save(b, article, form_b, **typed)

    assert len(errors_of(response)) == 1
    assert "Ada Lovelace changed this as well" in main(response)
    assert is_stored(article, box, 0)
    assert stored(article)["staff_note"] == ""
    form = as_sent(response)
    assert form["staff_note"] == ["B’s note"]
    assert form[box] == [typed[box]]
    # Saved again by somebody who has seen both, it is B's.
    saved(b, article, form)
    assert is_stored(article, box, 1)
    assert stored(article)["staff_note"] == "B’s note"


@pytest.mark.parametrize("box", BOXES)
def test_the_other_wording_can_be_taken(a, b, box):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, **{box: BOXES[box][0]})
    response = save(b, article, form_b, **{box: BOXES[box][1], "staff_note": "Mine"})
    (answer,) = (name for name in as_sent(response) if name.startswith("_keep-"))

    saved(b, article, as_sent(response), **{answer: "theirs"})

    assert is_stored(article, box, 0)
    assert stored(article)["staff_note"] == "Mine"


@pytest.mark.parametrize("box", BOXES)
def test_what_both_changed_alike_is_no_question(a, b, box):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, **{box: BOXES[box][0]})

    said = saved(b, article, form_b, **{box: BOXES[box][0]})

    assert is_stored(article, box, 0)
    assert not any("meanwhile" in text for text in said)


def test_what_changed_yet_again_is_asked_again(a, b):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, title="A’s first")
    response = save(b, article, form_b, title="B’s")
    saved(a, article, opened(a, article), title="A’s second")

    response = save(b, article, as_sent(response))

    page = main(response)
    assert "A’s first" in page
    assert "second" in page
    assert stored(article)["title"] == "A’s second"
    saved(b, article, as_sent(response))
    assert stored(article)["title"] == "B’s"


def test_the_wordings_stand_one_below_the_other_with_what_differs_marked(a, b):
    article = draft(summary="The city saw fewer shootings.")
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, summary="The county saw fewer shootings.")

    response = save(b, article, form_b, summary="The city saw no shootings.")

    page = main(response).replace(" ]", "]")
    before = page.index("Before Summary The city saw fewer shootings.")
    theirs = page.index("The [removed: city] [added: county] saw fewer shootings.")
    mine = page.index("The city saw [removed: fewer] [added: no] shootings.")
    assert before < theirs < mine
    assert "Not saved yet: somebody else has changed the same as you." in page


def test_who_changed_it_in_another_window_is_told_so(a):
    article = draft()
    first, second = opened(a, article), opened(a, article)
    saved(a, article, first, title="One")

    said = saved(a, article, second, summary="Two")

    assert any(
        "You yourself (in another window) changed “Title”" in text for text in said
    )
    assert (stored(article)["title"], stored(article)["summary"]) == ("One", "Two")


def test_a_change_past_the_admin_is_nobodys_and_kept(b):
    article = draft()
    form = opened(b, article)
    Article.objects.update(title="In a shell")

    said = saved(b, article, form, summary="Mine")

    assert any("Somebody changed “Title” meanwhile" in text for text in said)
    assert stored(article)["title"] == "In a shell"


def test_what_a_wrong_form_takes_over_is_said_at_once(a, b):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, summary="A’s")

    response = save(b, article, form_b, date="13/2016")

    assert list(errors_of(response)) == ["date"]
    assert "Ada Lovelace changed “Summary” meanwhile. The form has it now." in main(
        response
    )
    assert as_sent(response)["summary"] == ["A’s"]
    assert as_sent(response)["date"] == ["13/2016"]


def test_what_cannot_be_read_is_shown_as_it_was_typed(a, b):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, date="2016-02")

    response = save(b, article, form_b, date="Smarch 2016")

    assert "[added: Smarch 2016]" in main(response)
    assert as_sent(response)["date"] == ["Smarch 2016"]


def test_the_merged_whole_is_what_is_checked(a, b):
    article = draft(dated=None)
    form_b = opened(b, article)
    saved(a, article, opened(a, article), source="")

    response = save(b, article, form_b, state="published", date="2016-01")

    assert errors_of(response)["source"] == [
        "A published article needs the outlet that ran it."
    ]
    assert stored(article)["state"] == State.DRAFT


# Cities and tags


@pytest.mark.parametrize("name", ["tags", "cities"])
def test_sets_take_in_what_both_did(a, b, name):
    maker = {"tags": make.tag, "cities": make.city}[name]
    kept, out_by_a, out_by_b, in_by_a, in_by_b = (maker() for _ in range(5))
    article = draft(**{name: [kept, out_by_a, out_by_b]})
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, **{name: [kept.pk, out_by_b.pk, in_by_a.pk]})

    said = saved(b, article, form_b, **{name: [kept.pk, out_by_a.pk, in_by_b.pk]})

    assert set(getattr(article, name).all()) == {kept, in_by_a, in_by_b}
    assert any(f"Ada Lovelace changed “{name.capitalize()}”" in text for text in said)


def test_a_set_that_both_changed_alike_says_nothing(a, b):
    tag, article = make.tag(), draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, tags=[tag.pk])

    assert len(saved(b, article, form_b, tags=[tag.pk])) == 1
    assert list(article.tags.all()) == [tag]


def test_a_tag_that_was_taken_out_and_deleted_does_not_come_back(a, b):
    tag = make.tag()
    article = draft(tags=[tag])
    form_b = opened(b, article)
    saved(a, article, opened(a, article), tags=[])
    a.post(f"/admin/nnsc/tag/{tag.pk}/delete/", {"post": "yes"})

    saved(b, article, form_b, title="B’s")

    assert list(article.tags.all()) == []


# What belongs together


def metric_form(browser, metric):
    return opened(browser, metric)


def test_a_figure_that_was_verified_is_not_changed_unseen(a, b):
    metric = make.metric(state=State.DRAFT, verification=Metric.Verification.UNVERIFIED)
    form_a, form_b = opened(a, metric), opened(b, metric)
    saved(a, metric, form_a, verification="confirmed")

    response = save(b, metric, form_b, value_low="43.0", value_high="43.0")

    assert list(errors_of(response)) == ["direction"]
    page = main(response)
    assert "[added: Confirmed]" in page
    assert "[added: 43]" in page
    assert stored(metric)["value_low"] == "42.0"


def test_a_figure_and_its_caveats_are_two_things(a, b):
    metric = make.metric()
    form_a, form_b = opened(a, metric), opened(b, metric)
    note = "The study gives 40%; we had misread it."
    saved(a, metric, form_a, value_low="40", value_high="40", correction_note=note)

    saved(b, metric, form_b, caveats="Small numbers.")

    now = stored(metric)
    assert (now["value_low"], now["caveats"]) == ("40.0", "Small numbers.")


def test_half_a_place_on_the_map_is_never_merged(a, b):
    city = make.city(latitude="41.8500", longitude="-87.6500")
    form_a, form_b = opened(a, city), opened(b, city)
    saved(a, city, form_a, latitude="41.6000")

    response = save(b, city, form_b, longitude="-87.3000")

    assert list(errors_of(response)) == ["latitude"]
    assert stored(city)["longitude"] == "-87.6500"


# Forms without a base, or with another's


@pytest.mark.parametrize("base", ["", "x", "forged", "another’s", "\0", "é" * 5000])
def test_who_knows_nothing_is_asked_about_all_that_differs(a, b, base):
    tags = [make.tag(), make.tag()]
    article, other = draft(tags=tags[:1]), draft(source_url="")
    form = opened(b, article)
    if base == "forged":
        base = form["_base"][0][:-1] + "x"
    elif base == "another’s":
        base = opened(b, other)["_base"][0]

    typed = {"title": "B’s", "tags": [tags[1].pk], "_base": base}
    response = save(b, article, form, **typed)

    assert set(errors_of(response)) == {"title", "tags"}
    assert "it is not known what you had before you" in main(response)
    assert stored(article)["title"] == "Shootings fell"
    saved(b, article, as_sent(response))
    assert stored(article)["title"] == "B’s"
    assert list(article.tags.all()) == tags[1:]


def test_who_knows_nothing_and_changes_nothing_is_asked_nothing(b):
    article = draft(tags=[make.tag()], cities=[make.city()])
    form = opened(b, article)
    before = stored(article)

    saved(b, article, form, _base="")

    assert stored(article) == before


def test_a_box_that_is_new_in_the_code_is_not_emptied_by_older_forms(b):
    article = draft()
    form = opened(b, article)
    base = read_base(form["_base"][0], key_of(article))
    del base["summary"]
    del form["summary"]

    saved(b, article, form, _base=signed_base(key_of(article), base))

    assert stored(article)["summary"] == "As it was."


def test_a_base_outlives_the_history(a, b):
    article = draft()
    form_a, form_b = opened(a, article), opened(b, article)
    saved(a, article, form_a, title="A’s")
    Version.objects.all().delete()

    response = save(b, article, form_b, title="B’s")

    assert "Somebody changed this as well" in main(response)


# Every form of the admin


@pytest.mark.parametrize(
    "maker, box",
    [
        (make.article, "title"),
        (make.metric, "headline"),
        (make.city, "name"),
        (make.program, "name"),
        (make.tag, "name"),
        (make.source, "name"),
        (make.citation, "title"),
        (make.principle, "title"),
        (lambda: SiteText.objects.get(key="mission"), "text"),
    ],
)
def test_every_form_asks(maker, box):
    root = signed_in(make.superuser())
    other = signed_in(make.staff(is_superuser=True, first_name="Ada"))
    record = maker()
    form_a, form_b = opened(other, record), opened(root, record)
    saved(other, record, form_a, **{box: "By A"})

    response = save(root, record, form_b, **{box: "By B"})

    assert "Ada changed this as well" in main(response)
    assert stored(record)[box] == "By A"
    saved(root, record, as_sent(response))
    assert stored(record)[box] == "By B"


def test_two_changes_of_the_same_form_take_no_more_queries_than_one(
    a, b, django_assert_max_num_queries
):
    article = draft(tags=[make.tag()], cities=[make.city()])
    form_a, form_b = opened(a, article), opened(b, article)
    with django_assert_max_num_queries(80) as alone:
        save(a, article, form_a, title="A’s")

    with django_assert_max_num_queries(len(alone) + 3):
        save(b, article, form_b, summary="B’s")
