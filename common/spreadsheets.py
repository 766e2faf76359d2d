"""CSV that a spreadsheet opens without running anything that stands in a cell."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence

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
