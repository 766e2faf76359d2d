"""Platform roles over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import APIView, CursorPagination, Request, read_body, read_filters
from marketplace.identity import commands
from marketplace.identity.models import PlatformGrant
from marketplace.identity.queries import get_person_by_email
from marketplace.identity.rules import counts_from
from marketplace.identity.serializers import PlatformRoleIn, PlatformRoleOut, PlatformRolePage


class PlatformRolesView(APIView):
    """Who holds which platform role."""

    grants: ClassVar = {"get": ("roles.grant", "audit.read"), "post": "roles.grant"}

    @extend_schema(responses=PlatformRolePage)
    def get(self, request: Request) -> Response:
        """List the roles, those taken back too, newest first."""
        read_filters(request)
        pages = CursorPagination()
        rows = PlatformGrant.objects.select_related("user")
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([_show(row) for row in page])

    @extend_schema(request=PlatformRoleIn, responses={201: PlatformRoleOut})
    def post(self, request: Request) -> Response:
        """Give another person a role."""
        body = read_body(request, PlatformRoleIn)
        user = get_person_by_email(body["email"])
        row = commands.grant_platform_role(user_id=user.id, role=body["role"], by=request.user, now=clock.now())
        return Response(_show(row), status=201)


class PlatformRoleView(APIView):
    """One platform role of one person."""

    grants: ClassVar = {"delete": "roles.grant"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, grant_id: UUID) -> Response:
        """Take the role back; it counts no more from the next request on."""
        commands.revoke_platform_role(grant_id=grant_id, by=request.user, now=clock.now())
        return Response(status=204)


def _show(row: PlatformGrant) -> dict[str, Any]:
    facts = {name: getattr(row, name) for name in ("id", "user_id", "user", "role", "granted_at", "revoked_at")}
    return dict(PlatformRoleOut({**facts, "counts_from": counts_from(row.role, row.granted_at)}).data)
