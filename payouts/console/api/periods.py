"""The months of the books over HTTP: closed on the proposal of one person by another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, etag_of, read_body, read_filters, require_version
from payouts.console.api.cycles import READERS
from payouts.console.serializers.cycles import EmptyIn
from payouts.console.serializers.periods import PeriodDetail, PeriodFilter, PeriodReasonIn, PeriodsOut
from payouts.ledger import commands
from payouts.ledger.closing import CloseCheckResult, run_close_checks
from payouts.ledger.models import Period
from payouts.ledger.queries import get_period, list_periods


def show_period(row: Period) -> dict[str, Any]:
    """Return a month as JSON; ``entry_count`` is loaded with it."""
    return {
        "month": row.month,
        "starts_on": row.starts_on,
        "ends_on": row.ends_on,
        "state": row.state,
        "entries": row.entry_count,  # type: ignore[attr-defined]  # the query annotates it
        "proposal_text": row.proposal_text,
        "proposed_by": row.proposed_by_id,
        "proposed_at": row.proposed_at,
        "closed_by": row.closed_by_id,
        "closed_at": row.closed_at,
        "version": row.version,
    }


def _show_checks(results: Sequence[CloseCheckResult]) -> list[dict[str, Any]]:
    return [
        {"code": result.code, "sentence": result.sentence, "is_ok": result.is_ok, "obstacles": result.obstacles}
        for result in results
    ]


def _answer(row: Period) -> Response:
    """Answer with the month; the checklist is asked only while it can still be closed."""
    checks = [] if row.state == Period.State.CLOSED else run_close_checks(row, clock.now())
    return Response(show_period(row) | {"checks": _show_checks(checks)}, headers={"ETag": etag_of(row.version)})


class PeriodsView(APIView):
    """Months of the books."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[PeriodFilter], responses=PeriodsOut)
    def get(self, request: Request) -> Response:
        """List every month that has entries, newest first."""
        rows = list_periods(request.user).filter(**read_filters(request, PeriodFilter))
        return Response({"results": [show_period(row) for row in rows]})


class PeriodView(APIView):
    """One month of the books."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=PeriodDetail)
    def get(self, request: Request, month: str) -> Response:
        """Return a month with the checklist of what stands against closing it."""
        return _answer(get_period(request.user, month))


class _DecisionView(APIView):
    """One step of closing a month: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., Period]]

    def run(self, request: Request, month: str, **arguments: Any) -> Response:
        row = get_period(request.user, month)
        require_version(request, row.version)
        type(self).command(month=row.month, by=request.user, now=clock.now(), expected_version=row.version, **arguments)
        return _answer(get_period(request.user, month))


class PeriodProposalView(_DecisionView):
    """Proposing to close a month."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.propose_close)

    @extend_schema(request=PeriodReasonIn, parameters=[IF_MATCH], responses=PeriodDetail)
    def post(self, request: Request, month: str) -> Response:
        """Propose to close it; refused (409 ``period_not_ready``) with each reason of the checklist."""
        return self.run(request, month, **read_body(request, PeriodReasonIn))


class PeriodCloseView(_DecisionView):
    """Closing a month."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.close_period)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=PeriodDetail)
    def post(self, request: Request, month: str) -> Response:
        """Close it for good, as another person than who proposed it."""
        return self.run(request, month, **read_body(request, EmptyIn))


class PeriodKeepOpenView(_DecisionView):
    """Taking a proposed close back."""

    grants: ClassVar = {"post": ("finance.prepare", "finance.approve")}
    command = staticmethod(commands.keep_open)

    @extend_schema(request=PeriodReasonIn, parameters=[IF_MATCH], responses=PeriodDetail)
    def post(self, request: Request, month: str) -> Response:
        """Keep the month open, with a reason."""
        return self.run(request, month, **read_body(request, PeriodReasonIn))
