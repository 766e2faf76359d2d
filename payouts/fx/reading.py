"""Reading a file of rates in the forms of the ECB's euro foreign exchange reference rates: pure.

CSV has a column ``Date`` and one for each currency, a row a day; what a day lacks is ``N/A``. JSON is one day,
``{"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.0832}}``, or a list of such.
Source: https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from common.currencies import get_currency
from common.errors import FieldProblem
from payouts.fx.errors import InvalidRates

MOST_BYTES: Final = 2 * 2**20
MOST_RATES: Final = 20_000
_MOST_PROBLEMS: Final = 100
#: When the central banks agree on the day's rates. Source: the page above.
_FIXED_AT: Final = time(14, 10, tzinfo=ZoneInfo("Europe/Berlin"))
_RATE: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?")
_ABSENT: Final = frozenset({"", "N/A"})


@dataclass(frozen=True, slots=True)
class ReadRate:
    """One unit of ``base`` is ``rate`` units of ``quote``; ``row`` is where the file says so."""

    row: str
    base: str
    quote: str
    rate: Decimal
    as_of: datetime


def read_rates(data: bytes, base: str) -> list[ReadRate]:
    """Return what a file says, in its order; ``base`` is what a CSV file's rates are of one unit of.

    Currencies that are in use no more are left out: the ECB's history has them.

    Raises:
        InvalidRates: it is neither form, too large, or names each row that cannot be.
    """
    if len(data) > MOST_BYTES:
        raise InvalidRates.of("/file", f"The file is larger than {MOST_BYTES // 2**20} MiB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRates.of("/file", "The file is not text in UTF-8.") from error
    if "\x00" in text:
        raise InvalidRates.of("/file", "The file has a NUL character.")
    cells = _json_cells(text) if text.lstrip().startswith(("{", "[")) else _csv_cells(text, base)
    return _checked(cells)


@dataclass(frozen=True, slots=True)
class _Cell:
    row: str
    base: str
    day: str
    quote: str
    rate: str


def _csv_cells(text: str, base: str) -> Iterator[_Cell]:
    try:
        rows = list(csv.reader(text.splitlines(), strict=True))
    except csv.Error as error:
        raise InvalidRates.of("/file", f"The file is not CSV: {error}.") from error
    head = [name.strip() for name in rows[0]] if rows else []
    if not head or head[0] != "Date" or len(set(filter(None, head))) != len(list(filter(None, head))):
        raise InvalidRates.of("/columns", "The first row names the columns: Date and then one for each currency.")
    for number, row in enumerate(rows[1:], start=2):
        if len(row) > len(head):
            raise InvalidRates.of(f"/rows/{number}", f"Row {number} has more columns than the first.")
        for quote, value in zip(head[1:], row[1:], strict=False):
            if quote and value.strip() not in _ABSENT:
                yield _Cell(f"/rows/{number}/{quote}", base, row[0].strip(), quote, value.strip())


def _json_cells(text: str) -> Iterator[_Cell]:
    try:
        # Numbers stay the digits that were written: a float would be another rate.
        found = json.loads(text, parse_float=str, parse_int=str)
    except (ValueError, RecursionError) as error:
        raise InvalidRates.of("/file", "The file is not JSON.") from error
    for number, day in enumerate(found if isinstance(found, list) else [found]):
        rates = day.get("rates") if isinstance(day, dict) else None
        if not isinstance(rates, dict):
            raise InvalidRates.of(
                f"/{number}", 'Write {"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.0832}}.'
            )
        for quote, rate in rates.items():
            yield _Cell(f"/{number}/rates/{quote[:10]}", _word(day, "base"), _word(day, "date"), quote, str(rate))


def _word(day: dict[str, Any], name: str) -> str:
    value = day.get(name)
    return value if isinstance(value, str) else ""


def _checked(cells: Iterator[_Cell]) -> list[ReadRate]:
    found: list[ReadRate] = []
    problems: list[FieldProblem] = []
    for cell in cells:
        day = _day(cell.day)
        problem = _defect_of(cell)
        if day is None:
            problem = f"{cell.day[:40]!r} is not a day such as 2026-11-20."
        if problem:
            problems.append(FieldProblem(cell.row, "invalid", problem))
        elif day and _is_in_use(cell.quote) and cell.quote != cell.base:
            found.append(ReadRate(cell.row, cell.base, cell.quote, Decimal(cell.rate), instant_of(day)))
        if len(found) > MOST_RATES:
            raise InvalidRates.of("/file", f"The file has more than {MOST_RATES} rates; take one of fewer days.")
        if len(problems) == _MOST_PROBLEMS:
            break
    if problems or not found:
        raise InvalidRates(problems[0].detail if problems else "There is no rate in the file.", problems)
    return found


def _defect_of(cell: _Cell) -> str:
    if not re.fullmatch(r"[A-Z]{3}", cell.quote):
        return f"{cell.quote[:10]!r} is not a currency's code."
    if not _is_in_use(cell.base):
        return f"{cell.base[:10]!r} is not a currency in use."
    if not _RATE.fullmatch(cell.rate) or not Decimal(cell.rate):
        return f"{cell.rate[:40]!r} is not a rate such as 1.0832."
    return ""


def _is_in_use(code: str) -> bool:
    try:
        get_currency(code)
    except ValueError:
        return False
    return True


def _day(text: str) -> date | None:
    """Return the day of the daily file ("20 November 2026") or of the history ("2026-11-20")."""
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def instant_of(day: date) -> datetime:
    """Return the instant whose rates a day's are."""
    return datetime.combine(day, _FIXED_AT).astimezone(UTC)
