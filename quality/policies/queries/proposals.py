"""Proposals, as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from quality.errors import ProposalNotFound
from quality.methods.gates import Kind
from quality.policies.models import Proposal
from quality.policies.values import ProposalView


def visible_proposals(user: Any) -> QuerySet[Proposal]:
    """Return the proposals that ``user`` may read, the newest first; never one about the reader."""
    return Proposal.objects.visible_to(user).select_related("scope").order_by("-id")


def list_proposals(user: Any, *, state: str = "OPEN", limit: int = 200) -> Sequence[ProposalView]:
    """Return visible proposals in one state, the newest first."""
    return [view_of(row) for row in visible_proposals(user).filter(state=state)[:limit]]


def find_visible_proposal(user: Any, proposal_id: UUID) -> ProposalView | None:
    """Return a proposal that ``user`` may read, None without."""
    row = visible_proposals(user).filter(id=proposal_id).first()
    return None if row is None else view_of(row)


def get_visible_proposal(user: Any, proposal_id: UUID) -> ProposalView:
    """Return a proposal that ``user`` may read.

    Raises:
        ProposalNotFound: absent or out of scope.
    """
    found = find_visible_proposal(user, proposal_id)
    if found is None:
        raise ProposalNotFound
    return found


def get_proposal(*, proposal_id: UUID) -> ProposalView:
    """Return a proposal, whoever asks: for the owner of the case that came of it.

    Raises:
        ProposalNotFound.
    """
    row = Proposal.objects.select_related("scope").filter(id=proposal_id).first()
    if row is None:
        raise ProposalNotFound
    return view_of(row)


def view_of(row: Proposal) -> ProposalView:
    """Return a row, whose scope is loaded, as a value."""
    return ProposalView(
        id=row.id,
        worker_id=row.worker_id,
        scope=row.scope.codes,
        kind=row.kind,
        state=row.state,
        bar=row.bar,
        evidence=row.evidence,
        proposed_at=row.proposed_at,
        reason_text=row.reason_text,
        closed_at=row.closed_at,
        ground_lost_at=row.ground_lost_at,
    )


def list_proposed_for_pause(*, since: datetime, until: datetime) -> set[UUID]:
    """Return everybody whose pause the gates proposed after ``since`` and until ``until``, whatever became of it."""
    rows = Proposal.objects.filter(kind=Kind.PAUSE, proposed_at__gt=since, proposed_at__lte=until)
    return set(rows.values_list("worker_id", flat=True).distinct())
