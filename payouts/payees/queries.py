"""Reads of payees: who can be paid now, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common import clock
from common.money import Money
from payouts.payees.errors import UnknownPayee
from payouts.payees.models import Payee
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

    ``minimum`` is the least that their country and rail can pay, where they can be paid.
    """

    is_ready: bool
    reason_code: str = ""
    words: str = ""
    minimum: Money | None = None


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
    return {worker_id: judge(known.get(worker_id), currency, instant) for worker_id in wanted}


def judge(payee: Payee | None, currency: str, now: datetime) -> Payability:
    """Return whether one payee can be paid."""
    if payee is None:
        return Payability(False, "NO_PAYOUT_METHOD", "Say how you want to be paid.")
    if payee.state != State.ACTIVE:
        return Payability(False, *_NOT_READY[State(payee.state)])
    if payee.hold_until is not None and payee.hold_until > now:
        until = f"{payee.hold_until:%Y-%m-%d %H:%M} UTC"
        return Payability(False, "DESTINATION_CHANGED", f"Your bank account was changed. You can be paid from {until}.")
    route = find_route(payee.country, currency, on=now.date())
    if not route.is_available:
        return Payability(False, "CURRENCY_NOT_PAYABLE", route.words)
    return Payability(True, minimum=route.minimum)


def pay_route(country: str, currency: str) -> PayRoute:
    """Return whether and how somebody with a bank in ``country`` can be paid in ``currency``."""
    return find_route(country, currency)
