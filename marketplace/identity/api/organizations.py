"""Organizations and their members over HTTP."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, Request, etag_of, read_body, read_filters, require_version
from marketplace.identity import commands
from marketplace.identity.models import Membership, Organization
from marketplace.identity.queries import get_organization, get_person_by_email, list_members
from marketplace.identity.serializers import (
    MemberIn,
    MemberOut,
    OrganizationChange,
    OrganizationIn,
    OrganizationOut,
    OrganizationPage,
)

READ = "organizations.read"


class OrganizationsView(APIView):
    """The organizations in the caller's scope, and new ones."""

    grants: ClassVar = {"get": READ, "post": ""}

    @extend_schema(responses=OrganizationPage)
    def get(self, request: Request) -> Response:
        """List one's organizations; platform roles see all."""
        read_filters(request)
        pages = CursorPagination()
        page = pages.paginate_queryset(Organization.objects.visible_to(request.user), request, view=self) or []
        return pages.get_paginated_response(OrganizationOut(page, many=True).data)

    @extend_schema(request=OrganizationIn, responses={201: OrganizationOut})
    def post(self, request: Request) -> Response:
        """Open an organization; the caller is its first owner."""
        body = read_body(request, OrganizationIn)
        row = commands.create_organization(**body, owner=request.user, now=clock.now())
        return _answer(row, status=201)


class OrganizationView(APIView):
    """One organization."""

    grants: ClassVar = {"get": READ, "put": "organization.edit"}

    @extend_schema(responses=OrganizationOut)
    def get(self, request: Request, organization_id: UUID) -> Response:
        """Return an organization."""
        return _answer(get_organization(request.user, organization_id))

    @extend_schema(request=OrganizationChange, parameters=[IF_MATCH], responses=OrganizationOut)
    def put(self, request: Request, organization_id: UUID) -> Response:
        """Change name, country and zone; needs If-Match."""
        body = read_body(request, OrganizationChange)
        current = get_organization(request.user, organization_id)
        require_version(request, current.version)
        row = commands.update_organization(
            organization_id=organization_id,
            expected_version=current.version,
            by=request.user,
            now=clock.now(),
            **body,
        )
        return _answer(row)


class MembersView(APIView):
    """The people of an organization."""

    grants: ClassVar = {"get": READ, "post": "members.manage"}

    @extend_schema(responses=MemberOut(many=True))
    def get(self, request: Request, organization_id: UUID) -> Response:
        """List the live roles, oldest first."""
        read_filters(request)
        organization = get_organization(request.user, organization_id)
        return Response(MemberOut(list_members(organization), many=True).data)

    @extend_schema(request=MemberIn, responses={201: MemberOut})
    def post(self, request: Request, organization_id: UUID) -> Response:
        """Give a person a role."""
        body = read_body(request, MemberIn)
        get_organization(request.user, organization_id)
        row: Membership = commands.grant_membership(
            organization_id=organization_id,
            user_id=get_person_by_email(body["email"]).id,
            role=body["role"],
            by=request.user,
            now=clock.now(),
        )
        return Response(MemberOut(row).data, status=201)


class MemberView(APIView):
    """One role of one person."""

    grants: ClassVar = {"delete": "members.manage"}

    @extend_schema(responses={204: None})
    def delete(self, request: Request, organization_id: UUID, membership_id: UUID) -> Response:
        """End the role; it counts no more from the next request on."""
        commands.end_membership(
            organization_id=organization_id, membership_id=membership_id, by=request.user, now=clock.now()
        )
        return Response(status=204)


def _answer(row: Organization, status: int = 200) -> Response:
    return Response(OrganizationOut(row).data, status=status, headers={"ETag": etag_of(row.version)})
