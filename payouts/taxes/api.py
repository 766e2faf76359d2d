"""Withheld tax over HTTP: what is due, and its payments, recorded by one person and confirmed by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from common.money import Money
from payouts.taxes import commands
from payouts.taxes.models import TaxRemittance
from payouts.taxes.queries import get_remittance, list_dues
from payouts.taxes.serializers import (
    NothingIn,
    RemittanceFilter,
    RemittanceIn,
    RemittanceOut,
    RemittancePage,
    RemittanceReasonIn,
    TaxDueOut,
)

READERS = ("finance.read", "audit.read")


def _show_money(money: Money) -> dict[str, Any]:
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def show_remittance(row: TaxRemittance) -> dict[str, Any]:
    """Return a payment as JSON."""
    return {
        "id": row.id,
        "form": row.form,
        "month": row.month,
        "money": _show_money(row.amount),
        "paid_on": row.paid_on,
        "reference": row.reference,
        "state": row.state,
        "proposed_by": row.proposed_by_id,
        "proposed_at": row.proposed_at,
        "decided_by": row.decided_by_id,
        "decided_at": row.decided_at,
        "decision_text": row.decision_text,
        "version": row.version,
    }


def _answer(row: TaxRemittance, status: int = 200) -> Response:
    return Response(show_remittance(row), status=status, headers={"ETag": etag_of(row.version)})


class TaxDuesView(APIView):
    """What is due to the authority."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=TaxDueOut(many=True))
    def get(self, request: Request) -> Response:
        """Return by return, month and currency what was withheld, what of it was paid, and until when."""
        return Response(
            [
                {
                    "form": due.form,
                    "month": due.month,
                    "withheld": _show_money(due.withheld),
                    "paid": _show_money(due.paid),
                    "left": _show_money(due.left),
                    "due_on": due.due_on,
                }
                for due in list_dues()
            ]
        )


class RemittancesView(APIView):
    """Payments of withheld tax."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[RemittanceFilter], responses=RemittancePage)
    def get(self, request: Request) -> Response:
        """List payments, newest first."""
        rows = TaxRemittance.objects.visible_to(request.user).filter(**read_filters(request, RemittanceFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_remittance(row) for row in page])

    @extend_schema(request=RemittanceIn, responses={201: RemittanceOut})
    def post(self, request: Request) -> Response:
        """Record a payment; nothing is booked until another person approves it."""
        body = read_body(request, RemittanceIn)
        return _answer(commands.propose_remittance(**body, by=request.user, now=clock.now()), status=201)


class RemittanceView(APIView):
    """One payment."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=RemittanceOut)
    def get(self, request: Request, remittance_id: UUID) -> Response:
        """Return a payment."""
        return _answer(get_remittance(request.user, remittance_id))


class _DecisionView(APIView):
    """A decision over one payment: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., TaxRemittance]]

    def run(self, request: Request, remittance_id: UUID, **arguments: Any) -> Response:
        row = get_remittance(request.user, remittance_id)
        require_version(request, row.version)
        done = type(self).command(
            remittance_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **arguments
        )
        return _answer(done)


class RemittanceApprovalView(_DecisionView):
    """Confirming a payment."""

    # Who recorded it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.approve_remittance)

    @extend_schema(request=NothingIn, parameters=[IF_MATCH], responses=RemittanceOut)
    def post(self, request: Request, remittance_id: UUID) -> Response:
        """Book it; never by who recorded it."""
        return self.run(request, remittance_id, **read_body(request, NothingIn))


class RemittanceRejectionView(_DecisionView):
    """Rejecting a payment."""

    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.reject_remittance)

    @extend_schema(request=RemittanceReasonIn, parameters=[IF_MATCH], responses=RemittanceOut)
    def post(self, request: Request, remittance_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.run(request, remittance_id, **read_body(request, RemittanceReasonIn))


class RemittanceWithdrawalView(_DecisionView):
    """Taking back what one recorded."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.withdraw_remittance)

    @extend_schema(request=NothingIn, parameters=[IF_MATCH], responses=RemittanceOut)
    def post(self, request: Request, remittance_id: UUID) -> Response:
        """Take back what one recorded."""
        return self.run(request, remittance_id, **read_body(request, NothingIn))
