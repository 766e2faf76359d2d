"""Deciding what was proposed over a client's money: another person approves or rejects, who proposed it takes it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import states
from common.errors import FourEyesRequired, StaleVersion
from common.permissions import require_grant
from payouts.clients.commands.invoices import (
    after_credit,
    after_issue,
    credit_invoice,
    issue_invoice,
    release_charges,
)
from payouts.clients.commands.movements import book_movement
from payouts.clients.errors import InvalidProposal, UnknownProposal
from payouts.clients.models import Proposal
from payouts.clients.queries import PROPOSALS, find_proposals

State = Proposal.State

#: What approving writes on the row with the decision.
_FIELDS: dict[str, Callable[[Any, Any, datetime], dict[str, Any]]] = {
    "invoice": issue_invoice,
    "credit_note": credit_invoice,
}
#: What approving does beside the row; terms are in force by being approved.
_BOOKINGS: dict[str, Callable[[Any, Any, datetime], None]] = {
    "movement": book_movement,
    "invoice": after_issue,
    "credit_note": after_credit,
}
#: What refusing does beside the row.
_RELEASES: dict[str, Callable[[UUID, datetime], None]] = {"invoice": release_charges}


def approve_proposal(
    *, kind: str, proposal_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> Proposal:
    """Carry out a proposal of one ``kind`` (see ``PROPOSALS``).

    Raises:
        FourEyesRequired: ``by`` proposed it, whatever other role they hold.
        NotPermitted: ``by`` does not approve.
        UnknownProposal, StaleVersion, IllegalTransition; and what booking it refuses.
    """
    with transaction.atomic():
        row = _lock_to_decide(kind, proposal_id, by, expected_version)
        also = {"decided_by": by, "decided_at": now}
        if kind in _FIELDS and states.can_move(row, State.APPROVED):
            also |= _FIELDS[kind](row, by, now)
        states.move(row, State.APPROVED, by=by.pk, now=now, also=also)
        if kind in _BOOKINGS:
            _BOOKINGS[kind](row, by, now)
        return row


def reject_proposal(
    *, kind: str, proposal_id: UUID, reason_text: str, by: Any, now: datetime, expected_version: int | None = None
) -> Proposal:
    """Refuse a proposal, with a reason. Nothing is booked.

    Raises:
        InvalidProposal: no reason.
        FourEyesRequired, NotPermitted, UnknownProposal, StaleVersion, IllegalTransition
    """
    reason = reason_text.strip()
    with transaction.atomic():
        row = _lock_to_decide(kind, proposal_id, by, expected_version)
        if not reason:
            raise InvalidProposal.of("/reason_text", "Say why.")
        also = {"decided_by": by, "decided_at": now, "decision_text": reason}
        states.move(row, State.REJECTED, by=by.pk, now=now, reason_text=reason, also=also)
        _release(kind, row, now)
        return row


def withdraw_proposal(
    *, kind: str, proposal_id: UUID, by: Any, now: datetime, expected_version: int | None = None
) -> Proposal:
    """Take back one's own proposal.

    Raises:
        FourEyesRequired: somebody else proposed it.
        NotPermitted, UnknownProposal, StaleVersion, IllegalTransition
    """
    require_grant(by, "finance.prepare")
    with transaction.atomic():
        row = _lock(kind, proposal_id, by, expected_version)
        if row.proposed_by_id != by.pk:
            raise FourEyesRequired("Only who proposed it takes it back; another person rejects it.")
        states.move(row, State.WITHDRAWN, by=by.pk, now=now, also={"decided_by": by, "decided_at": now})
        _release(kind, row, now)
        return row


def _release(kind: str, row: Proposal, now: datetime) -> None:
    if kind in _RELEASES:
        _RELEASES[kind](row.id, now)


def _lock_to_decide(kind: str, proposal_id: UUID, by: Any, expected_version: int | None) -> Proposal:
    row = _lock(kind, proposal_id, by, expected_version)
    if by.pk == row.proposed_by_id:
        raise FourEyesRequired("You proposed this; another person decides it.")
    require_grant(by, "finance.approve")
    return row


def _lock(kind: str, proposal_id: UUID, by: Any, expected_version: int | None) -> Proposal:
    scope = find_proposals(by, kind).select_for_update(of=("self",)) if kind in PROPOSALS else None
    row: Proposal | None = scope.filter(id=proposal_id).first() if scope is not None else None
    if row is None:
        raise UnknownProposal
    if expected_version is not None and row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}; you sent {expected_version}.")
    return row
