"""What work looks like and what it is worth: pure checks and sums."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from common.errors import FieldProblem
from common.text import clean_name, clean_text

_ITEM_KEY: Final = "task:"
#: How long a claim holds its seat and pay without being extended or handed in.
LEASE: Final = timedelta(hours=2)
#: A returned submission comes back with this much time.
REWORK_LEASE: Final = timedelta(days=7)
#: How long after the first time a task is shown again to the same person: the answer is not remembered by then.
REPEAT_AFTER: Final = timedelta(days=7)
MOST_ERRORS: Final = 500
#: A longer label is a text, not a class that others might choose too.
LONGEST_CLASS: Final = 200
SEVERITIES: Final = ("MINOR", "MAJOR", "NEUTRAL")
#: Source: Freitag et al. 2021, "Experts, Errors, and Context", doi:10.1162/tacl_a_00437, table of MQM weights.
MAJOR_POINTS: Final = 5.0
MINOR_POINTS: Final = 1.0
MINOR_PUNCTUATION_POINTS: Final = 0.1
NON_TRANSLATION_POINTS: Final = 25.0
PUNCTUATION: Final = "Fluency/Punctuation"
NON_TRANSLATION: Final = "Non-translation!"


def item_key_of(task_id: UUID) -> str:
    """Return the key under which quality knows a task."""
    return f"{_ITEM_KEY}{task_id}"


def task_id_of(item_key: str) -> UUID | None:
    """Return the id of the task that a key of quality's names; None for a key that names none."""
    try:
        return UUID(item_key.removeprefix(_ITEM_KEY)) if item_key.startswith(_ITEM_KEY) else None
    except ValueError:
        return None


def find_content_problems(content: Any, task_kind: str) -> list[FieldProblem]:
    """Return every defect of handed-in work, by field.

    ``rubric`` work is ``{"errors": [{"category", "severity", "note"?}], "note"?}``, ``categorical`` ``{"label"}``, ``pairwise``
    ``{"winner": "a" | "b" | "tie"}``, ``freeform`` ``{"text"}``; each may carry a ``note``.
    """
    if not isinstance(content, Mapping):
        return [FieldProblem("/content", "invalid", "Write an object.")]
    field = _FIELDS[task_kind]
    unknown = sorted(set(content) - {field, "note"})
    problems = [FieldProblem(f"/content/{name}", "unknown_field", "This field is not known.") for name in unknown]
    if field not in content:
        problems.append(FieldProblem(f"/content/{field}", "required", "This field is needed."))
    if "note" in content:
        problems += _find_text_problem("/content/note", content["note"])
    return problems or _find_field_problems(field, content[field])


_FIELDS: Final = {"rubric": "errors", "categorical": "label", "pairwise": "winner", "freeform": "text"}


def _find_field_problems(field: str, value: Any) -> list[FieldProblem]:
    if field == "errors":
        return _find_error_problems(value)
    if field == "winner":
        fits = value in ("a", "b", "tie")
        return [] if fits else [FieldProblem("/content/winner", "unknown", "Must be a, b or tie.")]
    return _find_text_problem(f"/content/{field}", value, required=True)


def _find_error_problems(errors: Any) -> list[FieldProblem]:
    if not isinstance(errors, Sequence) or isinstance(errors, str) or len(errors) > MOST_ERRORS:
        return [FieldProblem("/content/errors", "invalid", f"Write a list of at most {MOST_ERRORS} errors.")]
    problems: list[FieldProblem] = []
    for index, error in enumerate(errors):
        pointer = f"/content/errors/{index}"
        if not isinstance(error, Mapping) or not {"category", "severity"} <= set(error) <= {
            "category",
            "severity",
            "note",
        }:
            problems.append(FieldProblem(pointer, "invalid", "Write category, severity and, if needed, note."))
            continue
        if error["severity"] not in SEVERITIES:
            detail = f"Must be one of {', '.join(SEVERITIES)}."
            problems.append(FieldProblem(f"{pointer}/severity", "unknown", detail))
        try:
            clean_name(error["category"] if isinstance(error["category"], str) else "", max_length=80)
        except ValueError as refused:
            problems.append(FieldProblem(f"{pointer}/category", "invalid", str(refused)))
        if "note" in error:
            problems += _find_text_problem(f"{pointer}/note", error["note"])
    return problems


def _find_text_problem(pointer: str, value: Any, *, required: bool = False) -> list[FieldProblem]:
    if not isinstance(value, str):
        return [FieldProblem(pointer, "invalid", "Write text in quotes.")]
    try:
        text = clean_text(value)
    except ValueError as error:
        return [FieldProblem(pointer, "invalid", str(error))]
    return [FieldProblem(pointer, "required", "Write something.")] if required and not text else []


def count_marks(content: Mapping[str, Any]) -> dict[str, int]:
    """Return how often each category of error was marked, or the one label that was chosen."""
    if "errors" in content:
        return dict(Counter(error["category"] for error in content["errors"]))
    chosen = chosen_class(content)
    return {chosen: 1} if chosen else {}


def chosen_class(content: Mapping[str, Any]) -> str:
    """Return the class that the work gives its task, a label or which of two is better; empty for work of another kind."""
    return str(content.get("label") or content.get("winner") or "")


def share_alike(first: Mapping[str, Any], again: Mapping[str, Any]) -> float:
    """Return how alike two answers to the same task are, 0..1: the same class or not, of marks the part that both have.

    For marks of errors it is 2 c / (m + n), c of the m and n marks being of the same category and severity; 1 where there are none.
    """
    if "errors" not in first or "errors" not in again:
        return float(chosen_class(first) == chosen_class(again))
    marks, others = (
        Counter((error["category"], error["severity"]) for error in each["errors"]) for each in (first, again)
    )
    whole = marks.total() + others.total()
    return 2 * (marks & others).total() / whole if whole else 1.0


def penalty_points(content: Mapping[str, Any]) -> float:
    """Return the MQM penalty of an annotation: 0 is flawless. A NEUTRAL mark weighs nothing."""
    return sum(_points(error["category"], error["severity"]) for error in content.get("errors", []))


def _points(category: str, severity: str) -> float:
    if severity == "NEUTRAL":
        return 0.0
    if category == NON_TRANSLATION:
        return NON_TRANSLATION_POINTS
    if severity == "MAJOR":
        return MAJOR_POINTS
    return MINOR_PUNCTUATION_POINTS if category == PUNCTUATION else MINOR_POINTS
