"""Reads of payees: who can be paid now, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from common import clock
from common.money import Money
from payouts.payees.errors import UnknownPayee, UnknownPayeeHold, UnknownTaxForm
from payouts.payees.models import Payee, PayeeHold, ScreeningResult, TaxForm
from payouts.payees.taxation import Withholding, withholding
from payouts.rails.capabilities import PayRoute, find_route

State = Payee.State

_NOTHING = Withholding()
_NO_TAX = ("MISSING", _NOTHING)
_TAX_WORDS = {
    "MISSING": "Submit your tax form to be paid.",
    "SUBMITTED": "Your tax form is being reviewed; there is nothing to do for you.",
    "EXPIRED": "Your tax form has run out. Submit a new one to be paid.",
    "REJECTED": "Your tax form was rejected. Read why and submit a new one to be paid.",
}

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
    tax_status: str = "MISSING"
    withholding: Withholding = _NOTHING


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
    taxes = find_taxes({worker_id: payee.country for worker_id, payee in known.items()}, instant.date())
    return {
        worker_id: _judge(known.get(worker_id), currency, holds.get(worker_id), taxes.get(worker_id, _NO_TAX), instant)
        for worker_id in wanted
    }


def judge(payee: Payee | None, currency: str, now: datetime) -> Payability:
    """Return whether one payee can be paid."""
    if payee is None:
        return _judge(None, currency, None, _NO_TAX, now)
    hold = find_holds([payee.worker_id], now=now).get(payee.worker_id)
    return _judge(payee, currency, hold, tax_status(payee.worker_id, payee.country, now.date()), now)


def judge_each(payees: Iterable[Payee], now: datetime) -> dict[UUID, Payability]:
    """Return by payee's id whether each can be paid in their own currency."""
    rows = list(payees)
    holds = find_holds([payee.worker_id for payee in rows], now=now)
    taxes = find_taxes({payee.worker_id: payee.country for payee in rows}, now.date())
    return {
        payee.id: _judge(payee, payee.currency, holds.get(payee.worker_id), taxes[payee.worker_id], now)
        for payee in rows
    }


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


def tax_status(worker_id: UUID, country: str, today: date) -> tuple[str, Withholding]:
    """Return a payee's tax status (MISSING if there is no form) and what is withheld of their pay today."""
    return find_taxes({worker_id: country}, today)[worker_id]


def find_taxes(countries: Mapping[UUID, str], today: date) -> dict[UUID, tuple[str, Withholding]]:
    """Return for each worker, given their bank's country, the tax status and what is withheld of their pay on a day.

    The newest accepted form that has not run out counts. A newer one that waits for review changes nothing yet, except
    that work in the United States counts as soon as it is said.
    """
    forms: dict[UUID, list[TaxForm]] = {}
    for form in TaxForm.objects.filter(worker_id__in=list(countries)).order_by("worker_id", "-version"):
        forms.setdefault(form.worker_id, []).append(form)
    return {worker_id: _tax_of(forms.get(worker_id, []), country, today) for worker_id, country in countries.items()}


def _tax_of(forms: list[TaxForm], country: str, today: date) -> tuple[str, Withholding]:
    latest = forms[0] if forms else None
    accepted = next((form for form in forms if form.state == TaxForm.State.VALID), None)
    valid = accepted if accepted and accepted.status(today) != "EXPIRED" else None
    counting = valid or latest
    status = counting.status(today) if counting else "MISSING"
    return status, withholding(valid.facts if valid else None, latest.facts if latest else None, country)


def list_tax_forms(worker_id: UUID) -> list[TaxForm]:
    """Return every version of an expert's tax form, newest first."""
    return list(TaxForm.objects.filter(worker_id=worker_id).order_by("-version"))


def get_tax_form(user: Any, form_id: UUID) -> TaxForm:
    """Return a tax form that ``user`` may see.

    Raises:
        UnknownTaxForm: it does not exist, or not for this person.
    """
    row = TaxForm.objects.visible_to(user).select_related("worker", "reviewed_by").filter(id=form_id).first()
    if row is None:
        raise UnknownTaxForm
    return row


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


def _judge(
    payee: Payee | None, currency: str, hold: PayeeHold | None, tax: tuple[str, Withholding], now: datetime
) -> Payability:
    ready = _judge_route(payee, currency, hold, tax[0], now)
    return replace(ready, tax_status=tax[0], withholding=tax[1])


def _judge_route(payee: Payee | None, currency: str, hold: PayeeHold | None, tax: str, now: datetime) -> Payability:
    if payee is None:
        return Payability(False, "NO_PAYOUT_METHOD", "Say how you want to be paid.")
    if payee.state != State.ACTIVE:
        return Payability(False, *_NOT_READY[State(payee.state)])
    if hold is not None:
        return Payability(False, hold.kind, hold.words, hold_until=hold.ends_at)
    if tax in settings.PAYOUT_TAX_GATES:
        return Payability(False, f"TAX_FORM_{tax}", _TAX_WORDS[tax])
    route = find_route(payee.country, currency, on=now.date())
    if not route.is_available:
        return Payability(False, "CURRENCY_NOT_PAYABLE", route.words)
    return Payability(True, minimum=route.minimum)


def pay_route(country: str, currency: str) -> PayRoute:
    """Return whether and how somebody with a bank in ``country`` can be paid in ``currency``."""
    return find_route(country, currency)
