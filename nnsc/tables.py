"""Lists as CSV: streamed, safe to open in a spreadsheet, honest about what is unknown.

A table has columns: the names of fields as the models have them, each with what a
record says there. Unknown is empty and never 0.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from django.http import StreamingHttpResponse

Columns = dict[str, Callable[[object], object]]

# Records that are in memory at a time.
CHUNK_SIZE = 200
# Excel takes UTF-8 for the machine's old code page unless a byte order mark says what
# it is, and whoever opens a .csv by double click has no other way to say it.
BYTE_ORDER_MARK = "\ufeff"
# How a spreadsheet knows a formula, in the wide forms of East Asian keyboards too.
FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")


def csv_response(
    name: str, columns: Columns, records: Iterable
) -> StreamingHttpResponse:
    """Answer with the records as the file name.csv, written while they are read.

    records are read once; who wants constant memory gives an iterator.
    """
    return StreamingHttpResponse(
        csv_chunks(columns, records),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


def csv_chunks(columns: Columns, records: Iterable) -> Iterator[str]:
    """Yield the table in pieces of up to CHUNK_SIZE rows, its head first."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    lines.write(BYTE_ORDER_MARK)
    writer.writerow(columns)
    yield lines.getvalue()
    records = iter(records)
    while chunk := list(islice(records, CHUNK_SIZE)):
        lines.seek(0)
        lines.truncate()
        for record in chunk:
            writer.writerow([cell(value_of(record)) for value_of in columns.values()])
        yield lines.getvalue()


def cell(value: object) -> str:
    """Return what stands in a cell. Several values are joined by "; "."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return number_text(value)
    # A number is no formula: -87.65 stays what it is.
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return harmless("; ".join(str(part) for part in value))
    return harmless(str(value))


def harmless(text: str) -> str:
    """Return text that no spreadsheet runs: what begins like a formula is quoted."""
    text = text.replace("\x00", "")
    return f"'{text}" if FORMULA.match(text) else text


def number_text(number: Decimal) -> str:
    """Return number without idle zeros: 63.0 as "63", 35.50 as "35.5"."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def fields(*names: str) -> Columns:
    """Return columns of the fields that a table shows as the records have them."""
    return {name: _reader(name) for name in names}


def _reader(name: str) -> Callable[[object], object]:
    return lambda record: getattr(record, name)
