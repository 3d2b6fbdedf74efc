"""Two people at one record: nothing that either typed is lost or silently overwritten.

A and B open the same form. A saves; B, whose form is older by then, saves after.
"""

from datetime import date

import pytest

import make
from impact.models import Metric
from news.models import Article
from nnsc.history import key_of, snapshot
from nnsc.merging import merge
from nnsc.models import SiteText, Tag, Version
from nnsc.publishing import State
from nnsc.staff.carrying import read_base, signed_base
from principles.models import Principle
from reading import errors_of, main, untouched
from sending import Browser, in_bulk

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada():
    return make.staff("Editor", first_name="Ada", last_name="Lovelace")


@pytest.fixture
def bob():
    return make.staff("Editor", first_name="Bob", last_name="Moses")


def signed_in(user):
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def a(ada):
    return signed_in(ada)


@pytest.fixture
def b(bob):
    return signed_in(bob)


def change(record):
    opts = record._meta
    return f"/admin/{opts.app_label}/{opts.model_name}/{record.pk}/change/"


def opened(browser, record):
    """Return what the form would send if it was left as it is."""
    return untouched(browser.get(change(record)))


def save(browser, record, form, **typed):
    return browser.post(change(record), form | typed)


def saved(browser, record, form, **typed):
    """Send the form; return what is said on the page that follows."""
    response = browser.post(change(record), form | typed, follow=True)
    assert response.redirect_chain, response.context["errors"]
    return [str(message) for message in response.context["messages"]]


def as_sent(response):
    """Return what a browser sends of the form that came back."""
    return untouched(response)


def stored(record):
    return snapshot(type(record).objects.get(pk=record.pk))


def draft(**fields):
    defaults = {
        "title": "Shootings fell",
        "quote": "One line.\n\nAnother line.",
        "summary": "As it was.",
        "byline": "Jane Doe",
        "source_url": "https://npr.org/a",
        "state": State.DRAFT,
        "dated": date(2016, 1, 1),
    }
    return make.article(**defaults | fields)


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


# Published, withdrawn, ordered


def test_what_another_published_stays_published(a, b):
    article = draft(goes_live_at=None)
    form_b = opened(b, article)
    saved(a, article, opened(a, article), state="published")

    said = saved(b, article, form_b, summary="B’s")

    article.refresh_from_db()
    assert article.is_live
    assert article.summary == "B’s"
    assert any("changed “State” and “Goes live at”" in text for text in said)


@pytest.mark.parametrize("way", ["form", "list"])
def test_what_another_withdrew_stays_withdrawn(a, b, way):
    article = make.article()
    form_b = opened(b, article)
    if way == "form":
        saved(a, article, opened(a, article), state="withdrawn")
    else:
        in_bulk(a, "/admin/news/article/", "withdraw", [article.pk])

    saved(b, article, form_b, title="B’s")

    assert (stored(article)["state"], stored(article)["title"]) == ("withdrawn", "B’s")


def test_an_order_and_a_form_do_not_undo_each_other(a, b):
    first, second = make.principle(position=1), make.principle(position=2)
    form_b = opened(b, first)
    a.post("/admin/principles/principle/move/", {"down": first.pk})

    saved(b, first, form_b, title="B’s")
    b.post("/admin/principles/principle/move/", {"down": second.pk})

    assert list(Principle.objects.order_by("position")) == [first, second]
    first.refresh_from_db()
    assert first.title == "B’s"


def test_a_contributor_whose_article_was_published_keeps_the_text_in_sight(a):
    writer = make.staff("Contributor")
    article = draft(added_by=writer)
    contributor = signed_in(writer)
    form = opened(contributor, article)
    saved(a, article, opened(a, article), state="published")

    response = save(contributor, article, form, quote="Typed for <an> hour.")

    assert response.status_code == 403
    page = main(response)
    assert "Ada Lovelace changed its state to “Published”" in page
    assert "Typed for <an> hour." in page
    assert "Shootings fell" not in page.split("What you typed")[1]
    assert stored(article)["quote"] == "One line.\n\nAnother line."


