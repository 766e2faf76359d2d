"""Reads of payouts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from payouts.payees.models import Payee
from payouts.transfers.errors import UnknownPayout
from payouts.transfers.models import Payout, RailStop


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
