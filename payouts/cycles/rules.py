"""Pure decisions of a pay cycle: the digest that an approval signs, what one line pays, and the expected day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from common.currencies import get_currency
from common.money import Money

#: Business days from execution to the bank. Source: Stripe, "Payout speed": two business days in most countries.
DAYS_TO_BANK: Final = 2
#: Business days that preparing and approving are planned to take after the period's end.
DAYS_TO_APPROVE: Final = 1
_SATURDAY: Final = 5
#: A Monday: the planned ends of cycles are counted from its first instant in UTC.
_FIRST_END: Final = datetime(2026, 1, 5, tzinfo=UTC)
#: A share of the whole is counted in hundredths of a percent.
WHOLE_BPS: Final = 10_000


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What an approval signs of one line, in minor units; ``earnings`` are (earning id, amount)."""

    worker_id: UUID
    amount_minor: int
    brought_minor: int
    carried_minor: int
    earnings: Sequence[tuple[UUID, int]]
    held_minor: int = 0
    holdback_minor: int = 0
    recovered_minor: int = 0
    withheld_minor: int = 0
    converted: str = ""


def lines_digest(currency: str, lines: Iterable[LineFacts]) -> str:
    """Return the sha256, in hex, over the lines in the order of their workers and earnings.

    What is kept from a line, and what it is converted into, is written only where something is, so that lines without read
    as they always did.
    """
    digest = hashlib.sha256(f"{currency}\n".encode())
    for line in sorted(lines, key=lambda line: line.worker_id):
        kept: tuple[int, ...] = (line.held_minor, line.holdback_minor, line.recovered_minor)
        if line.withheld_minor:
            kept = (*kept, line.withheld_minor)
        figures = (line.amount_minor, line.brought_minor, line.carried_minor, *(kept if any(kept) else ()))
        digest.update(f"{line.worker_id}|{'|'.join(map(str, figures))}\n".encode())
        if line.converted:
            digest.update(f" ={line.converted}\n".encode())
        for earning_id, amount_minor in sorted(line.earnings):
            digest.update(f"  {earning_id}|{amount_minor}\n".encode())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Terms:
    """Which shares of what a line earned are kept, in hundredths of a percent: at most held back or recovered, exactly withheld."""

    holdback_bps: int
    recovery_bps: int
    withholding_bps: int = 0


@dataclass(frozen=True, slots=True)
class Due:
    """What one expert is due in a cycle, all in minor units.

    ``gross_minor`` is earned now, bonuses included; ``brought_minor`` left over from before; ``held_minor`` is on hold;
    ``owed_minor`` is what they owe.
    """

    gross_minor: int
    brought_minor: int
    held_minor: int
    owed_minor: int


@dataclass(frozen=True, slots=True)
class Split:
    """Where it goes, in minor units: gross + brought = held + withheld + holdback + recovered + amount + carried."""

    held_minor: int
    holdback_minor: int
    recovered_minor: int
    amount_minor: int
    carried_minor: int
    withheld_minor: int = 0

    @property
    def leaves_payable_minor(self) -> int:
        """What leaves the expert's payable account when the line is carried out."""
        return self.amount_minor + self.recovered_minor + self.holdback_minor + self.withheld_minor


def split_line(due: Due, terms: Terms, multiple: int) -> Split:
    """Return what of ``due`` can be paid now, in multiples of ``multiple`` minor units, and where the rest goes.

    What is on hold comes off first, then tax, then the debt, then the holdback; shares are rounded down, in the expert's
    favor. Tax is taken of all that is earned, held or not, and whole: a line that has not enough left pays nothing.
    """
    there = due.gross_minor + due.brought_minor
    held = max(0, min(due.held_minor, there))
    withheld = due.gross_minor * terms.withholding_bps // WHOLE_BPS
    left = there - held - withheld
    if withheld and left < 0:
        return carry_over(due)
    recovered = max(0, min(due.owed_minor, due.gross_minor * terms.recovery_bps // WHOLE_BPS, left))
    holdback = max(0, min(due.gross_minor * terms.holdback_bps // WHOLE_BPS, left - recovered))
    payable = left - recovered - holdback
    carried = payable % multiple if payable > 0 else payable
    return Split(held, holdback, recovered, payable - carried, carried, withheld)


def carry_over(due: Due) -> Split:
    """Return the split of a line that pays nothing: what is not on hold is carried, nothing is kept for good."""
    there = due.gross_minor + due.brought_minor
    held = max(0, min(due.held_minor, there))
    return Split(held, 0, 0, 0, there - held)


def payout_multiple(currency: str) -> int:
    """Return what a payout must be a multiple of, in minor units: some currencies pay only whole units."""
    return get_currency(currency).payout_multiple


def is_below(amount_minor: int, minimum: Money | None) -> bool:
    """Say whether an amount is less than the least that its route can pay."""
    return minimum is not None and amount_minor < minimum.amount_minor


def add_business_days(day: date, days: int) -> date:
    """Return the date ``days`` business days (Monday to Friday) after ``day``."""
    while days:
        day += timedelta(days=1)
        if day.weekday() < _SATURDAY:
            days -= 1
    return day


def planned_end_after(instant: datetime, weeks: int) -> datetime:
    """Return the first planned end of a cycle after ``instant``: a Monday, 00:00 UTC, every ``weeks`` weeks."""
    length = timedelta(weeks=weeks)
    return _FIRST_END + ((instant - _FIRST_END) // length + 1) * length


def plan_payment(ends_at: datetime, today: date) -> tuple[date, date]:
    """Return from which day a cycle that ends at ``ends_at`` pays and when the bank has it, both no earlier than today."""
    payable_on = max(ends_at.date(), today)
    return payable_on, add_business_days(payable_on, DAYS_TO_APPROVE + DAYS_TO_BANK)
