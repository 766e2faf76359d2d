"""The queue of payouts that did not go their way, over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, read_filters
from common.money import Money
from payouts.console.api.cycles import READERS, show_lines
from payouts.console.api.earnings import show_money
from payouts.console.api.payouts import show_payouts
from payouts.console.exceptions import explain_exceptions, find_exceptions, find_waiting_lines
from payouts.console.funds import Funds, Owed, list_funds, list_owed
from payouts.console.serializers.exceptions import (
    ExceptionFilter,
    ExceptionPage,
    FundsAndOwedOut,
    FundsFilter,
    WaitingLineFilter,
    WaitingLinePage,
)


class ExceptionsView(APIView):
    """What needs a look."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[ExceptionFilter], responses=ExceptionPage)
    def get(self, request: Request) -> Response:
        """List payouts that were stopped, held, are unknown or late, or came back, with the next step for each."""
        now = clock.now()
        filters = read_filters(request, ExceptionFilter)
        if "cycle" in filters:
            filters["cycle_id"] = filters.pop("cycle")
        rows = find_exceptions(request.user, now=now, **filters)
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        explained = explain_exceptions(page, now=now)
        return pages.get_paginated_response(
            [
                {
                    "payout": shown,
                    "kind": row.kind,
                    "reason": row.reason,
                    "next_step": row.next_step,
                    "verbs": row.verbs,
                }
                for row, shown in zip(explained, show_payouts(page), strict=True)
            ]
        )


class WaitingLinesView(APIView):
    """Lines that wait."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[WaitingLineFilter], responses=WaitingLinePage)
    def get(self, request: Request) -> Response:
        """List the lines that were carried over or held and that no later line has taken up, newest first."""
        filters = read_filters(request, WaitingLineFilter)
        if "cycle" in filters:
            filters["cycle_id"] = filters.pop("cycle")
        pages = CursorPagination()
        page = pages.paginate_queryset(find_waiting_lines(request.user, **filters), request, view=self) or []
        shown = zip(page, show_lines(page), strict=True)
        return pages.get_paginated_response([row | {"cycle": line.cycle_id} for line, row in shown])


class FundsView(APIView):
    """Money at the provider and on its way to people."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[FundsFilter], responses=FundsAndOwedOut)
    def get(self, request: Request) -> Response:
        """Return the balances at the provider against what is to be paid, and what experts are owed, by currency."""
        currency = read_filters(request, FundsFilter).get("currency", "")
        owed = [_show_owed(row) for row in list_owed() if currency in ("", row.payable.currency)]
        return Response({"funds": [_show_funds(row) for row in list_funds(currency)], "owed": owed})


def _show_funds(row: Funds) -> dict[str, Any]:
    currency = row.reserved.currency
    topping_up = sum((top_up.money for top_up in row.top_ups), start=Money.zero(currency))
    return {
        "rail": row.rail,
        "currency": currency,
        "balance": show_money(row.balance) if row.balance is not None else None,
        "reserved": show_money(row.reserved),
        "needed": show_money(row.needed),
        "missing": show_money(row.missing),
        "topping_up": show_money(topping_up),
    }


def _show_owed(row: Owed) -> dict[str, Any]:
    names = ("payable", "held", "in_flight", "came_back", "total")
    return {"currency": row.payable.currency, **{name: show_money(getattr(row, name)) for name in names}}
