"""Submissions and the decisions on them."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, page_of, read_body, read_filters
from marketplace.work import commands
from marketplace.work.models import Submission
from marketplace.work.queries import get_submission, list_acceptance_orders, list_review_queue, list_reviews
from marketplace.work.serializers import (
    AcceptanceOrderFilter,
    AcceptanceOrderOut,
    AcceptancesIn,
    AcceptancesOut,
    ReviewIn,
    ReviewOut,
    SubmissionFilter,
    SubmissionOut,
)

REVIEW = "work.review"
#: Experts read their own, members those of their organization.
READ = ("work.do", "work.read")


class OldestFirst(CursorPagination):
    """A queue: what has waited longest comes first."""

    ordering = ("submitted_at", "id")  # type: ignore[assignment]


class SubmissionsView(APIView):
    """Submissions that concern the caller."""

    grants: ClassVar = {"get": READ}

    @extend_schema(parameters=[SubmissionFilter], responses=page_of(SubmissionOut))
    def get(self, request: Request) -> Response:
        """List one's own submissions and those of one's organizations, newest first."""
        filters = read_filters(request, SubmissionFilter)
        rows = Submission.objects.visible_to(request.user).select_related("claim__task")
        if "state" in filters:
            rows = rows.filter(state=filters["state"])
        if "project" in filters:
            rows = rows.filter(claim__project_id=filters["project"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(SubmissionOut(page, many=True).data)


class ReviewQueueView(APIView):
    """What waits for a decision."""

    grants: ClassVar = {"get": REVIEW}

    @extend_schema(responses=page_of(SubmissionOut))
    def get(self, request: Request) -> Response:
        """List undecided submissions that one may decide on; never one's own."""
        read_filters(request)
        pages = OldestFirst()
        page = pages.paginate_queryset(list_review_queue(request.user), request, view=self) or []
        return pages.get_paginated_response(SubmissionOut(page, many=True).data)


class AcceptancesView(APIView):
    """Accepting many at once."""

    grants: ClassVar = {"get": REVIEW, "post": REVIEW}

    @extend_schema(parameters=[AcceptanceOrderFilter], responses=page_of(AcceptanceOrderOut))
    def get(self, request: Request) -> Response:
        """List one's own orders, newest first, with what stood in the way of those that were refused."""
        filters = read_filters(request, AcceptanceOrderFilter)
        pages = CursorPagination()
        page = pages.paginate_queryset(list_acceptance_orders(request.user).filter(**filters), request, view=self) or []
        return pages.get_paginated_response(AcceptanceOrderOut(page, many=True).data)

    @extend_schema(request=AcceptancesIn, responses={202: AcceptancesOut})
    def post(self, request: Request) -> Response:
        """Order that the named submissions be accepted; each is judged and earned in a transaction of its own, once."""
        body = read_body(request, AcceptancesIn)
        ordered = commands.order_acceptances(
            submission_ids=body["submissions"], scores=body["scores"], by=request.user, now=clock.now()
        )
        return Response({"ordered": ordered}, status=202)


class SubmissionView(APIView):
    """One submission."""

    grants: ClassVar = {"get": READ}

    @extend_schema(responses=SubmissionOut)
    def get(self, request: Request, submission_id: UUID) -> Response:
        """Return a submission."""
        return Response(SubmissionOut(get_submission(request.user, submission_id)).data)


class ReviewsView(APIView):
    """The decisions on a submission."""

    grants: ClassVar = {"get": READ, "post": REVIEW}

    @extend_schema(responses=ReviewOut(many=True))
    def get(self, request: Request, submission_id: UUID) -> Response:
        """List the decisions, oldest first, with codes and words."""
        read_filters(request)
        rows = list_reviews(get_submission(request.user, submission_id))
        return Response(ReviewOut(rows, many=True).data)

    @extend_schema(request=ReviewIn, responses={201: ReviewOut})
    def post(self, request: Request, submission_id: UUID) -> Response:
        """Accept, return or reject; accepting pays in the same transaction."""
        body = read_body(request, ReviewIn)
        review = commands.ReviewInput(**body)
        row = commands.review_submission(submission_id=submission_id, review=review, by=request.user, now=clock.now())
        return Response(ReviewOut(row).data, status=201)
