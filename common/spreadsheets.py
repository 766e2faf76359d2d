"""CSV that a spreadsheet opens without running anything that stands in a cell."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# Source: OWASP, "CSV Injection"; ASVS 1.2.10. A cell that begins so is read as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")

type Cell = str | int | float | object


def safe_cell(value: Cell) -> Cell:
    """Return text that no spreadsheet takes for a formula; numbers stay numbers, None is empty."""
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return "'" + value
    return value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """Return RFC 4180 CSV (CRLF, quoted where needed) of safe cells under ``header``."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue()
