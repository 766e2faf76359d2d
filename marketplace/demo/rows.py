"""The two CSV files of the demo's input, row by row, each checked. Pure."""

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path

from marketplace.demo.errors import BadDemoData

MARK_COLUMNS = ("system", "doc", "seg", "worker", "category", "severity", "ts")
SCORE_COLUMNS = ("system", "doc", "seg", "worker", "mqm", "errors", "major", "last_ts")

ERROR_SEVERITIES = frozenset({"Major", "Minor"})
PLANTED_SEVERITY = "HOTW-test"
PLANTED_CATEGORIES = frozenset({"Found", "Missed"})
NO_ERROR = "No-error"

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
LONGEST_TEXT = 200
MOST_DIGITS = 15
SCORE_PLACES = 6
"""Scores were summed in binary floating point (0.30000000000000004); six places are far finer than any weight."""

FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that no code or name may hold: control, format (bidi among them), surrogate, line ends."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One row of errors.csv: one mark that a worker set on one translation, at a UTC time."""

    system: str
    doc: str
    seg: str
    worker: str
    category: str
    severity: str
    at: datetime

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.system, self.doc, self.seg, self.worker

    @property
    def is_error(self) -> bool:
        return self.severity in ERROR_SEVERITIES


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One row of segment_scores.csv: MQM points (0 is perfect) and the numbers of errors, with its line in the file."""

    line: int
    mqm: Decimal
    errors: int
    major: int


class BadCell(ValueError):
    """A cell that cannot be read; the row's reader adds file and line."""


def read_marks(path: Path) -> list[Mark]:
    """This will read all marks of an errors.csv, in file order.

    Raises: BadDemoData, naming the line; also for a missing file and for one without a single row.
    """
    if not path.is_file():
        raise BadDemoData(path, None, f"not found in {path.parent.name or path.parent}")
    marks = []
    for line, row in _rows(path, MARK_COLUMNS):
        try:
            marks.append(_mark(row))
        except BadCell as fault:
            raise BadDemoData(path, line, str(fault)) from fault
    if not marks:
        raise BadDemoData(path, None, "holds no row")
    return marks


def read_scores(path: Path) -> dict[tuple[str, str, str, str], ScoreRow]:
    """This will read a segment_scores.csv by (system, doc, seg, worker); a file that is not there gives none.

    Raises: BadDemoData, naming the line; also where two rows score the same annotation.
    """
    scores: dict[tuple[str, str, str, str], ScoreRow] = {}
    if not path.is_file():
        return scores
    for line, row in _rows(path, SCORE_COLUMNS):
        try:
            key = (_text(row, "system"), _text(row, "doc"), _text(row, "seg"), _text(row, "worker"))
            score = ScoreRow(line, _points(row), _count(row, "errors"), _count(row, "major"))
            _instant(row, "last_ts")
        except BadCell as fault:
            raise BadDemoData(path, line, str(fault)) from fault
        if key in scores:
            raise BadDemoData(path, line, f"scores the same annotation as line {scores[key].line}")
        scores[key] = score
    return scores


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line, row); line is where the row ends, as an editor counts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        try:
            header = next(reader, [])
            if tuple(header) != columns:
                raise BadDemoData(path, 1, f"the columns must be {','.join(columns)}")
            for cells in reader:
                if not cells:
                    continue
                if len(cells) != len(columns):
                    raise BadDemoData(path, reader.line_num, f"has {len(cells)} cells, not {len(columns)}")
                yield reader.line_num, dict(zip(columns, cells, strict=True))
        except UnicodeDecodeError as fault:
            raise BadDemoData(path, None, "is not UTF-8") from fault
        except csv.Error as fault:
            raise BadDemoData(path, reader.line_num, f"is not CSV ({fault})") from fault


def _mark(row: dict[str, str]) -> Mark:
    category, severity = _text(row, "category"), _text(row, "severity")
    if severity == PLANTED_SEVERITY:
        if category not in PLANTED_CATEGORIES:
            raise BadCell(f"category of a {PLANTED_SEVERITY} must be Found or Missed, not {category!r}")
    elif severity == NO_ERROR or severity in ERROR_SEVERITIES:
        if (category == NO_ERROR) != (severity == NO_ERROR) or category in PLANTED_CATEGORIES:
            raise BadCell(f"category {category!r} does not go with severity {severity!r}")
    else:
        raise BadCell(f"severity {severity!r} is none of Major, Minor, {NO_ERROR}, {PLANTED_SEVERITY}")
    return Mark(
        _text(row, "system"),
        _text(row, "doc"),
        _text(row, "seg"),
        _text(row, "worker"),
        category,
        severity,
        _instant(row, "ts"),
    )


def _text(row: dict[str, str], column: str) -> str:
    text = row[column]
    if not text or text != text.strip():
        raise BadCell(f"{column} is empty or has space around it")
    if len(text) > LONGEST_TEXT:
        raise BadCell(f"{column} is longer than {LONGEST_TEXT} characters")
    if any(unicodedata.category(character) in FORBIDDEN_CATEGORIES for character in text):
        raise BadCell(f"{column} holds a control or formatting character")
    return text


def _count(row: dict[str, str], column: str) -> int:
    text = row[column]
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise BadCell(f"{column} must be a whole number from 0, not {text[:LONGEST_TEXT]!r}")
    return int(text)


def _points(row: dict[str, str]) -> Decimal:
    text = row["mqm"]
    try:
        points = Decimal(text)
    except InvalidOperation as fault:
        raise BadCell(f"mqm must be a number, not {text[:LONGEST_TEXT]!r}") from fault
    if not (points.is_finite() and 0 <= points < 10**6):
        raise BadCell(f"mqm must be a number from 0 to under a million, not {text[:LONGEST_TEXT]!r}")
    return round(points, SCORE_PLACES)


def _instant(row: dict[str, str], column: str) -> datetime:
    milliseconds = _count(row, column)
    try:
        at = EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError as fault:
        raise BadCell(f"{column} is no Unix time in milliseconds before 2200") from fault
    if at >= LATEST:
        raise BadCell(f"{column} is no Unix time in milliseconds before 2200")
    return at
