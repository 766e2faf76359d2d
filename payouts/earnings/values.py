"""What an earning is before it is posted and after, and which figures cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from common.clock import require_aware
from common.errors import FieldProblem
from common.money import Money
from payouts.earnings.errors import InvalidEarning
from payouts.earnings.models import Earning

_UNITS: Final = frozenset(Earning.Unit.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningInput:
    """One earning to post. ``rate_minor`` is in minor units of ``currency`` for one unit; times are aware.

    ``source_key``, ``rate_line_key``, ``tenant`` and ``project`` are opaque here; ``worker_id`` and ``approved_by`` are
    user ids.
    """

    worker_id: UUID
    source_key: str
    description: str
    quantity: Decimal
    unit: str
    rate_minor: int
    currency: str
    rate_line_key: str
    worked_from: datetime
    worked_to: datetime
    approved_by: UUID
    tenant: str
    project: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EarningView:
    """A posted earning as other apps see it."""

    id: UUID
    worker_id: UUID
    source_key: str
    amount: Money
    entry_id: UUID | None


def amount_of(position: int, earning: EarningInput) -> Money:
    """Return the amount owed.

    Raises:
        InvalidEarning: naming the position and each field that is wrong.
    """
    problems = [
        FieldProblem(f"/earnings/{position}/{field}", "invalid", detail)
        for field, is_wrong, detail in (
            ("quantity", not earning.quantity.is_finite() or earning.quantity <= 0, "Must be more than zero."),
            ("rate_minor", earning.rate_minor <= 0, "Must be more than zero."),
            ("unit", earning.unit not in _UNITS, "Is not a unit of pay."),
            ("source_key", not _is_word(earning.source_key), "Must be printable text of one line."),
            (
                "worked_to",
                _ends_too_early(earning),
                "Must not be before worked_from, and both say their offset.",
            ),
            ("description", not 0 < len(earning.description) <= 300, "Must have 1 to 300 characters."),
            ("rate_line_key", len(earning.rate_line_key) > 150, "Must have at most 150 characters."),
            ("tenant", len(earning.tenant) > 60, "Must have at most 60 characters."),
            ("project", len(earning.project) > 60, "Must have at most 60 characters."),
            ("approved_by", earning.approved_by == earning.worker_id, "Nobody approves their own work."),
        )
        if is_wrong
    ]
    if problems:
        raise InvalidEarning(problems[0].detail, problems)
    try:
        return Money(earning.rate_minor, earning.currency).times(earning.quantity)
    except ValueError as error:
        problem = FieldProblem(f"/earnings/{position}/amount", "invalid", f"{error}.")
        raise InvalidEarning(problem.detail, [problem]) from error


def _is_word(text: str) -> bool:
    return 0 < len(text) <= 150 and text.isprintable()


def _ends_too_early(earning: EarningInput) -> bool:
    try:
        return require_aware(earning.worked_to) < require_aware(earning.worked_from)
    except ValueError:
        return True
