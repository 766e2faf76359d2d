"""Sending a payout: claim and commit, call outside any transaction, write what came of it and commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common import states
from common.events import publish
from common.faults import crash_point, declare
from payouts.events import PaymentHeld
from payouts.holds.queries import find_hold_on_all
from payouts.payees.models import Payee
from payouts.payees.queries import judge
from payouts.rails.base import Answer, Failure, PreparedTransfer, ProviderUnavailable, Reaction
from payouts.rails.queries import is_open
from payouts.rails.registry import get_rail
from payouts.transfers import rules
from payouts.transfers.commands import outcomes
from payouts.transfers.commands.identity import is_trusted
from payouts.transfers.commands.reserve import lock_payout, transfer_order
from payouts.transfers.commands.stops import is_stopped, stop_rail
from payouts.transfers.models import Payout, PayoutAttempt

declare(
    "payouts.transfer.before_claim",
    "payouts.transfer.before_claim_commit",
    "payouts.transfer.before_call",
    "payouts.transfer.after_call",
    "payouts.transfer.before_settle_commit",
    "payouts.transfer.after_settle",
)

State = Payout.State
Kind = PayoutAttempt.Kind
Outcome = PayoutAttempt.Outcome


@dataclass(frozen=True, slots=True)
class _Claim:
    payout: Payout
    attempt: PayoutAttempt
    look_up: bool


def submit_payout(*, payout_id: UUID, now: datetime) -> Payout:
    """Do the next step of a payout that is not yet transferred, as ``submit`` does, and return what became of it.

    Raises:
        UnknownPayout: there is no such payout.
    """
    submit(payout_id=payout_id, now=now)
    with transaction.atomic():
        return lock_payout(payout_id)


def submit(*, payout_id: UUID, now: datetime) -> None:
    """Send the attempt of a payout that is not yet transferred, send it again, or look it up.

    It may be called at any time, by anyone, at once: who does not get the claim does nothing.
    """
    crash_point("payouts.transfer.before_claim")
    claim = _claim(payout_id, now)
    if claim is not None:
        if claim.look_up:
            _look_up(claim, now)
        else:
            _send(claim, now)
        crash_point("payouts.transfer.after_settle")


def _claim(payout_id: UUID, now: datetime) -> _Claim | None:
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    due = Q(next_try_at__lte=now)
    with transaction.atomic():
        payout = (
            Payout.objects.select_for_update(skip_locked=True)
            .filter(
                free & due,
                id=payout_id,
                needs_person=False,
                state__in=[State.RESERVED, State.SUBMITTING, State.UNKNOWN],
            )
            .first()
        )
        if payout is None or is_stopped(payout.rail) or is_open(payout.rail) or not is_trusted():
            return None
        if payout.state == State.RESERVED:
            attempt = _begin_attempt(payout, now)
            if attempt is None:
                return None
        else:
            attempt = payout.attempts.select_for_update().get(kind=Kind.TRANSFER, outcome=Outcome.PENDING)
        look_up = (
            payout.state == State.UNKNOWN or attempt.must_look_up or not rules.may_resend(attempt.first_sent_at, now)
        )
        if not look_up:
            attempt.sends += 1
            attempt.first_sent_at = attempt.first_sent_at or now
            attempt.last_sent_at = now
            attempt.save(update_fields=["sends", "first_sent_at", "last_sent_at"])
        payout.claimed_until = payout.next_try_at = now + rules.CLAIM
        payout.save(update_fields=["claimed_until", "next_try_at"])
        crash_point("payouts.transfer.before_claim_commit")
        return _Claim(payout, attempt, look_up)


def _begin_attempt(payout: Payout, now: datetime) -> PayoutAttempt | None:
    """Write the next attempt with its key and body, or hold a payout whose destination is no longer the reserved one."""
    # Locked until the attempt stands: a bank account changes before it, and is seen, or after it.
    payee = Payee.objects.select_for_update(no_key=True).filter(worker_id=payout.worker_id).first()
    ready = judge(payee, payout.currency, now)
    code, words = ready.reason_code, ready.words
    reserved = (payout.destination, payout.destination_fingerprint)
    if payee is not None and ready.is_ready and (payee.account_id, payee.bank_fingerprint) != reserved:
        code, words = "DESTINATION_CHANGED", "The bank account was changed after the payout was approved."
    hold = find_hold_on_all(payout.worker_id, payout.currency)
    if hold is not None:
        code, words = "ON_HOLD", hold.words
    if code:
        also = {"failure_code": code, "failure_text": words, "next_try_at": None}
        states.move(payout, State.HELD, by=None, now=now, reason_code=code, reason_text=words, also=also)
        news = PaymentHeld(
            worker_id=payout.worker_id,
            source_key=f"{payout.source}:{payout.version}",
            currency=payout.currency,
            amount_minor=payout.amount_minor,
            reason_code=code,
            words=words,
        )
        publish(news, now=now)
        return None
    number = payout.attempts.filter(kind=Kind.TRANSFER).count() + 1
    prepared = get_rail(payout.rail).prepare(transfer_order(payout, number, payee))
    attempt = PayoutAttempt.objects.create(
        payout=payout,
        kind=Kind.TRANSFER,
        number=number,
        idempotency_key=prepared.idempotency_key,
        body=prepared.body,
        body_sha256=prepared.body_sha256,
        created_at=now,
    )
    states.move(payout, State.SUBMITTING, by=None, now=now)
    return attempt


def _send(claim: _Claim, now: datetime) -> None:
    attempt = claim.attempt
    prepared = PreparedTransfer(attempt.idempotency_key, attempt.body, attempt.body_sha256)
    crash_point("payouts.transfer.before_call")
    answer = get_rail(claim.payout.rail).submit(prepared)
    crash_point("payouts.transfer.after_call")
    _settle(claim, answer, now)


def _settle(claim: _Claim, answer: Answer, now: datetime) -> None:
    with transaction.atomic():
        payout, attempt = _lock(claim)
        if attempt.outcome != Outcome.PENDING:
            return
        if answer.transfer is not None:
            attempt.request_id = answer.request_id or attempt.request_id
            outcomes.mark_transferred(payout, attempt, answer.transfer, now=now)
        elif answer.failure is not None:
            outcomes.note_answer(attempt, answer.failure)
            _REACTIONS[answer.failure.reaction](payout, attempt, answer.failure, now)
        crash_point("payouts.transfer.before_settle_commit")


def _lock(claim: _Claim) -> tuple[Payout, PayoutAttempt]:
    payout = lock_payout(claim.payout.id)
    return payout, PayoutAttempt.objects.select_for_update().get(id=claim.attempt.id)


def _resend(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    outcomes.postpone(payout, rules.pause_after(attempt.sends, str(attempt.id)), now=now)


def _look_later(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    attempt.must_look_up = True
    attempt.save(update_fields=["must_look_up"])
    _become_unknown(payout, now)
    outcomes.postpone(payout, rules.pause_after(attempt.sends, str(attempt.id)), now=now)


def _freeze(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    _become_unknown(payout, now)
    outcomes.freeze(payout, failure.code, failure.detail, now=now)


def _wait_for_funds(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    # The refusal is kept under this key: after a top-up another attempt is needed.
    outcomes.end_attempt(attempt, Outcome.REFUSED, now=now, failure=failure)
    states.move(payout, State.RESERVED, by=None, now=now, reason_code=failure.code)
    outcomes.postpone(payout, rules.FUNDS_PAUSE, now=now)


def _fail(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    outcomes.mark_failed(payout, attempt, failure, now=now)


def _fail_loudly(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    outcomes.logger.error("payouts.transfer.request_wrong", extra={"payout_id": str(payout.id), "code": failure.code})
    outcomes.mark_failed(payout, attempt, failure, now=now)


def _stop(payout: Payout, attempt: PayoutAttempt, failure: Failure, now: datetime) -> None:
    stop_rail(payout.rail, f"{failure.code}: {failure.detail}", now=now)
    outcomes.postpone(payout, rules.LOOK_UP_PAUSE, now=now)


def _become_unknown(payout: Payout, now: datetime) -> None:
    if payout.state == State.SUBMITTING:
        states.move(payout, State.UNKNOWN, by=None, now=now)


_REACTIONS = {
    Reaction.RESEND: _resend,
    Reaction.SLOW_DOWN: _resend,
    Reaction.LOOK_UP: _look_later,
    Reaction.FREEZE: _freeze,
    Reaction.WAIT_FOR_FUNDS: _wait_for_funds,
    Reaction.PAYEE_MUST_ACT: _fail,
    Reaction.REQUEST_WRONG: _fail_loudly,
    Reaction.STOP_ALL: _stop,
}


def _look_up(claim: _Claim, now: datetime) -> None:
    """Settle with what the provider has; only what is long past and absent makes room for another attempt."""
    try:
        rail, since = get_rail(claim.payout.rail), claim.payout.created_at - rules.TWO_CLOCKS
        found = rail.find(claim.payout.id, destination=claim.payout.destination, since=since)
    except ProviderUnavailable:
        found = None
    crash_point("payouts.transfer.after_call")
    with transaction.atomic():
        payout, attempt = _lock(claim)
        if attempt.outcome != Outcome.PENDING:
            return
        if found is None:
            outcomes.postpone(payout, rules.LOOK_UP_PAUSE, now=now)
        elif len(found) > 1:
            _become_unknown(payout, now)
            outcomes.freeze(payout, "two_transfers", "The provider has more than one transfer.", now=now)
        elif found:
            outcomes.mark_transferred(payout, attempt, found[0], now=now)
        elif rules.may_replace(attempt.last_sent_at, now):
            outcomes.end_attempt(attempt, Outcome.ABSENT, now=now)
            states.move(payout, State.RESERVED, by=None, now=now, reason_code="absent")
            outcomes.postpone(payout, rules.pause_after(0, str(attempt.id)), now=now)
        else:
            _become_unknown(payout, now)
            outcomes.postpone(payout, rules.LOOK_UP_PAUSE, now=now)
