"""Reading the provider's balance transactions, page by page, and booking the fees among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

from django.db import transaction

from common.money import Money
from payouts.ledger.commands import post_entries
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import find_closed_until
from payouts.ledger.rules import EntrySpec, LineSpec, stripe_fees
from payouts.rails.base import ProviderUnavailable, TransactionFacts
from payouts.rails.registry import balance_account, get_rail
from payouts.reconciliation.errors import ProviderNotReadable
from payouts.reconciliation.models import ProviderTransaction
from payouts.reconciliation.queries import find_last_run
from payouts.reconciliation.rules import OVERLAP

Part = ProviderTransaction.Part


def fetch_transactions(*, rail: str, now: datetime) -> int:
    """Keep every balance transaction since the last finished run and return how many were new. Calls outside.

    Each page is kept as it comes: after a crash the next run reads again and keeps nothing twice.

    Raises:
        ProviderNotReadable: the provider gave no usable answer; the pages before are kept.
    """
    last = find_last_run(rail)
    since = last.started_at - OVERLAP if last is not None else None
    new = 0
    try:
        for page in get_rail(rail).list_transactions(since=since):
            new += _keep(rail, page, now)
    except ProviderUnavailable as error:
        raise ProviderNotReadable from error
    return new


def _keep(rail: str, page: Sequence[TransactionFacts], now: datetime) -> int:
    rows = [row for facts in page for row in _rows(rail, facts, now)]
    with transaction.atomic():
        ids = {row.id for row in rows}
        ProviderTransaction.objects.bulk_create(rows, ignore_conflicts=True)
        return ProviderTransaction.objects.filter(id__in=ids).count()


def _rows(rail: str, facts: TransactionFacts, now: datetime) -> list[ProviderTransaction]:
    """Return the parts of a movement: its amount, and what the provider took as its fee."""
    amount, fee = facts.amount_minor, -facts.fee_minor
    if facts.is_fee:
        amount, fee = 0, amount + fee
    parts = ((Part.AMOUNT, amount, facts.reference), (Part.FEE, fee, f"fee:{facts.provider_id}"))
    return [
        ProviderTransaction(
            rail=rail,
            provider_id=facts.provider_id,
            part=part,
            kind=facts.kind,
            currency=facts.currency,
            amount_minor=minor,
            source_id=facts.source_id,
            reference=reference,
            created_at=facts.created_at,
            fetched_at=now,
        )
        for part, minor, reference in parts
        if minor
    ]


def post_fees(*, now: datetime) -> int:
    """Book the provider's fees that are not booked yet, and return how many. The caller holds the transaction.

    A fee is booked on the day it was taken, or today where that day's month is closed.
    """
    waiting = ProviderTransaction.objects.filter(part=Part.FEE, match__isnull=True).order_by("created_at", "id")
    rows = {f"{row.reference}:booked": row for row in waiting}
    booked = JournalEntry.objects.filter(idempotency_key__in=rows).values_list("idempotency_key", flat=True)
    for key in list(booked):
        del rows[key]
    closed = find_closed_until()
    post_entries([_fee_entry(key, row, closed, now) for key, row in rows.items()], by=None, now=now)
    return len(rows)


def _fee_entry(key: str, row: ProviderTransaction, closed: date | None, now: datetime) -> EntrySpec:
    fees, balance = stripe_fees(row.currency), balance_account(row.rail, row.currency)
    money = Money(abs(row.amount_minor), row.currency)
    line = LineSpec(fees, balance, money) if row.amount_minor < 0 else LineSpec(balance, fees, money)
    taken: date = row.created_at.astimezone(UTC).date()
    day = now.date() if closed and taken < closed else taken
    return EntrySpec(key, "PROVIDER_FEE", day, (line,), row.reference)
