"""Pay cycles over HTTP. Each verb needs If-Match with the version it was decided on, and an Idempotency-Key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from common.money import Money
from payouts.console.api.earnings import show_money
from payouts.console.serializers.cycles import (
    ChangeFilter,
    CycleChangesOut,
    CycleDetail,
    CycleFilter,
    CycleIn,
    CycleLineFilter,
    CycleLinePage,
    CycleOut,
    CyclePage,
    CycleReasonIn,
    EmptyIn,
)
from payouts.cycles import commands
from payouts.cycles.changes import CHANGED, GONE, NEW, PayChange, find_changes
from payouts.cycles.differences import difference_to_last
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.queries import CycleTotals, approvals_missing, get_cycle, rails_of, totals_of, totals_of_each
from payouts.rails.rules import RAIL_NAMES

#: What a line explains itself with: the first three less the next four are the last two.
LINE_FIGURES = ("earned", "bonus", "brought", "held", "withheld", "holdback", "recovered", "amount", "carried")
MOST_CHANGES = 200
READERS = ("finance.read", "audit.read")


def show_cycles(cycles: Sequence[PayCycle]) -> list[dict[str, Any]]:
    """Return cycles as JSON, in a fixed number of queries."""
    totals = totals_of_each(cycles)
    return [show_cycle(cycle, totals[cycle.id]) for cycle in cycles]


def show_cycle(cycle: PayCycle, totals: CycleTotals) -> dict[str, Any]:
    """Return a cycle as JSON."""
    return {
        "id": cycle.id,
        "kind": cycle.kind,
        "currency": cycle.currency,
        "starts_at": cycle.starts_at,
        "ends_at": cycle.ends_at,
        "state": cycle.state,
        "maker": cycle.maker_id,
        "checker": cycle.checker_id,
        "first_checker": cycle.first_checker_id,
        "second_approval_over": show_money(cycle.second_approval_over) if cycle.submitted_at else None,
        "approvals_missing": approvals_missing(cycle, totals),
        "lines_hash": cycle.lines_hash,
        "approved_hash": cycle.approved_hash,
        "expected_pay_on": cycle.expected_pay_on,
        "payouts": totals.payouts,
        "earnings": totals.earnings,
        "exceptions": totals.exceptions,
        "total": show_money(totals.total),
        "version": cycle.version,
    }


def show_detail(cycle: PayCycle) -> dict[str, Any]:
    """Return a cycle with its difference to the last one as JSON."""
    difference = difference_to_last(cycle)
    shown = difference and {
        "last": show_money(difference.last),
        "difference": show_money(difference.difference),
        "parts": [{"words": words, "amount": show_money(money)} for words, money in difference.parts],
    }
    return show_cycle(cycle, totals_of(cycle)) | {"difference": shown}


def show_lines(lines: Sequence[CycleLine]) -> list[dict[str, Any]]:
    """Return lines as JSON, ``worker`` being loaded with each, in a fixed number of queries."""
    rails = rails_of(lines)
    return [_show_line(line, rails.get(line.id, "")) for line in lines]


def _show_line(line: CycleLine, rail: str) -> dict[str, Any]:
    return {
        "id": line.id,
        "worker": line.worker_id,
        "worker_name": line.worker.get_full_name(),
        "state": line.state,
        "withholding_bps": line.withholding_bps,
        "withholding_code": line.withholding_code,
        **{name: show_money(Money(getattr(line, f"{name}_minor"), line.currency)) for name in LINE_FIGURES},
        "pays": show_money(line.pays),
        "exchange": line.converted.words if line.converted else "",
        "rail": rail,
        "rail_name": RAIL_NAMES.get(rail, rail),
        "earnings": line.earnings_count,
        "reason_code": line.reason_code,
        "reason_text": line.reason_text,
        "payout": line.payout_id,
    }


def _answer(cycle: PayCycle, status: int = 200) -> Response:
    return Response(show_detail(cycle), status=status, headers={"ETag": etag_of(cycle.version)})


class CyclesView(APIView):
    """Pay cycles."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[CycleFilter], responses=CyclePage)
    def get(self, request: Request) -> Response:
        """List cycles, newest first."""
        rows = PayCycle.objects.visible_to(request.user).filter(**read_filters(request, CycleFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(show_cycles(page))

    @extend_schema(request=CycleIn, responses={201: CycleDetail})
    def post(self, request: Request) -> Response:
        """Open a cycle over a period that has ended; it has no lines yet."""
        return _answer(
            commands.draft_cycle(**read_body(request, CycleIn), by=request.user, now=clock.now()), status=201
        )


class CycleView(APIView):
    """One pay cycle."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=CycleDetail)
    def get(self, request: Request, cycle_id: UUID) -> Response:
        """Return a cycle with its totals and the difference to the last one."""
        return _answer(get_cycle(request.user, cycle_id))


class CycleLinesView(APIView):
    """The lines of a cycle."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[CycleLineFilter], responses=CycleLinePage)
    def get(self, request: Request, cycle_id: UUID) -> Response:
        """List what the cycle pays to whom, and whom it does not pay and why."""
        filters = read_filters(request, CycleLineFilter)
        rows = get_cycle(request.user, cycle_id).lines.filter(**filters)
        rows = rows.select_related("worker", "conversion__from_rate", "conversion__to_rate")
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(show_lines(page))


class CycleChangesView(APIView):
    """Whose pay a cycle changes."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[ChangeFilter], responses=CycleChangesOut)
    def get(self, request: Request, cycle_id: UUID) -> Response:
        """List who is new, gone, or paid differently by more than a share since the last cycle, largest first."""
        over_percent = read_filters(request, ChangeFilter)["over_percent"]
        changes = find_changes(get_cycle(request.user, cycle_id), over_percent=over_percent, limit=MOST_CHANGES)
        return Response(
            {
                "last_cycle": changes and changes.last.id,
                "over_percent": over_percent,
                "counts": changes.counts if changes else dict.fromkeys((NEW, GONE, CHANGED), 0),
                "results": [_show_change(change) for change in changes.largest] if changes else [],
            }
        )


def _show_change(change: PayChange) -> dict[str, Any]:
    return {
        "worker": change.worker_id,
        "worker_name": change.worker_name,
        "kind": change.kind,
        "before": show_money(change.before),
        "now": show_money(change.now),
        "difference": show_money(change.difference),
        "share": change.share,
    }


class _VerbView(APIView):
    """A verb on one cycle: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., PayCycle]]

    def run(self, request: Request, cycle_id: UUID, **arguments: Any) -> Response:
        cycle = get_cycle(request.user, cycle_id)
        require_version(request, cycle.version)
        done = type(self).command(
            cycle_id=cycle_id, by=request.user, now=clock.now(), expected_version=cycle.version, **arguments
        )
        return _answer(done)


