"""Before anything is sent: reserving money, holding, resuming and cancelling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit, states
from common.errors import FourEyesRequired
from common.identifiers import uuid7
from common.money import Money
from common.permissions import require_grant
from common.queue import enqueue_on_commit
from payouts.holds.queries import find_hold_on_all
from payouts.ledger.commands import post_entries
from payouts.ledger.rules import EntrySpec, LineSpec, inflight, payable
from payouts.payees.models import Payee
from payouts.payees.queries import judge
from payouts.rails.base import TransferOrder
from payouts.rails.capabilities import find_route
from payouts.transfers.commands import outcomes
from payouts.transfers.commands.identity import require_trusted
from payouts.transfers.errors import (
    DestinationStillHeld,
    MoneyOnHold,
    NotFrozen,
    PayeeNotReady,
    PayoutUnderWay,
    UnknownPayout,
)
from payouts.transfers.models import Payout

State = Payout.State


@dataclass(frozen=True, slots=True)
class PayoutOrder:
    """Pay one worker so much; ``payout_id`` where the provider knows the payout already (see ``restores``)."""

    worker_id: UUID
    money: Money
    payout_id: UUID | None = None


def reserve_payouts(
    *, cycle_id: UUID | None, lines: Sequence[PayoutOrder], by: UUID | None, now: datetime
) -> dict[UUID, UUID]:
    """Take the money of all ``lines`` out of payable or of none, and return worker id -> payout id.

    Each payout keeps the destination as it is now; a worker is woken for each once the transaction commits.

    Raises:
        ReconcileFirst: this database was restored.
        PayeeNotReady: somebody has no account to be paid to.
        PayoutUnderWay: an earlier payout of somebody in the same currency has not ended.
        InsufficientBalance: somebody's payable account does not hold so much.
    """
    if any(order.payout_id is None for order in lines):
        require_trusted()
    payees = {payee.worker_id: payee for payee in Payee.objects.filter(worker_id__in=[o.worker_id for o in lines])}
    missing = [order.worker_id for order in lines if not _has_account(payees.get(order.worker_id))]
    if missing:
        raise PayeeNotReady(f"No account to be paid to: {', '.join(map(str, missing[:10]))}.")
    payouts = [_payout(order, payees[order.worker_id], cycle_id, now) for order in lines]
    try:
        with transaction.atomic():
            Payout.objects.bulk_create(payouts, batch_size=500)
            post_entries([_reservation(payout, now) for payout in payouts], by=by, now=now)
    except IntegrityError as error:
        if "payout_one_live" in str(error):
            raise PayoutUnderWay from error
        raise
    for payout in payouts:
        enqueue_on_commit("payouts.submit_payout", str(payout.id))
    return {payout.worker_id: payout.id for payout in payouts}


def _has_account(payee: Payee | None) -> bool:
    return payee is not None and bool(payee.account_id)


def _payout(order: PayoutOrder, payee: Payee, cycle_id: UUID | None, now: datetime) -> Payout:
    return Payout(
        id=order.payout_id or uuid7(),
        cycle_id=cycle_id,
        worker_id=order.worker_id,
        currency=order.money.currency,
        amount_minor=order.money.amount_minor,
        rail=payee.rail,
        destination=payee.account_id,
        destination_fingerprint=payee.bank_fingerprint,
        bank_last4=payee.bank_last4,
        next_try_at=now,
        created_at=now,
    )


def _reservation(payout: Payout, now: datetime) -> EntrySpec:
    worker, currency = payout.worker_id, payout.currency
    line = LineSpec(payable(worker, currency), inflight(worker, currency), payout.money)
    return EntrySpec(f"{payout.source}:reserved", "PAYOUT_RESERVED", now.date(), (line,), payout.source)


def resume_payout(*, payout_id: UUID, by: Any, now: datetime) -> Payout:
    """Let a held payout go on, to the destination as it is now.

    Raises:
        NotPermitted: ``by`` does not approve payments.
        FourEyesRequired: it pays ``by``.
        UnknownPayout, IllegalTransition
        DestinationStillHeld: the payee can't be paid now; the detail says why.
        MoneyOnHold: everything of the worker is on hold; the detail says what for and until when.
    """
    require_grant(by, "finance.approve")
    with transaction.atomic():
        payout = lock_payout(payout_id)
        if payout.worker_id == by.pk:
            raise FourEyesRequired("This payout pays you; another person resumes it.")
        payee = Payee.objects.filter(worker_id=payout.worker_id).first()
        ready = judge(payee, payout.currency, now)
        if payee is None or not ready.is_ready:
            raise DestinationStillHeld(ready.words)
        hold = find_hold_on_all(payout.worker_id, payout.currency)
        if hold is not None:
            raise MoneyOnHold(hold.words)
        also = {
            "destination": payee.account_id,
            "destination_fingerprint": payee.bank_fingerprint,
            "bank_last4": payee.bank_last4,
            "failure_code": "",
            "failure_text": "",
            "next_try_at": now,
        }
        states.move(payout, State.RESERVED, by=by.pk, now=now, also=also)
        enqueue_on_commit("payouts.submit_payout", str(payout.id))
        return payout


def cancel_payout(*, payout_id: UUID, reason_text: str, by: Any, now: datetime) -> Payout:
    """Give the money of a payout that was never sent back to its worker.

    Raises:
        NotPermitted: ``by`` does not approve payments.
        UnknownPayout
        IllegalTransition: it was sent, perhaps or surely.
    """
    require_grant(by, "finance.approve")
    with transaction.atomic():
        payout = lock_payout(payout_id)
        outcomes.mark_cancelled(payout, by=by.pk, now=now, reason_text=reason_text)
        return payout


def unfreeze_payout(*, payout_id: UUID, by: Any, now: datetime) -> Payout:
    """Let the sweep work on a payout again after a person has looked; it looks at the provider before it sends.

    Raises:
        NotPermitted: ``by`` does not approve payments.
        UnknownPayout
        NotFrozen: it does not wait for a person.
    """
    require_grant(by, "finance.approve")
    with transaction.atomic():
        payout = lock_payout(payout_id)
        if not payout.needs_person:
            raise NotFrozen
        payout.attempts.filter(outcome="PENDING").update(must_look_up=True)
        payout.needs_person, payout.next_try_at = False, now
        payout.save(update_fields=["needs_person", "next_try_at"])
        audit.record(action="payout.unfrozen", target=payout, by=by.pk, now=now)
        return payout


def transfer_order(payout: Payout, number: int, payee: Payee | None) -> TransferOrder:
    """Return what the n-th attempt at a payout asks of its rail: the destination that was approved, and no other."""
    country = payee.country if payee is not None else ""
    route = find_route(country, payout.currency, on=payout.created_at.date())
    return TransferOrder(
        payout_id=payout.id,
        number=number,
        money=payout.money,
        destination=payout.destination,
        cycle_id=payout.cycle_id,
        bank=payout.destination_fingerprint,
        bank_currency=route.bank_currency,
    )


def lock_payout(payout_id: UUID) -> Payout:
    """Return a payout with its row locked.

    Raises:
        UnknownPayout: there is none.
    """
    payout = Payout.objects.select_for_update().filter(id=payout_id).first()
    if payout is None:
        raise UnknownPayout
    return payout
