"""Reconciliation over HTTP: read by finance and auditors, decided by finance, written off by two people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from common.errors import InvalidInput
from payouts.console.api.cycles import READERS
from payouts.console.api.earnings import show_money
from payouts.console.serializers.reconciliation import (
    BreakExplanationIn,
    BreakFilter,
    BreakOut,
    BreakPage,
    RailFilter,
    ReconciliationOut,
    ReconciliationRunOut,
    WriteOffIn,
    WriteOffRefusalIn,
)
from payouts.rails.registry import list_rails
from payouts.reconciliation import commands
from payouts.reconciliation.models import Break, ReconciliationFigure, ReconciliationRun
from payouts.reconciliation.queries import count_ages, find_last_run, get_break
from payouts.reconciliation.rules import age_of

ACTORS = ("finance.prepare", "finance.approve")
_SUMS = ("ledger", "provider", "difference", "under_way", "explained", "unexplained")


def _show_figure(row: ReconciliationFigure) -> dict[str, Any]:
    return {"currency": row.currency} | {name: show_money(getattr(row, name)) for name in _SUMS}


def show_run(run: ReconciliationRun) -> dict[str, Any]:
    """Return a run with its figures as JSON."""
    names = ("id", "rail", "started_at", "fetched", "matched", "breaks_opened", "breaks_matched")
    figures = [_show_figure(row) for row in run.figures.order_by("currency")]
    return {name: getattr(run, name) for name in names} | {"figures": figures}


def show_break(row: Break) -> dict[str, Any]:
    """Return a break as JSON."""
    plain = ("id", "rail", "reference", "side", "kind", "since", "opened_at", "state", "explanation_text", "clears_on")
    more = ("write_off", "proposal_text", "ended_at", "version")
    return {name: getattr(row, name) for name in (*plain, *more)} | {
        "amount": show_money(row.amount),
        "age": age_of(row.since, row.ended_at or clock.now()),
        "explained_by": row.explained_by_id,
        "proposed_by": row.proposed_by_id,
        "approved_by": row.approved_by_id,
        "entry": row.entry_id,
    }


def _rail(request: Request) -> str:
    rail = str(read_filters(request, RailFilter).get("rail", "connect"))
    if rail not in list_rails():
        raise InvalidInput.of("/rail", f"Must be one of {', '.join(list_rails())}.")
    return rail


def _answer(row: Break) -> Response:
    return Response(show_break(row), headers={"ETag": etag_of(row.version)})


def _act(request: Request, break_id: UUID, command: Callable[..., Break], body: dict[str, Any]) -> Response:
    row = get_break(request.user, break_id)
    require_version(request, row.version)
    return _answer(command(break_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **body))


class ReconciliationView(APIView):
    """The provider's balance against the books."""

    grants: ClassVar = {"get": READERS, "post": ACTORS}
    # It calls outside, so it cannot share a transaction with the stored answer; a run twice keeps nothing twice.
    idempotent = False

    @extend_schema(parameters=[RailFilter], responses=ReconciliationOut)
    def get(self, request: Request) -> Response:
        """Return a rail's last finished run, and the ages of what is open on all."""
        run = find_last_run(_rail(request))
        ages = [{"age": age, "count": count} for age, count in count_ages(clock.now())]
        return Response({"run": show_run(run) if run else None, "ages": ages})

    @extend_schema(request=None, parameters=[RailFilter], responses={201: ReconciliationRunOut})
    def post(self, request: Request) -> Response:
        """Read the provider's transactions on a rail and compare now."""
        run = commands.reconcile(by=request.user.pk, now=clock.now(), rail=_rail(request))
        return Response(show_run(run), status=201)


class BreaksView(APIView):
    """Breaks."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[BreakFilter], responses=BreakPage)
    def get(self, request: Request) -> Response:
        """List breaks."""
        pages = CursorPagination()
        rows = Break.objects.visible_to(request.user).filter(**read_filters(request, BreakFilter))
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_break(row) for row in page])


class BreakView(APIView):
    """One break."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=BreakOut)
    def get(self, request: Request, break_id: UUID) -> Response:
        """Return a break."""
        return _answer(get_break(request.user, break_id))


class BreakExplanationView(APIView):
    """Explaining a break."""

    grants: ClassVar = {"post": ACTORS}
    requires_idempotency_key = True

    @extend_schema(request=BreakExplanationIn, parameters=[IF_MATCH], responses=BreakOut)
    def post(self, request: Request, break_id: UUID) -> Response:
        """Say in words why the two sides differ."""
        return _act(request, break_id, commands.explain_break, read_body(request, BreakExplanationIn))


class WriteOffView(APIView):
    """Proposing a write-off."""

    grants: ClassVar = {"post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(request=WriteOffIn, parameters=[IF_MATCH], responses=BreakOut)
    def post(self, request: Request, break_id: UUID) -> Response:
        """Propose to book the difference; another person approves."""
        return _act(request, break_id, commands.propose_write_off, read_body(request, WriteOffIn))


class WriteOffApprovalView(APIView):
    """Approving a write-off."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    requires_idempotency_key = True

    @extend_schema(request=None, parameters=[IF_MATCH], responses=BreakOut)
    def post(self, request: Request, break_id: UUID) -> Response:
        """Book what another person proposed."""
        return _act(request, break_id, commands.approve_write_off, {})


class WriteOffRefusalView(APIView):
    """Refusing a write-off."""

    grants: ClassVar = {"post": READERS}
    requires_idempotency_key = True

    @extend_schema(request=WriteOffRefusalIn, parameters=[IF_MATCH], responses=BreakOut)
    def post(self, request: Request, break_id: UUID) -> Response:
        """Refuse what another person proposed; the break is open again."""
        return _act(request, break_id, commands.refuse_write_off, read_body(request, WriteOffRefusalIn))
