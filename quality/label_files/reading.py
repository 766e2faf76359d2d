"""Reading files of labels of any length: row by row, as small codes, and every fault with its line."""

from __future__ import annotations

import csv
import math
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from common.csv_files import check_header, refuse_file
from common.errors import InvalidInput
from quality.label_files.memory import require_room

#: Rows between two looks at the memory that is left, and two words about how far it is.
LOOK_EVERY = 250_000


@dataclass(frozen=True, slots=True)
class Codes:
    """A column of names: ``names`` sorted and distinct, ``codes`` each row's position among them."""

    names: list[str]
    codes: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelFile:
    """The columns of a file: names as ``Codes``, numbers as an array of float64; ``rows`` of them."""

    rows: int
    names: Mapping[str, Codes]
    numbers: Mapping[str, NDArray[np.float64]]


class _Column(Protocol):
    def take(self, cell: str) -> None: ...


class _Names:
    """Distinct names in the order met; eight bytes a row."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}
        self._codes = array("q")

    def take(self, cell: str) -> None:
        if not cell:
            raise ValueError("is empty")
        self._codes.append(self._known.setdefault(cell, len(self._known)))

    def finish(self) -> Codes:
        """Number the names by their order, so that rows in another order give the same codes."""
        names = sorted(self._known, key=sort_key(self._known))
        place = np.empty(len(names), dtype=np.int64)
        place[[self._known[name] for name in names]] = np.arange(len(names))
        return Codes(names, place[np.frombuffer(self._codes, dtype=np.int64)])


class _Numbers:
    def __init__(self) -> None:
        self._values = array("d")

    def take(self, cell: str) -> None:
        if not cell:
            raise ValueError("is empty")
        self._values.append(parse_number(cell))

    def finish(self) -> NDArray[np.float64]:
        return np.frombuffer(self._values, dtype=np.float64)


class _Choice(_Names):
    """Names of which only a few are allowed."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__()
        self._allowed = allowed

    def take(self, cell: str) -> None:
        if cell not in self._allowed:
            raise ValueError(f"is {cell[:40]!r}, which is none of {', '.join(self._allowed)}")
        super().take(cell)


def read_label_file(
    path: Path,
    *,
    names: Sequence[str] = (),
    numbers: Sequence[str] = (),
    choices: Mapping[str, Sequence[str]] | None = None,
    bytes_per_row: int = 64,
    tell: Callable[[str], None] = lambda words: None,
) -> LabelFile:
    """This will read the named columns of a CSV file (UTF-8, commas, a header); other columns are ignored.

    ``bytes_per_row`` is what a row takes in memory until all is done; ``tell`` hears how far it is.

    Raises:
        InvalidInput: the file is not readable, too large for the memory that is left, or malformed; the message
            names the line, the first being 1.
    """
    allowed = choices or {}
    columns: dict[str, _Column] = {
        **{name: _Names() for name in names},
        **{name: _Choice(values) for name, values in allowed.items()},
        **{name: _Numbers() for name in numbers},
    }
    rows = 0
    for rows, (line, cells) in enumerate(_read_cells(path, list(columns)), start=1):
        for (name, column), cell in zip(columns.items(), cells, strict=True):
            try:
                column.take(cell)
            except ValueError as error:
                raise refuse_file(f"{path.name}, line {line}: {name} {error}.") from error
        if rows % LOOK_EVERY == 0:
            require_room(rows * bytes_per_row, f"{path.name}, of which {rows:,} rows are read")
            tell(f"{rows:,} rows read")
    if not rows:
        raise refuse_file(f"{path.name} has no row under its header.")
    return LabelFile(
        rows,
        {name: column.finish() for name, column in columns.items() if isinstance(column, _Names)},
        {name: column.finish() for name, column in columns.items() if isinstance(column, _Numbers)},
    )


def read_gold(path: Path) -> dict[str, str]:
    """This will read known answers, ``task,truth``.

    Raises:
        InvalidInput: as ``read_label_file``; or a task with two answers.
    """
    answers: dict[str, str] = {}
    for line, (task, truth) in _read_cells(path, ["task", "truth"]):
        if not task or not truth:
            raise refuse_file(f"{path.name}, line {line}: {'truth' if task else 'task'} is empty.")
        if answers.setdefault(task, truth) != truth:
            raise refuse_file(f"{path.name}, line {line}: task {task[:40]!r} has another truth before.")
    return answers


def parse_number(cell: str) -> float:
    """Return a finite number.

    Raises:
        ValueError: what it is instead.
    """
    try:
        value = float(cell) if cell.isascii() and "_" not in cell else math.nan
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"is {cell[:40]!r}, which is no finite number")
    return value


def sort_key(names: Mapping[str, Any] | Sequence[str]) -> Callable[[str], Any]:
    """Return the key that sorts names by their value where all are numbers, else as text."""
    try:
        values = {name: parse_number(name) for name in names}
    except ValueError:
        return str
    return lambda name: (values[name], name)


def _read_cells(path: Path, wanted: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the wanted cells of each row with the line where the row begins."""
    began = 1
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            header = [name.strip() for name in next(reader, [])]
            check_header(header, needed=wanted)
            at = [header.index(name) for name in wanted]
            began = reader.line_num + 1
            for cells in reader:
                line, began = began, reader.line_num + 1
                if not cells:
                    continue
                if len(cells) != len(header):
                    raise refuse_file(
                        f"{path.name}, line {line}: {len(cells)} cells, where the header names {len(header)} columns."
                    )
                yield line, [cells[place].strip() for place in at]
    except InvalidInput as error:
        words = str(error)
        raise (error if path.name in words else refuse_file(f"{path.name}: {words}")) from None
    except csv.Error as error:
        raise refuse_file(f"{path.name}, line {began}: {error}.") from error
    except UnicodeDecodeError as error:
        raise refuse_file(f"{path.name}, after line {began}: not UTF-8; save the file as UTF-8.") from error
    except OSError as error:
        raise refuse_file(f"{path} cannot be read: {error.strerror}.") from error
