"""Invoices and credit notes: drafted here, decided as every proposal, read as JSON, PDF and CSV."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, page_of, read_body, read_filters
from payouts.clients import commands
from payouts.clients.api import READERS
from payouts.clients.documents import csv_of, pdf_of
from payouts.clients.models import Invoice
from payouts.clients.queries import (
    document_of,
    get_credit_note,
    get_invoice,
    list_ageing,
    list_lines,
    list_standings,
)
from payouts.clients.serializers import (
    AgeingOut,
    CreditNoteIn,
    InvoiceDetail,
    InvoiceFilter,
    InvoiceIn,
    InvoiceOut,
    ProposalOut,
    show_ageing,
    show_invoice,
    show_line,
    show_proposal,
)

_PDF, _CSV = "application/pdf", "text/csv; charset=utf-8"


class AccountInvoicesView(APIView):
    """Drafting the invoice of one account."""

    grants: ClassVar = {"post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(request=InvoiceIn, responses={201: ProposalOut})
    def post(self, request: Request, account_id: UUID) -> Response:
        """Draft an invoice of everything charged and not invoiced; another person issues it."""
        body = read_body(request, InvoiceIn)
        row = commands.draft_invoice(account_id=account_id, **body, by=request.user, now=clock.now())
        return Response(show_proposal("invoice", row), status=201)


class InvoicesView(APIView):
    """Invoices."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(parameters=[InvoiceFilter], responses=page_of(InvoiceOut))
    def get(self, request: Request) -> Response:
        """List invoices, newest first; a client's own people see those that were issued to them."""
        filters = read_filters(request, InvoiceFilter)
        if "account" in filters:
            filters["account_id"] = filters.pop("account")
        pages = CursorPagination()
        rows = Invoice.objects.visible_to(request.user).filter(**filters)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_invoice(standing) for standing in list_standings(page)])


class InvoiceView(APIView):
    """One invoice."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=InvoiceDetail)
    def get(self, request: Request, invoice_id: UUID) -> Response:
        """Return an invoice with its lines, which sum to its total."""
        row = get_invoice(request.user, invoice_id)
        (standing,) = list_standings([row])
        lines: list[dict[str, Any]] = [show_line(line) for line in list_lines(row)]
        return Response(show_invoice(standing) | {"lines": lines})


class InvoicePdfView(APIView):
    """One invoice as PDF."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, _PDF): OpenApiTypes.BINARY})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """Return an issued invoice as PDF."""
        document = document_of(get_invoice(request.user, invoice_id))
        return _file(pdf_of(document), _PDF, f"{document.reference}.pdf")


class InvoiceCsvView(APIView):
    """One invoice as CSV."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, invoice_id: UUID) -> HttpResponse:
        """Return an issued invoice as CSV, one row a line; no cell is a formula."""
        document = document_of(get_invoice(request.user, invoice_id))
        return _file(csv_of(document).encode(), _CSV, f"{document.reference}.csv")


class CreditNotesView(APIView):
    """Proposing a credit note."""

    grants: ClassVar = {"post": "finance.prepare"}
    requires_idempotency_key = True

    @extend_schema(request=CreditNoteIn, responses={201: ProposalOut})
    def post(self, request: Request, invoice_id: UUID) -> Response:
        """Propose to take back an issued invoice in whole; its charges go to a later one once another person approves."""
        body = read_body(request, CreditNoteIn)
        row = commands.propose_credit_note(invoice_id=invoice_id, **body, by=request.user, now=clock.now())
        return Response(show_proposal("credit_note", row), status=201)


class CreditNotePdfView(APIView):
    """One credit note as PDF."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, _PDF): OpenApiTypes.BINARY})
    def get(self, request: Request, credit_note_id: UUID) -> HttpResponse:
        """Return a credit note as PDF."""
        note = get_credit_note(request.user, credit_note_id)
        document = document_of(note.invoice, note)
        return _file(pdf_of(document), _PDF, f"{document.reference}.pdf")


class AgeingView(APIView):
    """What is open."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=AgeingOut(many=True))
    def get(self, request: Request) -> Response:
        """Return what each client has to pay, by how long it is overdue today (UTC)."""
        read_filters(request)
        return Response([show_ageing(row) for row in list_ageing(request.user, clock.now().date())])


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
