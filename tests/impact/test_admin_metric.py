"""Figures in the admin: verified, published whole, kept in order."""

import json
from datetime import date

import pytest
from django.utils import timezone

import make
from impact.models import Citation, City, Metric, Program
from nnsc.publishing import State
from reading import errors_of

ADD, LIST = "/admin/impact/metric/add/", "/admin/impact/metric/"

pytestmark = pytest.mark.django_db

NO_OTHER_NAMES = {"aliases-TOTAL_FORMS": 0, "aliases-INITIAL_FORMS": 0}


@pytest.fixture
def person():
    return make.staff("Editor")


@pytest.fixture
def editor(client, person):
    client.force_login(person)
    return client


def typed(**fields):
    """Return what the browser sends of a form filled in as far as it must be."""
    table = {"ratings-TOTAL_FORMS": 0, "ratings-INITIAL_FORMS": 0}
    needed = {
        "headline": "reduction in gun homicide",
        "direction": "fell",
        "unit": "percent",
        "outcome": "gun homicide",
        "verification": "unverified",
        "state": "draft",
    }
    return table | needed | fields


def change(metric):
    return f"{LIST}{metric.pk}/change/"


def test_what_a_published_figure_lacks_stands_beside_its_fields(editor):
    errors = errors_of(editor.post(ADD, typed(state="published")))

    assert {
        "value_low",
        "year_from",
        "city",
        "design",
        "interval_not_reported",
        "citation",
        "verification",
    } <= errors.keys()


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"value_low": "163"}, "Nothing can fall by more than 100%."),
        ({"value_low": "50", "value_high": "150%"}, "Nothing can fall by more"),
        ({"value_low": "50", "value_high": "40"}, "must not be above the highest"),
        ({"value_low": "-63"}, "Give the size without a sign, 63."),
        ({"value_low": "−63%"}, "Give the size without a sign, 63."),
        ({"value_low": "5", "value_high": "-9"}, "Give the size without a sign, 9."),
        ({"value_low": "many"}, "This is no number."),
        ({"interval_low": "5"}, "Give both ends of the interval"),
        ({"year_to": "2002"}, "The last year needs a first one"),
    ],
)
def test_figures_that_cannot_be_are_refused_with_a_sentence(editor, fields, sentence):
    assert sentence in str(errors_of(editor.post(ADD, typed(**fields))))


def test_a_figure_is_entered_with_its_rating(editor):
    rating = {
        "ratings-TOTAL_FORMS": 1,
        "ratings-0-body": "CrimeSolutions (NIJ)",
        "ratings-0-rating": "Promising",
        "ratings-0-url": "crimesolutions.ojp.gov/1",
    }
    response = editor.post(ADD, typed(value_low="63", city=make.city().pk, **rating))

    assert response.status_code == 302
    metric = Metric.objects.get()
    assert metric.value_high == 63
    assert metric.ratings.get().url == "https://crimesolutions.ojp.gov/1"


def test_the_public_sentence_stands_beside_the_form(editor):
    metric = make.metric(outcome="<b>homicide")

    page = editor.get(change(metric)).content.decode()
    assert "42% reduction in &lt;b&gt;homicide" in page
    assert "was associated with a 42% reduction" in page
    assert (
        "no number" in editor.get(change(make.metric_under_review())).content.decode()
    )
    assert "Say whether it fell, rose" in editor.get(ADD).content.decode()


# Verification


@pytest.mark.parametrize("verification", ["confirmed", "second_hand"])
def test_who_confirms_a_figure_and_when_is_kept(editor, person, verification):
    editor.post(ADD, typed(value_low="63", verification=verification))

    metric = Metric.objects.get()
    assert metric.verified_by == person
    assert metric.verified_on == timezone.localdate()


def test_who_and_when_can_be_given(editor):
    other = make.staff("Editor")
    given = {"verified_by": other.pk, "verified_on": "2016-01-05"}
    editor.post(ADD, typed(value_low="63", verification="confirmed", **given))

    metric = Metric.objects.get()
    assert (metric.verified_by, metric.verified_on) == (other, date(2016, 1, 5))