def test_who_never_might_change_it_is_told_so_as_well(a):
    article = draft()
    contributor = signed_in(make.staff("Contributor"))

    response = contributor.post(change(article), {"title": "Not mine"})

    assert response.status_code == 403
    assert "You may not change this" in main(response)
    assert "Not mine" in main(response)


def test_who_may_not_even_see_it_sees_nothing_of_it():
    article = draft()

    response = signed_in(make.staff()).post(change(article), {"title": "Mine"})

    assert response.status_code == 403
    assert "Shootings fell" not in response.text


# Images


def image_form(browser, article, **typed):
    return opened(browser, article) | {"image_alt": "A street."} | typed


def with_image(**fields):
    fields = {"image": make.upload(size=(300, 200)), "image_alt": "A street."} | fields
    return draft(**fields)


def test_an_image_that_another_replaced_stays_replaced(a, b):
    article = with_image()
    form_b = opened(b, article)
    saved(a, article, opened(a, article), image=make.upload(size=(400, 300)))

    saved(b, article, form_b, title="B’s")

    article.refresh_from_db()
    assert (article.image_width, article.title) == (400, "B’s")


def test_an_image_that_another_removed_stays_removed(a, b):
    article = with_image()
    form_b = opened(b, article)
    saved(a, article, opened(a, article), **{"image-clear": "on"})

    saved(b, article, form_b, title="B’s")

    article.refresh_from_db()
    assert not article.image


@pytest.mark.parametrize(
    "by_a", [{"image-clear": "on"}, {"image": "new"}, {"image_alt": "A’s words."}]
)
@pytest.mark.parametrize(
    "by_b", [{"image-clear": "on"}, {"image": "new"}, {"image_alt": "B’s words."}]
)
@pytest.mark.parametrize("answer", ["mine", "theirs"])
def test_an_image_and_its_words_are_one_thing(a, b, by_a, by_b, answer):
    article = with_image()
    form_a, form_b = opened(a, article), opened(b, article)
    sizes = {"a": (400, 300), "b": (500, 300)}

    def typed(way, who):
        new = {"image": make.upload(size=sizes[who])} if "image" in way else {}
        return way | new

    saved(a, article, form_a, **typed(by_a, "a"))
    response = save(b, article, form_b, **typed(by_b, "b"))
    if by_a == by_b == {"image-clear": "on"}:
        assert response.status_code == 302
        return
    assert list(errors_of(response)) == ["image"]
    form = as_sent(response)
    if "image" in by_b:
        assert "image-kept" in form
    # What is ticked is ticked again by the person.
    form |= {"image-clear": "on"} if "image-clear" in by_b else {}
    saved(b, article, form, **{"_keep-image": answer})

    article.refresh_from_db()
    way, who = (by_a, "a") if answer == "theirs" else (by_b, "b")
    if "image" in way:
        assert article.image_width == sizes[who][0]
    elif "image-clear" in way:
        assert not article.image
    if answer == "theirs" and "image_alt" in by_a:
        assert (article.image_width, article.image_alt) == (300, "A’s words.")


# Rows of a formset: other names, ratings


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


def test_a_row_of_a_form_without_a_base_is_asked_about(b):
    tag = tag_with("Healing")
    form = opened(b, tag)

    response = save(b, tag, form, _base="", **retyped(form, "Healing", "B’s"))

    assert response.status_code == 200
    assert names_of(tag) == ["Healing"]
    saved(b, tag, as_sent(response))
    assert names_of(tag) == ["B’s"]


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


# Deleted meanwhile


