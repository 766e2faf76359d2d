"""Holds and debts for other apps: what an expert sees of their own, as frozen views."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from common.money import Money
from payouts.holds import commands
from payouts.holds.models import Hold
from payouts.holds.queries import get_hold
from payouts.ledger.models import LedgerBalance


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldView:
    """A hold as its expert sees it; ``is_on_all`` means that everything else of the currency waits too."""

    id: UUID
    held: Money
    is_on_all: bool
    reason_text: str
    state: str
    placed_at: datetime
    ends_at: datetime
    released_at: datetime | None
    appeal_text: str


def list_holds(*, worker_id: UUID) -> Sequence[HoldView]:
    """Return the holds on a worker's money that have not ended, the one that ends first on top."""
    rows = Hold.objects.active().filter(worker_id=worker_id).order_by("ends_at", "id")
    return [_view_of(row) for row in rows]


def find_own_hold(user: Any, hold_id: UUID) -> HoldView:
    """Return one hold that ``user`` may see.

    Raises:
        UnknownHold: it does not exist, or not for this person.
    """
    return _view_of(get_hold(user, hold_id))


def appeal_hold(*, hold_id: UUID, appeal_text: str, by: Any, now: datetime) -> HoldView:
    """Write why one's money should not be held; see ``payouts.holds.commands.appeal_hold`` for what it refuses."""
    return _view_of(commands.appeal_hold(hold_id=hold_id, appeal_text=appeal_text, by=by, now=now))


def list_debts(*, worker_id: UUID) -> Sequence[Money]:
    """Return what a worker owes, one amount a currency; later payments recover it by a share."""
    rows = LedgerBalance.objects.filter(
        account__worker_id=worker_id, account__kind="EXPERT_RECEIVABLE", balance_minor__gt=0
    )
    pairs = rows.order_by("account__currency").values_list("balance_minor", "account__currency")
    return [Money(minor, currency) for minor, currency in pairs]


def _view_of(row: Hold) -> HoldView:
    return HoldView(
        id=row.id,
        held=row.held,
        is_on_all=row.is_on_all,
        reason_text=row.reason_text,
        state=row.state,
        placed_at=row.placed_at,
        ends_at=row.ends_at,
        released_at=row.released_at,
        appeal_text=row.appeal_text,
    )
