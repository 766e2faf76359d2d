"""Reversals of entries over HTTP: proposed by one person, decided by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from payouts.console.api.cycles import READERS
from payouts.console.api.earnings import show_money
from payouts.console.serializers.cycles import EmptyIn
from payouts.console.serializers.reversals import (
    ReversalFilter,
    ReversalIn,
    ReversalOut,
    ReversalPage,
    ReversalReasonIn,
)
from payouts.reversals import commands
from payouts.reversals.models import Reversal
from payouts.reversals.queries import find_reversals, get_reversal


def show_reversal(row: Reversal) -> dict[str, Any]:
    """Return a reversal as JSON; people and the entry's lines are loaded with it."""
    return {
        "id": row.id,
        "entry": row.entry_id,
        "entry_kind": row.entry.kind,
        "source_key": row.entry.source,
        "worker": row.worker_id,
        "worker_name": row.worker.get_full_name(),
        "money": show_money(row.amount),
        "reason_code": row.reason_code,
        "reason_text": row.reason_text,
        "state": row.state,
        "proposed_by": row.proposed_by_id,
        "proposed_at": row.proposed_at,
        "decided_by": row.decided_by_id,
        "decided_at": row.decided_at,
        "decision_text": row.decision_text,
        "version": row.version,
    }


def _answer(row: Reversal, status: int = 200) -> Response:
    return Response(show_reversal(row), status=status, headers={"ETag": etag_of(row.version)})


class ReversalsView(APIView):
    """Entries of the books taken back by people."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[ReversalFilter], responses=ReversalPage)
    def get(self, request: Request) -> Response:
        """List reversals, newest first."""
        filters = read_filters(request, ReversalFilter)
        if "worker" in filters:
            filters["worker_id"] = filters.pop("worker")
        pages = CursorPagination()
        page = pages.paginate_queryset(find_reversals(request.user).filter(**filters), request, view=self) or []
        return pages.get_paginated_response([show_reversal(row) for row in page])

    @extend_schema(request=ReversalIn, responses={201: ReversalOut})
    def post(self, request: Request) -> Response:
        """Propose to take an earning's or a clawback's entry back; nothing is booked until another person approves it."""
        body = read_body(request, ReversalIn)
        entry_id = body.pop("entry")
        row = commands.propose_reversal(**body, entry_id=entry_id, by=request.user, now=clock.now())
        return _answer(row, status=201)


class ReversalView(APIView):
    """One reversal."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=ReversalOut)
    def get(self, request: Request, reversal_id: UUID) -> Response:
        """Return a reversal."""
        return _answer(get_reversal(request.user, reversal_id))


class _DecisionView(APIView):
    """A decision over one proposal: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., Reversal]]

    def run(self, request: Request, reversal_id: UUID, **arguments: Any) -> Response:
        row = get_reversal(request.user, reversal_id)
        require_version(request, row.version)
        done = type(self).command(
            reversal_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **arguments
        )
        return _answer(done)


class ReversalApprovalView(_DecisionView):
    """Approving a proposal."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.approve_reversal)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=ReversalOut)
    def post(self, request: Request, reversal_id: UUID) -> Response:
        """Post the opposite entry. Never by who proposed it or whose money it is."""
        return self.run(request, reversal_id, **read_body(request, EmptyIn))


class ReversalRejectionView(_DecisionView):
    """Rejecting a proposal."""

    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.reject_reversal)

    @extend_schema(request=ReversalReasonIn, parameters=[IF_MATCH], responses=ReversalOut)
    def post(self, request: Request, reversal_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.run(request, reversal_id, **read_body(request, ReversalReasonIn))


class ReversalWithdrawalView(_DecisionView):
    """Taking back a proposal."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.withdraw_reversal)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=ReversalOut)
    def post(self, request: Request, reversal_id: UUID) -> Response:
        """Take back what one proposed."""
        return self.run(request, reversal_id, **read_body(request, EmptyIn))
