"""Payouts over HTTP: one's own, or all for finance and auditors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, read_body, read_filters
from payouts.console.serializers.payouts import CancellationIn, PayoutFilter, PayoutOut, PayoutPage
from payouts.cycles.expectations import expect_payouts
from payouts.payees.rules import mask
from payouts.transfers import commands
from payouts.transfers.models import Payout
from payouts.transfers.queries import get_payout


class PayoutsView(APIView):
    """One's own payouts; everyone's for finance and auditors."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[PayoutFilter], responses=PayoutPage)
    def get(self, request: Request) -> Response:
        """List payouts."""
        rows = Payout.objects.visible_to(request.user).filter(**read_filters(request, PayoutFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(show_payouts(page))


class PayoutView(APIView):
    """One payout."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=PayoutOut)
    def get(self, request: Request, payout_id: UUID) -> Response:
        """Return a payout."""
        return Response(show_payout(get_payout(request.user, payout_id)))


class PayoutCancellationView(APIView):
    """Giving the money of an unsent payout back."""

    grants: ClassVar = {"post": "finance.approve"}
    requires_idempotency_key = True

    @extend_schema(request=CancellationIn, responses=PayoutOut)
    def post(self, request: Request, payout_id: UUID) -> Response:
        """Cancel a payout that was never sent."""
        body = read_body(request, CancellationIn)
        row = commands.cancel_payout(
            payout_id=payout_id, reason_text=body["reason_text"], by=request.user, now=clock.now()
        )
        return Response(show_payout(row))


class PayoutResumptionView(APIView):
    """Letting a held payout go on."""

    grants: ClassVar = {"post": "finance.approve"}
    requires_idempotency_key = True

    @extend_schema(request=None, responses=PayoutOut)
    def post(self, request: Request, payout_id: UUID) -> Response:
        """Send a held payout to the destination as it is now."""
        return Response(show_payout(commands.resume_payout(payout_id=payout_id, by=request.user, now=clock.now())))


class PayoutReviewView(APIView):
    """A person's word that a frozen payout may be worked on again."""

    grants: ClassVar = {"post": "finance.approve"}
    requires_idempotency_key = True

    @extend_schema(request=None, responses=PayoutOut)
    def post(self, request: Request, payout_id: UUID) -> Response:
        """Let the sweep look at the provider again."""
        return Response(show_payout(commands.unfreeze_payout(payout_id=payout_id, by=request.user, now=clock.now())))


def show_payout(payout: Payout) -> dict[str, Any]:
    """Return a payout as the API shows it."""
    return show_payouts([payout])[0]


def show_payouts(payouts: Sequence[Payout]) -> list[dict[str, Any]]:
    """Return payouts as the API shows them, in a fixed number of queries."""
    expected = expect_payouts(payouts, now=clock.now())
    return [_show(payout, expected[payout.id].at_bank_on) for payout in payouts]


def _show(payout: Payout, expected_on: date | None) -> dict[str, Any]:
    return {
        "id": payout.id,
        "worker": payout.worker_id,
        "cycle": payout.cycle_id,
        "money": {"amount_minor": payout.amount_minor, "currency": payout.currency},
        "state": payout.state,
        "bank": mask(payout.bank_last4),
        "rail": payout.rail,
        "rail_name": payout.rail_name,
        "arrives": None
        if payout.arrives_minor is None
        else {"amount_minor": payout.arrives_minor, "currency": payout.arrives_currency},
        "expected_on": expected_on,
        "failure_code": payout.failure_code,
        "failure_text": payout.failure_text,
        "needs_person": payout.needs_person,
        "created_at": payout.created_at,
        "transferred_at": payout.transferred_at,
        "paid_at": payout.paid_at,
        "ended_at": payout.ended_at,
    }
