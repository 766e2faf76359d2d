"""What a line keeps for good or for a time, in the books: written when it is carried out, undone when its money is back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from common.money import Money
from payouts.cycles.conversions import conversion_entry, conversion_key, find_conversions
from payouts.cycles.models import CycleLine
from payouts.holds.commands import Holdback, hold_back, undo_holdback
from payouts.ledger.commands import post_entries, reverse_entry
from payouts.ledger.queries import find_entry
from payouts.ledger.rules import EntrySpec, LineSpec, payable, receivable, tax_withheld

_RECOVERED = "DEBT_RECOVERED"


def post_recoveries(lines: Sequence[CycleLine], *, by: UUID | None, now: datetime) -> None:
    """Settle part of what experts owe with what they are owed, as their lines say.

    Raises:
        InsufficientBalance: a debt is smaller than what its line recovers.
    """
    post_entries([_recovery(line, now) for line in lines if line.recovered_minor], by=by, now=now)


def post_withholdings(lines: Sequence[CycleLine], *, by: UUID | None, now: datetime) -> None:
    """Move the tax that lines withhold out of what their experts are owed.

    Raises:
        InsufficientBalance: somebody's payable account does not hold so much.
    """
    post_entries([_withholding(line, now) for line in lines if line.withheld_minor], by=by, now=now)


def post_holdbacks(lines: Sequence[CycleLine], *, by: UUID | None, now: datetime) -> None:
    """Put what lines hold back on hold until its date.

    Raises:
        InsufficientBalance: somebody's payable account does not hold so much.
    """
    rows = [
        Holdback(line.worker_id, Money(line.holdback_minor, line.currency), line.source)
        for line in lines
        if line.holdback_minor
    ]
    hold_back(rows, ends_at=now + timedelta(days=settings.PAYOUT_HOLDBACK_DAYS), by=by, now=now)


def post_conversions(lines: Sequence[CycleLine], *, by: UUID | None, now: datetime) -> None:
    """Convert what lines pay into the currency that it is paid in, at the rates that were frozen with them.

    What was converted for a payout that a restore found is left as it is.

    Raises:
        InsufficientBalance: somebody's payable account does not hold so much.
    """
    rows = find_conversions(lines)
    due = [line for line in lines if line.id in rows and find_entry(conversion_key(line)) is None]
    post_entries([conversion_entry(line, rows[line.id], now) for line in due], by=by, now=now)


def give_back(line: CycleLine, *, now: datetime) -> None:
    """Undo what a line kept, because what it paid came back."""
    undo_holdback(source_key=line.source, now=now)
    # The conversion comes first: what came back is owed in the currency that it was earned in.
    undone = (
        ("converted", "CONVERSION_UNDONE"),
        ("recovered", "DEBT_RECOVERY_UNDONE"),
        ("withheld", "TAX_WITHHOLDING_UNDONE"),
    )
    for what, kind in undone:
        entry = find_entry(_key(line, what))
        if entry is not None:
            key = f"{_key(line, what)}:undone"
            reverse_entry(entry_id=entry.id, idempotency_key=key, kind=kind, source=entry.source, by=None, now=now)


def _key(line: CycleLine, what: str) -> str:
    return f"{line.source}:{what}"


def _withholding(line: CycleLine, now: datetime) -> EntrySpec:
    money = Money(line.withheld_minor, line.currency)
    movement = LineSpec(payable(line.worker_id, line.currency), tax_withheld(line.currency), money)
    return EntrySpec(_key(line, "withheld"), "TAX_WITHHELD", now.date(), (movement,), line.source)


def _recovery(line: CycleLine, now: datetime) -> EntrySpec:
    worker, currency = line.worker_id, line.currency
    money = Money(line.recovered_minor, currency)
    movement = LineSpec(payable(worker, currency), receivable(worker, currency), money)
    return EntrySpec(_key(line, "recovered"), _RECOVERED, now.date(), (movement,), line.source)