class CalculateView(_VerbView):
    """Calculating a cycle."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.calculate)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=CycleDetail)
    def post(self, request: Request, cycle_id: UUID) -> Response:
        """Gather what is owed into lines, again if it was calculated before."""
        return self.run(request, cycle_id, **read_body(request, EmptyIn))


class SubmitView(_VerbView):
    """Submitting a cycle."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.submit)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=CycleDetail)
    def post(self, request: Request, cycle_id: UUID) -> Response:
        """Ask another person to approve the lines as they are."""
        return self.run(request, cycle_id, **read_body(request, EmptyIn))


class SendBackView(_VerbView):
    """Sending a cycle back."""

    grants: ClassVar = {"post": ("finance.approve", "finance.prepare")}
    command = staticmethod(commands.send_back)

    @extend_schema(request=CycleReasonIn, parameters=[IF_MATCH], responses=CycleDetail)
    def post(self, request: Request, cycle_id: UUID) -> Response:
        """Return a submitted cycle to its maker, with a reason."""
        return self.run(request, cycle_id, **read_body(request, CycleReasonIn))


class ApproveView(_VerbView):
    """Approving a cycle."""

    # The maker is told "four eyes", whatever they hold; everybody else is asked for finance.approve by the command.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.approve)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=CycleDetail)
    def post(self, request: Request, cycle_id: UUID) -> Response:
        """Approve exactly the submitted lines; never by who prepared them or is paid by them.

        Above ``second_approval_over`` the first approval leaves the cycle SUBMITTED with ``first_checker``; another
        person's approves it.
        """
        return self.run(request, cycle_id, **read_body(request, EmptyIn))


class CancelView(_VerbView):
    """Cancelling a cycle."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.cancel)

    @extend_schema(request=CycleReasonIn, parameters=[IF_MATCH], responses=CycleDetail)
    def post(self, request: Request, cycle_id: UUID) -> Response:
        """Give up a cycle before it is carried out, with a reason."""
        return self.run(request, cycle_id, **read_body(request, CycleReasonIn))


class PayView(_VerbView):
    """Carrying out a cycle."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.execute)
    # It calls outside, so it cannot share a transaction with the stored answer; the state and the version guard it.
    idempotent = False

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=CycleOut)
    def post(self, request: Request, cycle_id: UUID) -> Response:
        """Carry out an approved cycle. It comes back EXECUTING, or FUNDING while a top-up is under way."""
        return self.run(request, cycle_id, **read_body(request, EmptyIn))
