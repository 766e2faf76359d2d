"""Appeals over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, Serializer, TextField, read_body, read_filters
from marketplace.standing import commands
from marketplace.standing.models import Appeal
from marketplace.standing.queries import get_appeal, list_appeals


class AppealFilter(Serializer):
    """Narrows the list of appeals."""

    state = serializers.ChoiceField(Appeal.State.choices, required=False)


class AppealIn(Serializer):
    """Why the decision is wrong."""

    text = TextField(max_length=8000)


class AppealAnswerIn(Serializer):
    """What another person decides, in words."""

    outcome = serializers.ChoiceField(["UPHELD", "OVERTURNED"])
    answer = TextField(max_length=8000)


class AppealOut(serializers.Serializer[Any]):
    """An appeal; who decided first and who decides is never named to the appellant."""

    id = serializers.UUIDField()
    organization = serializers.UUIDField()
    review = serializers.UUIDField(allow_null=True)
    time_decision = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(Appeal.State.choices)
    text = serializers.CharField()
    opened_at = serializers.DateTimeField()
    answer_due_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.CharField(allow_blank=True)


class AppealPage(serializers.Serializer[Any]):
    """A page of appeals."""

    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AppealOut(many=True)


class AppealsView(APIView):
    """Appeals that concern the caller."""

    grants: ClassVar = {"get": ""}

    @extend_schema(parameters=[AppealFilter], responses=AppealPage)
    def get(self, request: Request) -> Response:
        """List one's own appeals and those one may decide."""
        filters = read_filters(request, AppealFilter)
        rows = list_appeals(request.user)
        if "state" in filters:
            rows = rows.filter(state=filters["state"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_appeal(row) for row in page])


class AppealView(APIView):
    """One appeal."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=AppealOut)
    def get(self, request: Request, appeal_id: UUID) -> Response:
        """Return an appeal."""
        return Response(show_appeal(get_appeal(request.user, appeal_id)))


class ReviewAppealView(APIView):
    """An appeal against a return or rejection."""

    grants: ClassVar = {"post": "appeals.open"}

    @extend_schema(request=AppealIn, responses={201: AppealOut})
    def post(self, request: Request, review_id: UUID) -> Response:
        """Ask that another person decides again on one's own work."""
        text = read_body(request, AppealIn)["text"]
        row = commands.appeal_review(review_id=review_id, text=text, by=request.user, now=clock.now())
        return Response(show_appeal(row), status=201)


class TimeAppealView(APIView):
    """An appeal against a cut of time."""

    grants: ClassVar = {"post": "appeals.open"}

    @extend_schema(request=AppealIn, responses={201: AppealOut})
    def post(self, request: Request, decision_id: UUID) -> Response:
        """Ask that another person decides again on one's own time."""
        text = read_body(request, AppealIn)["text"]
        row = commands.appeal_time_cut(decision_id=decision_id, text=text, by=request.user, now=clock.now())
        return Response(show_appeal(row), status=201)


class AppealDecisionView(APIView):
    """The second person's decision."""

    grants: ClassVar = {"post": "appeals.decide"}

    @extend_schema(request=AppealAnswerIn, responses=AppealOut)
    def post(self, request: Request, appeal_id: UUID) -> Response:
        """Uphold or overturn; an overturned decision is paid at once."""
        body = read_body(request, AppealAnswerIn)
        row = commands.decide_appeal(appeal_id=appeal_id, by=request.user, now=clock.now(), **body)
        return Response(show_appeal(row))


def show_appeal(row: Appeal) -> dict[str, Any]:
    """Return an appeal as JSON."""
    return dict(
        AppealOut(
            {
                "id": row.id,
                "organization": row.organization_id,
                "review": row.review_id,
                "time_decision": row.time_decision_id,
                "state": row.state,
                "text": row.text,
                "opened_at": row.opened_at,
                "answer_due_at": row.answer_due_at,
                "decided_at": row.decided_at,
                "answer": row.answer,
            }
        ).data
    )
