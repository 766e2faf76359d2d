"""Other people's profiles over HTTP: the card for those who staff, everything for operators."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, Request, etag_of
from marketplace.experts import commands
from marketplace.experts.queries import get_card
from marketplace.experts.serializers import CardOut, ProfileOut, show_card, show_profile


class CardView(APIView):
    """What others may know of an expert."""

    grants: ClassVar = {"get": ("expert.self", "experts.search", "quality.read", "experts.assess", "audit.read")}

    @extend_schema(responses=CardOut)
    def get(self, request: Request, expert_id: UUID) -> Response:
        """Return the card of an expert in the caller's scope."""
        return Response(show_card(get_card(request.user, expert_id), clock.now().date()))


class ProfileView(APIView):
    """A whole profile, for operators."""

    grants: ClassVar = {"get": "operate"}

    @extend_schema(responses=ProfileOut)
    def get(self, request: Request, expert_id: UUID) -> Response:
        """Return everything; that it was read is recorded."""
        row = commands.read_profile(expert_id=expert_id, by=request.user, now=clock.now())
        return Response(show_profile(row), headers={"ETag": etag_of(row.version)})
