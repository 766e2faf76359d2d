"""Defects that systems which pay people really had, built into ours to see that the storm finds each.

Source of the kinds: docs/domain/transfers.md; the public post-mortems behind them are named in the design's table of causes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from unittest import mock
from uuid import uuid4

from common import states
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, inflight, payable, stripe_balance
from payouts.rails import connect, global_payouts
from payouts.rails.base import Answer, Failure, Outcome, PreparedTransfer, Reaction, TransferOrder
from payouts.transfers import commands as transfers
from payouts.transfers.commands import follow, news, outcomes, submit
from payouts.transfers.models import Payout, PayoutAttempt

_prepare, _submit = connect.ConnectRail.prepare, connect.ConnectRail.submit
_payment_facts = global_payouts._payment_facts
_classify, _receive, _claim = connect.ConnectRail.classify, transfers.receive_event, submit._claim


def _send_without_key(rail: Any, prepared: PreparedTransfer) -> Answer:
    params: Any = json.loads(prepared.body)
    return rail._answer(lambda: rail._client.v1.transfers.create(params))


def _send_without_key_over_global(rail: Any, prepared: PreparedTransfer) -> Answer:
    # The library makes a key of its own for each request of v2 that has none.
    params: Any = json.loads(prepared.body)
    return rail._answer(lambda: rail._client.v2.money_management.outbound_payments.create(params))


def _send_under_fresh_key(rail: Any, prepared: PreparedTransfer) -> Answer:
    return _submit(rail, PreparedTransfer(f"{prepared.idempotency_key}_{uuid4()}", prepared.body, prepared.body_sha256))


def _prepare_same_key(rail: Any, order: TransferOrder) -> PreparedTransfer:
    prepared = _prepare(rail, order)
    return PreparedTransfer(f"po_{order.payout_id}", prepared.body, prepared.body_sha256)


def _take_silence_for_refusal(rail: Any, error: Exception) -> Failure:
    failure = _classify(rail, error)
    if failure.reaction != Reaction.RESEND:
        return failure
    return Failure(Outcome.FINAL, Reaction.PAYEE_MUST_ACT, failure.code, failure.detail, "Please try again.")


def _begin_anew(payout: Payout, attempt: PayoutAttempt, failure: Failure | None, now: datetime) -> None:
    outcomes.end_attempt(attempt, "ABSENT", now=now)
    states.move(payout, "RESERVED", by=None, now=now)
    outcomes.postpone(payout, submit.rules.LOOK_UP_PAUSE, now=now)


def _retry_like_a_back_office(payout_id: Any, now: datetime) -> Any:
    """Start a new attempt for whatever hangs, without a look at the old one."""
    hanging = Payout.objects.filter(
        id=payout_id, state="SUBMITTING", claimed_until__lte=now, needs_person=False
    ).first()
    if hanging is not None:
        _begin_anew(hanging, hanging.attempts.get(kind="TRANSFER", outcome="PENDING"), None, now)
        Payout.objects.filter(id=payout_id).update(next_try_at=now, claimed_until=None)
    return _claim(payout_id, now)


def _post(key: str, line: LineSpec, now: datetime) -> None:
    post_entry(
        idempotency_key=key, kind="DEFECT", effective_on=now.date(), lines=[line], source="defect", by=None, now=now
    )


def _ordered(event: dict[str, Any]) -> Payout | None:
    subject = event["data"]["object"]
    return Payout.objects.filter(id=subject.get("metadata", {}).get("payout")).first()


def _book_each_arrival(*, body: bytes, signature: str, secrets: Any, now: datetime) -> bool:
    """Let every delivery of a reversal pay the money back into the books, however often it comes."""
    is_new = _receive(body=body, signature=signature, secrets=secrets, now=now)
    event = json.loads(body)
    payout = _ordered(event) if event["type"] == "transfer.reversed" else None
    if payout is not None:
        line = LineSpec(stripe_balance(payout.currency), payable(payout.worker_id, payout.currency), payout.money)
        _post(f"reversal:{uuid4()}", line, now)
    return is_new


def _silent_return(payout: Payout, what: str, kind: str, line: LineSpec, **words: Any) -> None:
    if what != "returned":
        _post_outcome(payout, what, kind, line, **words)


_post_outcome = outcomes.post


def _settle_on_news_too(*, body: bytes, signature: str, secrets: Any, now: datetime) -> bool:
    """Book the settlement when the provider tells of the transfer, beside the answer to the request itself."""
    is_new = _receive(body=body, signature=signature, secrets=secrets, now=now)
    event = json.loads(body)
    payout = _ordered(event) if event["type"] == "transfer.created" else None
    if payout is not None and is_new:
        line = LineSpec(inflight(payout.worker_id, payout.currency), stripe_balance(payout.currency), payout.money)
        _post(f"settled:{uuid4()}", line, now)
    return is_new


_STATE_OF_NEWS = {"payout.created": "IN_TRANSIT", "payout.updated": "IN_TRANSIT", "payout.paid": "PAID"}


def _believe_the_last_word(*, body: bytes, signature: str, secrets: Any, now: datetime) -> bool:
    """Set a payout's state to what the newest arrival says, whatever is known already."""
    event = json.loads(body)
    to = _STATE_OF_NEWS.get(event["type"])
    if to is not None:
        ended = now if to == "PAID" else None
        rows = Payout.objects.filter(destination=event.get("account"), state__in=["TRANSFERRED", "IN_TRANSIT", "PAID"])
        rows.update(state=to, ended_at=ended, paid_at=ended, next_try_at=None)
    return True


