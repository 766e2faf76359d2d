"""Payouts over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import (
    APIView,
    CurrencyField,
    CursorPagination,
    MoneyField,
    Request,
    Serializer,
    TextField,
    read_body,
    read_filters,
)
from payouts.payees.rules import mask
from payouts.transfers import commands
from payouts.transfers.models import Payout
from payouts.transfers.queries import get_payout


class PayoutFilter(Serializer):
    """Narrows the list of payouts."""

    state = serializers.ChoiceField(Payout.State.choices, required=False)
    currency = CurrencyField(required=False)
    worker = serializers.UUIDField(required=False)
    cycle = serializers.UUIDField(required=False, source="cycle_id")
    needs_person = serializers.BooleanField(required=False)


class CancellationIn(Serializer):
    """Why a payout is cancelled."""

    reason_text = TextField(max_length=2000)


class PayoutOut(serializers.Serializer[Any]):
    """A payout and how far it is."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    cycle = serializers.UUIDField(allow_null=True)
    money = MoneyField()
    state = serializers.ChoiceField(Payout.State.choices)
    bank = serializers.CharField()
    rail = serializers.CharField()
    arrives = MoneyField(allow_null=True)
    failure_code = serializers.CharField()
    failure_text = serializers.CharField()
    needs_person = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    transferred_at = serializers.DateTimeField(allow_null=True)
    paid_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)


class PayoutPage(serializers.Serializer[Any]):
    """A page of payouts."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = PayoutOut(many=True)


class PayoutsView(APIView):
    """One's own payouts; everyone's for finance and auditors."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[PayoutFilter], responses=PayoutPage)
    def get(self, request: Request) -> Response:
        """List payouts."""
        rows = Payout.objects.visible_to(request.user).filter(**read_filters(request, PayoutFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_payout(row) for row in page])


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
    return {
        "id": payout.id,
        "worker": payout.worker_id,
        "cycle": payout.cycle_id,
        "money": {"amount_minor": payout.amount_minor, "currency": payout.currency},
        "state": payout.state,
        "bank": mask(payout.bank_last4),
        "rail": payout.rail,
        "arrives": None
        if payout.arrives_minor is None
        else {"amount_minor": payout.arrives_minor, "currency": payout.arrives_currency},
        "failure_code": payout.failure_code,
        "failure_text": payout.failure_text,
        "needs_person": payout.needs_person,
        "created_at": payout.created_at,
        "transferred_at": payout.transferred_at,
        "paid_at": payout.paid_at,
        "ended_at": payout.ended_at,
    }
