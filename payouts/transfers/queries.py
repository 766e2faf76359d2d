"""Reads of payouts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from common.erasure import erased_people
from common.permissions import has_grant
from payouts.payees.models import Payee
from payouts.transfers import rules
from payouts.transfers.errors import UnknownOrphan, UnknownPayout
from payouts.transfers.models import Payout, ProviderEvent, RailStop


def get_payout(user: Any, payout_id: UUID) -> Payout:
    """Return a payout that ``user`` may see.

    Raises:
        UnknownPayout: it does not exist, or not for this person.
    """
    payout = Payout.objects.visible_to(user).select_related("worker").filter(id=payout_id).first()
    if payout is None:
        raise UnknownPayout
    return payout


def find_stop(rail: str) -> RailStop | None:
    """Return why nothing is submitted on a rail, if it is stopped."""
    return RailStop.objects.filter(rail=rail, lifted_at__isnull=True).first()


def is_our_account(account_id: str) -> bool:
    """Say whether an account at the provider is, or was when it was paid, that of one of our payees."""
    payees = Payee.objects.filter(account_id=account_id)
    return payees.exists() or Payout.objects.filter(destination=account_id).exists()


def is_of_erased(account_id: str) -> bool:
    """Say whether an account at the provider is that of somebody who was erased: what it says of them is not kept."""
    return bool(account_id) and Payee.objects.filter(account_id=account_id, worker_id__in=erased_people()).exists()


#: What a person does about news that nothing of ours had to do with, by the first word of its type.
NEXT_STEPS = {
    "transfer": "Find the transfer at Stripe. If a payout of ours made it, look again; if somebody made it by hand, "
    "its amount stands in reconciliation.",
    "topup": "Find the top-up at Stripe. If somebody made it by hand, its amount stands in reconciliation; settle this.",
    "outbound_payment": "Find the payment at Stripe. If a payout of ours made it, look again; if somebody made it by "
    "hand, its amount stands in reconciliation.",
    "inbound_transfer": "Find the transfer at Stripe. If somebody made it by hand, its amount stands in reconciliation; "
    "settle this.",
    "payout": "Find the payout in the payee's account at Stripe. If it carries money of ours, look again.",
    "account": "No payee has this account any more. Find it at Stripe, then settle this.",
    "capability": "No payee has this account any more. Find it at Stripe, then settle this.",
}


def next_step_of(event: ProviderEvent) -> str:
    """Return in words what finance does about an orphan."""
    return NEXT_STEPS.get(rules.subject_of(event.type), "Find the object at Stripe, then settle this.")


def list_orphans(user: Any) -> QuerySet[ProviderEvent]:
    """Return the news that waits for a person, as finance and auditors may see it."""
    may = has_grant(user, "finance.read") or has_grant(user, "audit.read")
    rows = ProviderEvent.objects.filter(state=ProviderEvent.State.ORPHANED)
    return rows if may else rows.none()


def get_orphan(user: Any, event_row_id: UUID) -> ProviderEvent:
    """Return one piece of news that waits for a person.

    Raises:
        UnknownOrphan: it does not wait, does not exist, or not for this person.
    """
    found = list_orphans(user).filter(id=event_row_id).first()
    if found is None:
        raise UnknownOrphan
    return found