def test_a_later_change_of_something_else_leaves_who_confirmed(editor):
    first = make.staff("Editor")
    metric = make.metric(
        state=State.DRAFT, verified_by=first, verified_on=date(2016, 1, 5)
    )
    same = {
        "value_low": "42",
        "verification": "confirmed",
        "verified_by": first.pk,
        "verified_on": "2016-01-05",
    }
    fields = typed(headline="Another line", **same)

    assert editor.post(change(metric), fields).status_code == 302
    metric.refresh_from_db()
    assert metric.headline == "Another line"
    assert (metric.verified_by, metric.verified_on) == (first, date(2016, 1, 5))


def test_a_second_confirmation_is_the_work_of_who_makes_it(editor, person):
    first = make.staff("Editor", is_active=False)
    metric = make.metric(
        state=State.DRAFT,
        verification="second_hand",
        verified_by=first,
        verified_on=date(2016, 1, 5),
    )
    before = {"verified_by": first.pk, "verified_on": "2016-01-05"}
    fields = typed(value_low="42", verification="confirmed", **before)

    assert editor.post(change(metric), fields).status_code == 302
    metric.refresh_from_db()
    assert metric.verified_by == person
    assert metric.verified_on == timezone.localdate()


def test_an_unverified_figure_was_verified_by_nobody(editor, person):
    metric = make.metric(state=State.DRAFT, verified_by=person)

    editor.post(change(metric), typed(value_low="42", verified_by=person.pk))

    metric.refresh_from_db()
    assert (metric.verified_by, metric.verified_on) == (None, None)


# The list


def test_the_list_shows_the_figure_or_that_it_is_under_review(editor):
    make.metric(headline="Known")
    make.metric_under_review(headline="Unknown")

    page = editor.get(LIST).content.decode()
    assert "42%" in page
    assert "under review" in page
    for needs in ("value", "verification"):
        page = editor.get(LIST, {"needs": needs}).content.decode()
        assert "Unknown" in page
        assert "Known" not in page.replace("Unknown", "")


@pytest.mark.parametrize("name", ["metric", "citation", "city", "program"])
def test_lists_take_as_many_queries_for_thirty_as_for_three(
    editor, name, django_assert_num_queries, django_assert_max_num_queries
):
    def more(n):
        for _ in range(n):
            city = make.city()
            make.metric(city=city, program=make.program(cities=[city], tag=make.tag()))

    address = f"/admin/impact/{name}/"
    more(3)
    with django_assert_max_num_queries(12) as captured:
        editor.get(address)
    more(27)
    with django_assert_num_queries(len(captured)):
        editor.get(address)


def test_the_city_list_names_states_and_counts_figures(editor):
    city = make.city("Chicago", state="IL")
    make.metric(city=city)

    page = editor.get("/admin/impact/city/", {"q": "chicago il"}).content.decode()
    assert f'<a href="/admin/impact/metric/?city={city.pk}">1</a>' in page


# Cities, programs and studies


def test_a_program_has_its_cities_and_tag_from_search_boxes(editor):
    cities, tag = [make.city(), make.city()], make.tag("Swift, Certain, & Fair")
    fields = {"name": "Ceasefire", "kind": "local", "tag": tag.pk} | NO_OTHER_NAMES
    chosen = fields | {"cities": [city.pk for city in cities]}

    response = editor.post("/admin/impact/program/add/", chosen)
    assert response.status_code == 302
    program = Program.objects.get()
    assert set(program.cities.all()) == set(cities)
    assert program.tag == tag
    address = f"/admin/impact/program/{program.pk}/change/"
    editor.post(address, fields | {"cities": [cities[0].pk]})
    assert list(program.cities.all()) == cities[:1]


def test_a_place_needs_both_latitude_and_longitude(editor):
    fields = {"name": "Gary", "state": "IN", "kind": "city", "latitude": "41.6"}

    response = editor.post("/admin/impact/city/add/", fields | NO_OTHER_NAMES)
    assert "Give both latitude and longitude" in str(errors_of(response))
    assert not City.objects.exists()


def test_a_study_is_entered_once(editor):
    study = make.citation(authors="Doe, J.", year=2008, title="A")
    fields = {"authors": "Doe, J.", "year": 2008, "title": "A", "url": "https://a.org"}

    response = editor.post("/admin/impact/citation/add/", fields)
    assert "already here" in str(errors_of(response))
    assert Citation.objects.get() == study