def _swap(target: Any, name: str, new: Any) -> Callable[[], Any]:
    return lambda: mock.patch.object(target, name, new)


def _forget_what_came_back(payment: dict[str, Any]) -> Any:
    return replace(_payment_facts(payment), reversed_minor=0)


_RAIL = connect.ConnectRail
DEFECTS: dict[str, tuple[Callable[[], Any], ...]] = {
    "no_key": (_swap(_RAIL, "submit", _send_without_key),),
    "no_key_over_global": (_swap(global_payouts.GlobalRail, "submit", _send_without_key_over_global),),
    "returns_over_global_unseen": (_swap(global_payouts, "_payment_facts", _forget_what_came_back),),
    "key_from_the_clock": (_swap(_RAIL, "submit", _send_under_fresh_key),),
    "one_key_forever": (_swap(_RAIL, "prepare", _prepare_same_key),),
    "release_on_timeout": (_swap(_RAIL, "classify", _take_silence_for_refusal),),
    "no_look_up": (lambda: mock.patch.dict(submit._REACTIONS, {Reaction.LOOK_UP: _begin_anew}),),
    "retry_skips_the_guard": (_swap(submit, "_claim", _retry_like_a_back_office),),
    "no_event_dedupe": (
        _swap(transfers, "receive_event", _book_each_arrival),
        _swap(outcomes, "post", _silent_return),
    ),
    "order_dependent_events": (_swap(transfers, "receive_event", _believe_the_last_word),),
    "no_reconciliation": (_swap(transfers, "run_due", lambda **_: 0),),
    "double_settle": (_swap(transfers, "receive_event", _settle_on_news_too),),
    "paid_is_final": (
        _swap(follow, "FOLLOWED_STATES", ("TRANSFERRED", "IN_TRANSIT")),
        _swap(news, "FOLLOWED_STATES", ("TRANSFERRED", "IN_TRANSIT")),
    ),
}


@contextmanager
def built_in(name: str) -> Iterator[None]:
    """Build a defect in; the empty name is the code as it is.

    Raises:
        KeyError: there is no such defect.
    """
    with ExitStack() as stack:
        for patch in DEFECTS[name] if name else ():
            stack.enter_context(patch())
        yield
