"""Verification and assessment over HTTP."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, read_body, read_filters
from marketplace.experts import commands
from marketplace.experts.queries import list_credentials
from marketplace.experts.serializers import (
    CredentialFilter,
    CredentialOut,
    CredentialPage,
    LanguageAssessmentIn,
    LanguageOut,
    QueuedCredentialOut,
    SkillAssessmentIn,
    SkillOut,
    VerificationIn,
)

ASSESS = "experts.assess"


class CredentialsView(APIView):
    """Everybody's credentials."""

    grants: ClassVar = {"get": ASSESS}

    @extend_schema(parameters=[CredentialFilter], responses=CredentialPage)
    def get(self, request: Request) -> Response:
        """List credentials, newest first; ``state=CLAIMED`` is what waits for verification."""
        pages = CursorPagination()
        rows = list_credentials(**read_filters(request, CredentialFilter))
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response(QueuedCredentialOut(page, many=True).data)


class VerificationView(APIView):
    """The verification of a credential."""

    grants: ClassVar = {"post": ASSESS}

    @extend_schema(request=VerificationIn, responses=CredentialOut)
    def post(self, request: Request, expert_id: UUID, credential_id: UUID) -> Response:
        """Verify or refuse another person's credential."""
        body = read_body(request, VerificationIn)
        row = commands.verify_credential(
            expert_id=expert_id,
            credential_id=credential_id,
            to=body["state"],
            method=body["method"],
            reason_text=body["reason_text"],
            by=request.user,
            now=clock.now(),
        )
        return Response(CredentialOut(row).data)


class SkillAssessmentsView(APIView):
    """Assessed levels of domains and skills."""

    grants: ClassVar = {"post": ASSESS}

    @extend_schema(request=SkillAssessmentIn, responses=SkillOut)
    def post(self, request: Request, expert_id: UUID) -> Response:
        """Record an assessed level; it counts in place of the claim."""
        body = read_body(request, SkillAssessmentIn)
        row = commands.assess_skill(expert_id=expert_id, by=request.user, now=clock.now(), **body)
        return Response(SkillOut(row).data)


class LanguageAssessmentsView(APIView):
    """Assessed levels of languages."""

    grants: ClassVar = {"post": ASSESS}

    @extend_schema(request=LanguageAssessmentIn, responses=LanguageOut)
    def post(self, request: Request, expert_id: UUID) -> Response:
        """Record an assessed level; it counts in place of the claim."""
        body = read_body(request, LanguageAssessmentIn)
        row = commands.assess_language(expert_id=expert_id, by=request.user, now=clock.now(), **body)
        return Response(LanguageOut(row).data)
