"""Payees and payouts for other apps: the same commands and reads, answering with frozen views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from common import clock
from common.money import Money
from payouts.payees import commands
from payouts.payees.errors import UnknownPayee
from payouts.payees.models import Payee
from payouts.payees.queries import find_payee, judge
from payouts.payees.requirements import explain_requirements
from payouts.payees.rules import mask
from payouts.statements.models import Statement
from payouts.transfers.models import Payout


@dataclass(frozen=True, slots=True, kw_only=True)
class PayeeView:
    """How somebody is paid. ``words`` say to them why not while ``is_payable`` is false; ``missing`` what to give."""

    id: UUID
    worker_id: UUID
    legal_name: str
    country: str
    currency: str
    state: str
    bank: str
    is_payable: bool
    reason_code: str
    words: str
    missing: Sequence[str]
    hold_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutView:
    """One payment to one worker."""

    id: UUID
    cycle_id: UUID | None
    amount: Money
    state: str
    bank: str
    failure_text: str
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """The head of a statement; PDF and CSV are at ``/api/v1/statements/<id>/``. A correction takes back what came back."""

    id: UUID
    reference: str
    payout_id: UUID
    is_correction: bool
    total: Money
    line_count: int
    issued_at: datetime


def register_payee(
    *, worker_id: UUID, legal_name: str, country: str, currency: str, by: Any, now: datetime
) -> PayeeView:
    """Say how one wants to be paid; see ``payouts.payees.commands.register_payee`` for what it refuses."""
    payee = commands.register_payee(
        worker_id=worker_id, legal_name=legal_name, country=country, currency=currency, by=by, now=now
    )
    return view_of(payee, now)


def refresh_payee(*, worker_id: UUID, now: datetime) -> PayeeView:
    """Take over what the provider says of a worker's account; it calls the provider, so never within a transaction.

    Raises:
        UnknownPayee: they have not said how they want to be paid.
    """
    payee = find_payee(worker_id)
    if payee is None:
        raise UnknownPayee
    return view_of(commands.refresh_payee(payee_id=payee.id, now=now), now)


def find_payee_view(*, worker_id: UUID) -> PayeeView | None:
    """Return how a worker is paid, if they have said."""
    payee = find_payee(worker_id)
    return view_of(payee, clock.now()) if payee else None


def list_payouts(*, worker_id: UUID, limit: int = 50) -> Sequence[PayoutView]:
    """Return a worker's payouts, newest first."""
    return [
        PayoutView(
            id=payout.id,
            cycle_id=payout.cycle_id,
            amount=payout.money,
            state=payout.state,
            bank=mask(payout.bank_last4),
            failure_text=payout.failure_text,
            created_at=payout.created_at,
            paid_at=payout.paid_at,
        )
        for payout in Payout.objects.filter(worker_id=worker_id).order_by("-created_at", "-id")[:limit]
    ]


def list_statements(*, worker_id: UUID, limit: int = 50) -> Sequence[StatementView]:
    """Return a worker's statements, newest first."""
    return [
        StatementView(
            id=statement.id,
            reference=statement.reference,
            payout_id=statement.payout_id,
            is_correction=statement.corrects_id is not None,
            total=statement.amount,
            line_count=statement.line_count,
            issued_at=statement.issued_at,
        )
        for statement in Statement.objects.filter(worker_id=worker_id).order_by("-number")[:limit]
    ]


def view_of(payee: Payee, now: datetime) -> PayeeView:
    """Return a payee as other apps see it."""
    ready = judge(payee, payee.currency, now)
    return PayeeView(
        id=payee.id,
        worker_id=payee.worker_id,
        legal_name=payee.legal_name,
        country=payee.country,
        currency=payee.currency,
        state=payee.state,
        bank=mask(payee.bank_last4),
        is_payable=ready.is_ready,
        reason_code=ready.reason_code,
        words=ready.words,
        missing=explain_requirements(payee.requirements),
        hold_until=payee.hold_until,
    )


def paid_by_currency() -> dict[str, int]:
    """Return what has reached people's banks, in minor units by currency code."""
    sums = Payout.objects.filter(state=Payout.State.PAID).values_list("currency").annotate(total=Sum("amount_minor"))
    return {currency: int(total) for currency, total in sums.order_by("currency")}
