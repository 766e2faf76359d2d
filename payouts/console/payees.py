"""Payees and payouts for other apps: the same commands and reads, answering with frozen views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from common import clock
from common.money import Money
from payouts.cycles.expectations import expect_payouts
from payouts.payees import commands
from payouts.payees.errors import UnknownPayee
from payouts.payees.models import Payee, PayeeHold
from payouts.payees.queries import find_payee, get_payee_hold, judge, list_tax_forms, tax_status
from payouts.payees.requirements import explain_requirements
from payouts.payees.rules import mask
from payouts.statements.models import Statement
from payouts.transfers.models import Payout

_CAME_BACK = (Payout.State.FAILED, Payout.State.RETURNED, Payout.State.REVERSED)


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
class PayeeHoldView:
    """Why nothing is paid to somebody, as they see it; without ``ends_at`` until two people have looked."""

    id: UUID
    kind: str
    words: str
    started_at: datetime
    stops: bool
    appeal_text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxView:
    """An expert's tax status, in words what is withheld, and each version (form, status, review's words), newest first."""

    status: str
    words: str
    forms: Sequence[tuple[str, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutView:
    """One payment to one worker; ``expected_on`` is the day at the bank, and ``arrives`` what it is there, once it is known."""

    id: UUID
    cycle_id: UUID | None
    amount: Money
    state: str
    bank: str
    rail_name: str
    expected_on: date | None
    arrives: Money | None
    failure_text: str
    created_at: datetime
    paid_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedPayoutView:
    """A payout that did not reach its worker and whose money no later one has taken.

    ``words`` are the bank's reason, ``next_step`` what the worker does; ``must_act`` says whether it is up to them.
    """

    id: UUID
    amount: Money
    words: str
    next_step: str
    must_act: bool


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
    *,
    worker_id: UUID,
    legal_name: str,
    country: str,
    currency: str,
    by: Any,
    now: datetime,
    authenticated_at: datetime | None = None,
) -> PayeeView:
    """Say how one wants to be paid; see ``payouts.payees.commands.register_payee`` for what it refuses."""
    payee = commands.register_payee(
        worker_id=worker_id,
        legal_name=legal_name,
        country=country,
        currency=currency,
        by=by,
        now=now,
        authenticated_at=authenticated_at,
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


def list_payee_holds(*, worker_id: UUID, now: datetime) -> Sequence[PayeeHoldView]:
    """Return what is in the way of paying a worker at ``now``."""
    rows = PayeeHold.objects.stopping(now).filter(worker_id=worker_id).order_by("started_at", "id")
    return [_view_of_hold(row, now) for row in rows]


def find_own_payee_hold(user: Any, hold_id: UUID, *, now: datetime) -> PayeeHoldView:
    """Return one hold that ``user`` may see.

    Raises:
        UnknownPayeeHold: it does not exist, or not for this person.
    """
    return _view_of_hold(get_payee_hold(user, hold_id), now)


def appeal_payee_hold(*, hold_id: UUID, appeal_text: str, by: Any, now: datetime) -> PayeeHoldView:
    """Write why one should be paid; see ``payouts.payees.commands.appeal`` for what it refuses."""
    return _view_of_hold(commands.appeal(hold_id=hold_id, appeal_text=appeal_text, by=by, now=now), now)


def _view_of_hold(row: PayeeHold, now: datetime) -> PayeeHoldView:
    return PayeeHoldView(
        id=row.id,
        kind=row.get_kind_display(),
        words=row.words,
        started_at=row.started_at,
        stops=row.stops(now),
        appeal_text=row.appeal_text,
    )


def view_taxes(*, worker_id: UUID, now: datetime) -> TaxView:
    """Return an expert's tax status and what will be withheld of their pay.

    Raises:
        UnknownPayee: they have not said how they want to be paid.
    """
    payee = find_payee(worker_id)
    if payee is None:
        raise UnknownPayee
    today = now.date()
    status, withheld = tax_status(worker_id, payee.country, today)
    forms = [(row.get_form_display(), row.status(today).lower(), row.review_text) for row in list_tax_forms(worker_id)]
    return TaxView(status=status, words=withheld.words or "Nothing of your pay is withheld for tax.", forms=forms)


def submit_tax_form(**given: Any) -> None:
    """Keep a signed tax form; see ``payouts.payees.commands.submit_tax_form`` for what it takes and refuses."""
    commands.submit_tax_form(**given)


def list_payouts(*, worker_id: UUID, limit: int = 50) -> Sequence[PayoutView]:
    """Return a worker's payouts, newest first."""
    rows = list(Payout.objects.filter(worker_id=worker_id).order_by("-created_at", "-id")[:limit])
    expected = expect_payouts(rows, now=clock.now())
    return [
        PayoutView(
            id=payout.id,
            cycle_id=payout.cycle_id,
            amount=payout.money,
            state=payout.state,
            bank=mask(payout.bank_last4),
            rail_name=payout.rail_name,
            expected_on=expected[payout.id].at_bank_on,
            arrives=payout.arrives,
            failure_text=payout.failure_text,
            created_at=payout.created_at,
            paid_at=payout.paid_at,
        )
        for payout in rows
    ]


def list_failed_payouts(*, worker_id: UUID, now: datetime) -> Sequence[FailedPayoutView]:
    """Return by currency the newest payout of a worker, where it did not reach them or is held."""
    newest = Payout.objects.filter(worker_id=worker_id).order_by("currency", "-created_at", "-id").distinct("currency")
    payee = find_payee(worker_id)
    stopped = [row for row in newest if row.state in (*_CAME_BACK, Payout.State.HELD)]
    return [_view_of_failure(row, payee, now) for row in stopped]


def _view_of_failure(payout: Payout, payee: Payee | None, now: datetime) -> FailedPayoutView:
    ready = judge(payee, payout.currency, now)
    is_same = payee is not None and payee.bank_fingerprint == payout.destination_fingerprint
    must_act, step = False, "Nothing is needed from you: the next cycle pays it."
    if payout.state == Payout.State.HELD:
        step = "Somebody of finance looks at it and lets it go on; your money is safe."
    if not ready.is_ready:
        must_act, step = ready.hold_until is None, ready.words
    elif payout.state in _CAME_BACK and is_same:
        must_act, step = True, "Your bank details are still the same. Open your payout method and mend them there."
    return FailedPayoutView(
        id=payout.id, amount=payout.money, words=payout.failure_text, next_step=step, must_act=must_act
    )


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
        hold_until=ready.hold_until,
    )


def paid_by_currency() -> dict[str, int]:
    """Return what has reached people's banks, in minor units by currency code."""
    sums = Payout.objects.filter(state=Payout.State.PAID).values_list("currency").annotate(total=Sum("amount_minor"))
    return {currency: int(total) for currency, total in sums.order_by("currency")}
