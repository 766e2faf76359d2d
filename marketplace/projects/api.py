"""Projects, guidelines, openings and rate lines over HTTP."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from common import clock
from common.api import IF_MATCH, APIView, CursorPagination, Request, etag_of, read_body, read_filters, require_version
from common.money import Money
from common.permissions import has_grant
from marketplace.identity.queries import find_roles
from marketplace.projects import commands
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.queries import (
    get_billed_opening,
    get_managed_opening,
    get_managed_project,
    get_opening,
    get_project,
)
from marketplace.projects.rules import OpeningInput, ProjectInput, RequirementInput
from marketplace.projects.serializers import (
    PROJECT_COLUMNS,
    GuidelinesIn,
    GuidelinesOut,
    OpeningFilter,
    OpeningIn,
    OpeningOut,
    OpeningPage,
    ProjectChange,
    ProjectFilter,
    ProjectIn,
    ProjectOut,
    ProjectPage,
    RateLineEndIn,
    RateLineIn,
    RateLineOut,
    RequirementsIn,
    StateIn,
    show_opening,
    show_project,
    show_project_values,
    show_rate_line,
)


class ProjectsView(APIView):
    """The projects that the caller may see, and new ones."""

    grants: ClassVar = {"get": "", "post": "projects.edit"}

    @extend_schema(parameters=[ProjectFilter], responses=ProjectPage)
    def get(self, request: Request) -> Response:
        """List projects: one's organizations', or for an expert the open ones and those worked in."""
        filters = read_filters(request, ProjectFilter)
        rows = Project.objects.visible_to(request.user).values(*PROJECT_COLUMNS)
        if "state" in filters:
            rows = rows.filter(state=filters["state"])
        pages = CursorPagination()
        page: list[Any] = pages.paginate_queryset(rows, request, view=self) or []
        managed = find_roles(request.user).organizations_with("projects.read")
        return pages.get_paginated_response(
            [show_project_values(row, row["organization_id"] in managed) for row in page]
        )

    @extend_schema(request=ProjectIn, responses={201: ProjectOut})
    def post(self, request: Request) -> Response:
        """Create a project in SET_UP."""
        body = read_body(request, ProjectIn)
        organization_id = body.pop("organization")
        row = commands.create_project(
            organization_id=organization_id, project=_project_input(body), by=request.user, now=clock.now()
        )
        return Response(show_project(row, True), status=201, headers={"ETag": etag_of(row.version)})


class ProjectView(APIView):
    """One project."""

    grants: ClassVar = {"get": "", "put": "projects.edit"}

    @extend_schema(responses=ProjectOut)
    def get(self, request: Request, project_id: UUID) -> Response:
        """Return a project; budget and bar only to its organization."""
        row = get_project(request.user, project_id)
        managed = row.organization_id in find_roles(request.user).organizations_with("projects.read")
        return Response(show_project(row, managed), headers={"ETag": etag_of(row.version)})

    @extend_schema(request=ProjectChange, parameters=[IF_MATCH], responses=ProjectOut)
    def put(self, request: Request, project_id: UUID) -> Response:
        """Replace what the project says of itself; needs If-Match."""
        body = read_body(request, ProjectChange)
        current = get_managed_project(request.user, project_id)
        require_version(request, current.version)
        row = commands.update_project(
            project_id=project_id,
            project=_project_input(body),
            expected_version=current.version,
            by=request.user,
            now=clock.now(),
        )
        return Response(show_project(row, True), headers={"ETag": etag_of(row.version)})


class ProjectStateView(APIView):
    """A project's state."""

    grants: ClassVar = {"post": "projects.edit"}

    @extend_schema(request=StateIn, responses=ProjectOut)
    def post(self, request: Request, project_id: UUID) -> Response:
        """Start, pause, resume, complete or cancel a project."""
        body = read_body(request, StateIn)
        row = commands.move_project(
            project_id=project_id,
            to=body["state"],
            reason_text=body.get("reason_text", ""),
            by=request.user,
            now=clock.now(),
        )
        return Response(show_project(row, True), headers={"ETag": etag_of(row.version)})


class GuidelinesView(APIView):
    """A project's guidelines, version by version."""

    grants: ClassVar = {"get": "", "post": "projects.edit"}

    @extend_schema(responses=GuidelinesOut(many=True))
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the published versions, newest first."""
        read_filters(request)
        project = get_project(request.user, project_id)
        return Response(GuidelinesOut(project.guidelines.order_by("-number"), many=True).data)

    @extend_schema(request=GuidelinesIn, responses={201: GuidelinesOut})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Publish the next version."""
        body = read_body(request, GuidelinesIn)
        row = commands.publish_guidelines(project_id=project_id, by=request.user, now=clock.now(), **body)
        return Response(GuidelinesOut(row).data, status=201)


