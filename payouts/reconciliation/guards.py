"""What reconciliation forbids to the books, which know no reconciliation: closing a month that is not explained."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time

from payouts.ledger.models import LedgerAccount, Period
from payouts.rails.capabilities import RAIL_WORDS
from payouts.rails.registry import BALANCE_KINDS
from payouts.reconciliation.queries import find_last_run, open_breaks


def provider_was_compared(period: Period, now: datetime) -> Iterable[str]:
    """Say that the provider's balance was not compared since the month's end, where the books have such a balance."""
    for rail, kind in BALANCE_KINDS.items():
        if not LedgerAccount.objects.filter(kind=kind).exists():
            continue
        last = find_last_run(rail)
        if last is None or last.started_at < _end_of(period):
            yield f"The provider's balance was not compared since {period.ends_on:%Y-%m-%d}: {RAIL_WORDS[rail]}."


def breaks_are_explained(period: Period, now: datetime) -> Iterable[str]:
    """Name each break about the month, or an earlier one, that nobody has explained."""
    for row in open_breaks(_end_of(period)):
        yield f"{row.reference}: the provider has {row.amount} more than the books."


def _end_of(period: Period) -> datetime:
    return datetime.combine(period.ends_on, time(), tzinfo=UTC)
