"""Proposals and bars, as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from quality.errors import ProposalNotFound
from quality.policies.models import Proposal, ScopeBar
from quality.policies.rules import Bars
from quality.policies.values import ProposalView
from quality.scopes.rules import ScopeCodes


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


def list_bars() -> QuerySet[ScopeBar]:
    """Return the bars in force: the newest row of each scope that has one."""
    newest = ScopeBar.objects.order_by("scope_id", "-set_at", "-id").distinct("scope_id").values("id")
    return ScopeBar.objects.filter(id__in=newest).select_related("scope").order_by("-id")


def load_bars() -> tuple[dict[ScopeCodes, Bars], Bars]:
    """Return the bars in force by scope, and those of a scope that follows no row."""
    rows = {row.scope.codes: Bars(row.bar, row.promote_bar) for row in list_bars()}
    return rows, Bars(settings.QUALITY_BAR, settings.QUALITY_PROMOTE_BAR)
