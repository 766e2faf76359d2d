"""CSV and XLSX that run nothing, written as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import count
from typing import Any

import pytest
import time_machine

from common.spreadsheets import csv_lines, csv_text, write_xlsx
from tests.workbooks import Sheet, read_workbook

MADE = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


def workbook(*rows: tuple[Any, ...], most_rows: int = 1_048_576) -> tuple[int, bytes]:
    file = io.BytesIO()
    count_ = write_xlsx(file, title="Sheet", header=("a", "b"), rows=rows, created=MADE, most_rows=most_rows)
    return count_, file.getvalue()


def only_sheet(*rows: tuple[Any, ...]) -> Sheet:
    [sheet] = read_workbook(workbook(*rows)[1])
    return sheet


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@x", "\t=1", "=HYPERLINK(0)", "{=1}", "https://example.org", "0012"]
)
def test_text_in_a_workbook_stays_text(text: str) -> None:
    sheet = only_sheet((text, ""))

    [[cell]] = sheet.rows[1:]
    assert cell.lstrip("'") == text
    assert cell[0] not in "=+-@\t"
    assert (sheet.formulas, sheet.links) == (0, 0)


def test_amounts_are_numbers_with_their_decimals_and_days_are_days() -> None:
    evening = datetime(2026, 11, 12, 23, 30, tzinfo=timezone(timedelta(hours=-4)))

    sheet = only_sheet(
        (Decimal("-1234.50"), date(2026, 2, 28)), (Decimal(6000), evening), (Decimal("1.205"), 7), (None, "x")
    )

    assert sheet.rows[1:] == [
        [Decimal("-1234.5"), date(2026, 2, 28)],
        [Decimal(6000), datetime(2026, 11, 13, 3, 30)],  # noqa: DTZ001 - cells have no zone
        [Decimal("1.205"), Decimal(7)],
        [None, "x"],
    ]
    assert [row[0] for row in sheet.formats[1:4]] == ["#,##0.00", "#,##0", "#,##0.000"]


def test_the_same_rows_give_the_same_bytes_whenever_they_are_written() -> None:
    with time_machine.travel(MADE, tick=False):
        first = workbook(("x", Decimal("1.20")))
    with time_machine.travel(MADE + timedelta(days=200), tick=False):
        again = workbook(("x", Decimal("1.20")))

    assert first == again
    assert first[0] == 1


def test_a_table_longer_than_a_sheet_goes_on_on_the_next_and_an_empty_one_has_its_header() -> None:
    rows = [(number, "x") for number in range(5)]

    count_, content = workbook(*rows, most_rows=3)
    sheets = read_workbook(content)

    assert count_ == 5
    assert [(sheet.name, [row[0] for row in sheet.rows]) for sheet in sheets] == [
        ("Sheet", ["a", 0, 1]),
        ("Sheet 2", ["a", 2, 3]),
        ("Sheet 3", ["a", 4]),
    ]
    assert only_sheet().rows == [["a", "b"]]


def test_no_cell_begins_as_a_formula_and_numbers_stay_numbers() -> None:
    text = csv_text(("a", "b"), [("=1+1", -2), ("@x", None), ('say "no"\nagain', 1.5)])

    assert text.startswith("a,b\r\n'=1+1,-2\r\n'@x,\r\n")
    assert list(csv.reader(io.StringIO(text, newline="")))[3] == ['say "no"\nagain', "1.5"]


def test_a_line_is_written_before_the_next_row_is_read() -> None:
    read: list[int] = []

    def rows() -> Iterator[tuple[int]]:
        for number in count():  # without end: whoever gathers them first never answers
            read.append(number)
            yield (number,)

    lines = csv_lines(("n",), rows())

    assert [next(lines) for _ in range(3)] == ["n\r\n", "0\r\n", "1\r\n"]
    assert read == [0, 1]
