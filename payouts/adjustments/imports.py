"""Reading a file of adjustments. Pure; every bad row is named, and nothing is guessed.

Columns, in any order: ``reference`` (the row's key, given once and for good), ``kind`` (BONUS, CORRECTION or CLAWBACK),
``worker`` (mail address), ``amount`` (major units of the file's currency, such as 12.50), ``date`` (YYYY-MM-DD, the day it
is about), ``reason_code``, ``reason_text``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from common.csv_files import check_header, decode_text, read_lines, refuse_file
from common.money import Money
from common.text import clean_name

MOST_BYTES: Final = 5 * 1024 * 1024
MOST_ROWS: Final = 10_000
MOST_LISTED: Final = 1000
COLUMNS: Final = ("reference", "kind", "worker", "amount", "date", "reason_code", "reason_text")
KINDS: Final = ("BONUS", "CORRECTION", "CLAWBACK")

#: What a spreadsheet makes of a long number: the digits are lost.
_SCIENTIFIC = re.compile(r"\d+(?:[.,]\d+)?[eE][+-]?\d+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
#: Source: OWASP, "CSV Injection". Whoever opens an export of such text would run it.
_FORMULA_STARTS = ("=", "+", "-", "@")


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    """One good row; ``worker_email`` in lower case, ``worked_on`` the day it is about."""

    line: int
    reference: str
    kind: str
    worker_email: str
    money: Money
    worked_on: date
    reason_code: str
    reason_text: str


@dataclass(frozen=True, slots=True)
class BadRow:
    """One defect: the line (the header is line 1), its column (empty: the whole row), and what is wrong."""

    line: int
    column: str
    detail: str


@dataclass(slots=True)
class ParsedFile:
    """Good rows in order and every defect, by line."""

    rows: list[AdjustmentRow] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    row_count: int = 0


def parse_adjustments(data: bytes, currency: str, *, today: date) -> ParsedFile:
    """Return the rows of a CSV file whose amounts are in ``currency``.

    Raises:
        InvalidInput: the file as a whole cannot be read; the text says why.
    """
    if len(data) > MOST_BYTES:
        raise refuse_file(f"The file is larger than {MOST_BYTES // 2**20} MiB.")
    lines = read_lines(decode_text(data), most_rows=MOST_ROWS)
    header = [name.strip() for name in next(lines, (1, []))[1]]
    check_header(header, needed=COLUMNS, known=COLUMNS)
    parsed, seen = ParsedFile(), dict[str, int]()
    for line, cells in lines:
        parsed.row_count += 1
        if len(cells) != len(header):
            parsed.bad_rows.append(BadRow(line, "", f"Has {len(cells)} cells; the header has {len(header)}."))
            continue
        _take(parsed, seen, line, dict(zip(header, cells, strict=True)), currency, today)
    if not parsed.row_count:
        raise refuse_file("The file has a header and no rows.")
    return parsed


def _take(
    parsed: ParsedFile, seen: dict[str, int], line: int, cells: Mapping[str, str], currency: str, today: date
) -> None:
    """Add the row, or every defect of it."""
    bad: list[BadRow] = []

    def read[T](column: str, reader: Callable[[str], T]) -> T | None:
        try:
            return reader(cells[column])
        except ValueError as error:
            text = str(error)
            bad.append(BadRow(line, column, f"{text[:1].upper()}{text[1:]}."))
            return None

    reference = read("reference", lambda text: _read_reference(text, line, seen))
    kind = read("kind", _read_kind)
    email = read("worker", lambda text: _read_text(text, 254).lower())
    money = read("amount", lambda text: _read_amount(text, currency))
    worked_on = read("date", lambda text: _read_day(text, today))
    code = read("reason_code", lambda text: _read_text(text, 60))
    reason = read("reason_text", lambda text: _read_text(text, 300))
    if reference and kind and email and money and worked_on and code and reason:
        parsed.rows.append(AdjustmentRow(line, reference, kind, email, money, worked_on, code, reason))
    parsed.bad_rows += bad


def _read_reference(text: str, line: int, seen: dict[str, int]) -> str:
    reference = _read_text(text, 60)
    if _SCIENTIFIC.fullmatch(reference):
        raise ValueError("looks like a number that a spreadsheet has shortened; format the column as text")
    if seen.setdefault(reference, line) != line:
        raise ValueError(f"is the same as in line {seen[reference]}")
    return reference


def _read_kind(text: str) -> str:
    if text not in KINDS:
        raise ValueError(f"write {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    return text


def _read_amount(text: str, currency: str) -> Money:
    money = Money.from_major(text, currency)
    if money.amount_minor <= 0:
        raise ValueError("must be more than zero; a clawback is a kind, not a sign")
    return money


def _read_day(text: str, today: date) -> date:
    """Return the day; 03/04/2026 is two days, so that only one way of writing is taken."""
    if not _DAY.fullmatch(text):
        raise ValueError("write the day as YYYY-MM-DD, such as 2026-04-03; other ways are ambiguous")
    day = date.fromisoformat(text)
    if day > today:
        raise ValueError("is in the future")
    return day


def _read_text(text: str, most: int) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    if text.lstrip().startswith(_FORMULA_STARTS) or text[:1] in "\t\r\n":
        raise ValueError("begins like a formula of a spreadsheet")
    return clean_name(text, max_length=most)
