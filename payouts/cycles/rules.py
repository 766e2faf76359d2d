"""Pure decisions of a pay cycle: the digest that an approval signs, what one line pays, and the expected day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from common.currencies import get_currency
from common.money import Money

#: Business days from execution to the bank. Source: Stripe, "Payout speed": two business days in most countries.
DAYS_TO_BANK: Final = 2
#: Business days that preparing and approving are planned to take after the period's end.
DAYS_TO_APPROVE: Final = 1
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What an approval signs of one line, in minor units; ``earnings`` are (earning id, amount)."""

    worker_id: UUID
    amount_minor: int
    brought_minor: int
    residue_minor: int
    earnings: Sequence[tuple[UUID, int]]


def lines_digest(currency: str, lines: Iterable[LineFacts]) -> str:
    """Return the sha256, in hex, over the lines in the order of their workers and earnings."""
    digest = hashlib.sha256(f"{currency}\n".encode())
    for line in sorted(lines, key=lambda line: line.worker_id):
        digest.update(f"{line.worker_id}|{line.amount_minor}|{line.brought_minor}|{line.residue_minor}\n".encode())
        for earning_id, amount_minor in sorted(line.earnings):
            digest.update(f"  {earning_id}|{amount_minor}\n".encode())
    return digest.hexdigest()


def payable_part(total: Money) -> tuple[Money, Money]:
    """Return what of ``total`` can be paid now and the residue that waits: some currencies pay only whole units."""
    multiple = get_currency(total.currency).payout_multiple
    residue = total.amount_minor % multiple
    return Money(total.amount_minor - residue, total.currency), Money(residue, total.currency)


def add_business_days(day: date, days: int) -> date:
    """Return the date ``days`` business days (Monday to Friday) after ``day``."""
    while days:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days -= 1
    return day
