"""News that nothing of ours had to do with, over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Serializer, read_body, read_filters
from payouts.console.api.cycles import READERS
from payouts.console.serializers.orphans import OrphanOut, OrphanPage, OrphanSettlementIn
from payouts.transfers import commands
from payouts.transfers.models import ProviderEvent
from payouts.transfers.queries import get_orphan, list_orphans, next_step_of

ACTORS = ("finance.prepare", "finance.approve")
_PLAIN = ("id", "event_id", "type", "account", "object_id", "received_at", "attempts", "state")


def show_orphan(row: ProviderEvent) -> dict[str, Any]:
    """Return a piece of news as JSON, without what the provider wrote in it."""
    return {name: getattr(row, name) for name in _PLAIN} | {"next_step": next_step_of(row)}


class OrphansView(APIView):
    """News that waits for a person."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=OrphanPage)
    def get(self, request: Request) -> Response:
        """List what came from the provider an hour ago or more and named nothing of ours."""
        read_filters(request, Serializer)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_orphans(request.user), request, view=self) or []
        return pages.get_paginated_response([show_orphan(row) for row in page])


class OrphanRetryView(APIView):
    """Looking once more."""

    grants: ClassVar = {"post": ACTORS}
    requires_idempotency_key = True

    @extend_schema(request=None, responses=OrphanOut)
    def post(self, request: Request, orphan_id: UUID) -> Response:
        """Look once more whether something of ours has to do with it."""
        row = get_orphan(request.user, orphan_id)
        return Response(show_orphan(commands.retry_orphan(event_row_id=row.id, by=request.user, now=clock.now())))


class OrphanSettlementView(APIView):
    """Taking news out of the queue."""

    grants: ClassVar = {"post": ACTORS}
    requires_idempotency_key = True

    @extend_schema(request=OrphanSettlementIn, responses=OrphanOut)
    def post(self, request: Request, orphan_id: UUID) -> Response:
        """Say in words why nothing is to be done."""
        row = get_orphan(request.user, orphan_id)
        body = read_body(request, OrphanSettlementIn)
        settled = commands.settle_orphan(event_row_id=row.id, by=request.user, now=clock.now(), **body)
        return Response(show_orphan(settled))
