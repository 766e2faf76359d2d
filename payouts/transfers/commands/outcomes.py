"""How a payout changes with what is now known, in the books and in its row. The caller holds lock and transaction."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from common import audit, states
from common.events import publish
from common.money import Money
from common.queue import enqueue_on_commit
from payouts.events import PayoutCancelled, PayoutFailed, PayoutPaid, PayoutReturned
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, inflight, payable, suspense
from payouts.rails.base import Failure, TransferFacts
from payouts.rails.registry import balance_account
from payouts.transfers.models import Payout, PayoutAttempt

logger = logging.getLogger(__name__)
State = Payout.State


def post(payout: Payout, what: str, kind: str, line: LineSpec, *, by: UUID | None, now: datetime) -> None:
    """Post one line for a payout; ``what`` makes its key unique."""
    post_entry(
        idempotency_key=f"{payout.source}:{what}",
        kind=kind,
        effective_on=now.date(),
        lines=[line],
        source=payout.source,
        by=by,
        now=now,
    )


def mark_transferred(payout: Payout, attempt: PayoutAttempt, facts: TransferFacts, *, now: datetime) -> None:
    """Settle the books with the transfer that an attempt made; another transfer than was ordered freezes the payout."""
    ordered = (payout.amount_minor, payout.currency, payout.destination)
    if (facts.amount_minor, facts.currency, facts.destination) != ordered:
        note_answer(attempt, None)
        freeze(payout, "transfer_differs", f"{facts.provider_id} is not what was ordered.", now=now)
        return
    end_attempt(attempt, PayoutAttempt.Outcome.SUCCEEDED, now=now, provider_id=facts.provider_id)
    also = {
        "provider_ref": facts.provider_id,
        "transferred_at": now,
        "claimed_until": None,
        "next_try_at": now,
        "needs_person": False,
        "arrives_minor": facts.arrives.amount_minor if facts.arrives else None,
        "arrives_currency": facts.arrives.currency if facts.arrives else "",
    }
    states.move(payout, State.TRANSFERRED, by=None, now=now, also=also)
    line = LineSpec(inflight(payout.worker_id, payout.currency), _balance(payout), payout.money)
    post(payout, "settled", "PAYOUT_SETTLED", line, by=None, now=now)
    logger.info("payouts.transfer.settled", extra={"payout_id": str(payout.id)})
    enqueue_on_commit("payouts.refresh_payout", str(payout.id))


def mark_failed(payout: Payout, attempt: PayoutAttempt, failure: Failure, *, now: datetime) -> None:
    """Give the money back: the provider certainly made no transfer and asking again would not help."""
    end_attempt(attempt, PayoutAttempt.Outcome.REFUSED, now=now, failure=failure)
    also = {
        "failure_code": failure.code[:60],
        "failure_text": failure.words or failure.detail,
        "ended_at": now,
        "claimed_until": None,
        "next_try_at": None,
    }
    states.move(payout, State.FAILED, by=None, now=now, reason_code=failure.code[:60], also=also)
    release(payout, by=None, now=now)
    publish(PayoutFailed(**_news(payout), failure_code=payout.failure_code, words=payout.failure_text), now=now)


def release(payout: Payout, *, by: UUID | None, now: datetime) -> None:
    """Make money that never left payable again."""
    worker, currency = payout.worker_id, payout.currency
    line = LineSpec(inflight(worker, currency), payable(worker, currency), payout.money)
    post(payout, "released", "PAYOUT_RELEASED", line, by=by, now=now)


def mark_cancelled(payout: Payout, *, by: UUID, now: datetime, reason_text: str) -> None:
    """Give the money back before anything was sent."""
    also = {"ended_at": now, "claimed_until": None, "next_try_at": None}
    states.move(payout, State.CANCELLED, by=by, now=now, reason_text=reason_text, also=also)
    release(payout, by=by, now=now)
    publish(PayoutCancelled(**_news(payout)), now=now)


def mark_paid(payout: Payout, *, now: datetime) -> None:
    """The bank has the money: nothing moves in our books, it left them with the transfer."""
    also = {"paid_at": now, "ended_at": now, "next_try_at": None, "claimed_until": None}
    states.move(payout, State.PAID, by=None, now=now, also=also)
    publish(PayoutPaid(**_news(payout)), now=now)


def mark_returned(payout: Payout, to: str, *, now: datetime) -> None:
    """The whole transfer is back in the platform's balance, and payable again."""
    payout.reversed_minor = payout.amount_minor
    also = {
        "reversed_minor": payout.amount_minor,
        "ended_at": now,
        "next_try_at": None,
        "claimed_until": None,
        "failure_code": payout.bank_failure_code or "reversed",
        "failure_text": payout.failure_text or "The payment was taken back.",
    }
    states.move(payout, to, by=None, now=now, reason_code=payout.bank_failure_code, also=also)
    line = LineSpec(_balance(payout), payable(payout.worker_id, payout.currency), payout.money)
    post(payout, "returned", "PAYOUT_RETURNED", line, by=None, now=now)
    news = PayoutReturned(**_news(payout), failure_code=payout.failure_code, words=payout.failure_text)
    publish(news, now=now)


