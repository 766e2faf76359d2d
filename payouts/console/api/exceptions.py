"""The queue of payouts that did not go their way, over HTTP."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, read_filters
from payouts.console.api.cycles import READERS
from payouts.console.exceptions import explain_exceptions, find_exceptions
from payouts.console.serializers.exceptions import ExceptionFilter, ExceptionPage
from payouts.transfers.api import show_payout


class ExceptionsView(APIView):
    """What needs a look."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[ExceptionFilter], responses=ExceptionPage)
    def get(self, request: Request) -> Response:
        """List payouts that were stopped, held, are unknown or late, or came back, with the next step for each."""
        now = clock.now()
        rows = find_exceptions(request.user, now=now, **read_filters(request, ExceptionFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(
            [
                {
                    "payout": show_payout(row.payout),
                    "kind": row.kind,
                    "reason": row.reason,
                    "next_step": row.next_step,
                    "verbs": row.verbs,
                }
                for row in explain_exceptions(page, now=now)
            ]
        )
