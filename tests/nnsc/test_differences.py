"""Differences between two versions, in words for people."""

import pytest

import make
from impact.models import Metric, Program
from news.models import Article, Source
from nnsc.differences import (
    ADDED,
    REMOVED,
    SAME,
    contents,
    differences,
    differences_of,
    marked,
)
from nnsc.history import record_change, snapshot
from nnsc.models import Act, Tag


def told(text_or_pieces):
    """Return pieces as one line: "a [-b-]{+c+}"."""
    signs = {SAME: "{}", REMOVED: "[-{}-]", ADDED: "{{+{}+}}"}
    return "".join(signs[mark].format(text) for mark, text in text_or_pieces)


def told_by_label(found):
    return {label: told(pieces) for label, _kind, pieces in found}


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ("Shootings fell.", "Shootings rose.", "Shootings [-fell-]{+rose+}."),
        ("", "All new.", "{+All new.+}"),
        ("All gone.", "", "[-All gone.-]"),
        ("In Gary.", "In Gary today.", "In Gary {+today+}."),
        ("In Gary today.", "In Gary.", "In Gary [-today-]."),
        ("a b", "a  b", "[-a b-]{+a  b+}"),
        ("One.\nTwo.", "One.\n\nTwo.", "One[-.\n-]{+.\n\n+}Two."),
        ("<b>x</b> & y", "<i>x</i> & y", "<[-b-]{+i+}>x</[-b-]{+i+}> & y"),
        ("naïve", "naive", "[-naïve-]{+naive+}"),
        ("wholly other words", "nothing here alike", None),
    ],
)
def test_the_words_that_changed_are_marked(old, new, expected):
    assert told(marked(old, new)) == (expected or f"[-{old}-]{{+{new}+}}")


def test_of_a_long_text_only_what_surrounds_a_change_is_shown():
    words = [f"word{n}" for n in range(1000)]
    old, new = " ".join(words), " ".join([*words[:500], "new", *words[500:]])

    pieces = marked(old, new)

    assert [mark for mark, _text in pieces] == [SAME, ADDED, SAME]
    assert pieces[0].text.startswith(" … word488 ")
    assert pieces[2].text == " ".join(words[500:512]) + " … "


@pytest.mark.parametrize(
    "old, new",
    [
        ("a " * 60_000, "b " * 60_000),
        ("a\n" * 60_000, "b\n" * 60_000),
        ("a b " * 30_000, "b a " * 30_000),
        ("x" * 200_000, "y" * 200_000),
    ],
)
def test_texts_of_any_length_are_compared_at_all(old, new):
    pieces = marked(old, new)

    assert {REMOVED, ADDED} <= {mark for mark, _text in pieces}


@pytest.mark.django_db
def test_an_articles_differences_read_as_its_form(django_assert_num_queries):
    old_city, new_city = make.city("Gary", state="IN"), make.city("Chicago", state="IL")
    tag, npr = make.tag("Swift, Certain, & Fair"), make.source(name="NPR")
    article = make.article(
        title="Fewer <i>shootings</i>", cities=[old_city], source=None, state="draft"
    )
    old = snapshot(article)
    new = old | {
        "title": "Fewer <i>homicides</i>",
        "source": npr.pk,
        "cities": [new_city.pk],
        "tags": [tag.pk],
        "dated": "2016-01-25",
        "dated_precision": "day",
        "state": "ready",
        "source_url": "https://npr.org/1",
        "source_key": "npr.org/1",
        "goes_live_at": "2026-01-25T15:00:00+00:00",
    }

    with django_assert_num_queries(3):
        found = differences(old, new, Article, ["cities", "title"])

    assert [one.label for one in found[:2]] == ["Cities", "Title"]
    assert told_by_label(found) == {
        "Cities": "[-Gary, IN-]{+Chicago, IL+}",
        "Title": "Fewer <i>[-shootings-]{+homicides+}</i>",
        "State": "[-Draft-]{+Ready for review+}",
        "Goes live at": told_by_label(found)["Goes live at"],
        "Source": "{+NPR+}",
        "Link to the story": "{+https://npr.org/1+}",
        "Date": "[-January 2016-]{+January 25, 2016+}",
        "Tags": "{+Swift, Certain, & Fair+}",
    }
    assert (
        "Sunday, 25 January 2026, 10:00 (New York)"
        in (told_by_label(found)["Goes live at"])
    )