def note_partial_reversal(payout: Payout, reversed_minor: int, *, now: datetime) -> None:
    """Somebody took part of a transfer back by hand: the part waits in suspense for a person."""
    part = Money(reversed_minor - payout.reversed_minor, payout.currency)
    line = LineSpec(_balance(payout), suspense(payout.currency), part)
    post(payout, f"reversed:{reversed_minor}", "PAYOUT_PARTLY_REVERSED", line, by=None, now=now)
    payout.reversed_minor = reversed_minor
    payout.save(update_fields=["reversed_minor"])
    freeze(payout, "partly_reversed", "Part of the transfer was taken back by hand.", now=now)


def freeze(payout: Payout, code: str, detail: str, *, now: datetime) -> None:
    """Send nothing more for a payout until a person has looked; its money stays where it is."""
    payout.needs_person, payout.failure_code, payout.next_try_at, payout.claimed_until = True, code[:60], None, None
    payout.save(update_fields=["needs_person", "failure_code", "next_try_at", "claimed_until"])
    audit.record(action="payout.frozen", target=payout, by=None, now=now, reason_code=code[:60], reason_text=detail)
    logger.error("payouts.transfer.frozen", extra={"payout_id": str(payout.id), "code": code})


def end_attempt(
    attempt: PayoutAttempt, outcome: str, *, now: datetime, provider_id: str = "", failure: Failure | None = None
) -> None:
    """Write how an attempt ended."""
    attempt.outcome, attempt.ended_at = outcome, now
    attempt.provider_id = provider_id or attempt.provider_id
    note_answer(attempt, failure)


def note_answer(attempt: PayoutAttempt, failure: Failure | None, request_id: str = "") -> None:
    """Keep the provider's words on an attempt."""
    attempt.request_id = (failure.request_id if failure else "") or request_id or attempt.request_id
    attempt.error_code = failure.code[:60] if failure else ""
    attempt.error_text = failure.detail if failure else ""
    attempt.save()


def postpone(payout: Payout, pause: timedelta, *, now: datetime) -> None:
    """Let the sweep look again after a pause."""
    payout.next_try_at, payout.claimed_until = now + pause, None
    payout.save(update_fields=["next_try_at", "claimed_until"])


def _balance(payout: Payout) -> str:
    return balance_account(payout.rail, payout.currency)


def _news(payout: Payout) -> dict[str, Any]:
    return {
        "payout_id": payout.id,
        "worker_id": payout.worker_id,
        "cycle_id": payout.cycle_id,
        "currency": payout.currency,
        "amount_minor": payout.amount_minor,
    }
