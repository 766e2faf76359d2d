"""Statements over HTTP: as JSON, PDF, CSV and XLSX; one's own, or all for finance and auditors."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.api import APIView, CursorPagination, Serializer, read_filters
from common.money import Money
from common.spreadsheets import CSV_TYPE, XLSX_TYPE
from payouts.statements.amounts import AmountOut
from payouts.statements.documents import csv_of, pdf_of, xlsx_of
from payouts.statements.models import Statement, StatementLine
from payouts.statements.queries import DocumentLine, document_of, find_correction, get_statement

READERS = ("earnings.own", "finance.read", "audit.read")


class StatementFilter(Serializer):
    """Narrows the list of statements."""

    worker = serializers.UUIDField(required=False)
    cycle = serializers.UUIDField(required=False)


class StatementOut(serializers.Serializer[Any]):
    """The head of a statement."""

    id = serializers.UUIDField()
    reference = serializers.CharField()
    worker = serializers.UUIDField()
    payout = serializers.UUIDField()
    cycle = serializers.UUIDField(allow_null=True)
    corrects = serializers.UUIDField(allow_null=True, help_text="The statement that this one takes back.")
    corrected_by = serializers.UUIDField(allow_null=True, help_text="The statement that takes this one back.")
    total = AmountOut()
    line_count = serializers.IntegerField()
    issued_at = serializers.DateTimeField()


class StatementPage(serializers.Serializer[Any]):
    """One page of statements."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = StatementOut(many=True)


class StatementLineOut(serializers.Serializer[Any]):
    """One line; the figures of an earning are null for what is brought or carried forward."""

    line_no = serializers.IntegerField()
    kind = serializers.ChoiceField(StatementLine.Kind.choices)
    description = serializers.CharField()
    source_key = serializers.CharField(allow_blank=True)
    rate_line_key = serializers.CharField(allow_blank=True)
    project = serializers.CharField(allow_blank=True)
    approved_by = serializers.CharField(allow_blank=True)
    approver = serializers.CharField(allow_blank=True, help_text="Whoever approved the work, as the document says it.")
    earning = serializers.UUIDField(allow_null=True)
    worked_from = serializers.DateTimeField(allow_null=True)
    worked_to = serializers.DateTimeField(allow_null=True)
    quantity = serializers.CharField(allow_null=True)
    unit = serializers.CharField(allow_blank=True)
    rate = AmountOut(allow_null=True)
    amount = AmountOut()


class StatementDetail(StatementOut):
    """A statement with its lines, which sum to its total."""

    paid_by = serializers.CharField(help_text="The legal entity.")
    paid_to = serializers.CharField()
    approvers = serializers.ListField(
        child=serializers.CharField(), help_text="Who approved the pay cycle: two people above the limit."
    )
    arrives = AmountOut(help_text="What was paid for the total: another currency where the expert chose one.")
    exchange = serializers.CharField(allow_blank=True, help_text="The rate of that, its source and time.")
    lines = StatementLineOut(many=True)


def _money(money: Money) -> dict[str, Any]:
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def _head(statement: Statement) -> dict[str, Any]:
    correction = find_correction(statement)
    return {
        "id": statement.id,
        "reference": statement.reference,
        "worker": statement.worker_id,
        "payout": statement.payout_id,
        "cycle": statement.cycle_id,
        "corrects": statement.corrects_id,
        "corrected_by": correction.id if correction else None,
        "total": _money(statement.amount),
        "line_count": statement.line_count,
        "issued_at": statement.issued_at,
    }


def _line(line: DocumentLine) -> dict[str, Any]:
    return {
        "line_no": line.number,
        "kind": line.kind,
        "description": line.description,
        "source_key": line.source_key,
        "rate_line_key": line.rate_line_key,
        "project": line.project,
        "approved_by": line.approved_by,
        "approver": line.approver,
        "earning": line.earning_id,
        "worked_from": line.worked_from,
        "worked_to": line.worked_to,
        "quantity": None if line.quantity is None else f"{line.quantity:f}",
        "unit": line.unit,
        "rate": None if line.rate is None else _money(line.rate),
        "amount": _money(line.amount),
    }


class StatementsView(APIView):
    """Statements."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[StatementFilter], responses=StatementPage)
    def get(self, request: Request) -> Response:
        """List statements, newest first."""
        names = {"worker": "worker_id", "cycle": "cycle_id"}
        filters = {names[name]: value for name, value in read_filters(request, StatementFilter).items()}
        pages = CursorPagination()
        rows = Statement.objects.visible_to(request.user).select_related("correction").filter(**filters)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([_head(statement) for statement in page])


class StatementView(APIView):
    """One statement."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=StatementDetail)
    def get(self, request: Request, statement_id: UUID) -> Response:
        """Return a statement with its lines."""
        statement = get_statement(request.user, statement_id)
        document = document_of(statement)
        facts = {
            "paid_by": document.payer,
            "paid_to": document.payee,
            "approvers": document.approvers,
            "arrives": _money(document.arrives),
            "exchange": document.exchange,
        }
        return Response(_head(statement) | facts | {"lines": [_line(line) for line in document.lines]})


class StatementPdfView(APIView):
    """One statement as PDF."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, statement_id: UUID) -> HttpResponse:
        """Return a statement as PDF."""
        document = document_of(get_statement(request.user, statement_id))
        return _file(pdf_of(document), "application/pdf", f"{document.reference}.pdf")


class StatementCsvView(APIView):
    """One statement as CSV."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, statement_id: UUID) -> HttpResponse:
        """Return a statement as CSV, one row a line; no cell is a formula."""
        document = document_of(get_statement(request.user, statement_id))
        return _file(csv_of(document).encode(), CSV_TYPE, f"{document.reference}.csv")


class StatementXlsxView(APIView):
    """One statement as XLSX."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, XLSX_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, statement_id: UUID) -> HttpResponse:
        """Return a statement as XLSX, the rows of its CSV with amounts as numbers; no cell is a formula."""
        document = document_of(get_statement(request.user, statement_id))
        return _file(xlsx_of(document), XLSX_TYPE, f"{document.reference}.xlsx")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
