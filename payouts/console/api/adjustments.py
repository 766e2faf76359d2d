"""Adjustments over HTTP: proposed by one person, decided by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from payouts.adjustments import commands
from payouts.adjustments.models import Adjustment
from payouts.adjustments.queries import get_adjustment
from payouts.console.api.cycles import READERS
from payouts.console.api.earnings import show_money
from payouts.console.serializers.adjustments import (
    AdjustmentFilter,
    AdjustmentIn,
    AdjustmentOut,
    AdjustmentPage,
    AdjustmentReasonIn,
)
from payouts.console.serializers.cycles import EmptyIn


def show_adjustment(row: Adjustment) -> dict[str, Any]:
    """Return an adjustment as JSON; ``worker`` is loaded with it."""
    return {
        "id": row.id,
        "kind": row.kind,
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
        "imported": row.imported_id,
        "reference": row.reference,
        "worked_on": row.worked_on,
        "version": row.version,
    }


def _answer(row: Adjustment, status: int = 200) -> Response:
    return Response(show_adjustment(row), status=status, headers={"ETag": etag_of(row.version)})


class AdjustmentsView(APIView):
    """Bonuses, corrections and clawbacks."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[AdjustmentFilter], responses=AdjustmentPage)
    def get(self, request: Request) -> Response:
        """List adjustments, newest first."""
        filters = read_filters(request, AdjustmentFilter)
        rows = Adjustment.objects.visible_to(request.user).select_related("worker")
        for name in ("worker", "imported"):
            if name in filters:
                filters[f"{name}_id"] = filters.pop(name)
        pages = CursorPagination()
        page = pages.paginate_queryset(rows.filter(**filters), request, view=self) or []
        return pages.get_paginated_response([show_adjustment(row) for row in page])

    @extend_schema(request=AdjustmentIn, responses={201: AdjustmentOut})
    def post(self, request: Request) -> Response:
        """Propose an adjustment; nothing is booked until another person approves it."""
        body = read_body(request, AdjustmentIn)
        worker_id = body.pop("worker")
        return _answer(
            commands.propose_adjustment(**body, worker_id=worker_id, by=request.user, now=clock.now()), status=201
        )


class AdjustmentView(APIView):
    """One adjustment."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=AdjustmentOut)
    def get(self, request: Request, adjustment_id: UUID) -> Response:
        """Return an adjustment."""
        return _answer(get_adjustment(request.user, adjustment_id))


class _DecisionView(APIView):
    """A decision over one proposal: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., Adjustment]]

    def run(self, request: Request, adjustment_id: UUID, **arguments: Any) -> Response:
        row = get_adjustment(request.user, adjustment_id)
        require_version(request, row.version)
        done = type(self).command(
            adjustment_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **arguments
        )
        return _answer(done)


class AdjustmentApprovalView(_DecisionView):
    """Approving a proposal."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.approve_adjustment)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=AdjustmentOut)
    def post(self, request: Request, adjustment_id: UUID) -> Response:
        """Book it: the next cycle pays it, or later cycles recover it. Never by who proposed it or gets it."""
        return self.run(request, adjustment_id, **read_body(request, EmptyIn))


class AdjustmentRejectionView(_DecisionView):
    """Rejecting a proposal."""

    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.reject_adjustment)

    @extend_schema(request=AdjustmentReasonIn, parameters=[IF_MATCH], responses=AdjustmentOut)
    def post(self, request: Request, adjustment_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.run(request, adjustment_id, **read_body(request, AdjustmentReasonIn))


class AdjustmentWithdrawalView(_DecisionView):
    """Taking back one's own proposal."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.withdraw_adjustment)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=AdjustmentOut)
    def post(self, request: Request, adjustment_id: UUID) -> Response:
        """Take back what one proposed."""
        return self.run(request, adjustment_id, **read_body(request, EmptyIn))
