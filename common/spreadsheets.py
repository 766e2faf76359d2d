"""CSV and XLSX that a spreadsheet opens without running anything that stands in a cell."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import IO, Any, Final

import xlsxwriter

# Source: OWASP, "CSV Injection"; ASVS 1.2.10. A cell that begins so is read as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

type Cell = str | int | float | object


def safe_cell(value: Cell) -> Cell:
    """Return text that no spreadsheet takes for a formula; numbers stay numbers, None is empty."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


class _Echo:
    """A file that hands each written line back, which ``csv`` returns to whoever wrote it."""

    def write(self, line: str) -> str:
        """Return the line."""
        return line


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Yield RFC 4180 CSV (CRLF, quoted where needed) of safe cells line by line, ``header`` first; ``rows`` are read as it goes."""
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([safe_cell(cell) for cell in row])


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return the lines of ``csv_lines`` as one text."""
    return "".join(csv_lines(header, rows))


#: Source: Microsoft, "Excel specifications and limits": rows of a worksheet. A longer file goes on on another sheet.
_MOST_ROWS: Final = 1_048_576
_COLUMN_WIDTH: Final = 18


def write_xlsx(
    file: IO[bytes],
    *,
    title: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    created: datetime,
    most_rows: int = _MOST_ROWS,
) -> int:
    """Write an XLSX workbook of one table into ``file`` and return the number of its rows, ``header`` not counted.

    One row is held in memory at a time. A Decimal becomes a number that shows the decimals it has, a date a date, an
    instant one in UTC; everything else but an integer becomes text, which is never a formula or a link, and is as safe as
    in CSV. The same rows, ``title`` and ``created`` give the same bytes. After ``most_rows`` the table goes on on another
    sheet under the same header.
    """
    book = _Book(file, created, title)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - its last value is the answer
        if book.next_row in (0, most_rows):
            book.begin_sheet(header)
        book.write(row)
    if not count:
        book.begin_sheet(header)
    book.close()
    return count


class _Book:
    """A workbook being written: a sheet at a time, a row at a time."""

    def __init__(self, file: IO[bytes], created: datetime, title: str) -> None:
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "use_zip64": True}
        self._book = xlsxwriter.Workbook(file, options)
        self._book.set_properties({"title": title, "created": created.astimezone(UTC).replace(tzinfo=None)})
        self._title = title
        self._formats: dict[str, Any] = {}
        self._head = self._book.add_format({"bold": True})
        self._sheets = 0
        self._sheet: Any = None
        self.next_row = 0

    def begin_sheet(self, header: Sequence[str]) -> None:
        """Add a sheet that begins with ``header``, which stays in sight."""
        self._sheets += 1
        name = self._title if self._sheets == 1 else f"{self._title} {self._sheets}"
        self._sheet = self._book.add_worksheet(name)
        self._sheet.set_column(0, len(header) - 1, _COLUMN_WIDTH)
        self._sheet.freeze_panes(1, 0)
        for column, words in enumerate(header):
            self._sheet.write_string(0, column, words, self._head)
        self.next_row = 1

    def write(self, row: Sequence[Cell]) -> None:
        """Write the next row."""
        for column, cell in enumerate(row):
            self._write_cell(column, cell)
        self.next_row += 1

    def _write_cell(self, column: int, cell: Cell) -> None:
        place = (self.next_row, column)
        match cell:
            case None | "":
                pass
            case bool():
                self._sheet.write_boolean(*place, cell)
            case int():
                self._sheet.write_number(*place, cell)
            case Decimal():
                self._sheet.write_number(*place, cell, self._format(_number_format(cell)))
            case datetime():
                instant = cell.astimezone(UTC).replace(tzinfo=None)
                self._sheet.write_datetime(*place, instant, self._format("yyyy-mm-dd hh:mm:ss"))
            case date():
                self._sheet.write_datetime(*place, cell, self._format("yyyy-mm-dd"))
            case _:
                self._sheet.write_string(*place, safe_cell(str(cell)))

    def _format(self, number: str) -> Any:
        if number not in self._formats:
            self._formats[number] = self._book.add_format({"num_format": number})
        return self._formats[number]

    def close(self) -> None:
        """Write the end of the file."""
        self._book.close()


def _number_format(number: Decimal) -> str:
    """Return the format that shows the decimals a number was given with: two for EUR, none for JPY, three for BHD."""
    exponent = number.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return f"#,##0.{'0' * decimals}" if decimals else "#,##0"
