"""Reading a file of tasks: CSV, JSON or JSON lines. Pure; every bad row is named, and nothing is guessed.

Columns or keys: ``external_id`` (needed, unique), ``wanted`` (how many experts, 1 by default), ``priority``, ``gold`` (JSON list of
``{"category", "worker"}``, the worker by e-mail if the plant is for one expert), ``item_a`` and ``item_b`` (names of the two things
that a pairwise task compares), ``repeats`` (the ``external_id`` of a task of an earlier batch that this one shows again to whoever
did it). The expert sees none of them but every other column, which is content; in JSON it may also stand under ``content``.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from common.csv_files import check_header, decode_text, refuse_file
from common.text import clean_text

MOST_BYTES: Final = 50 * 1024 * 1024
MOST_ROWS: Final = 100_000
MOST_LISTED: Final = 1000
MOST_WANTED: Final = 100
LONGEST_ID: Final = 200
_OWN_COLUMNS: Final = ("external_id", "wanted", "priority", "gold", "content", "item_a", "item_b", "repeats")


@dataclass(frozen=True, slots=True)
class Plant:
    """One planted error: the category to mark, and the e-mail of the expert it is for ("" = everybody)."""

    category: str
    worker_email: str = ""


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One good row."""

    external_id: str
    content: Mapping[str, Any]
    wanted: int = 1
    priority: int = 0
    gold: tuple[Plant, ...] = ()
    line: int = 0
    item_a: str = ""
    item_b: str = ""
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """One defect: the line (CSV: the header is line 1; JSON: the item's number from 1), its field, and what is wrong."""

    line: int
    field: str
    detail: str


@dataclass(slots=True)
class ParsedFile:
    """What a file holds: good rows in order, every bad row (at most ``MOST_LISTED``), and how many rows there were."""

    rows: list[TaskRow] = field(default_factory=list)
    bad_rows: list[BadRow] = field(default_factory=list)
    row_count: int = 0
    columns: tuple[str, ...] = ()


def parse_file(name: str, data: bytes) -> ParsedFile:
    """Return the rows of a file whose name ends in .csv, .json or .jsonl.

    Raises:
        InvalidInput: the file as a whole cannot be read; the text says why.
    """
    if len(data) > MOST_BYTES:
        raise refuse_file(f"The file is larger than {MOST_BYTES // 2**20} MiB.")
    suffix = name.rsplit(".", 1)[-1].lower()
    if suffix not in ("csv", "json", "jsonl"):
        raise refuse_file("Use a file whose name ends in .csv, .json or .jsonl.")
    text = decode_text(data)
    if suffix == "csv":
        return _parse_csv(text)
    return parse_items(_json_items(text, lines=suffix == "jsonl"))


def parse_items(items: Sequence[tuple[int, Any]]) -> ParsedFile:
    """Return the rows of numbered JSON objects."""
    parsed = ParsedFile(row_count=len(items))
    if not items:
        raise refuse_file("The file has no rows.")
    seen: dict[str, int] = {}
    for line, item in items:
        if not isinstance(item, Mapping):
            parsed.bad_rows.append(BadRow(line, "", "Each item must be an object."))
            continue
        _take(parsed, seen, line, dict(item))
    return _capped(parsed)


