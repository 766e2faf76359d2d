"""Following a payout from the transfer to the bank, and fetching money back that the bank refused.

The provider's object is read again each time and only moves a payout forward: the order of the news does not matter.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import states
from common.faults import crash_point, declare
from payouts.payees.commands import refresh_account
from payouts.payees.errors import ProviderNotReachable
from payouts.rails.base import Answer, BankLeg, Outcome, ProviderUnavailable, Reaction, TransferFacts
from payouts.rails.registry import get_rail
from payouts.transfers import rules
from payouts.transfers.commands import outcomes
from payouts.transfers.commands.identity import is_trusted
from payouts.transfers.commands.reserve import lock_payout
from payouts.transfers.models import Payout, PayoutAttempt

declare(
    "payouts.follow.before_call",
    "payouts.follow.after_call",
    "payouts.follow.before_commit",
    "payouts.follow.after_commit",
    "payouts.reversal.before_claim_commit",
    "payouts.reversal.before_call",
    "payouts.reversal.after_call",
    "payouts.reversal.before_settle_commit",
    "payouts.reversal.after_settle",
)

State = Payout.State
FOLLOWED_STATES = (State.TRANSFERRED, State.IN_TRANSIT, State.PAID)


def refresh_payout(*, payout_id: UUID, now: datetime) -> Payout:
    """Take over what the provider says of a transferred payout; if its bank refused it, fetch the money back.

    Raises:
        UnknownPayout: there is no such payout.
    """
    with transaction.atomic():
        payout = lock_payout(payout_id)
    if payout.state not in FOLLOWED_STATES:
        return payout
    rail = get_rail(payout.rail)
    crash_point("payouts.follow.before_call")
    try:
        transfer = rail.retrieve(payout.provider_ref)
        leg = rail.find_bank_leg(transfer, payout.bank_ref)
    except ProviderUnavailable:
        with transaction.atomic():
            payout = lock_payout(payout_id)
            if payout.next_try_at is not None:
                outcomes.postpone(payout, rules.LOOK_UP_PAUSE, now=now)
            return payout
    crash_point("payouts.follow.after_call")
    if leg is not None and leg.status == "FAILED":
        payout = _note_refusal(payout_id, leg, now)
        is_open = payout.state in FOLLOWED_STATES and not payout.needs_person
        if is_open and not _ask_about_payee(payout, now):
            return payout
    payout = _take_over(payout_id, transfer, leg, now)
    crash_point("payouts.follow.after_commit")
    if payout.bank_failure_code and payout.state in FOLLOWED_STATES and not payout.needs_person:
        return _fetch_back(payout, now)
    return payout


def _ask_about_payee(payout: Payout, now: datetime) -> bool:
    """Take over what the provider says of an account whose bank refused money, before it can be sent there again.

    The provider's own news of it may be lost. It comes before the money is payable again, by a reversal or by itself, so
    that a crash repeats both.
    """
    try:
        refresh_account(account_id=payout.destination, now=now)
    except ProviderNotReachable:
        with transaction.atomic():
            outcomes.postpone(lock_payout(payout.id), rules.LOOK_UP_PAUSE, now=now)
        return False
    return True


def _take_over(payout_id: UUID, transfer: TransferFacts, leg: BankLeg | None, now: datetime) -> Payout:
    with transaction.atomic():
        payout = lock_payout(payout_id)
        if payout.state not in FOLLOWED_STATES:
            return payout
        if leg is not None and not payout.bank_ref:
            payout.bank_ref = leg.provider_id
            payout.save(update_fields=["bank_ref"])
        if transfer.reversed_minor > payout.reversed_minor:
            _note_reversal(payout, transfer, now)
        elif not payout.needs_person and (leg is None or leg.status != "FAILED"):
            _move_forward(payout, leg, now)
        crash_point("payouts.follow.before_commit")
        return payout


def _note_reversal(payout: Payout, transfer: TransferFacts, now: datetime) -> None:
    """Book money that came back: all of it at once makes it payable, a part of it is for a person."""
    whole = transfer.reversed_minor == payout.amount_minor
    if not whole or payout.reversed_minor:
        outcomes.note_partial_reversal(payout, transfer.reversed_minor, now=now)
        return
    pending = payout.attempts.filter(kind="REVERSAL", outcome="PENDING").first()
    if pending is not None:
        outcomes.end_attempt(pending, "SUCCEEDED", now=now, provider_id=transfer.provider_id)
    by_bank = bool(payout.bank_failure_code) or payout.state == State.PAID
    outcomes.mark_returned(payout, State.RETURNED if by_bank else State.REVERSED, now=now)


def _note_refusal(payout_id: UUID, leg: BankLeg, now: datetime) -> Payout:
    """Keep that the bank refused the money; it is not payable again before the payee's account was read."""
    with transaction.atomic():
        payout = lock_payout(payout_id)
        if payout.state in FOLLOWED_STATES and not payout.bank_failure_code:
            payout.bank_failure_code, payout.failure_text = leg.failure_code[:60] or "failed", leg.words
            payout.next_try_at = now
            payout.save(update_fields=["bank_failure_code", "failure_text", "next_try_at"])
        return payout


