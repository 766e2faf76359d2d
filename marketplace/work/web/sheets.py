"""What the page of a task sends and shows: the work as fields of a plain form, with or without scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from common.errors import FieldProblem, InvalidInput

FIRST_ROWS = 2
"""How many empty rows for errors a fresh sheet has."""
ERROR_FIELDS = ("category", "severity", "error_note")
SEVERITY_WORDS = (("MAJOR", "Major"), ("MINOR", "Minor"), ("NEUTRAL", "Neutral"))
WINNERS = (("a", "A is better"), ("b", "B is better"), ("tie", "Neither"))
_OWN_FIELDS = {"rubric": ERROR_FIELDS, "categorical": ("label",), "pairwise": ("winner",), "freeform": ("text",)}
_MECHANICS = frozenset({"csrfmiddlewaretoken", "act", "draft_version", "note"})
_FIRST = ("document", "system", "segment", "context", "source", "target")


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row of the editor of typed errors; an empty category leaves the row out."""

    number: int
    category: str = ""
    severity: str = "MAJOR"
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing was written in the row."""
        return not self.category.strip() and not self.note.strip()


@dataclass(frozen=True, slots=True)
class Sheet:
    """The work as the page shows it, with what is wrong with it."""

    content: Mapping[str, Any]
    rows: Sequence[ErrorRow] = ()
    problems: Sequence[FieldProblem] = field(default=())


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a task's content, ready to read."""

    label: str
    text: str
    is_target: bool = False


def read_rows(data: QueryDict) -> list[ErrorRow]:
    """Return the rows of the editor as they were sent.

    Raises:
        InvalidInput: the lists of the three fields do not fit together.
    """
    lists = [data.getlist(name) for name in ERROR_FIELDS]
    if len({len(values) for values in lists}) != 1:
        raise InvalidInput.of("/category", "Send category, severity and error_note once for each error.")
    return [
        ErrorRow(number, category.strip(), severity, note.strip())
        for number, (category, severity, note) in enumerate(zip(*lists, strict=True))
    ]


def write_errors(rows: Iterable[ErrorRow]) -> list[dict[str, str]]:
    """Return the typed errors that the rows name."""
    return [
        {"category": row.category, "severity": row.severity} | ({"note": row.note} if row.note else {})
        for row in rows
        if not row.is_empty
    ]


def read_content(data: QueryDict, task_kind: str) -> tuple[dict[str, Any], list[ErrorRow]]:
    """Return the work that a form of ``task_kind`` sent, and its rows of errors.

    Raises:
        InvalidInput: an unknown field, or rows that do not fit together.
    """
    unknown = sorted(set(data) - _MECHANICS - set(_OWN_FIELDS[task_kind]))
    if unknown:
        raise InvalidInput.of(f"/{unknown[0]}", f"Unknown field: {', '.join(unknown)}.", "unknown")
    rows: list[ErrorRow] = []
    content: dict[str, Any] = {}
    if task_kind == "rubric":
        rows = read_rows(data)
        content["errors"] = write_errors(rows)
    else:
        name = _OWN_FIELDS[task_kind][0]
        if _last(data, name):
            content[name] = _last(data, name)
    note = _last(data, "note").strip()
    if note:
        content["note"] = note
    return content, rows


def show_rows(errors: Iterable[Mapping[str, str]], *, spare: int = FIRST_ROWS) -> list[ErrorRow]:
    """Return the rows that show stored ``errors``, and ``spare`` empty ones after them."""
    rows = [
        ErrorRow(number, error.get("category", ""), error.get("severity", "MAJOR"), error.get("note", ""))
        for number, error in enumerate(errors)
    ]
    return rows + [ErrorRow(len(rows) + number) for number in range(spare)]


def show_parts(content: Mapping[str, Any]) -> list[Part]:
    """Return the parts of a task's content: where it stands first, then source and target, then the rest by name."""
    names = sorted(content, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))
    return [
        Part(name.replace("_", " ").capitalize(), _text(content[name]), is_target=name == "target") for name in names
    ]


def _last(data: QueryDict, name: str) -> str:
    """Return a field's text with line ends as they are stored; a repeated field's last value."""
    return str(data.get(name, "")).replace("\r\n", "\n")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2) if isinstance(value, dict | list) else str(value)
