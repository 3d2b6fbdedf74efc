from datetime import date

import pytest

import make
from news.dates import read_date

MONTH, DAY = "month", "day"


@pytest.mark.parametrize(
    "typed,expected",
    [
        ("Jan 2016", (date(2016, 1, 1), MONTH)),
        ("January 2016", (date(2016, 1, 1), MONTH)),
        ("  january   2016 ", (date(2016, 1, 1), MONTH)),
        ("Jan. 2016", (date(2016, 1, 1), MONTH)),
        ("January, 2016", (date(2016, 1, 1), MONTH)),
        ("Sept 2015", (date(2015, 9, 1), MONTH)),
        ("2016-01", (date(2016, 1, 1), MONTH)),
        ("2016/1", (date(2016, 1, 1), MONTH)),
        ("1/2016", (date(2016, 1, 1), MONTH)),
        ("12/2016", (date(2016, 12, 1), MONTH)),
        ("January 5, 2016", (date(2016, 1, 5), DAY)),
        ("Jan 5 2016", (date(2016, 1, 5), DAY)),
        ("January 5th, 2016", (date(2016, 1, 5), DAY)),
        ("5 January 2016", (date(2016, 1, 5), DAY)),
        ("2016-01-05", (date(2016, 1, 5), DAY)),
        ("1/5/2016", (date(2016, 1, 5), DAY)),
        ("February 29, 2016", (date(2016, 2, 29), DAY)),
    ],
)
def test_an_editor_types_a_date_as_it_comes(typed, expected):
    assert read_date(typed) == expected


@pytest.mark.parametrize(
    "typed,sentence",
    [
        ("13/2016", "There is no month “13”"),
        ("2016-13", "There is no month “13”"),
        ("0/2016", "There is no month “0”"),
        ("Januember 2016", "There is no month “januember”"),
        ("February 30, 2016", "February 2016 has no day 30"),
        ("2015-02-29", "February 2015 has no day 29"),
        ("January 0216", "0216 is not a year of our news"),
        ("yesterday", "“yesterday” is not a date we understand"),
        ("2016", "“2016” is not a date we understand"),
        ("٢٠١٦-٠١", "is not a date we understand"),
        ("9" * 5000, "is not a date we understand"),
    ],
)
def test_a_date_that_nobody_can_mean_is_refused_in_a_sentence(typed, sentence):
    with pytest.raises(ValueError, match=r"\w") as error:
        read_date(typed)

    assert sentence in str(error.value.args[0])


@pytest.mark.django_db
def test_a_month_never_shows_a_day():
    article = make.article(dated=date(2016, 1, 17), dated_precision=MONTH)

    article.refresh_from_db()
    assert article.dated == date(2016, 1, 1)
    assert (article.date_text(), article.date_value()) == ("January 2016", "2016-01")


@pytest.mark.django_db
def test_a_known_day_is_kept():
    article = make.article(dated=date(2016, 1, 17), dated_precision=DAY)

    assert article.date_text() == "January 17, 2016"
    assert article.date_value() == "2016-01-17"
    assert article.month_value() == "2016-01"
