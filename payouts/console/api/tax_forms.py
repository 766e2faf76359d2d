"""Tax forms over HTTP: one's own for experts, everybody's for finance, who accepts or rejects them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import (
    APIView,
    CountryField,
    CursorPagination,
    NameField,
    Request,
    Serializer,
    TextField,
    read_body,
    read_filters,
)
from payouts.console.api.earnings import READERS
from payouts.payees import commands
from payouts.payees.models import TaxForm
from payouts.payees.queries import get_tax_form


class TaxFormFilter(Serializer):
    """Narrows the list of tax forms."""

    worker = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(TaxForm.State.choices, required=False)


class TaxFormIn(Serializer):
    """A signed form. Of ``tin`` the last four signs are kept; ``treaty_bps`` is the treaty's rate in hundredths of a percent."""

    form = serializers.ChoiceField(TaxForm.Form.choices)
    legal_name = NameField()
    tax_country = CountryField()
    tin = serializers.CharField(max_length=60, allow_blank=True, default="")
    works_in_us = serializers.BooleanField()
    treaty_country = serializers.CharField(max_length=2, allow_blank=True, default="")
    treaty_bps = serializers.IntegerField(min_value=0, max_value=3000, allow_null=True, default=None)
    signed_on = serializers.DateField()


class TaxFormReviewIn(Serializer):
    """Whether a form is accepted, with the reviewer's words."""

    accept = serializers.BooleanField()
    review_text = TextField(max_length=2000)


class TaxFormOut(serializers.Serializer[Any]):
    """One version of an expert's tax form; ``status`` is its state today, EXPIRING within 60 days of its end."""

    id = serializers.UUIDField()
    worker = serializers.UUIDField()
    version = serializers.IntegerField()
    form = serializers.ChoiceField(TaxForm.Form.choices)
    legal_name = serializers.CharField()
    tax_country = serializers.CharField()
    tin_last4 = serializers.CharField(allow_blank=True)
    works_in_us = serializers.BooleanField()
    treaty_country = serializers.CharField(allow_blank=True)
    treaty_bps = serializers.IntegerField(allow_null=True)
    signed_on = serializers.DateField()
    expires_on = serializers.DateField(allow_null=True)
    submitted_at = serializers.DateTimeField()
    status = serializers.ChoiceField(["SUBMITTED", "VALID", "EXPIRING", "EXPIRED", "REJECTED"])
    review_text = serializers.CharField(allow_blank=True)


class TaxFormPage(serializers.Serializer[Any]):
    """One page of tax forms."""

    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = TaxFormOut(many=True)


_PLAIN = (
    *("id", "version", "form", "legal_name", "tax_country", "tin_last4", "works_in_us", "treaty_country", "treaty_bps"),
    *("signed_on", "expires_on", "submitted_at", "review_text"),
)


def show_tax_form(row: TaxForm) -> dict[str, Any]:
    """Return a tax form as JSON; nobody is shown more of the number than its last four signs."""
    shown = {name: getattr(row, name) for name in _PLAIN}
    return shown | {"worker": row.worker_id, "status": row.status(clock.now().date())}


class TaxFormsView(APIView):
    """Tax forms."""

    grants: ClassVar = {"get": READERS, "post": ""}

    @extend_schema(parameters=[TaxFormFilter], responses=TaxFormPage)
    def get(self, request: Request) -> Response:
        """List tax forms: one's own, or everybody's for finance and auditors."""
        filters = read_filters(request, TaxFormFilter)
        if "worker" in filters:
            filters["worker_id"] = filters.pop("worker")
        pages = CursorPagination()
        rows = TaxForm.objects.visible_to(request.user).filter(**filters)
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_tax_form(row) for row in page])

    @extend_schema(request=TaxFormIn, responses={201: TaxFormOut})
    def post(self, request: Request) -> Response:
        """Submit one's own signed tax form; a person of finance reviews it."""
        body = read_body(request, TaxFormIn)
        row = commands.submit_tax_form(worker_id=request.user.pk, by=request.user, now=clock.now(), **body)
        return Response(show_tax_form(row), status=201)


class TaxFormReviewView(APIView):
    """Reviewing a tax form."""

    grants: ClassVar = {"post": "finance.approve"}

    @extend_schema(request=TaxFormReviewIn, responses=TaxFormOut)
    def post(self, request: Request, tax_form_id: UUID) -> Response:
        """Accept or reject a tax form, with words; never one's own."""
        row = get_tax_form(request.user, tax_form_id)
        body = read_body(request, TaxFormReviewIn)
        return Response(
            show_tax_form(commands.review_tax_form(form_id=row.id, by=request.user, now=clock.now(), **body))
        )
