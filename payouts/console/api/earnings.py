"""Earnings over HTTP: one's own, or all for finance and auditors."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, read_filters
from common.money import Money
from payouts.console.queries import EarningRow, earning_rows, find_earnings, summarize, trace_earning
from payouts.console.serializers.earnings import EarningFilter, EarningOut, EarningPage, SummaryOut, TraceOut
from payouts.earnings.models import Earning

#: Experts read their own, finance and auditors all; scoped in ``visible_to``.
READERS = ("earnings.own", "finance.read", "audit.read")


def show_money(money: Money) -> dict[str, Any]:
    """Return an amount as JSON."""
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def show_earning(row: EarningRow) -> dict[str, Any]:
    """Return an earning as JSON."""
    return {
        "id": row.id,
        "worker": row.worker_id,
        "source_key": row.source_key,
        "description": row.description,
        "quantity": f"{row.quantity:f}",
        "unit": row.unit,
        "rate": show_money(row.rate),
        "amount": show_money(row.amount),
        "rate_line_key": row.rate_line_key,
        "tenant": row.tenant,
        "project": row.project,
        "worked_from": row.worked_from,
        "worked_to": row.worked_to,
        "approved_by": row.approved_by,
        "posted_at": row.posted_at,
        "state": row.state,
        "reason_code": row.reason_code,
        "reason_text": row.reason_text,
        "cycle": row.cycle_id,
        "payout": row.payout_id,
        "expected": {
            "payable_on": row.expected.payable_on,
            "cycle_first_day": row.expected.cycle_first_day,
            "cycle_last_day": row.expected.cycle_last_day,
            "at_bank_on": row.expected.at_bank_on,
            "arrives": row.expected.arrives and show_money(row.expected.arrives),
            "words": row.expected.words,
            "step": row.expected.step,
            "hold": row.expected.hold_id,
        },
    }


class EarningsView(APIView):
    """What was earned."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[EarningFilter], responses=EarningPage)
    def get(self, request: Request) -> Response:
        """List earnings, newest first, each with where it stands."""
        rows = _filtered(request)
        pages = CursorPagination()
        page: list[Earning] = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_earning(row) for row in earning_rows(page, now=clock.now())])


class EarningsSummaryView(APIView):
    """What earnings sum to."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[EarningFilter], responses=SummaryOut)
    def get(self, request: Request) -> Response:
        """Sum earnings by currency and state; what was reversed counts to no total."""
        results = [
            {
                "currency": summary.currency,
                "earned": show_money(summary.earned),
                "states": [
                    {"state": state, "amount": show_money(money)} for state, money in sorted(summary.by_state.items())
                ],
            }
            for summary in summarize(_filtered(request).select_related(None))
        ]
        return Response({"results": results})


class EarningView(APIView):
    """One earning."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=EarningOut)
    def get(self, request: Request, earning_id: UUID) -> Response:
        """Return an earning with where it stands."""
        return Response(show_earning(trace_earning(request.user, earning_id).earning))


class EarningTraceView(APIView):
    """One earning's way."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=TraceOut)
    def get(self, request: Request, earning_id: UUID) -> Response:
        """Return the way of an earning from its entry through cycle and payout to its statement."""
        trace = trace_earning(request.user, earning_id)
        body = asdict(trace) | {"earning": show_earning(trace.earning)}
        return Response(body)


def _filtered(request: Request) -> QuerySet[Earning]:
    filters = read_filters(request, EarningFilter)
    names = {"state": "standing__state", "cycle": "standing__cycle_id", "worker": "worker_id"}
    return find_earnings(request.user).filter(**{names.get(name, name): value for name, value in filters.items()})
