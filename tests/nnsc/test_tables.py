"""Tables that open in any spreadsheet and run nothing there."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest

from nnsc.tables import CHUNK_SIZE, cell, csv_chunks, csv_response, fields

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    "value,text",
    [
        (None, ""),
        ("", ""),
        (0, "0"),
        (False, "false"),
        (Decimal("63.0"), "63"),
        (Decimal("35.5"), "35.5"),
        (Decimal("100"), "100"),
        (Decimal("-87.6500"), "-87.65"),
        (-3, "-3"),
        (["Chicago, IL", "Gary, IN"], "Chicago, IL; Gary, IN"),
        ([], ""),
        (date(2016, 1, 5), "2016-01-05"),
        (datetime(2016, 1, 5, 12, tzinfo=UTC), "2016-01-05T12:00:00+00:00"),
        ("a\x00b", "ab"),
    ],
)
def test_a_cell_says_what_is_known_and_nothing_else(value, text):
    assert cell(value) == text


@pytest.mark.parametrize(
    "text",
    [
        "=HYPERLINK(1)",
        "+1",
        "-1+cmd",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "\x00=1",
    ],
)
def test_text_that_a_spreadsheet_would_run_is_quoted(text):
    assert cell(text) == f"'{text}".replace("\x00", "")
    assert cell([text, "more"]).startswith("'")


def test_what_is_only_in_the_middle_stays_as_it_is():
    assert cell("63% = a lot") == "63% = a lot"


def test_it_begins_with_the_mark_by_which_spreadsheets_know_utf_8():
    table = "".join(csv_chunks(fields("name"), [SimpleNamespace(name="Ōsaka, “x”\n2")]))

    assert table.startswith("\ufeffname\r\n")
    rows = list(csv.reader(io.StringIO(table.removeprefix("\ufeff"), newline="")))
    assert rows == [["name"], ["Ōsaka, “x”\n2"]]


def test_it_reads_no_further_than_it_has_written():
    read = []

    def records():
        for number in range(5 * CHUNK_SIZE):
            read.append(number)
            yield SimpleNamespace(id=number)

    chunks = csv_chunks(fields("id"), records())

    for n_chunks in range(4):
        next(chunks)
        assert len(read) == n_chunks * CHUNK_SIZE


def test_a_list_of_nothing_has_its_head():
    assert "".join(csv_chunks(fields("id", "name"), [])) == "\ufeffid,name\r\n"


def test_the_file_has_a_name():
    response = csv_response("news", fields("id"), [])

    assert response["Content-Disposition"] == 'attachment; filename="news.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8; header=present"