@pytest.mark.parametrize("name", ["city", "program", "citation"])
def test_what_a_figure_points_at_says_so_and_stays(editor, name):
    metric = make.metric(headline="Points at it", program=make.program())
    record = getattr(metric, name)

    response = editor.post(f"/admin/impact/{name}/{record.pk}/delete/", {"post": "yes"})
    assert "Metrics: 1" in response.content.decode()
    assert "Points at it" in response.content.decode()
    assert type(record).objects.filter(pk=record.pk).exists()


@pytest.mark.parametrize(
    "text", ["NUL \0", "x" * 1_000_000, "\u202eNaN", "1e400", "inf"]
)
@pytest.mark.parametrize(
    "field",
    [
        "headline",
        "value_low",
        "year_from",
        "verified_on",
        "city",
        "verified_by",
        "caveats",
    ],
)
def test_hostile_text_is_kept_word_for_word_or_refused(editor, field, text):
    response = editor.post(ADD, typed(**{field: text}))

    if response.status_code == 302:
        assert str(getattr(Metric.objects.get(), field)) == text
    else:
        assert field in errors_of(response)


# The order


def order():
    return list(Metric.objects.values_list("headline", flat=True))


@pytest.fixture
def three():
    """Three figures whose positions have a gap and a twin."""
    return [
        make.metric(headline=headline, position=position)
        for headline, position in [("A", 1), ("B", 7), ("C", 7)]
    ]


def test_a_new_figure_comes_last(editor, three):
    editor.post(ADD, typed(headline="D"))

    assert order() == ["A", "B", "C", "D"]


def test_rows_are_moved_by_buttons(editor, three):
    response = editor.post(LIST + "move/", {"up": three[2].pk})
    assert order() == ["A", "C", "B"]
    assert response.url == f"{LIST}#up-{three[2].pk}"
    page = editor.get(LIST).content.decode()
    assert "“C · " in page
    assert "is now number 2 of 3" in page
    editor.post(LIST + "move/", {"down": three[0].pk})
    assert order() == ["C", "A", "B"]
    editor.post(LIST + "move/", {"up": three[2].pk})
    assert order() == ["C", "A", "B"]


@pytest.mark.parametrize("key", ["abc", "", "999999", "9" * 40, "\0"])
def test_a_button_for_no_row_moves_nothing(editor, three, key):
    assert editor.post(LIST + "move/", {"up": key}).status_code == 302
    assert order() == ["A", "B", "C"]


def drag(client, *pairs):
    body = json.dumps({"updatedItems": pairs})
    address = LIST + "adminsortable2_update/"
    return client.post(address, body, content_type="application/json").status_code


def test_rows_are_dragged(editor, three):
    a, b, c = (metric.pk for metric in three)

    assert drag(editor, [str(c), 1], [str(a), 2], [str(b), 3]) == 200
    assert order() == ["C", "A", "B"]
    assert drag(editor, [b, 7], [a, 8]) == 200
    assert order() == ["C", "B", "A"]


@pytest.mark.parametrize(
    "pairs",
    [
        *[[["x", 1]], [[999999, 1]], [["9" * 40, 1]], [[None, 1]]],
        *[[[float("inf"), 1]], [7], ["ab"]],
    ],
)
def test_a_drag_of_no_rows_is_refused(editor, three, pairs):
    assert drag(editor, *pairs) == 400
    assert order() == ["A", "B", "C"]


def test_who_may_not_publish_may_not_order(client, three):
    client.force_login(make.staff("Contributor"))

    assert client.post(LIST + "move/", {"up": three[2].pk}).status_code == 403
    assert drag(client, [three[2].pk, 1], [three[0].pk, 2]) == 403
    assert order() == ["A", "B", "C"]
    page = client.get(LIST).content.decode()
    assert "formaction" not in page
    assert "handle" not in page


def test_an_order_is_never_changed_by_opening_an_address(editor, three):
    assert editor.get(LIST + "move/", {"up": three[2].pk}).status_code == 405
    assert editor.get(LIST + "adminsortable2_update/").status_code in (403, 405)
