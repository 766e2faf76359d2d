"""Reading what webhooks should have told: events of the last hours, and money that banks sent back after it was paid.

Nothing depends on a webhook arriving. What is under way the sweep follows by itself; what the balance's movements show is
looked at by reconciliation; this finds the rest.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from payouts.rails.base import ProviderUnavailable
from payouts.rails.registry import get_rail, list_rails
from payouts.rails.signatures import ForgedWebhook, read_event
from payouts.transfers import rules
from payouts.transfers.commands.follow import refresh_payout
from payouts.transfers.commands.news import keep_event
from payouts.transfers.errors import ListNotReadable
from payouts.transfers.models import Payout, ProviderCursor

logger = logging.getLogger(__name__)


def poll_events(*, now: datetime, rail: str = "connect") -> int:
    """Take in the platform's events since the last reading, through the same door as webhooks; return how many were new.

    The cursor moves only when the list was read to its end: a crash reads again, and an event is kept once. Calls outside.

    Raises:
        ListNotReadable: the provider gave no usable answer; the cursor stays.
    """
    name = f"events:{rail}"
    new = 0
    try:
        for page in get_rail(rail).list_events(since=_since(name, rules.FIRST_EVENTS, now)):
            new += sum(_take_in(body, now) for body in page)
    except ProviderUnavailable as error:
        raise ListNotReadable from error
    _move(name, now)
    if new:
        logger.warning("payouts.poll.webhooks_were_lost", extra={"rail": rail, "events": new})
    return new


def poll_all_events(*, now: datetime) -> int:
    """Take in the events of every rail that is set up; one that does not answer keeps no other waiting.

    Raises:
        ListNotReadable: at least one gave no usable answer; its cursor stays.
    """
    new, missed = 0, None
    for rail in list_rails():
        try:
            new += poll_events(now=now, rail=rail)
        except ListNotReadable as error:
            missed = error
    if missed is not None:
        raise missed
    return new


def _take_in(body: bytes, now: datetime) -> bool:
    try:
        return keep_event(event=read_event(body), now=now)
    except ForgedWebhook as error:
        logger.warning("payouts.poll.refused", extra={"reason": str(error)})
        return False


def find_returns(*, now: datetime) -> int:
    """Ask for each account that was paid within 30 days which bank payouts failed; return how many of ours changed.

    An account that cannot be read is logged and asked again the next time; it keeps no other waiting. Calls outside.
    """
    since = now - rules.RETURNED_WITHIN
    paid = Payout.objects.filter(state=Payout.State.PAID, paid_at__gte=since).exclude(bank_ref="")
    changed = 0
    for account, rail in list(paid.order_by("destination", "rail").values_list("destination", "rail").distinct()):
        try:
            refused = get_rail(rail).list_refused(account_id=account, since=since)
        except ProviderUnavailable:
            logger.exception("payouts.poll.account_not_read", extra={"account": account})
            continue
        for payout_id in list(paid.filter(destination=account, bank_ref__in=refused).values_list("id", flat=True)):
            changed += refresh_payout(payout_id=payout_id, now=now).state != Payout.State.PAID
    return changed


def _since(name: str, first: timedelta, now: datetime) -> datetime:
    seen = ProviderCursor.objects.filter(name=name).values_list("seen_until", flat=True).first()
    return now - first if seen is None else seen - rules.LIST_OVERLAP


def _move(name: str, now: datetime) -> None:
    ProviderCursor.objects.update_or_create(name=name, defaults={"seen_until": now})
