"""Managers' forms of projects, guidelines, openings, rules and prices."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from common import clock, web
from common.errors import InvalidInput
from common.money import Money
from common.permissions import has_grant
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects import commands
from marketplace.projects.errors import RateLineNotFound
from marketplace.projects.forms import (
    EndRateLineForm,
    GuidelinesForm,
    MoveForm,
    NewProjectForm,
    OpeningForm,
    ProjectForm,
    RateLineForm,
    RequirementForm,
    input_of,
    to_project_input,
)
from marketplace.projects.models import Opening, Project, RateLine, Requirement
from marketplace.projects.queries import (
    find_current_guidelines,
    get_billed_opening,
    get_managed_opening,
    get_managed_project,
    get_rate_line,
    list_billed_openings,
)
from marketplace.projects.rules import OpeningInput, RequirementInput

PROJECT = "portal:project"
OPENING = "staffing:staff_opening"
EDIT = "projects.edit"
FORM = ("GET", "HEAD", "POST")


@web.page(EDIT, methods=FORM)
def create_project(request: web.PageRequest) -> HttpResponse:
    """Create a project in one of the viewer's organizations."""
    organizations = organizations_with(request.user, EDIT).order_by("name", "id")
    form = NewProjectForm(request.POST or None, organizations=organizations, initial={"starts_at": clock.now()})
    if request.method == "POST":
        created = web.submit(form, _create, by=request.user, now=clock.now())
        if created is not None:
            return web.done(request, "The project is created. Publish its guidelines next.", PROJECT, created.id)
    context = {"form": form, "title": "New project", "action": "Create the project", "back": "portal:board"}
    return render(request, "form_page.html", {**context, "crumb": "Board"}, status=web.form_status(form))


def _create(*, organization_id: str, by: User, now: datetime, **fields: Any) -> Project:
    project = to_project_input(fields)
    return commands.create_project(organization_id=UUID(organization_id), project=project, by=by, now=now)


