"""What an approver looks at over HTTP: the cycles that wait for them, and the lines that there is a reason to look at."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import APIView, CursorPagination, read_filters
from payouts.console.api.cycles import READERS, show_cycles, show_lines
from payouts.console.serializers.approvals import ApprovalPage, FlagCountsOut, FlaggedLinePage, RedFlagFilter
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.queries import get_cycle
from payouts.cycles.red_flags import (
    FlagCounts,
    FlaggedLine,
    count_red_flags,
    explain_flags,
    find_unpaid_cycles,
    list_flagged,
)


class ApprovalsView(APIView):
    """What waits for an approval."""

    grants: ClassVar = {"get": "finance.approve"}

    @extend_schema(responses=ApprovalPage)
    def get(self, request: Request) -> Response:
        """List submitted cycles that somebody else prepared and the caller has not approved yet."""
        read_filters(request)
        waiting = PayCycle.objects.visible_to(request.user).filter(state=PayCycle.State.SUBMITTED)
        pages = CursorPagination()
        others = waiting.exclude(Q(maker_id=request.user.pk) | Q(first_checker_id=request.user.pk))
        page = pages.paginate_queryset(others, request, view=self) or []
        counts = count_red_flags(page)
        return pages.get_paginated_response(
            [shown | {"red_flags": show_counts(counts[shown["id"]])} for shown in show_cycles(page)]
        )


class RedFlagsView(APIView):
    """Lines to look at."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[RedFlagFilter], responses=FlaggedLinePage)
    def get(self, request: Request) -> Response:
        """List lines of cycles that are not carried out yet, or of the named one, that there is a reason to look at.

        With ``kind`` every line with that flag; without, those that are to be looked at.
        """
        filters = read_filters(request, RedFlagFilter)
        kind = filters.pop("kind", "")
        flagged = list_flagged(find_unpaid_cycles(request.user, **filters), kind=kind)
        pages = CursorPagination()
        page = pages.paginate_queryset(CycleLine.objects.filter(id__in=flagged), request, view=self) or []
        rows = explain_flags([line.id for line in page])
        shown = zip(rows, show_lines([row.line for row in rows]), strict=True)
        return pages.get_paginated_response([line | _show(row) for row, line in shown])


class CycleRedFlagsView(APIView):
    """How many lines of a cycle are to be looked at."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=FlagCountsOut)
    def get(self, request: Request, cycle_id: UUID) -> Response:
        """Count the lines to look at, and the lines with each kind of flag."""
        read_filters(request)
        cycle = get_cycle(request.user, cycle_id)
        return Response(show_counts(count_red_flags([cycle])[cycle.id]))


def show_counts(counts: FlagCounts) -> dict[str, Any]:
    """Return how many lines of a cycle are to be looked at, and why, as JSON."""
    return {
        "lines": counts.lines,
        "kinds": [{"kind": kind, "lines": lines} for kind, lines in counts.by_kind.items()],
    }


def _show(row: FlaggedLine) -> dict[str, Any]:
    flags = [
        {"kind": flag.kind, "words": flag.words, "evidence": flag.evidence, "evidence_id": flag.evidence_id}
        for flag in row.flags
    ]
    return {"cycle": row.line.cycle_id, "flags": flags}
