"""Reads of payees: who can be paid now, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common import clock
from common.money import Money
from payouts.payees.errors import UnknownPayee, UnknownPayeeHold
from payouts.payees.models import Payee, PayeeHold, ScreeningResult
from payouts.rails.capabilities import PayRoute, find_route

State = Payee.State

_NOT_READY = {
    State.UNSET: ("NOT_ONBOARDED", "Enter your bank details to be paid."),
    State.COLLECTING: ("NOT_ONBOARDED", "Enter your bank details to be paid."),
    State.VERIFYING: ("BEING_VERIFIED", "Your details are being checked; there is nothing to do for you."),
    State.RESTRICTED: ("RESTRICTED", "Open your payout method and complete what is asked there."),
    State.DISABLED: ("DISABLED", "You can't be paid this way. Write to us."),
}


@dataclass(frozen=True, slots=True)
class Payability:
    """Whether a worker can be paid now; if not, a code for programs and words for the worker.

    ``minimum`` is the least that their country and rail can pay, where they can be paid; ``hold_until`` when a hold that
    is in the way ends by itself.
    """

    is_ready: bool
    reason_code: str = ""
    words: str = ""
    minimum: Money | None = None
    hold_until: datetime | None = None


def get_payee(user: Any, payee_id: UUID) -> Payee:
    """Return a payee that ``user`` may see.

    Raises:
        UnknownPayee: it does not exist, or not for this person.
    """
    payee = Payee.objects.visible_to(user).select_related("worker").filter(id=payee_id).first()
    if payee is None:
        raise UnknownPayee
    return payee


def find_payee(worker_id: UUID) -> Payee | None:
    """Return how a worker is paid, if they have said."""
    return Payee.objects.filter(worker_id=worker_id).first()


def payability(worker_ids: Iterable[UUID], currency: str, *, now: datetime | None = None) -> dict[UUID, Payability]:
    """Return for each worker whether they can be paid in ``currency`` at ``now``; workers without a payee too."""
    wanted = list(worker_ids)
    instant = now or clock.now()
    known = {payee.worker_id: payee for payee in Payee.objects.filter(worker_id__in=wanted)}
    holds = find_holds(known, now=instant)
    return {worker_id: _judge(known.get(worker_id), currency, holds.get(worker_id), instant) for worker_id in wanted}


def judge(payee: Payee | None, currency: str, now: datetime) -> Payability:
    """Return whether one payee can be paid."""
    hold = find_holds([payee.worker_id], now=now).get(payee.worker_id) if payee else None
    return _judge(payee, currency, hold, now)


def judge_each(payees: Iterable[Payee], now: datetime) -> dict[UUID, Payability]:
    """Return by payee's id whether each can be paid in their own currency."""
    rows = list(payees)
    holds = find_holds([payee.worker_id for payee in rows], now=now)
    return {payee.id: _judge(payee, payee.currency, holds.get(payee.worker_id), now) for payee in rows}


def find_holds(worker_ids: Iterable[UUID], *, now: datetime) -> dict[UUID, PayeeHold]:
    """Return the hold that says most for each worker who has one: one without an end before one with, then the longest."""
    rows = PayeeHold.objects.stopping(now).filter(worker_id__in=list(worker_ids))
    found: dict[UUID, PayeeHold] = {}
    for hold in sorted(rows, key=lambda hold: (hold.ends_at is None, hold.ends_at or now, hold.id)):
        found[hold.worker_id] = hold
    return found


def list_holds_of(worker_id: UUID) -> list[PayeeHold]:
    """Return every hold on a payee, newest first, with the people in it."""
    rows = PayeeHold.objects.select_related("proposed_by", "lifted_by").filter(worker_id=worker_id)
    return list(rows.order_by("-started_at", "-id"))


def list_screenings(worker_id: UUID) -> list[ScreeningResult]:
    """Return the newest look of each list at a payee."""
    rows = ScreeningResult.objects.filter(worker_id=worker_id).order_by("list_name", "-screened_at", "-id")
    return list(rows.distinct("list_name"))


def get_payee_hold(user: Any, hold_id: UUID) -> PayeeHold:
    """Return a hold on a payee that ``user`` may see.

    Raises:
        UnknownPayeeHold: it does not exist, or not for this person.
    """
    rows = PayeeHold.objects.visible_to(user).select_related("worker", "proposed_by", "lifted_by")
    row = rows.filter(id=hold_id).first()
    if row is None:
        raise UnknownPayeeHold
    return row


def _judge(payee: Payee | None, currency: str, hold: PayeeHold | None, now: datetime) -> Payability:
    if payee is None:
        return Payability(False, "NO_PAYOUT_METHOD", "Say how you want to be paid.")
    if payee.state != State.ACTIVE:
        return Payability(False, *_NOT_READY[State(payee.state)])
    if hold is not None:
        return Payability(False, hold.kind, hold.words, hold_until=hold.ends_at)
    route = find_route(payee.country, currency, on=now.date())
    if not route.is_available:
        return Payability(False, "CURRENCY_NOT_PAYABLE", route.words)
    return Payability(True, minimum=route.minimum)


def pay_route(country: str, currency: str) -> PayRoute:
    """Return whether and how somebody with a bank in ``country`` can be paid in ``currency``."""
    return find_route(country, currency)
