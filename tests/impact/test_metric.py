import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

import make
from impact.models import Metric
from impact.models.sentences import indefinite_article

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "fields,text",
    [
        ({"value_low": 63, "value_high": 63}, "63%"),
        ({"value_low": 35, "value_high": 42}, "35–42%"),
        ({"value_low": "55.5", "value_high": "55.5"}, "55.5%"),
        ({"value_low": 100, "value_high": 100}, "100%"),
        ({"value_low": 120, "value_high": 120, "unit": "count"}, "120"),
        ({"value_low": 1200, "value_high": 1200, "unit": "count"}, "1,200"),
        ({"value_low": 0, "value_high": 0, "direction": "unchanged"}, "0%"),
    ],
)
def test_a_value_reads_as_people_write_it(fields, text):
    metric = make.metric(**fields)
    metric.refresh_from_db()

    assert metric.value_text() == text


@pytest.mark.parametrize(
    "fields,sentence",
    [
        ({}, "42% reduction in gun homicide, Boston, 1996–2000"),
        ({"direction": "rose"}, "42% increase in gun homicide, Boston, 1996–2000"),
        (
            {"direction": "unchanged"},
            "no clear change in gun homicide, Boston, 1996–2000",
        ),
        ({"year_to": None}, "42% reduction in gun homicide, Boston, from 1996"),
        ({"year_to": 1996}, "42% reduction in gun homicide, Boston, 1996"),
        (
            {"year_from": None, "year_to": None, "years_not_stated": True},
            "42% reduction in gun homicide, Boston, years not stated by the study",
        ),
    ],
)
def test_a_sentence_says_what_changed_where_and_when(fields, sentence):
    years = {"year_from": 1996, "year_to": 2000}
    metric = make.metric(**{"city": make.city("Boston")} | years | fields)

    assert metric.sentence() == sentence


def test_only_a_randomized_study_speaks_of_a_cause():
    fields = {
        "city": make.city("Boston"),
        "program": make.program("Ceasefire"),
        "year_from": 1996,
        "year_to": 2000,
    }

    assert make.metric(**fields).association() == (
        "Ceasefire was associated with a 42% reduction in gun homicide in Boston, "
        "1996–2000."
    )
    assert make.metric(**fields, design="randomized").association() == (
        "Ceasefire led to a 42% reduction in gun homicide in Boston, 1996–2000."
    )


@pytest.mark.parametrize(
    "phrase,article",
    [
        ("42% fall", "a"),
        ("8% fall", "an"),
        ("80% fall", "an"),
        ("11% fall", "an"),
        ("18.5% fall", "an"),
        ("110% rise", "a"),
        ("8–12% fall", "an"),
        ("increase", "an"),
    ],
)
def test_a_number_takes_the_article_it_is_spoken_with(phrase, article):
    assert indefinite_article(phrase) == article


MISSING = [
    {"value_low": None, "value_high": None},
    {"year_from": None, "year_to": None},
    {"city": None},
    {"citation": None},
    {"design": ""},
    {"interval_not_reported": False},
    {"verification": "unverified"},
]


@pytest.mark.parametrize("missing", MISSING)
def test_the_database_publishes_no_figure_that_lacks_its_evidence(missing):
    with pytest.raises(IntegrityError), transaction.atomic():
        Metric.objects.create(**make.metric_fields(**missing))

    make.metric()
    with pytest.raises(IntegrityError):
        Metric.objects.update(**missing)


@pytest.mark.parametrize("missing", MISSING)
def test_an_editor_is_told_what_a_figure_lacks(missing):
    with pytest.raises(ValidationError) as error:
        Metric(**make.metric_fields(**missing)).full_clean()

    assert next(iter(missing)) in error.value.message_dict


@pytest.mark.parametrize("missing", MISSING)
def test_a_draft_may_lack_anything(missing):
    Metric(**make.metric_fields(**missing, state="draft")).full_clean()


@pytest.mark.parametrize(
    "wrong",
    [
        {"value_low": 50, "value_high": 40},
        {"value_low": 50, "value_high": None},
        {"value_low": -5, "value_high": 5},
        {"value_low": 101, "value_high": 101},
        {"year_from": 2000, "year_to": 1996},
        {"year_from": None, "year_to": 1996},
        {"interval_low": 30, "interval_high": 20, "interval_not_reported": False},
        {"interval_low": 30, "interval_not_reported": False},
        {"interval_low": 20, "interval_high": 30, "interval_not_reported": True},
    ],
)
def test_the_database_refuses_figures_that_cannot_be(wrong):
    make.metric(state="draft")

    with pytest.raises(IntegrityError):
        Metric.objects.update(**wrong)


def test_a_single_value_is_a_range_of_one():
    metric = Metric(**make.metric_fields(value_high=None))

    metric.full_clean()

    assert metric.value_high == 42


@pytest.mark.parametrize(
    "authors,short",
    [
        ("Braga, A. A.", "Braga 2001"),
        ("Papachristos, A. V., & Kirk, D. S.", "Papachristos & Kirk 2001"),
        ("Corsaro, N., Brunson, R. K., & McGarrell, E. F.", "Corsaro et al. 2001"),
        ("van der Berg, J.-P., & O’Neil, K.", "van der Berg & O’Neil 2001"),
        ("National Research Council", "National Research Council 2001"),
    ],
)
def test_a_study_is_named_in_short(authors, short):
    assert make.citation(authors=authors, year=2001).short_text() == short
