"""API keys over HTTP."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, Request, read_body, read_filters
from marketplace.identity import commands
from marketplace.identity.models import ApiKey
from marketplace.identity.queries import get_organization_with
from marketplace.identity.serializers import ApiKeyIn, ApiKeyOut, NewApiKeyOut, RotationIn

MANAGE = "keys.manage"
SHOWN_ONCE = frozenset({"secret"})


class ApiKeysView(APIView):
    """The keys of an organization."""

    grants: ClassVar = {"get": MANAGE, "post": MANAGE}
    shown_once = SHOWN_ONCE

    @extend_schema(responses=ApiKeyOut(many=True))
    def get(self, request: Request, organization_id: UUID) -> Response:
        """List the keys, newest first, without their secrets."""
        read_filters(request)
        organization = get_organization_with(request.user, MANAGE, organization_id)
        return Response(ApiKeyOut(organization.api_keys.order_by("-id"), many=True).data)

    @extend_schema(request=ApiKeyIn, responses={201: NewApiKeyOut})
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Create a key; its secret is in this answer alone, a replay of it leaves the secret out."""
        body = read_body(request, ApiKeyIn)
        minted = commands.create_api_key(organization_id=organization_id, by=request.user, now=clock.now(), **body)
        return _show_new(minted)


class ApiKeyView(APIView):
    """One key."""

    grants: ClassVar = {"delete": MANAGE}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, organization_id: UUID, key_id: UUID) -> Response:
        """Revoke a key at once."""
        commands.revoke_api_key(organization_id=organization_id, key_id=key_id, by=request.user, now=clock.now())
        return Response(status=204)


class ApiKeyRotationView(APIView):
    """The replacement of a key."""

    grants: ClassVar = {"post": MANAGE}
    shown_once = SHOWN_ONCE

    @extend_schema(request=RotationIn, responses={201: NewApiKeyOut})
    def post(self, request: Request, organization_id: UUID, key_id: UUID) -> Response:
        """Create a key like this one, which works on for the hours given."""
        body = read_body(request, RotationIn)
        minted = commands.rotate_api_key(
            organization_id=organization_id, key_id=key_id, by=request.user, now=clock.now(), **body
        )
        return _show_new(minted)


def _show_new(minted: tuple[ApiKey, str]) -> Response:
    key, secret = minted
    return Response({**ApiKeyOut(key).data, "secret": secret}, status=201)