class OpeningsView(APIView):
    """The openings of a project."""

    grants: ClassVar = {"get": "", "post": "projects.edit"}

    @extend_schema(parameters=[OpeningFilter], responses=OpeningPage)
    def get(self, request: Request, project_id: UUID) -> Response:
        """List the project's openings that the caller may see."""
        filters = read_filters(request, OpeningFilter)
        project = get_project(request.user, project_id)
        rows = Opening.objects.visible_to(request.user).filter(project=project)
        rows = rows.select_related("project__domain").prefetch_related("requirements__node")
        if "state" in filters:
            rows = rows.filter(state=filters["state"])
        pages = CursorPagination()
        page = pages.paginate_queryset(rows, request, view=self) or []
        return pages.get_paginated_response([show_opening(row) for row in page])

    @extend_schema(request=OpeningIn, responses={201: OpeningOut})
    def post(self, request: Request, project_id: UUID) -> Response:
        """Create an opening in DRAFT with its requirements."""
        body = read_body(request, OpeningIn)
        requirements = [RequirementInput(**each) for each in body.pop("requirements", [])]
        opening = OpeningInput(requirements=requirements, **body)
        row = commands.create_opening(project_id=project_id, opening=opening, by=request.user, now=clock.now())
        return Response(show_opening(row), status=201, headers={"ETag": etag_of(row.version)})


class OpeningView(APIView):
    """One opening."""

    grants: ClassVar = {"get": ""}

    @extend_schema(responses=OpeningOut)
    def get(self, request: Request, opening_id: UUID) -> Response:
        """Return an opening with its requirements."""
        row = get_opening(request.user, opening_id)
        return Response(show_opening(row), headers={"ETag": etag_of(row.version)})


class OpeningStateView(APIView):
    """An opening's state."""

    grants: ClassVar = {"post": "projects.edit"}

    @extend_schema(request=StateIn, responses=OpeningOut)
    def post(self, request: Request, opening_id: UUID) -> Response:
        """Open, pause or close an opening."""
        body = read_body(request, StateIn)
        row = commands.move_opening(opening_id=opening_id, to=body["state"], by=request.user, now=clock.now())
        return Response(show_opening(row), headers={"ETag": etag_of(row.version)})


class RequirementsView(APIView):
    """The rules of an opening."""

    grants: ClassVar = {"put": "projects.edit"}

    @extend_schema(request=RequirementsIn, parameters=[IF_MATCH], responses=OpeningOut)
    def put(self, request: Request, opening_id: UUID) -> Response:
        """Replace the requirements; needs If-Match."""
        body = read_body(request, RequirementsIn)
        current = get_managed_opening(request.user, opening_id)
        require_version(request, current.version)
        row = commands.set_requirements(
            opening_id=opening_id,
            requirements=[RequirementInput(**each) for each in body["requirements"]],
            expected_version=current.version,
            by=request.user,
            now=clock.now(),
        )
        return Response(show_opening(row), headers={"ETag": etag_of(row.version)})


class RateLinesView(APIView):
    """The prices of an opening."""

    grants: ClassVar = {"get": "", "post": ("projects.edit", commands.BILL)}

    @extend_schema(responses=RateLineOut(many=True))
    def get(self, request: Request, opening_id: UUID) -> Response:
        """List the lines, newest first; what the client is billed only to its organization and to finance."""
        read_filters(request)
        bills = has_grant(request.user, "finance.read")
        opening = get_billed_opening(opening_id) if bills else get_opening(request.user, opening_id)
        costs = find_roles(request.user).organizations_with("costs.read")
        managed = bills or opening.project.organization_id in costs
        rows = opening.rate_lines.order_by("-id")
        shown = rows if managed else rows.filter(side=RateLine.Side.PAY)
        return Response([show_rate_line(row) for row in shown])

    @extend_schema(request=RateLineIn, responses={201: RateLineOut})
    def post(self, request: Request, opening_id: UUID) -> Response:
        """Add a price from an instant on: PAY by the project's people, BILL by finance."""
        body = read_body(request, RateLineIn)
        rate: Money = body["rate"]
        row = commands.add_rate_line(
            opening_id=opening_id,
            side=body["side"],
            unit=body["unit"],
            money=rate,
            effective_from=body["effective_from"],
            by=request.user,
            now=clock.now(),
        )
        return Response(show_rate_line(row), status=201)


class RateLineEndView(APIView):
    """The end of a price."""

    grants: ClassVar = {"post": ("projects.edit", commands.BILL)}

    @extend_schema(request=RateLineEndIn, responses=RateLineOut)
    def post(self, request: Request, opening_id: UUID, line_id: UUID) -> Response:
        """End a line, once."""
        body = read_body(request, RateLineEndIn)
        row = commands.end_rate_line(
            opening_id=opening_id, line_id=line_id, ends_at=body["ends_at"], by=request.user, now=clock.now()
        )
        return Response(show_rate_line(row))


def _project_input(body: dict[str, Any]) -> ProjectInput:
    budget: Money = body.pop("budget")
    return ProjectInput(currency=budget.currency, budget_minor=budget.amount_minor, **body)