def _parse_csv(text: str) -> ParsedFile:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        check_header(header, needed=("external_id",))
        parsed = ParsedFile(columns=tuple(header))
        seen: dict[str, int] = {}
        for cells in reader:
            if not cells:
                continue
            parsed.row_count += 1
            if parsed.row_count > MOST_ROWS:
                raise refuse_file(f"The file has more than {MOST_ROWS} rows.")
            if len(cells) != len(header):
                detail = f"Has {len(cells)} cells; the header has {len(header)}."
                parsed.bad_rows.append(BadRow(reader.line_num, "", detail))
                continue
            _take(parsed, seen, reader.line_num, _typed(dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        raise refuse_file(f"Line {reader.line_num} is not CSV: {error}.") from error
    if parsed.row_count == 0:
        raise refuse_file("The file has a header and no rows.")
    return _capped(parsed)


def _typed(cells: dict[str, str]) -> dict[str, Any]:
    """Return CSV cells as JSON would give them; a cell that is no number or JSON stays text and is refused by its check."""
    row: dict[str, Any] = dict(cells)
    for name in ("wanted", "priority"):
        text = cells.get(name, "").strip()
        if text:
            row[name] = int(text) if text.isascii() and text.lstrip("-").isdigit() and len(text) < 10 else text
        else:
            row.pop(name, None)
    if cells.get("gold", "").strip():
        try:
            row["gold"] = json.loads(cells["gold"])
        except ValueError:
            row["gold"] = cells["gold"]
    else:
        row.pop("gold", None)
    return row


def _json_items(text: str, *, lines: bool) -> list[tuple[int, Any]]:
    try:
        if lines:
            found = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
            items = [(number, json.loads(line)) for number, line in found]
        else:
            whole = json.loads(text)
            if not isinstance(whole, list):
                raise refuse_file("The file must be a list of objects.")
            items = list(enumerate(whole, 1))
    except (ValueError, RecursionError) as error:
        raise refuse_file(f"The file is not JSON: {error}") from error
    if len(items) > MOST_ROWS:
        raise refuse_file(f"The file has more than {MOST_ROWS} rows.")
    return items


def _take(parsed: ParsedFile, seen: dict[str, int], line: int, row: dict[str, Any]) -> None:
    """Add the row, or every defect of it."""
    bad: list[BadRow] = []
    external_id = row.get("external_id")
    if not isinstance(external_id, str) or not external_id.strip() or len(external_id) > LONGEST_ID:
        bad.append(BadRow(line, "external_id", f"Write 1 to {LONGEST_ID} characters."))
    elif external_id in seen:
        bad.append(BadRow(line, "external_id", f"Is the same as in line {seen[external_id]}."))
    else:
        seen[external_id] = line
    wanted, priority = row.get("wanted", 1), row.get("priority", 0)
    if not _is_int(wanted) or not 1 <= wanted <= MOST_WANTED:
        bad.append(BadRow(line, "wanted", f"Write a whole number from 1 to {MOST_WANTED}."))
    if not _is_int(priority) or not -1000 <= priority <= 1000:
        bad.append(BadRow(line, "priority", "Write a whole number from -1000 to 1000."))
    gold = _read_gold(line, row.get("gold", []), bad)
    items = _read_items(line, row, bad)
    repeats = row.get("repeats", "")
    if not isinstance(repeats, str) or len(repeats) > LONGEST_ID:
        bad.append(BadRow(line, "repeats", "Write the external_id of a task of an earlier batch."))
    content = _read_content(line, row, bad)
    if bad:
        parsed.bad_rows.extend(bad)
    else:
        parsed.rows.append(TaskRow(str(external_id), content, wanted, priority, gold, line, *items, repeats))


def _read_gold(line: int, value: Any, bad: list[BadRow]) -> tuple[Plant, ...]:
    if not isinstance(value, list):
        bad.append(BadRow(line, "gold", 'Write a JSON list such as [{"category": "Omission"}].'))
        return ()
    plants = []
    for each in value:
        fits = (
            isinstance(each, Mapping) and isinstance(each.get("category"), str) and set(each) <= {"category", "worker"}
        )
        if not fits or not isinstance(each.get("worker", ""), str) or not each["category"].strip():
            bad.append(
                BadRow(line, "gold", 'Each plant is {"category": "…"} with, if need be, the "worker" by e-mail.')
            )
            continue
        plants.append(Plant(each["category"], each.get("worker", "")))
    return tuple(plants)


def _read_items(line: int, row: dict[str, Any], bad: list[BadRow]) -> tuple[str, str]:
    """Read the names of what is compared: both or none, and two different ones."""
    names = []
    for column in ("item_a", "item_b"):
        given = row.get(column, "")
        try:
            names.append(clean_text(given, max_length=LONGEST_ID) if isinstance(given, str) else _refuse_no_text())
        except ValueError as error:
            bad.append(BadRow(line, column, str(error)))
    if len(names) < 2:
        return "", ""
    first, second = names
    if bool(first) != bool(second):
        bad.append(BadRow(line, "item_b" if first else "item_a", "Name both items that are compared, or none."))
    elif first and first == second:
        bad.append(BadRow(line, "item_b", "Is the same as item_a."))
    return first, second


def _refuse_no_text() -> str:
    raise ValueError("Write text.")


def _read_content(line: int, row: dict[str, Any], bad: list[BadRow]) -> dict[str, Any]:
    content = {name: value for name, value in row.items() if name not in _OWN_COLUMNS}
    extra = row.get("content", {})
    if not isinstance(extra, Mapping):
        bad.append(BadRow(line, "content", "Write an object."))
    else:
        content |= extra
    for name, value in content.items():
        if isinstance(value, str):
            try:
                content[name] = clean_text(value, max_length=100_000)
            except ValueError as error:
                bad.append(BadRow(line, name, str(error)))
    return content


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _capped(parsed: ParsedFile) -> ParsedFile:
    del parsed.bad_rows[MOST_LISTED:]
    return parsed
