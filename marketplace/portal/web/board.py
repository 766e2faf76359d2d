"""The managers' board and a project's page."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.money import Money
from common.permissions import has_grant
from marketplace.portal.queries.board import (
    count_live_claims,
    count_waiting,
    list_batches,
    list_board,
    list_openings,
)
from marketplace.projects.models import Guidelines, Project
from marketplace.projects.queries import get_managed_project

MOVES = {
    "PRODUCTION": ("Start the project", "Resume the project"),
    "PAUSED": ("Pause the project",) * 2,
    "COMPLETE": ("Complete the project",) * 2,
    "CANCELLED": ("Cancel the project",) * 2,
}


@web.page("projects.read", "projects.read.all")
def show_board(request: web.PageRequest) -> HttpResponse:
    """Show every project with its people, hours and work, and what waits for a person."""
    context = {
        "rows": list_board(request.user, now=clock.now()),
        "waiting": count_waiting(request.user),
        "may_edit": has_grant(request.user, "projects.edit"),
        "may_staff": has_grant(request.user, "experts.search"),
    }
    return render(request, "portal/board.html", context)


@web.page("projects.read", "projects.read.all")
def show_project(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Show a project: terms, guidelines, openings, batches, and the buttons of its state."""
    project = get_managed_project(request.user, project_id)
    guidelines = list(Guidelines.objects.filter(project=project).select_related("published_by").order_by("-number"))
    may_edit = has_grant(request.user, "projects.edit", tenant=project.organization_id)
    context = {
        "project": project,
        "budget": Money(project.budget_minor, project.currency),
        "guidelines": guidelines[0] if guidelines else None,
        "versions": guidelines,
        "openings": list_openings(project),
        "batches": list_batches(project),
        "claims": count_live_claims(project),
        "moves": _moves(project) if may_edit else [],
        "may_edit": may_edit,
        "may_staff": has_grant(request.user, "experts.search", tenant=project.organization_id),
    }
    return render(request, "portal/project.html", context)


def _moves(project: Project) -> list[tuple[str, str]]:
    """Return the states that the project may go to, with the button's words."""
    resumes = project.state == Project.State.PAUSED
    return [(to, words[resumes]) for to, words in MOVES.items() if to in Project.TRANSITIONS[project.state]]
