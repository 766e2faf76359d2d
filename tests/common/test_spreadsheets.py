"""CSV that runs nothing, written as it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from itertools import count

from common.spreadsheets import csv_lines, csv_text


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