def _move_forward(payout: Payout, leg: BankLeg | None, now: datetime) -> None:
    to = "TRANSFERRED" if leg is None else {"PAID": "PAID"}.get(leg.status, "IN_TRANSIT")
    if rules.RANK[to] <= rules.RANK[payout.state]:
        if payout.state != State.PAID:
            outcomes.postpone(payout, rules.FOLLOW_PAUSE, now=now)
    elif to == "PAID":
        outcomes.mark_paid(payout, now=now)
    else:
        states.move(payout, to, by=None, now=now, also={"next_try_at": now + rules.FOLLOW_PAUSE})


def _fetch_back(payout: Payout, now: datetime) -> Payout:
    """Reverse the transfer under a key of its own, then make the money payable again."""
    attempt = _claim_reversal(payout.id, now)
    if attempt is None:
        return payout
    crash_point("payouts.reversal.before_call")
    answer = get_rail(payout.rail).reverse(transfer_id=payout.provider_ref, idempotency_key=attempt.idempotency_key)
    crash_point("payouts.reversal.after_call")
    payout = _settle_reversal(payout.id, attempt.id, answer, now)
    crash_point("payouts.reversal.after_settle")
    return payout


def _claim_reversal(payout_id: UUID, now: datetime) -> PayoutAttempt | None:
    with transaction.atomic():
        payout = lock_payout(payout_id)
        is_claimed = payout.claimed_until is not None and payout.claimed_until > now
        if payout.state not in FOLLOWED_STATES or is_claimed or not is_trusted():
            return None
        reversals = payout.attempts.select_for_update().filter(kind="REVERSAL")
        attempt = reversals.filter(outcome="PENDING").first()
        if attempt is not None and (attempt.must_look_up or not rules.may_resend(attempt.first_sent_at, now)):
            # The provider's transfer was just read and is not reversed: long after, the old key can do nothing more.
            if not rules.may_replace(attempt.last_sent_at, now):
                outcomes.postpone(payout, rules.FOLLOW_PAUSE, now=now)
                return None
            outcomes.end_attempt(attempt, "ABSENT", now=now)
            attempt = None
        if attempt is None:
            attempt = _new_reversal(payout, reversals.count() + 1, now)
        attempt.sends += 1
        attempt.first_sent_at = attempt.first_sent_at or now
        attempt.last_sent_at = now
        attempt.save(update_fields=["sends", "first_sent_at", "last_sent_at"])
        payout.claimed_until = payout.next_try_at = now + rules.CLAIM
        payout.save(update_fields=["claimed_until", "next_try_at"])
        crash_point("payouts.reversal.before_claim_commit")
        return attempt


def _new_reversal(payout: Payout, number: int, now: datetime) -> PayoutAttempt:
    return PayoutAttempt.objects.create(
        payout=payout,
        kind="REVERSAL",
        number=number,
        idempotency_key=f"rv_{payout.id}_{number}",
        body="{}",
        body_sha256=hashlib.sha256(b"{}").hexdigest(),
        created_at=now,
    )


def _settle_reversal(payout_id: UUID, attempt_id: UUID, answer: Answer, now: datetime) -> Payout:
    with transaction.atomic():
        payout = lock_payout(payout_id)
        attempt = PayoutAttempt.objects.select_for_update().get(id=attempt_id)
        if attempt.outcome != "PENDING":
            return payout
        outcomes.note_answer(attempt, answer.failure, answer.request_id)
        if answer.transfer is not None:
            _note_reversal(payout, answer.transfer, now)
        elif answer.failure is not None and answer.failure.outcome == Outcome.FINAL:
            outcomes.end_attempt(attempt, "REFUSED", now=now, failure=answer.failure)
            outcomes.freeze(payout, answer.failure.code, answer.failure.detail, now=now)
        else:
            if answer.failure is not None and answer.failure.reaction == Reaction.LOOK_UP:
                # The error is kept under this key: sending it again would only be told the same.
                attempt.must_look_up = True
                attempt.save(update_fields=["must_look_up"])
            outcomes.postpone(payout, rules.pause_after(attempt.sends, str(attempt.id)), now=now)
        crash_point("payouts.reversal.before_settle_commit")
        return payout
