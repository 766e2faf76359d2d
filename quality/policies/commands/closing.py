"""What people do with a proposal, and the pauses that come of some."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import states
from common.permissions import require_grant
from quality.errors import PausedAlready, ProposalNotFound, ProposalNotOpen
from quality.policies.commands.bars import clean_reason
from quality.policies.models import Proposal, ScopePause
from quality.policies.queries.proposals import view_of
from quality.policies.values import ProposalView
from quality.scopes.commands import ensure_scopes
from quality.scopes.rules import ScopeCodes

DECIDE = "proposals.decide"


@transaction.atomic
def turn_down_proposal(*, proposal_id: UUID, reason: str, by: Any, now: datetime) -> ProposalView:
    """This will end an open proposal with a person's reason; the worker is never told of it.

    Raises:
        NotPermitted, ProposalNotFound, ProposalNotOpen; InvalidInput: no reason.
    """
    require_grant(by, DECIDE)
    row = _lock_visible(by, proposal_id)
    words = clean_reason(reason)
    closed = {"closed_by": by, "closed_at": now, "settled_at": now, "reason_text": words}
    states.move(row, Proposal.State.TURNED_DOWN, by=by.pk, now=now, reason_text=words, also=closed)
    return view_of(row)


@transaction.atomic
def take_up_proposal(*, proposal_id: UUID, by: Any, now: datetime) -> ProposalView:
    """This will mark an open proposal as taken up by a person; whoever took it up settles it later.

    Raises:
        NotPermitted, ProposalNotFound, ProposalNotOpen.
    """
    require_grant(by, DECIDE)
    row = _lock_visible(by, proposal_id)
    states.move(row, Proposal.State.TAKEN_UP, by=by.pk, now=now, also={"closed_by": by, "closed_at": now})
    return view_of(row)


@transaction.atomic
def settle_proposal(*, proposal_id: UUID, now: datetime) -> None:
    """This will say that nothing more comes of a proposal that was taken up. Again it changes nothing.

    Raises:
        ProposalNotFound: absent, or never taken up.
    """
    row = Proposal.objects.select_for_update().filter(id=proposal_id, state=Proposal.State.TAKEN_UP).first()
    if row is None:
        raise ProposalNotFound
    if row.settled_at is None:
        row.settled_at = now
        row.save(update_fields=["settled_at"])


@transaction.atomic
def begin_pause(*, worker_id: UUID, scope: ScopeCodes, source_key: str, now: datetime) -> None:
    """This will take note that a person paused a worker in a scope. The same source again changes nothing.

    Raises:
        PausedAlready: by another source.
    """
    scope_id = ensure_scopes(scopes=[scope])[scope]
    if ScopePause.objects.filter(source_key=source_key).exists():
        return
    try:
        with transaction.atomic():
            ScopePause.objects.create(worker_id=worker_id, scope_id=scope_id, source_key=source_key, began_at=now)
    except IntegrityError as error:
        raise PausedAlready from error


@transaction.atomic
def end_pause(*, source_key: str, now: datetime) -> None:
    """This will take note that the pause of this source is over; one that is over or was never begun stays as it is."""
    ScopePause.objects.filter(source_key=source_key, ended_at__isnull=True).update(ended_at=now)


def _lock_visible(by: Any, proposal_id: UUID) -> Proposal:
    visible = Proposal.objects.visible_to(by).filter(id=proposal_id).values("id")
    rows = Proposal.objects.select_related("scope").select_for_update(of=("self",))
    row = rows.filter(id__in=visible).first()
    if row is None:
        raise ProposalNotFound
    if row.state != Proposal.State.OPEN:
        raise ProposalNotOpen
    return row
