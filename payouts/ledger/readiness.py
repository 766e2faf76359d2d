"""The books' own reasons not to close a month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from payouts.ledger.audit import find_drifted_balances
from payouts.ledger.models import JournalEntry, Period


def month_is_over(period: Period, now: datetime) -> Iterable[str]:
    """Say that the month has not ended; days are counted in UTC."""
    if now.date() < period.ends_on:
        yield f"{period.month} ends with the day before {period.ends_on:%Y-%m-%d}; until then it takes entries."


def earlier_months_are_closed(period: Period, now: datetime) -> Iterable[str]:
    """Name each earlier month that is open."""
    for earlier in Period.objects.unclosed().filter(starts_on__lt=period.starts_on).order_by("starts_on", "id"):
        yield f"{earlier.month} is open; months are closed in their order."


def entries_are_sealed(period: Period, now: datetime) -> Iterable[str]:
    """Say how many of the month's entries are not in the chain yet."""
    unsealed = JournalEntry.objects.filter(period=period, seal__isnull=True).count()
    if unsealed:
        yield f"Not chained yet: {unsealed} of its entries. The sealer runs each minute."


def balances_follow_lines(period: Period, now: datetime) -> Iterable[str]:
    """Name each kept balance that is not the sum of its lines."""
    for finding in find_drifted_balances():
        yield f"{finding.subject}: {finding.detail}."
