"""Files of adjustments over HTTP: sent by one person, decided as a whole by another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, etag_of, read_body, read_filters, require_version
from common.errors import InvalidInput
from common.money import Money
from payouts.adjustments import commands
from payouts.adjustments.imports import MOST_BYTES
from payouts.adjustments.models import AdjustmentImport
from payouts.adjustments.queries import get_import
from payouts.console.api.cycles import READERS
from payouts.console.api.earnings import show_money
from payouts.console.serializers.adjustments import (
    AdjustmentImportFilter,
    AdjustmentImportIn,
    AdjustmentImportOut,
    AdjustmentImportPage,
    AdjustmentReasonIn,
)
from payouts.console.serializers.cycles import EmptyIn


def show_import(row: AdjustmentImport) -> dict[str, Any]:
    """Return a file of adjustments as JSON."""
    return {
        "id": row.id,
        "file_name": row.file_name,
        "file_sha256": row.file_sha256,
        "rows": row.row_count,
        "total": show_money(row.total),
        "state": row.state,
        "proposed_by": row.proposed_by_id,
        "proposed_at": row.proposed_at,
        "decided_by": row.decided_by_id,
        "decided_at": row.decided_at,
        "decision_text": row.decision_text,
        "version": row.version,
    }


def _answer(row: AdjustmentImport, status: int = 200) -> Response:
    return Response(show_import(row), status=status, headers={"ETag": etag_of(row.version)})


class AdjustmentImportsView(APIView):
    """Files of adjustments. The same file is the same import, so a repeat needs no key."""

    grants: ClassVar = {"get": READERS, "post": "finance.prepare"}
    parser_classes = (MultiPartParser,)  # type: ignore[assignment]
    idempotent: ClassVar = False

    @extend_schema(parameters=[AdjustmentImportFilter], responses=AdjustmentImportPage)
    def get(self, request: Request) -> Response:
        """List files, newest first; their rows are at ``/finance/adjustments/?imported=<id>``."""
        rows = AdjustmentImport.objects.visible_to(request.user).filter(**read_filters(request, AdjustmentImportFilter))
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_import(row) for row in page])

    @extend_schema(
        request={"multipart/form-data": AdjustmentImportIn},
        responses={201: AdjustmentImportOut, 200: AdjustmentImportOut},
    )
    def post(self, request: Request) -> Response:
        """Propose every row of a CSV file, or none: every bad row is named. The same file again is the same import (200)."""
        body = read_body(request, AdjustmentImportIn)
        try:
            total = Money.from_major(body["control_total"], body["currency"])
        except ValueError as error:
            raise InvalidInput.of("/control_total", f"{error}.") from error
        row, is_new = commands.import_adjustments(
            file_name=body["file"].name,
            data=body["file"].read(MOST_BYTES + 1),
            control_total=total,
            by=request.user,
            now=clock.now(),
        )
        return _answer(row, status=201 if is_new else 200)


class AdjustmentImportView(APIView):
    """One file of adjustments."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=AdjustmentImportOut)
    def get(self, request: Request, import_id: UUID) -> Response:
        """Return a file of adjustments."""
        return _answer(get_import(request.user, import_id))


class _DecisionView(APIView):
    """A decision over one file: the version is compared, then the command decides."""

    requires_idempotency_key = True
    command: ClassVar[Callable[..., AdjustmentImport]]

    def run(self, request: Request, import_id: UUID, **arguments: Any) -> Response:
        row = get_import(request.user, import_id)
        require_version(request, row.version)
        done = type(self).command(
            import_id=row.id, by=request.user, now=clock.now(), expected_version=row.version, **arguments
        )
        return _answer(done)


class AdjustmentImportApprovalView(_DecisionView):
    """Approving a file."""

    # Who proposed it is told "four eyes", whatever they hold; everybody else is asked for finance.approve.
    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.approve_import)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=AdjustmentImportOut)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Book every row of it. Never by who sent it, or whom a row is for."""
        return self.run(request, import_id, **read_body(request, EmptyIn))


class AdjustmentImportRejectionView(_DecisionView):
    """Rejecting a file."""

    grants: ClassVar = {"post": READERS}
    command = staticmethod(commands.reject_import)

    @extend_schema(request=AdjustmentReasonIn, parameters=[IF_MATCH], responses=AdjustmentImportOut)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Refuse all of it, with a reason; the mended file can be sent."""
        return self.run(request, import_id, **read_body(request, AdjustmentReasonIn))


class AdjustmentImportWithdrawalView(_DecisionView):
    """Taking back one's own file."""

    grants: ClassVar = {"post": "finance.prepare"}
    command = staticmethod(commands.withdraw_import)

    @extend_schema(request=EmptyIn, parameters=[IF_MATCH], responses=AdjustmentImportOut)
    def post(self, request: Request, import_id: UUID) -> Response:
        """Take back what one sent."""
        return self.run(request, import_id, **read_body(request, EmptyIn))
