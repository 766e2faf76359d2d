"""Holds over HTTP: everybody's for finance, one's own for experts, who may appeal."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from payouts.console.api.earnings import READERS, show_money
from payouts.console.serializers.holds import (
    HoldAppealIn,
    HoldFilter,
    HoldIn,
    HoldOut,
    HoldPage,
    HoldReleaseIn,
)
from payouts.holds import commands
from payouts.holds.models import Hold
from payouts.holds.queries import get_hold


def show_hold(row: Hold) -> dict[str, Any]:
    """Return a hold as JSON; who placed and who released it is told by finance's pages alone."""
    return {
        "id": row.id,
        "worker": row.worker_id,
        "currency": row.currency,
        "amount": None if row.is_on_all else show_money(row.held),
        "held": show_money(row.held),
        "reason_code": row.reason_code,
        "reason_text": row.reason_text,
        "state": row.state,
        "placed_at": row.placed_at,
        "ends_at": row.ends_at,
        "released_at": row.released_at,
        "appeal_text": row.appeal_text,
        "appealed_at": row.appealed_at,
        "version": row.version,
    }


def _answer(row: Hold, status: int = 200) -> Response:
    return Response(show_hold(row), status=status, headers={"ETag": etag_of(row.version)})


class HoldsView(APIView):
    """Holds on experts' money."""

    grants: ClassVar = {"get": READERS, "post": ("finance.prepare", "finance.approve")}
    requires_idempotency_key = True

    @extend_schema(parameters=[HoldFilter], responses=HoldPage)
    def get(self, request: Request) -> Response:
        """List holds: one's own, or everybody's for finance and auditors."""
        filters = read_filters(request, HoldFilter)
        if "worker" in filters:
            filters["worker_id"] = filters.pop("worker")
        pages = CursorPagination()
        rows = Hold.objects.visible_to(request.user).filter(**filters)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_hold(row) for row in page])

    @extend_schema(request=HoldIn, responses={201: HoldOut})
    def post(self, request: Request) -> Response:
        """Place a hold; the money moves to the expert's held account."""
        body = read_body(request, HoldIn)
        worker_id = body.pop("worker")
        return _answer(commands.place_hold(**body, worker_id=worker_id, by=request.user, now=clock.now()), status=201)


class HoldView(APIView):
    """One hold."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=HoldOut)
    def get(self, request: Request, hold_id: UUID) -> Response:
        """Return a hold."""
        return _answer(get_hold(request.user, hold_id))


class HoldReleaseView(APIView):
    """Releasing a hold."""

    # Who placed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": ("finance.read", "audit.read")}
    requires_idempotency_key = True

    @extend_schema(request=HoldReleaseIn, parameters=[IF_MATCH], responses=HoldOut)
    def post(self, request: Request, hold_id: UUID) -> Response:
        """End a hold before its time, with a reason; never by who placed it."""
        row = get_hold(request.user, hold_id)
        require_version(request, row.version)
        body = read_body(request, HoldReleaseIn)
        return _answer(
            commands.release_hold(
                hold_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **body
            )
        )


class HoldAppealView(APIView):
    """Appealing against a hold on one's own money."""

    grants: ClassVar = {"post": READERS}
    requires_idempotency_key = True

    @extend_schema(request=HoldAppealIn, responses=HoldOut)
    def post(self, request: Request, hold_id: UUID) -> Response:
        """Write why one's money should not be held, once."""
        body = read_body(request, HoldAppealIn)
        return _answer(commands.appeal_hold(hold_id=hold_id, by=request.user, now=clock.now(), **body))
