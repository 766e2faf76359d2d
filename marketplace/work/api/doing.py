"""Doing work: tasks, claims, drafts, handing in."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, etag_of, page_of, read_body, read_filters, require_version
from marketplace.work import commands
from marketplace.work.errors import ClaimNotFound
from marketplace.work.models import Draft
from marketplace.work.queries import get_own_claim, get_task, list_own_claims
from marketplace.work.serializers import ClaimFilter, ClaimOut, ContentIn, DraftOut, SubmissionOut, TaskOut

DO = "work.do"


class TaskView(APIView):
    """One task."""

    grants: ClassVar = {"get": ("work.do", "work.read")}

    @extend_schema(responses=TaskOut)
    def get(self, request: Request, task_id: UUID) -> Response:
        """Return a task that one may claim, has claimed, or manages."""
        return Response(TaskOut(get_task(request.user, task_id)).data)


class TaskClaimsView(APIView):
    """Claims on a task."""

    grants: ClassVar = {"post": DO}

    @extend_schema(request=None, responses={201: ClaimOut})
    def post(self, request: Request, task_id: UUID) -> Response:
        """Claim a task: a lease on one of its places, with its pay reserved."""
        claim = commands.claim_task(task_id=task_id, by=request.user, now=clock.now())
        return Response(ClaimOut(claim).data, status=201)


class NextClaimView(APIView):
    """The next free task."""

    grants: ClassVar = {"post": DO}

    @extend_schema(request=None, responses={201: ClaimOut})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Claim the next free task of a project."""
        claim = commands.claim_next(project_id=project_id, by=request.user, now=clock.now())
        return Response(ClaimOut(claim).data, status=201)


class ClaimsView(APIView):
    """One's own claims."""

    grants: ClassVar = {"get": DO}

    @extend_schema(parameters=[ClaimFilter], responses=page_of(ClaimOut))
    def get(self, request: Request) -> Response:
        """List one's own claims, newest first."""
        filters = read_filters(request, ClaimFilter)
        rows = list_own_claims(request.user, (filters["state"],) if "state" in filters else ())
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(ClaimOut(page, many=True).data)


class ClaimView(APIView):
    """One claim."""

    grants: ClassVar = {"get": DO}

    @extend_schema(responses=ClaimOut)
    def get(self, request: Request, claim_id: UUID) -> Response:
        """Return one's own claim."""
        return Response(ClaimOut(get_own_claim(request.user, claim_id)).data)


_IF_MATCH_ONCE_SAVED = OpenApiParameter(
    "If-Match", str, OpenApiParameter.HEADER, description="The version read, once something is saved."
)


class DraftView(APIView):
    """Unfinished work, kept on the server."""

    grants: ClassVar = {"get": DO, "put": DO}

    @extend_schema(responses=DraftOut)
    def get(self, request: Request, claim_id: UUID) -> Response:
        """Return the draft of one's own claim."""
        draft = Draft.objects.filter(claim=get_own_claim(request.user, claim_id)).first()
        if draft is None:
            raise ClaimNotFound("Nothing is saved yet.")
        return _show_draft(draft)

    @extend_schema(request=ContentIn, parameters=[_IF_MATCH_ONCE_SAVED], responses=DraftOut)
    def put(self, request: Request, claim_id: UUID) -> Response:
        """Save unfinished work; once something is saved, If-Match must name its version."""
        content = read_body(request, ContentIn)["content"]
        known = Draft.objects.filter(claim=get_own_claim(request.user, claim_id)).first()
        if known is not None:
            require_version(request, known.version)
        draft = commands.save_draft(
            claim_id=claim_id,
            content=content,
            expected_version=known.version if known else 0,
            by=request.user,
            now=clock.now(),
        )
        return _show_draft(draft)


class SubmitView(APIView):
    """Handing in."""

    grants: ClassVar = {"post": DO}

    @extend_schema(request=ContentIn, responses={201: SubmissionOut})
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Hand in the work of one's own claim."""
        content = read_body(request, ContentIn)["content"]
        submission = commands.submit(claim_id=claim_id, content=content, by=request.user, now=clock.now())
        return Response(SubmissionOut(submission).data, status=201)


class ReleaseView(APIView):
    """Giving back."""

    grants: ClassVar = {"post": DO}

    @extend_schema(request=None, responses=ClaimOut)
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Give a claimed task back before it was handed in."""
        return Response(ClaimOut(commands.release_claim(claim_id=claim_id, by=request.user, now=clock.now())).data)


class ExtendView(APIView):
    """More time."""

    grants: ClassVar = {"post": DO}

    @extend_schema(request=None, responses=ClaimOut)
    def post(self, request: Request, claim_id: UUID) -> Response:
        """Extend one's own lease by a full one from now."""
        return Response(ClaimOut(commands.extend_lease(claim_id=claim_id, by=request.user, now=clock.now())).data)


def _show_draft(draft: Draft) -> Response:
    data: dict[str, Any] = dict(DraftOut(draft).data)
    return Response(data, headers={"ETag": etag_of(draft.version)})
