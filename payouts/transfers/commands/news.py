"""The provider's webhooks: kept once by their id, then taken as a hint to read the object itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from common.errors import DomainError
from common.queue import enqueue_on_commit
from payouts.payees.commands import refresh_account
from payouts.payees.errors import ProviderNotReachable
from payouts.rails.base import ProviderUnavailable, Reaction
from payouts.rails.registry import get_rail, is_live, list_rails
from payouts.rails.signatures import ForgedWebhook, VerifiedEvent, verify_event
from payouts.transfers import rules
from payouts.transfers.commands.follow import FOLLOWED_STATES, refresh_payout
from payouts.transfers.commands.funds import refresh_top_up
from payouts.transfers.models import Payout, ProviderEvent, TopUp
from payouts.transfers.queries import is_of_erased, is_our_account

logger = logging.getLogger(__name__)
State = ProviderEvent.State
_FIRST_PAUSE_S = 5
#: The kind of object that is a transfer -> the rail that makes it.
_TRANSFER_RAILS = {"transfer": "connect", "outbound_payment": "global"}


def receive_event(*, body: bytes, signature: str, secrets: Sequence[str], now: datetime) -> bool:
    """Keep a webhook and wake a worker; return whether it is new.

    Raises:
        ForgedWebhook: it is not to be believed (see ``verify_event``), of the other mode, test or live, or of an account
            that none of our payees has. One whose account we are just opening comes again: the provider repeats it.
    """
    return keep_event(event=verify_event(body, signature, secrets=secrets, now=now), now=now)


def keep_event(*, event: VerifiedEvent, now: datetime) -> bool:
    """Keep an event that is surely the provider's, however it came, and return whether it is new.

    Raises:
        ForgedWebhook: it is of the other mode, or of an account that is not ours.
    """
    if event.is_live != is_live():
        raise ForgedWebhook("of the other mode")
    if event.account and not is_our_account(event.account):
        raise ForgedWebhook("of an account that is not ours")
    row = ProviderEvent(
        event_id=event.event_id,
        type=event.type,
        account=event.account,
        object_id=event.object_id,
        is_live=event.is_live,
        body=rules.WITHOUT_BODY if is_of_erased(event.account) else event.body,
        received_at=now,
        next_attempt_at=now,
    )
    with transaction.atomic():
        ProviderEvent.objects.bulk_create([row], ignore_conflicts=True)
        is_new = ProviderEvent.objects.filter(id=row.id).exists()
        if is_new:
            enqueue_on_commit("payouts.apply_provider_event", str(row.id))
    return is_new


def apply_provider_event(*, event_row_id: UUID, now: datetime) -> str:
    """Do what one webhook hints at and return its state; what is not known yet is tried again for an hour."""
    event = _claim(event_row_id, now)
    if event is None:
        return ProviderEvent.objects.values_list("state", flat=True).get(id=event_row_id)
    try:
        known = _act_on(event, now)
    except DomainError as error:
        # The provider did not answer: the row is due again, and the sweep finds it.
        ProviderEvent.objects.filter(id=event.id).update(last_error=str(error)[:2000])
        return State.NEW
    if known is None:
        return _end(event, State.IGNORED, now)
    if known:
        return _end(event, State.DONE, now)
    if now - event.received_at >= rules.ORPHAN_AFTER:
        logger.error("payouts.webhook.orphaned", extra={"event_id": event.event_id, "type": event.type})
        return _end(event, State.ORPHANED, now)
    return State.NEW


def _claim(event_row_id: UUID, now: datetime) -> ProviderEvent | None:
    with transaction.atomic():
        event = (
            ProviderEvent.objects.select_for_update(skip_locked=True)
            .filter(id=event_row_id, state=State.NEW, next_attempt_at__lte=now)
            .first()
        )
        if event is None:
            return None
        pause_s = _FIRST_PAUSE_S * 2 ** min(event.attempts, 9)
        event.attempts += 1
        event.next_attempt_at = now + timedelta(seconds=pause_s)
        event.save(update_fields=["attempts", "next_attempt_at"])
        return event


def _end(event: ProviderEvent, state: str, now: datetime) -> str:
    ProviderEvent.objects.filter(id=event.id, state=State.NEW).update(
        state=state, processed_at=now, next_attempt_at=None
    )
    return state


def _act_on(event: ProviderEvent, now: datetime) -> bool | None:
    """Return whether something of ours had to do with the event; None for kinds that mean nothing to us."""
    kind = rules.subject_of(event.type)
    if kind in ("account", "capability"):
        return refresh_account(account_id=event.account or event.object_id, now=now)
    if kind == "payout" and event.account:
        return _refresh(_payouts_to_bank(event), now)
    if kind == "payout_method":
        return refresh_account(account_id=event.account, now=now)
    rail = _TRANSFER_RAILS.get(kind)
    if rail in list_rails():
        return _refresh(_payouts_of_transfer(event, str(rail)), now)
    if kind in ("topup", "inbound_transfer"):
        return _refresh_top_up(event, now)
    return None


def _payouts_to_bank(event: ProviderEvent) -> Q:
    under_way = Q(destination=event.account, state__in=["TRANSFERRED", "IN_TRANSIT"])
    return under_way | Q(destination=event.account, bank_ref=event.object_id)


def _payouts_of_transfer(event: ProviderEvent, rail: str) -> Q:
    condition = Q(provider_ref=event.object_id)
    payout_id = _payout_named_by(event, rail)
    return condition if payout_id is None else condition | Q(id=payout_id, provider_ref="")


def _payout_named_by(event: ProviderEvent, rail: str) -> UUID | None:
    """Return the payout that a transfer names: in the event, or, where that is thin, in the transfer itself."""
    body = json.loads(event.body)
    if body["object"] == "event":
        metadata = body["data"]["object"].get("metadata")
        named = metadata.get("payout") if isinstance(metadata, dict) else None
    elif Payout.objects.filter(provider_ref=event.object_id).exists():
        return None
    else:
        try:
            named = get_rail(rail).retrieve(event.object_id).group.removeprefix("payout_")
        except ProviderUnavailable as error:
            if error.failure.reaction == Reaction.REQUEST_WRONG:
                return None
            raise ProviderNotReachable from error
    try:
        return UUID(str(named))
    except ValueError:
        return None


def _refresh(condition: Q, now: datetime) -> bool:
    payouts = list(Payout.objects.filter(condition).order_by("id").values_list("id", "state"))
    for payout_id, state in payouts:
        if state in FOLLOWED_STATES:
            refresh_payout(payout_id=payout_id, now=now)
    return bool(payouts)


def _refresh_top_up(event: ProviderEvent, now: datetime) -> bool:
    top_up_id = TopUp.objects.filter(provider_id=event.object_id).values_list("id", flat=True).first()
    if top_up_id is None:
        return False
    refresh_top_up(top_up_id=top_up_id, now=now)
    return True