def test_what_was_typed_of_a_deleted_article_begins_a_new_draft(a, b):
    tag = make.tag("Trust")
    article = draft(state=State.PUBLISHED, tags=[tag])
    form = opened(b, article)
    a.post(f"/admin/news/article/{article.pk}/delete/", {"post": "yes"})

    response = save(b, article, form, quote="Typed for an hour.")

    page = main(response)
    assert "Ada Lovelace deleted “Shootings fell”" in page
    assert "It can be restored from the trash." in page
    assert "/admin/trash/" in response.text
    assert 'action="/admin/news/article/add/"' in response.text
    form = as_sent(response)
    assert form["quote"] == ["Typed for an hour."]
    assert form["tags"] == [str(tag.pk)]
    assert form["state"] == ["draft"]
    assert "_base" not in form
    assert b.post("/admin/news/article/add/", form).status_code == 302
    new = Article.objects.get()
    assert (new.quote, new.state) == ("Typed for an hour.", State.DRAFT)
    assert new.pk != article.pk


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


def test_what_was_deleted_past_the_admin_is_offered_anew_as_well(b):
    article = draft()
    form = opened(b, article)
    Article.objects.all().delete()

    response = save(b, article, form, title="B’s")

    assert "This article was deleted." in main(response)
    assert as_sent(response)["title"] == ["B’s"]


def test_what_was_merged_into_another_leads_there_with_what_was_typed(b):
    gone, heir = make.tag("Gun control"), make.tag("Gun policy")
    form = opened(b, gone)
    merge(Tag, heir.pk, [heir.pk, gone.pk], make.staff(first_name="Ada"))

    response = save(b, gone, form, meaning="Typed for an hour.")

    assert response.status_code == 409
    page = main(response)
    assert "Ada merged “Gun control” into another" in page
    assert "Open Gun policy" in page
    assert "Typed for an hour." in page
    assert change(heir) in response.text


@pytest.mark.parametrize("key", ["abc", "0", "9" * 40, "-1"])
def test_the_form_of_what_never_was_is_no_error(b, key):
    response = b.post(f"/admin/news/article/{key}/change/", {"title": "B’s"})

    assert response.status_code in (200, 302)
    assert response.status_code == 302 or 'value="B’s"' in response.text


# Restored and changed in bulk


def test_a_version_is_restored_onto_what_the_record_is_by_then(a, b):
    article = draft(title="First")
    saved(a, article, opened(a, article), title="Second")
    page = change(article) + "?version=1"
    form = untouched(b.get(page))
    saved(a, article, opened(a, article), summary="A’s")

    b.post(page, form)

    now = stored(article)
    assert (now["title"], now["summary"]) == ("First", "A’s")


def test_a_version_does_not_undo_unseen_what_was_just_typed(a, b):
    article = draft(title="First")
    saved(a, article, opened(a, article), title="Second")
    page = change(article) + "?version=1"
    form = untouched(b.get(page))
    saved(a, article, opened(a, article), title="Third")

    response = b.post(page, form)

    assert "title" in errors_of(response)
    assert stored(article)["title"] == "Third"


def test_an_image_is_restored_onto_what_the_record_is_by_then(a, b):
    article = with_image()
    saved(a, article, opened(a, article), image=make.upload(size=(400, 300)))
    page = change(article) + "?version=1"
    form = untouched(b.get(page))
    saved(a, article, opened(a, article), image=make.upload(size=(500, 300)))

    response = b.post(page, form)
    assert list(errors_of(response)) == ["image"]
    article.refresh_from_db()
    assert article.image_width == 500
    form = as_sent(response)
    b.post(page, form | {"_keep-image": "theirs"})

    article.refresh_from_db()
    assert article.image_width == 500


def test_a_bulk_action_does_not_undo_what_a_form_just_saved(a, b):
    article = draft()
    saved(a, article, opened(a, article), title="A’s")

    in_bulk(b, "/admin/news/article/", "publish", [article.pk])

    assert (stored(article)["title"], stored(article)["state"]) == ("A’s", "published")
