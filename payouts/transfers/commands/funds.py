"""The platform's balance at the provider: is it enough, and bringing more."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Sum

from common import states
from common.faults import crash_point, declare
from common.money import Money
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, bank
from payouts.rails.base import Outcome, ProviderUnavailable, Reaction, TopUpFacts
from payouts.rails.registry import balance_account, get_rail
from payouts.transfers import rules
from payouts.transfers.errors import BalanceNotReadable, InvalidTopUp
from payouts.transfers.models import Payout, TopUp

declare("payouts.top_up.before_call", "payouts.top_up.after_call", "payouts.top_up.before_settle_commit")

logger = logging.getLogger(__name__)
State = TopUp.State
#: How far the provider's clock may be from ours.
_TWO_CLOCKS = timedelta(hours=1)
_NOT_YET_SENT = (Payout.State.RESERVED, Payout.State.HELD, Payout.State.SUBMITTING, Payout.State.UNKNOWN)


@dataclass(frozen=True, slots=True)
class FundCheck:
    """What the balance can still pay after all that is reserved, and what is missing for the sum asked about."""

    available: Money
    missing: Money


def check_funds(*, money: Money, now: datetime, rail: str = "connect") -> FundCheck:
    """Ask a rail's provider whether ``money`` can be paid on top of what is reserved on that rail. Calls outside.

    Raises:
        BalanceNotReadable: the provider gave no usable answer.
    """
    try:
        balance = get_rail(rail).available(money.currency)
    except ProviderUnavailable as error:
        raise BalanceNotReadable from error
    waiting = Payout.objects.filter(rail=rail, currency=money.currency, state__in=_NOT_YET_SENT)
    reserved = waiting.aggregate(total=Sum("amount_minor"))["total"] or 0
    free = Money(balance.amount_minor - reserved, money.currency)
    return FundCheck(free, Money(max(0, money.amount_minor - free.amount_minor), money.currency))


def top_up(*, money: Money, source: str, by: UUID | None, now: datetime, rail: str = "connect") -> TopUp:
    """Bring ``money`` from the platform's bank to a rail; while a top-up for ``source`` is under way, that one is returned.

    The row with its key is committed before the provider is called, so that a repetition after a crash is the same
    top-up.

    Raises:
        InvalidTopUp: not a positive amount.
    """
    if money.amount_minor <= 0:
        raise InvalidTopUp
    with transaction.atomic():
        TopUp.objects.bulk_create(
            [
                TopUp(
                    source=source,
                    currency=money.currency,
                    amount_minor=money.amount_minor,
                    rail=rail,
                    asked_by_id=by,
                    created_at=now,
                )
            ],
            ignore_conflicts=True,
        )
        # What was under way when ours was refused may have been settled since: then it is the newest of the source.
        asked = TopUp.objects.filter(source=source).order_by("-id")
        row = asked.filter(state__in=[State.REQUESTED, State.PENDING]).first() or asked[0]
    return refresh_top_up(top_up_id=row.id, now=now)


def refresh_top_up(*, top_up_id: UUID, now: datetime) -> TopUp:
    """Ask for a top-up that the provider may not have heard of, or read how far it is. Calls outside."""
    row = TopUp.objects.get(id=top_up_id)
    if row.state in (State.SUCCEEDED, State.FAILED):
        return row
    crash_point("payouts.top_up.before_call")
    try:
        facts = get_rail(row.rail).retrieve_top_up(row.provider_id) if row.provider_id else _ask_or_find(row, now)
    except ProviderUnavailable as error:
        if error.failure.outcome != Outcome.FINAL or row.state == State.PENDING:
            return row
        facts = TopUpFacts("", "FAILED", error.failure.detail)
    crash_point("payouts.top_up.after_call")
    return row if facts is None else _keep(row.id, facts, now)


def _ask_or_find(row: TopUp, now: datetime) -> TopUpFacts | None:
    """Ask for a top-up under its key; where the key cannot tell any more, look for it; None while nothing is known.

    An error may be kept under the key though the top-up was made. What is long past and not to be found was never made.
    """
    rail, key = get_rail(row.rail), f"tu_{row.id}"
    if rules.may_resend(row.created_at, now):
        try:
            return rail.top_up(money=row.money, idempotency_key=key)
        except ProviderUnavailable as error:
            if error.failure.reaction != Reaction.LOOK_UP:
                raise
    found = rail.find_top_up(idempotency_key=key, since=row.created_at - _TWO_CLOCKS)
    if found is None and rules.may_replace(row.created_at, now):
        logger.error("payouts.top_up.absent", extra={"top_up_id": str(row.id)})
        return TopUpFacts("", "FAILED", "The provider never heard of it.")
    return found


def _keep(top_up_id: UUID, facts: TopUpFacts, now: datetime) -> TopUp:
    with transaction.atomic():
        row = TopUp.objects.select_for_update().get(id=top_up_id)
        if not states.can_move(row, facts.status):
            return row
        also: dict[str, Any] = {"provider_id": facts.provider_id or row.provider_id, "failure_text": facts.detail}
        if facts.status != State.PENDING:
            also["settled_at"] = now
        states.move(row, facts.status, by=None, now=now, also=also)
        if facts.status == State.SUCCEEDED:
            post_entry(
                idempotency_key=f"top_up:{row.id}",
                kind="TOP_UP",
                effective_on=now.date(),
                lines=[LineSpec(balance_account(row.rail, row.currency), bank(row.currency), row.money)],
                source=f"top_up:{row.id}",
                by=row.asked_by_id,
                now=now,
            )
        crash_point("payouts.top_up.before_settle_commit")
        return row
