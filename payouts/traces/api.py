"""Traces over HTTP: of one's own money, or of all for finance and auditors."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import APIView
from payouts.statements.amounts import AmountOut
from payouts.traces.queries import trace
from payouts.traces.shapes import show_trace
from payouts.traces.values import KINDS, STEP_KINDS

READERS = ("earnings.own", "finance.read", "audit.read")


class TraceEarningOut(serializers.Serializer[Any]):
    """One earning that is paid."""

    id = serializers.UUIDField()
    source_key = serializers.CharField()
    description = serializers.CharField()
    worked_to = serializers.DateTimeField()
    amount = AmountOut()


class TracePartOut(serializers.Serializer[Any]):
    """What a payout pays or keeps apart from earnings."""

    words = serializers.CharField()
    amount = AmountOut()


class TraceFactOut(serializers.Serializer[Any]):
    """One fact of a step."""

    label = serializers.CharField()  # type: ignore[assignment]  # a name of ours
    value = serializers.CharField()


class TraceStepOut(serializers.Serializer[Any]):
    """One step: when, who and how much."""

    kind = serializers.ChoiceField(STEP_KINDS)
    id = serializers.CharField(allow_blank=True)
    title = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    actor = serializers.CharField(allow_blank=True)
    actor_id = serializers.UUIDField(allow_null=True)
    amount = AmountOut(allow_null=True)
    text = serializers.CharField(allow_blank=True)
    facts = TraceFactOut(many=True)


class WayOut(serializers.Serializer[Any]):
    """The way of an earning or a payout; a payout's earnings and parts sum to its amount."""

    kind = serializers.ChoiceField(KINDS)
    reference = serializers.CharField()
    worker = serializers.UUIDField(allow_null=True)
    amount = AmountOut(allow_null=True)
    earnings = TraceEarningOut(many=True)
    parts = TracePartOut(many=True)
    steps = TraceStepOut(many=True)


_REFERENCE = OpenApiParameter(
    "reference",
    str,
    OpenApiParameter.PATH,
    description="Id of an earning, payout, journal entry or statement, a statement's number, or the provider's id of a transfer.",
)


class TraceView(APIView):
    """The way of a cent."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[_REFERENCE], responses=WayOut)
    def get(self, request: Request, reference: str) -> Response:
        """Return the way of an earning, payout, transfer, journal entry or statement, step by step."""
        return Response(show_trace(trace(request.user, reference)))
