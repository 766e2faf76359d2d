"""Applications over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_body, read_filters
from marketplace.hiring import commands
from marketplace.hiring.models import Application
from marketplace.hiring.queries import get_application
from marketplace.hiring.rules import REJECTION_CODES


class ApplicationFilter(Serializer):
    """Narrows the list of applications."""

    opening = serializers.UUIDField(required=False)
    state = serializers.ChoiceField(Application.State.choices, required=False)


class ApplicationIn(Serializer):
    """An application for an opening."""

    opening = serializers.UUIDField()
    note = TextField(required=False, allow_blank=True, default="", max_length=4000)


class RejectionIn(Serializer):
    """Why an application is rejected; the expert reads it."""

    reason_code = serializers.ChoiceField(sorted(REJECTION_CODES))
    reason_text = TextField(max_length=4000)


class ApplicationOut(serializers.Serializer[Any]):
    """An application and what was decided."""

    id = serializers.UUIDField()
    opening = serializers.UUIDField()
    opening_title = serializers.CharField()
    expert = serializers.UUIDField()
    expert_name = serializers.CharField()
    state = serializers.ChoiceField(Application.State.choices)
    note = serializers.CharField()
    reason_code = serializers.CharField()
    reason_text = serializers.CharField()
    created_at = serializers.DateTimeField()


class ApplicationPage(serializers.Serializer[Any]):
    """A page of applications."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = ApplicationOut(many=True)


class ApplicationsView(APIView):
    """One's own applications, and those for openings of one's organizations."""

    grants: ClassVar = {"get": "", "post": "hiring.apply"}

    @extend_schema(parameters=[ApplicationFilter], responses=ApplicationPage)
    def get(self, request: Request) -> Response:
        """List applications."""
        filters = read_filters(request, ApplicationFilter)
        rows = Application.objects.visible_to(request.user).select_related("opening", "expert")
        if "opening" in filters:
            rows = rows.filter(opening_id=filters["opening"])
        if "state" in filters:
            rows = rows.filter(state=filters["state"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_application(row) for row in page])

    @extend_schema(request=ApplicationIn, responses={201: ApplicationOut})
    def post(self, request: Request) -> Response:
        """Apply for an opening."""
        body = read_body(request, ApplicationIn)
        row = commands.apply(opening_id=body["opening"], note=body["note"], by=request.user, now=clock.now())
        return Response(show_application(row), status=201)


class ApplicationView(APIView):
    """One application."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=ApplicationOut)
    def get(self, request: Request, application_id: UUID) -> Response:
        """Return an application with its reason, if it was refused."""
        return Response(show_application(get_application(request.user, application_id)))


class WithdrawalView(APIView):
    """The applicant's withdrawal."""

    grants: ClassVar = {"post": "hiring.apply"}

    @extend_schema(request=None, responses=ApplicationOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Withdraw one's own application."""
        row = commands.withdraw(application_id=application_id, by=request.user, now=clock.now())
        return Response(show_application(row))


class ShortlistView(APIView):
    """The shortlist."""

    grants: ClassVar = {"post": "hiring.decide"}

    @extend_schema(request=None, responses=ApplicationOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Put an application on the shortlist."""
        row = commands.shortlist(application_id=application_id, by=request.user, now=clock.now())
        return Response(show_application(row))


class RejectionView(APIView):
    """A manager's rejection."""

    grants: ClassVar = {"post": "hiring.decide"}

    @extend_schema(request=RejectionIn, responses=ApplicationOut)
    def post(self, request: Request, application_id: UUID) -> Response:
        """Reject an application with a code and words."""
        body = read_body(request, RejectionIn)
        row = commands.reject(application_id=application_id, by=request.user, now=clock.now(), **body)
        return Response(show_application(row))


def show_application(row: Application) -> dict[str, Any]:
    """Return an application as JSON."""
    return dict(
        ApplicationOut(
            {
                "id": row.id,
                "opening": row.opening_id,
                "opening_title": row.opening.title,
                "expert": row.expert_id,
                "expert_name": row.expert.preferred_name,
                "state": row.state,
                "note": row.note,
                "reason_code": row.reason_code,
                "reason_text": row.reason_text,
                "created_at": row.created_at,
            }
        ).data
    )
