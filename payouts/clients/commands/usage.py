"""Charging clients for approved work. Lock order: the advisory lock of charging, then the books.

Charging follows the approval instead of being part of it, so that approvals neither wait for a client's price nor for
each other. Each piece of work is charged once by the uniqueness of its earning, whoever runs it and however often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from common.identifiers import uuid7
from common.money import Money
from payouts.clients.models import ClientAccount, ClientTerms, UsageLine
from payouts.clients.queries import find_uncharged
from payouts.clients.rates import BillRate, WorkPrice, find_bill_rates
from payouts.clients.rules import by_margin, by_rate
from payouts.earnings.models import Earning
from payouts.ledger.commands import post_entries, reverse_entry
from payouts.ledger.rules import EntrySpec, LineSpec, client_receivable, revenue

Method = UsageLine.Method

#: Pieces of work charged in one transaction.
BATCH = 2000
#: The advisory lock of charging: two that see the same work uncharged would both post it, and one would fail.
_LOCK = 7_305_004


@dataclass(frozen=True, slots=True)
class Charge:
    """What one earning costs its client."""

    earning: Earning
    account: ClientAccount
    method: str
    key: str
    amount: Money
    rate_minor: int | None = None
    margin_bps: int | None = None


def charge_work(*, now: datetime) -> int:
    """Charge every client for work that was approved and not charged, take back what is owed to no expert any more.

    Work is charged by the bill line that was in force when it ended, else by the margin of the client's terms; work with
    neither stays uncharged until it has one, and finance sees it. Work approved before the client's account was opened is
    never charged. Returns how many lines were written.

    Raises:
        PeriodClosed: the books of today's month are closed.
    """
    written, after = 0, UUID(int=0)
    while True:
        with transaction.atomic():
            _lock()
            earnings = list(find_uncharged().filter(id__gt=after).order_by("id")[:BATCH])
            written += _write(_price(earnings), now)
        if len(earnings) < BATCH:
            return written + _take_back(now)
        after = earnings[-1].id


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def _price(earnings: Sequence[Earning]) -> list[Charge]:
    asked = {earning.id: WorkPrice(earning.rate_line_key, earning.unit, earning.worked_to) for earning in earnings}
    rates = find_bill_rates(set(asked.values()))
    accounts = {(str(row.client_id), row.currency): row for row in ClientAccount.objects.all()}
    terms = _terms_by_account()
    charges = (_charge(earning, rates.get(asked[earning.id]), accounts, terms) for earning in earnings)
    return [charge for charge in charges if charge is not None]


def _terms_by_account() -> dict[UUID, list[ClientTerms]]:
    found: dict[UUID, list[ClientTerms]] = {}
    for row in ClientTerms.objects.filter(state=ClientTerms.State.APPROVED).order_by("-decided_at", "-id"):
        found.setdefault(row.account_id, []).append(row)
    return found


def _charge(
    earning: Earning,
    line: BillRate | None,
    accounts: dict[tuple[str, str], ClientAccount],
    terms: dict[UUID, list[ClientTerms]],
) -> Charge | None:
    account = accounts.get((earning.tenant, line.rate.currency if line else earning.currency))
    if account is None or account.opened_at > earning.created_at:
        return None
    try:
        if line is not None:
            amount = by_rate(line.rate, earning.quantity)
            return Charge(earning, account, Method.RATE, line.key, amount, rate_minor=line.rate.amount_minor)
        agreed = _margin_at(terms.get(account.id, []), earning.created_at)
        if agreed is None or agreed.margin_bps is None:
            return None
        amount = by_margin(earning.amount, agreed.margin_bps)
    except ValueError:
        return None  # More than one row may hold: it stays uncharged, where finance sees it.
    return Charge(earning, account, Method.MARGIN, f"client_terms:{agreed.id}", amount, margin_bps=agreed.margin_bps)


def _margin_at(terms: Sequence[ClientTerms], at: datetime) -> ClientTerms | None:
    """Return the terms in force at ``at``, of ``terms`` (newest first); before any were agreed, the first that were."""
    in_force = (row for row in terms if row.decided_at is not None and row.decided_at <= at)
    return next(in_force, terms[-1] if terms else None)


def _write(charges: Sequence[Charge], now: datetime) -> int:
    owed = [charge for charge in charges if charge.amount]
    entries = dict(
        zip(
            (charge.earning.id for charge in owed),
            post_entries([_entry_of(charge, now) for charge in owed], by=None, now=now),
            strict=True,
        )
    )
    UsageLine.objects.bulk_create([_row_of(charge, entries.get(charge.earning.id), now) for charge in charges])
    return len(charges)


def _entry_of(charge: Charge, now: datetime) -> EntrySpec:
    currency = charge.account.currency
    line = LineSpec(
        client_receivable(str(charge.account.client_id), currency), revenue("work", currency), charge.amount
    )
    source = charge.earning.source_key
    return EntrySpec(f"usage:{source}", "CLIENT_USAGE", now.date(), (line,), source)


def _row_of(charge: Charge, entry_id: UUID | None, now: datetime) -> UsageLine:
    earning = charge.earning
    return UsageLine(
        id=uuid7(),
        account=charge.account,
        earning=earning,
        source_key=earning.source_key,
        description=earning.description,
        project=earning.project,
        unit=earning.unit,
        quantity=earning.quantity,
        method=charge.method,
        rate_line_key=charge.key,
        rate_minor=charge.rate_minor,
        margin_bps=charge.margin_bps,
        currency=charge.account.currency,
        amount_minor=charge.amount.amount_minor,
        approved_at=earning.created_at,
        entry_id=entry_id,
        created_at=now,
    )


def _take_back(now: datetime) -> int:
    """Reverse the charge of each earning that was reversed."""
    with transaction.atomic():
        _lock()
        rows = UsageLine.objects.filter(earning__reversal__isnull=False, reverses__isnull=True, reversal__isnull=True)
        lines = list(rows.select_related("earning__reversal").order_by("id"))
        for line in lines:
            _reverse(line, now)
        return len(lines)


def _reverse(line: UsageLine, now: datetime) -> None:
    entry = line.entry_id and reverse_entry(
        entry_id=line.entry_id,
        idempotency_key=f"usage:{line.source_key}:reversed",
        kind="CLIENT_USAGE_REVERSED",
        source=line.source_key,
        by=None,
        now=now,
    )
    copied = {field.attname: getattr(line, field.attname) for field in UsageLine._meta.concrete_fields}
    UsageLine.objects.create(
        **copied
        | {
            "id": uuid7(),
            "reverses_id": line.id,
            "quantity": -line.quantity,
            "amount_minor": -line.amount_minor,
            "approved_at": line.earning.reversal.created_at,
            "entry_id": entry.id if entry else None,
            "created_at": now,
        }
    )
