"""Holds on payees over HTTP: everybody's for finance, one's own for experts, who may appeal."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import (
    IF_MATCH,
    APIView,
    CursorPagination,
    Serializer,
    TextField,
    etag_of,
    read_body,
    read_filters,
    require_version,
)
from payouts.console.api.earnings import READERS
from payouts.console.serializers.holds import HoldAppealIn
from payouts.payees import commands
from payouts.payees.models import PayeeHold
from payouts.payees.queries import get_payee_hold


class PayeeHoldFilter(Serializer):
    """Narrows the list of holds on payees; ``stops`` keeps those that are in the way of payment now, or the others."""

    worker = serializers.UUIDField(required=False)
    kind = serializers.ChoiceField(PayeeHold.Kind.choices, required=False)
    stops = serializers.BooleanField(required=False, allow_null=True, default=None)


class PayeeHoldWordsIn(Serializer):
    """What was found, so that the hold can end."""

    reason_text = TextField(max_length=2000)


class PayeeHoldOut(serializers.Serializer[Any]):
    """Why nothing is paid to a payee, and how it ends: by itself at ``ends_at``, or lifted by two people."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    kind = serializers.ChoiceField(PayeeHold.Kind.choices)
    reason_text = serializers.CharField()
    stops = serializers.BooleanField()
    started_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    proposed_at = serializers.DateTimeField(allow_null=True)
    lifted_at = serializers.DateTimeField(allow_null=True)
    appeal_text = serializers.CharField(allow_blank=True)
    appealed_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField()


class PayeeHoldPage(serializers.Serializer[Any]):
    """One page of holds on payees."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = PayeeHoldOut(many=True)


def show_payee_hold(row: PayeeHold) -> dict[str, Any]:
    """Return a hold as JSON; who proposed and lifted it, and what was found, is told by finance's pages alone."""
    kept = ("id", "kind", "reason_text", "started_at", "ends_at", "proposed_at", "lifted_at", "appeal_text")
    shown = {name: getattr(row, name) for name in (*kept, "appealed_at", "version")}
    return shown | {"worker": row.worker_id, "stops": row.stops(clock.now())}


def _answer(row: PayeeHold) -> Response:
    return Response(show_payee_hold(row), headers={"ETag": etag_of(row.version)})


class PayeeHoldsView(APIView):
    """Holds on payees."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[PayeeHoldFilter], responses=PayeeHoldPage)
    def get(self, request: Request) -> Response:
        """List holds on payees: one's own, or everybody's for finance and auditors."""
        filters = read_filters(request, PayeeHoldFilter)
        stops = filters.pop("stops", None)
        if "worker" in filters:
            filters["worker_id"] = filters.pop("worker")
        rows = PayeeHold.objects.visible_to(request.user).filter(**filters)
        if stops is not None:
            now_stopping = PayeeHold.objects.stopping(clock.now()).values("id")
            rows = rows.filter(id__in=now_stopping) if stops else rows.exclude(id__in=now_stopping)
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_payee_hold(row) for row in page])


class PayeeHoldView(APIView):
    """One hold on a payee."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=PayeeHoldOut)
    def get(self, request: Request, payee_hold_id: UUID) -> Response:
        """Return a hold on a payee."""
        return _answer(get_payee_hold(request.user, payee_hold_id))


class PayeeHoldProposalView(APIView):
    """Proposing that a hold on a payee ends."""

    grants: ClassVar = {"post": ("finance.prepare", "finance.approve")}
    requires_idempotency_key = True

    @extend_schema(request=PayeeHoldWordsIn, parameters=[IF_MATCH], responses=PayeeHoldOut)
    def post(self, request: Request, payee_hold_id: UUID) -> Response:
        """Propose to lift a hold, with what was found; another person lifts it."""
        row = get_payee_hold(request.user, payee_hold_id)
        require_version(request, row.version)
        body = read_body(request, PayeeHoldWordsIn)
        return _answer(
            commands.propose_lift(
                hold_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **body
            )
        )


class PayeeHoldLiftView(APIView):
    """Lifting a hold on a payee."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": ("finance.read", "audit.read")}
    requires_idempotency_key = True

    @extend_schema(request=PayeeHoldWordsIn, parameters=[IF_MATCH], responses=PayeeHoldOut)
    def post(self, request: Request, payee_hold_id: UUID) -> Response:
        """Lift a hold that somebody else proposed to lift."""
        row = get_payee_hold(request.user, payee_hold_id)
        require_version(request, row.version)
        body = read_body(request, PayeeHoldWordsIn)
        return _answer(
            commands.lift(hold_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **body)
        )


class PayeeHoldAppealView(APIView):
    """Appealing against a hold on oneself as a payee."""

    grants: ClassVar = {"post": READERS}
    requires_idempotency_key = True

    @extend_schema(request=HoldAppealIn, responses=PayeeHoldOut)
    def post(self, request: Request, payee_hold_id: UUID) -> Response:
        """Write why one should be paid, once."""
        body = read_body(request, HoldAppealIn)
        return _answer(commands.appeal(hold_id=payee_hold_id, by=request.user, now=clock.now(), **body))