@pytest.mark.django_db
def test_a_month_that_became_known_to_the_day_is_a_difference():
    old = snapshot(make.article())
    found = differences(old, old | {"dated_precision": "day"}, Article)

    assert told_by_label(found) == {"Date": "[-January 2016-]{+January 1, 2016+}"}


@pytest.mark.django_db
def test_figures_choices_and_boxes_are_told_in_words():
    old = snapshot(Metric.objects.get(pk=make.metric(value_low="9.5").pk))
    new = old | {
        "value_low": "10.0",
        "direction": "rose",
        "city_inferred": True,
        "verified_on": "2016-01-05",
        "verified_by": make.staff(first_name="Ann", last_name="Ames").pk,
        "year_from": None,
    }

    assert told_by_label(differences(old, new, Metric)) == {
        "Direction": "[-Fell-]{+Rose+}",
        "Value, or lowest value": "[-9.5-]{+10+}",
        "The city is inferred": "[-no-]{+yes+}",
        "From year": "[-1997-]",
        "Verified by": "{+Ann Ames+}",
        "Verified on": "{+Jan. 5, 2016+}",
    }


@pytest.mark.django_db
def test_parts_that_came_went_and_changed_are_told():
    metric = Metric.objects.get(pk=make.metric().pk)
    kept, gone = make.rating(metric, body="CEBCP"), make.rating(metric, body="NIJ")
    old = snapshot(metric)
    kept.rating, kept.dated = "Effective - one study", "2011-05-06"
    kept.save()
    gone.delete()
    make.rating(metric, body="Blueprints")

    found = told_by_label(differences(old, snapshot(metric), Metric))

    whose = "Independent rating “CEBCP: Promising - one study”"
    assert found == {
        "Independent ratings": (
            "[-NIJ: Promising - one study-]{+Blueprints: Promising - one study+}"
        ),
        f"{whose}: Rating": "[-Promising -]{+Effective +}- one study",
        f"{whose}: Date": "{+May 6, 2011+}",
    }


@pytest.mark.django_db
def test_what_is_deleted_since_is_called_as_it_was_last():
    tag, unknown = make.tag("Reconciliation"), make.tag()
    record_change(tag, by=None, act=Act.ADDED)
    keys = [tag.pk, unknown.pk]
    old = snapshot(make.article(tags=[tag, unknown]))
    Article.objects.get().tags.clear()
    Tag.objects.all().delete()

    (found,) = differences(old, old | {"tags": []}, Article)

    assert [piece.text for piece in found.pieces] == [
        "Reconciliation",
        f"no. {keys[1]}",
    ]


@pytest.mark.django_db
def test_what_no_form_shows_is_left_aside():
    old = snapshot(make.source(name="NPR"))
    new = old | {"key": "other", "field_of_old": 1}

    assert differences(old, new, Source) == []


@pytest.mark.django_db
def test_many_pairs_take_the_queries_of_one(django_assert_num_queries):
    old = snapshot(make.program(cities=[make.city()]))
    pairs = [(old, old | {"cities": [make.city().pk]}) for _ in range(10)]

    with django_assert_num_queries(1):
        found = differences_of(pairs, Program)

    assert all(len(one[0].pieces) == 2 for one in found)


@pytest.mark.django_db
def test_a_version_tells_all_that_it_holds_and_nothing_that_it_does_not():
    article = make.article(title="Title", tags=[make.tag("Trust")], quote="Verbatim.")
    found = contents(snapshot(article), Article)

    told = told_by_label(found)
    assert (told["Title"], told["Tags"]) == ("Title", "Trust")
    assert (told["Date"], told["Quote"]) == ("January 2016", "Verbatim.")
    assert {"Summary", "Image", "Cities", "Link to the story"}.isdisjoint(told)
