"""Year-end tax files over HTTP: prepared by one person, approved by another, read by finance and auditors."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from common.spreadsheets import XLSX_TYPE
from payouts.taxyears import commands
from payouts.taxyears.documents import file_names, file_of
from payouts.taxyears.models import TaxYearRun
from payouts.taxyears.queries import get_run
from payouts.taxyears.serializers import PartFilter, RunApprovalIn, RunFilter, RunIn, RunOut, RunPage, RunReasonIn

READERS = ("finance.read", "audit.read")
_FILE_NAME = OpenApiParameter("file_name", str, OpenApiParameter.PATH, enum=file_names())


def show_run(run: TaxYearRun) -> dict[str, Any]:
    """Return a run as JSON."""
    return {
        "id": run.id,
        "reference": run.reference,
        "year": run.year,
        "number": run.number,
        "corrects": run.corrects_id,
        "sha256": run.sha256,
        "return_count": run.return_count,
        "files": file_names(),
        "state": run.state,
        "prepared_by": run.prepared_by_id,
        "prepared_at": run.prepared_at,
        "decided_by": run.decided_by_id,
        "decided_at": run.decided_at,
        "decision_text": run.decision_text,
        "version": run.version,
    }


def _answer(run: TaxYearRun, status: int = 200) -> Response:
    return Response(show_run(run), status=status, headers={"ETag": etag_of(run.version)})


class RunsView(APIView):
    """Runs of a year's tax files."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(parameters=[RunFilter], responses=RunPage)
    def get(self, request: Request) -> Response:
        """List runs, newest first."""
        rows = TaxYearRun.objects.visible_to(request.user).defer("document")
        pages = CursorPagination()
        page = pages.paginate_queryset(rows.filter(**read_filters(request, RunFilter)), request, view=self) or []
        return pages.get_paginated_response([show_run(run) for run in page])

    @extend_schema(request=RunIn, responses={201: RunOut})
    def post(self, request: Request) -> Response:
        """Prepare a year's files over what was paid until now; another person approves them when the year is over."""
        run = commands.prepare_run(**read_body(request, RunIn), by=request.user, now=clock.now())
        return _answer(run, status=201)


class RunView(APIView):
    """One run."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=RunOut)
    def get(self, request: Request, run_id: UUID) -> Response:
        """Return a run."""
        return _answer(get_run(request.user, run_id))


class RunFileView(APIView):
    """A file of a run."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(
        parameters=[_FILE_NAME, PartFilter],
        responses={
            (200, "text/csv"): OpenApiTypes.STR,
            (200, XLSX_TYPE): OpenApiTypes.BINARY,
            (200, "application/json"): OpenApiTypes.OBJECT,
        },
    )
    def get(self, request: Request, run_id: UUID, file_name: str) -> HttpResponse:
        """Return a file of a run, the same bytes each time; a file of a run that is not approved is called a draft."""
        filters = read_filters(request, PartFilter)
        file = file_of(get_run(request.user, run_id), file_name, filters.get("part"))
        disposition = f'attachment; filename="{file.name}"'
        return HttpResponse(file.content, content_type=file.content_type, headers={"Content-Disposition": disposition})


class _DecisionView(APIView):
    """A decision over one run: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., TaxYearRun]]

    def run(self, request: Request, run_id: UUID, **arguments: Any) -> Response:
        found = get_run(request.user, run_id)
        require_version(request, found.version)
        done = type(self).command(
            run_id=found.id, by=request.user, now=clock.now(), expected_version=found.version, **arguments
        )
        return _answer(done)


class RunApprovalView(_DecisionView):
    """Approving a run."""

    # Who prepared it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.approve_run)

    @extend_schema(request=RunApprovalIn, parameters=[IF_MATCH], responses=RunOut)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Approve it, if its year is over and the books still say the same; never by who prepared it."""
        return self.run(request, run_id, **read_body(request, RunApprovalIn))


class RunRejectionView(_DecisionView):
    """Rejecting a run."""

    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.reject_run)

    @extend_schema(request=RunReasonIn, parameters=[IF_MATCH], responses=RunOut)
    def post(self, request: Request, run_id: UUID) -> Response:
        """Refuse it, with a reason."""
        return self.run(request, run_id, **read_body(request, RunReasonIn))