@web.page(EDIT, methods=FORM)
def edit_project(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Change a project's words and terms."""
    project = get_managed_project(request.user, project_id)
    form = ProjectForm(request.POST or None, initial=_stored(project))
    given = {"project_id": project_id, "version": project.version, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, _update, **given) is not None:
        return web.done(request, "The project is changed.", PROJECT, project_id)
    context = {"form": form, "title": f"Change {project.name}", "action": "Save", "crumb": project.name}
    return render(request, "form_page.html", {**context, **_to_project(project_id)}, status=web.form_status(form))


def _update(*, project_id: UUID, version: int, by: User, now: datetime, **fields: Any) -> Project:
    project = to_project_input(fields)
    return commands.update_project(project_id=project_id, project=project, expected_version=version, by=by, now=now)


def _stored(project: Project) -> dict[str, Any]:
    names = ("name", "code", "summary", "locale", "task_kind", "currency", "starts_at", "ends_at")
    return {name: getattr(project, name) for name in names} | {
        "domain": project.domain.code,
        "quality_bar": None if project.quality_bar is None else f"{100 * project.quality_bar:g}",
        "budget": str(Money(project.budget_minor, project.currency).to_major()),
    }


def _to_project(project_id: UUID) -> dict[str, Any]:
    return {"back": PROJECT, "back_argument": project_id}


@web.page(EDIT, methods=FORM)
def publish_guidelines(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Publish the next version of the guidelines; the last one is the draft."""
    project = get_managed_project(request.user, project_id)
    last = find_current_guidelines(project_id)
    initial = (
        {
            "goals": last.goals,
            "principles": last.principles,
            "details": last.details,
            "error_categories": "\n".join(last.error_categories),
            "criteria": "\n".join(last.criteria),
        }
        if last
        else {}
    )
    form = GuidelinesForm(request.POST or None, initial=initial)
    given = {"project_id": project_id, "by": request.user, "now": clock.now()}
    if request.method == "POST":
        published = web.submit(form, commands.publish_guidelines, **given)
        if published is not None:
            return web.done(request, f"Version {published.number} is published.", PROJECT, project_id)
    context = {
        "form": form,
        "title": f"Guidelines of {project.name}",
        "remark": "A published version is never changed; work already handed in keeps the version it was done under.",
        "action": f"Publish version {last.number + 1 if last else 1}",
        "crumb": project.name,
    }
    return render(request, "form_page.html", {**context, **_to_project(project_id)}, status=web.form_status(form))


@web.page(EDIT, methods=("POST",))
def move_project(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Start, pause, resume, complete or cancel a project."""
    row = commands.move_project(project_id=project_id, to=_state(request), by=request.user, now=clock.now())
    return web.done(request, f"The project is now: {row.get_state_display().lower()}.", PROJECT, project_id)


@web.page(EDIT, methods=("POST",))
def move_opening(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Open, pause or close an opening."""
    row = commands.move_opening(opening_id=opening_id, to=_state(request), by=request.user, now=clock.now())
    return web.done(request, f"The opening is now: {row.get_state_display().lower()}.", OPENING, opening_id)


def _state(request: web.PageRequest) -> str:
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise InvalidInput.of("/to", "Name the new state.", "required")
    return str(form.cleaned_data["to"])


@web.page(EDIT, methods=FORM)
def create_opening(request: web.PageRequest, project_id: UUID) -> HttpResponse:
    """Create an opening; its rules and price follow."""
    project = get_managed_project(request.user, project_id)
    form = OpeningForm(request.POST or None, initial={"seats": 1, "weekly_hours": 20})
    if request.method == "POST":
        created = web.submit(form, _create_opening, project_id=project_id, by=request.user, now=clock.now())
        if created is not None:
            told = "The opening is a draft. Set its rules and its price, then open it."
            return web.done(request, told, OPENING, created.id)
    context = {"form": form, "title": "New opening", "action": "Create the opening", "crumb": project.name}
    return render(request, "form_page.html", {**context, **_to_project(project_id)}, status=web.form_status(form))


def _create_opening(
    *, project_id: UUID, title: str, role: str, seats: int, weekly_hours: Decimal, by: User, now: datetime
) -> Opening:
    opening = OpeningInput(title=title, role=role, seats=seats, weekly_cap_minutes=round(60 * weekly_hours))
    return commands.create_opening(project_id=project_id, opening=opening, by=by, now=now)


@web.page(EDIT, methods=FORM)
def edit_requirements(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Show an opening's rules and add one."""
    opening = get_managed_opening(request.user, opening_id)
    rows = _requirements(opening)
    form = RequirementForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted = [*(input_of(row) for row in rows), form.to_input()]
        try:
            _set(request, opening, wanted)
        except InvalidInput as error:
            web.show_refusal(form, error)
        else:
            return web.done(request, "The rule is added.", "projects:requirements", opening_id)
    context = {"form": form, "opening": opening, "rows": rows}
    return render(request, "projects/requirements.html", context, status=web.form_status(form))


@web.page(EDIT, methods=("POST",))
def remove_requirement(request: web.PageRequest, opening_id: UUID, requirement_id: UUID) -> HttpResponse:
    """Take one rule away."""
    opening = get_managed_opening(request.user, opening_id)
    _set(request, opening, [input_of(row) for row in _requirements(opening) if row.id != requirement_id])
    return web.done(request, "The rule is taken away.", "projects:requirements", opening_id)


def _requirements(opening: Opening) -> list[Requirement]:
    return list(opening.requirements.select_related("node").order_by("-is_hard", "id"))


def _set(request: web.PageRequest, opening: Opening, wanted: list[RequirementInput]) -> None:
    given = {"opening_id": opening.id, "expected_version": opening.version, "by": request.user, "now": clock.now()}
    commands.set_requirements(requirements=wanted, **given)


@web.page(EDIT, methods=FORM)
def add_rate_line(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Add a price to an opening."""
    opening = get_managed_opening(request.user, opening_id)
    now = clock.now()
    form = RateLineForm(request.POST or None, currency=opening.project.currency, initial={"effective_from": now})
    given = {"opening_id": opening_id, "side": RateLine.Side.PAY, "by": request.user, "now": now}
    if request.method == "POST" and web.submit(form, _add_rate_line, **given) is not None:
        return web.done(request, "The rate line is added. Offers from now on may use it.", OPENING, opening_id)
    context = {
        "form": form,
        "title": "New rate line",
        "remark": "What experts are paid. A line is never rewritten: offers keep the line they were made on.",
        "action": "Add the rate line",
        "crumb": opening.title,
        "back": OPENING,
        "back_argument": opening_id,
    }
    return render(request, "form_page.html", context, status=web.form_status(form))


def _add_rate_line(*, rate: Money, effective_from: datetime, now: datetime, **given: Any) -> RateLine:
    # The form shows whole minutes, so "now" comes back as the minute that has just begun.
    begins = (
        max(effective_from, now)
        if effective_from.replace(second=0) == now.replace(second=0, microsecond=0)
        else effective_from
    )
    return commands.add_rate_line(money=rate, effective_from=begins, now=now, **given)


@web.page(EDIT, methods=FORM)
def end_rate_line(request: web.PageRequest, opening_id: UUID, line_id: UUID) -> HttpResponse:
    """End a price; what was priced by it keeps its price."""
    opening = get_managed_opening(request.user, opening_id)
    line = get_rate_line(opening_id, line_id)
    if line.effective.upper is not None:
        raise RateLineNotFound("This line has an end already.")
    form = EndRateLineForm(request.POST or None)
    given = {"opening_id": opening_id, "line_id": line_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.end_rate_line, **given) is not None:
        return web.done(request, "The rate line has an end.", OPENING, opening_id)
    context = {
        "form": form,
        "title": "End a rate line",
        "remark": f"{Money(line.amount_minor, line.currency).format()}, {line.get_unit_display().lower()}, {line.get_side_display()}",
        "action": "Set the end",
        "crumb": opening.title,
        "back": OPENING,
        "back_argument": opening_id,
    }
    return render(request, "form_page.html", context, status=web.form_status(form))


@web.page("finance.read", "audit.read")
def list_bill_rates(request: web.PageRequest) -> HttpResponse:
    """Show every opening with what its experts are paid and its client is billed."""
    web.refuse_unknown_filters(request, [])
    page = web.paginate(request, list_billed_openings())
    context = {"page": page, "may_price": has_grant(request.user, commands.BILL)}
    return render(request, "projects/bill_rates.html", context)


@web.page(commands.BILL, methods=FORM)
def add_bill_rate(request: web.PageRequest, opening_id: UUID) -> HttpResponse:
    """Say what the client of an opening is billed."""
    opening = get_billed_opening(opening_id)
    now = clock.now()
    form = RateLineForm(request.POST or None, currency=opening.project.currency, initial={"effective_from": now})
    given = {"opening_id": opening_id, "side": RateLine.Side.BILL, "by": request.user, "now": now}
    if request.method == "POST" and web.submit(form, _add_rate_line, **given) is not None:
        return web.done(request, "The client is billed this from then on.", "projects:bill_rates")
    context = {
        "form": form,
        "title": "New bill rate",
        "remark": f"{opening.project.organization.name}: {opening.title}. Work is billed by the line in force when it ended.",
        "action": "Add the bill rate",
        "crumb": "Bill rates",
        "back": "projects:bill_rates",
    }
    return render(request, "form_page.html", context, status=web.form_status(form))


@web.page(commands.BILL, methods=FORM)
def end_bill_rate(request: web.PageRequest, opening_id: UUID, line_id: UUID) -> HttpResponse:
    """End what a client is billed; what was billed by it stays."""
    line = get_rate_line(opening_id, line_id)
    if line.side != RateLine.Side.BILL or line.effective.upper is not None:
        raise RateLineNotFound("There is no bill rate without an end here.")
    form = EndRateLineForm(request.POST or None)
    given = {"opening_id": opening_id, "line_id": line_id, "by": request.user, "now": clock.now()}
    if request.method == "POST" and web.submit(form, commands.end_rate_line, **given) is not None:
        return web.done(request, "The bill rate has an end.", "projects:bill_rates")
    context = {
        "form": form,
        "title": "End a bill rate",
        "remark": f"{Money(line.amount_minor, line.currency).format()}, {line.get_unit_display().lower()}",
        "action": "Set the end",
        "crumb": "Bill rates",
        "back": "projects:bill_rates",
    }
    return render(request, "form_page.html", context, status=web.form_status(form))
