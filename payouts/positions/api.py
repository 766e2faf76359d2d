"""Positions and exchanges over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import (
    IF_MATCH,
    APIView,
    CurrencyField,
    CursorPagination,
    MoneyField,
    NameField,
    Request,
    Serializer,
    TextField,
    etag_of,
    page_of,
    read_body,
    read_filters,
    require_version,
)
from common.money import Money
from payouts.positions import commands
from payouts.positions.models import PositionSettlement
from payouts.positions.queries import VALUED_IN, Position, get_settlement, value_positions

_READERS = ("finance.read", "audit.read")


class PositionAmountOut(serializers.Serializer[Any]):
    """An amount in minor units."""

    amount_minor = serializers.IntegerField()
    currency = serializers.CharField()


class PositionFilter(Serializer):
    """The currency in which positions are valued."""

    valued_in = CurrencyField(default=VALUED_IN)


class PositionOut(serializers.Serializer[Any]):
    """What is to be exchanged of one currency: positive is to be bought, negative to be sold."""

    amount = PositionAmountOut()
    worth = PositionAmountOut(allow_null=True, help_text="At the newest rate. Null: no rate is known.")
    rate_as_of = serializers.DateTimeField(allow_null=True)
    rate_source = serializers.CharField(allow_blank=True)


class PositionsOut(serializers.Serializer[Any]):
    """Every open position, and what exchanging all now would cost (negative: bring). Null where a rate is missing."""

    positions = PositionOut(many=True)
    total = PositionAmountOut(allow_null=True)


class SettlementFilter(Serializer):
    """Narrows the list of exchanges."""

    state = serializers.ChoiceField(PositionSettlement.State.choices, required=False)


class SettlementIn(Serializer):
    """An exchange that the bank made; ``closed`` is in the currency bought."""

    sold = MoneyField()
    bought = MoneyField()
    closed = MoneyField()
    reference_text = NameField(max_length=300)


class SettlementRejectionIn(Serializer):
    """Why it is rejected."""

    reason_text = TextField(max_length=2000)


class SettlementDecisionIn(Serializer):
    """A decision that needs no words."""


class SettlementOut(serializers.Serializer[Any]):
    """An exchange as entered and as decided; ``gain`` is negative for a loss."""

    id = serializers.UUIDField()
    sold = PositionAmountOut()
    bought = PositionAmountOut()
    closed = PositionAmountOut()
    gain = PositionAmountOut()
    reference_text = serializers.CharField()
    state = serializers.ChoiceField(PositionSettlement.State.choices)
    proposed_by = serializers.UUIDField(source="proposed_by_id")
    proposed_at = serializers.DateTimeField()
    decided_by = serializers.UUIDField(source="decided_by_id", allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decision_text = serializers.CharField(allow_blank=True)
    version = serializers.IntegerField()


def _money(money: Money | None) -> dict[str, Any] | None:
    return None if money is None else {"amount_minor": money.amount_minor, "currency": money.currency}


def _show(row: Position) -> dict[str, Any]:
    said = row.price.said_by if row.price else None
    return {
        "amount": _money(row.amount),
        "worth": _money(row.worth),
        "rate_as_of": said.as_of if said else None,
        "rate_source": said.source if said else "",
    }


class PositionsView(APIView):
    """What converting pay has left to exchange."""

    grants: ClassVar = {"get": _READERS}

    @extend_schema(parameters=[PositionFilter], responses=PositionsOut)
    def get(self, request: Request) -> Response:
        """Return every open position with its worth at the newest rates."""
        found = value_positions(read_filters(request, PositionFilter)["valued_in"], now=clock.now())
        return Response({"positions": [_show(row) for row in found.rows], "total": _money(found.total)})


def _answer(row: PositionSettlement, status: int = 200) -> Response:
    return Response(SettlementOut(row).data, status=status, headers={"ETag": etag_of(row.version)})


class SettlementsView(APIView):
    """Exchanges that treasury made at a bank."""

    grants: ClassVar = {"get": _READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[SettlementFilter], responses=page_of(SettlementOut))
    def get(self, request: Request) -> Response:
        """List exchanges, newest first."""
        rows = PositionSettlement.objects.visible_to(request.user).filter(**read_filters(request, SettlementFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(SettlementOut(page, many=True).data)

    @extend_schema(request=SettlementIn, responses={201: SettlementOut})
    def post(self, request: Request) -> Response:
        """Enter an exchange; nothing is booked until another person approves it."""
        body = read_body(request, SettlementIn)
        return _answer(commands.propose_settlement(**body, by=request.user, now=clock.now()), status=201)


class SettlementView(APIView):
    """One exchange."""

    grants: ClassVar = {"get": _READERS}

    @extend_schema(responses=SettlementOut)
    def get(self, request: Request, settlement_id: UUID) -> Response:
        """Return an exchange."""
        return _answer(get_settlement(request.user, settlement_id))


class _DecisionView(APIView):
    """A decision over one exchange: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., PositionSettlement]]

    def run(self, request: Request, settlement_id: UUID, **arguments: Any) -> Response:
        row = get_settlement(request.user, settlement_id)
        require_version(request, row.version)
        done = type(self).command(
            settlement_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **arguments
        )
        return _answer(done)


class SettlementApprovalView(_DecisionView):
    """Approving an exchange."""

    # Who entered it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": _READERS}
    command = staticmethod(commands.approve_settlement)

    @extend_schema(request=SettlementDecisionIn, parameters=[IF_MATCH], responses=SettlementOut)
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Book it, with its gain or loss. Never by who entered it."""
        return self.run(request, settlement_id, **read_body(request, SettlementDecisionIn))


class SettlementRejectionView(_DecisionView):
    """Rejecting an exchange."""

    grants: ClassVar = {"post": _READERS}
    command = staticmethod(commands.reject_settlement)

    @extend_schema(request=SettlementRejectionIn, parameters=[IF_MATCH], responses=SettlementOut)
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.run(request, settlement_id, **read_body(request, SettlementRejectionIn))


class SettlementWithdrawalView(_DecisionView):
    """Taking back an exchange one entered oneself."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.withdraw_settlement)

    @extend_schema(request=SettlementDecisionIn, parameters=[IF_MATCH], responses=SettlementOut)
    def post(self, request: Request, settlement_id: UUID) -> Response:
        """Take back what one entered."""
        return self.run(request, settlement_id, **read_body(request, SettlementDecisionIn))
