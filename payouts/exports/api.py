"""Exports over HTTP: asked for by finance, read by finance and auditors."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from common.api import APIView, CurrencyField, CursorPagination, Serializer, read_body, read_filters
from common.spreadsheets import XLSX_TYPE
from payouts.exports import commands
from payouts.exports.models import Export
from payouts.exports.queries import get_export

READERS = ("finance.read", "audit.read")


class ExportFilter(Serializer):
    """Narrows the list of exports."""

    kind = serializers.ChoiceField(Export.Kind.choices, required=False)
    state = serializers.ChoiceField(Export.State.choices, required=False)


class ExportIn(Serializer):
    """A file to make over the half-open range of effective days; QuickBooks and Xero take one currency a file, Xero CSV."""

    kind = serializers.ChoiceField(Export.Kind.choices)
    format = serializers.ChoiceField(Export.Format.choices, required=False, default=Export.Format.CSV)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    currency = CurrencyField(required=False, default="")


class ExportOut(serializers.Serializer[Any]):
    """An export and, once it was read to its end, what was given out."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(Export.Kind.choices)
    format = serializers.ChoiceField(Export.Format.choices)
    currency = serializers.CharField(allow_blank=True)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    sealed_position = serializers.IntegerField(help_text="The last entry of the chain that it covers.")
    asked_by = serializers.UUIDField(source="asked_by_id")
    asked_at = serializers.DateTimeField()
    state = serializers.ChoiceField(Export.State.choices)
    row_count = serializers.IntegerField(allow_null=True)
    sha256 = serializers.CharField(allow_blank=True)
    made_at = serializers.DateTimeField(allow_null=True)


class ExportPage(serializers.Serializer[Any]):
    """One page of exports."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = ExportOut(many=True)


class ExportsView(APIView):
    """Files for accountants."""

    grants: ClassVar = {"get": READERS, "post": ("finance.prepare", "finance.approve")}

    @extend_schema(parameters=[ExportFilter], responses=ExportPage)
    def get(self, request: Request) -> Response:
        """List exports, newest first."""
        pages = CursorPagination()
        rows = Export.objects.visible_to(request.user).filter(**read_filters(request, ExportFilter))
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(ExportOut(page, many=True).data)

    @extend_schema(request=ExportIn, responses={201: ExportOut})
    def post(self, request: Request) -> Response:
        """Ask for an export over the books as they are now; its file is read from its own address."""
        body = read_body(request, ExportIn)
        export = commands.request_export(**body, by=request.user, now=clock.now())
        return Response(ExportOut(export).data, status=201)


class ExportView(APIView):
    """One export."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses=ExportOut)
    def get(self, request: Request, export_id: UUID) -> Response:
        """Return an export."""
        return Response(ExportOut(get_export(request.user, export_id)).data)


class ExportFileView(APIView):
    """The file of an export."""

    grants: ClassVar = {"get": READERS}

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR, (200, XLSX_TYPE): OpenApiTypes.BINARY})
    def get(self, request: Request, export_id: UUID) -> StreamingHttpResponse:
        """Stream the CSV or XLSX file; the same bytes each time, or it breaks off. No cell is a formula."""
        export = get_export(request.user, export_id)
        content = commands.read_export(export=export, now=clock.now())
        disposition = f'attachment; filename="{export.file_name}"'
        headers = {"Content-Disposition": disposition}
        return StreamingHttpResponse(content, content_type=export.content_type, headers=headers)
