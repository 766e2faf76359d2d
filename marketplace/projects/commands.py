"""Verbs of projects. Lock order: project, opening, rate line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from psycopg.types.range import Range

from common import audit, states
from common.codes import check_locale
from common.errors import FieldProblem, InvalidInput, StaleVersion
from common.money import Money
from common.permissions import has_grant, require_grant
from common.text import clean_name, clean_text
from marketplace.identity.models import User
from marketplace.identity.queries import organizations_with
from marketplace.projects.errors import ProjectCodeTaken, ProjectNotFound, ProjectNotReady, RateLineOverlaps
from marketplace.projects.models import Guidelines, Opening, Project, RateLine, Requirement
from marketplace.projects.queries import get_billed_opening, get_managed_opening, get_managed_project
from marketplace.projects.rules import (
    OpeningInput,
    ProjectInput,
    RequirementInput,
    find_opening_problems,
    find_project_problems,
    find_requirement_problems,
)
from marketplace.taxonomy.models import TaxonomyNode
from marketplace.taxonomy.queries import find_node

EDIT = "projects.edit"
BILL = "finance.prepare"


@transaction.atomic
def create_project(*, organization_id: UUID, project: ProjectInput, by: User, now: datetime) -> Project:
    """Create a project in SET_UP.

    Raises:
        ProjectNotFound: the organization is not one of the caller's. InvalidInput: every defect, by field.
        ProjectCodeTaken: the organization uses the code.
    """
    organization = organizations_with(by, EDIT).filter(id=organization_id).first()
    if organization is None:
        raise ProjectNotFound("There is no such organization.")
    values = _project_values(project)
    if Project.objects.filter(organization=organization, code=values["code"]).exists():
        raise ProjectCodeTaken
    row = Project.objects.create(organization=organization, created_by=by, created_at=now, **values)
    audit.record(action="project.created", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def update_project(
    *, project_id: UUID, project: ProjectInput, expected_version: int, by: User, now: datetime
) -> Project:
    """Change what a project says of itself; code and currency stay.

    Raises:
        ProjectNotFound, NotPermitted, InvalidInput; StaleVersion: it has changed since ``expected_version``.
    """
    row = _project_to_edit(project_id, by)
    if row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}.")
    values = _project_values(project)
    fixed = [
        FieldProblem(f"/{name}", "fixed", "Cannot be changed once the project exists.")
        for name in ("code", "currency")
        if values[name] != getattr(row, name)
    ]
    if fixed:
        raise InvalidInput(fixed[0].detail, fixed)
    for name, value in values.items():
        setattr(row, name, value)
    row.version += 1
    row.save()
    audit.record(action="project.changed", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def publish_guidelines(
    *,
    project_id: UUID,
    goals: str,
    principles: str,
    details: str = "",
    error_categories: Sequence[str] = (),
    criteria: Sequence[str] = (),
    by: User,
    now: datetime,
) -> Guidelines:
    """Publish the next version of a project's guidelines; earlier versions stay with the work done under them.

    Raises:
        ProjectNotFound, NotPermitted; InvalidInput: goals or principles are missing, or text is not clean.
    """
    row = _project_to_edit(project_id, by)
    texts = {"goals": goals, "principles": principles, "details": details}
    problems = []
    for name, value in texts.items():
        try:
            texts[name] = clean_text(value)
        except ValueError as error:
            problems.append(FieldProblem(f"/{name}", "invalid", str(error)))
        if name != "details" and not texts[name]:
            problems.append(FieldProblem(f"/{name}", "required", "Say it in a sentence or more."))
    if problems:
        raise InvalidInput("The guidelines are not complete.", problems)
    guidelines = Guidelines.objects.create(
        project=row,
        number=row.guidelines.count() + 1,
        error_categories=_clean_list(error_categories, "/error_categories"),
        criteria=_clean_list(criteria, "/criteria"),
        published_by=by,
        published_at=now,
        **texts,
    )
    audit.record(action="guidelines.published", target=guidelines, by=by.pk, now=now)
    return guidelines


@transaction.atomic
def move_project(
    *, project_id: UUID, to: str, by: User, now: datetime, reason_code: str = "", reason_text: str = ""
) -> Project:
    """Start, pause, resume, complete or cancel a project.

    Raises:
        ProjectNotFound, NotPermitted, IllegalTransition; ProjectNotReady: no guidelines yet.
    """
    row = _project_to_edit(project_id, by)
    if to == Project.State.PRODUCTION and not row.guidelines.exists():
        raise ProjectNotReady("Publish guidelines first: experts must know the goal and the principles.")
    states.move(row, to, by=by.pk, now=now, reason_code=reason_code, reason_text=reason_text)
    return row


@transaction.atomic
def create_opening(*, project_id: UUID, opening: OpeningInput, by: User, now: datetime) -> Opening:
    """Create an opening in DRAFT with its requirements.

    Raises:
        ProjectNotFound, NotPermitted; InvalidInput: every defect, by field and requirement.
    """
    project = _project_to_edit(project_id, by)
    problems = find_opening_problems(opening)
    if opening.role not in Opening.Role.values:
        problems.append(FieldProblem("/role", "unknown", f"Must be one of {', '.join(Opening.Role.values)}."))
    nodes = _nodes_of(opening.requirements, problems)
    if problems:
        raise InvalidInput("The opening is not valid.", problems)
    row = Opening.objects.create(
        project=project,
        title=clean_name(opening.title),
        role=opening.role,
        seats=opening.seats,
        weekly_cap_minutes=opening.weekly_cap_minutes,
        created_at=now,
    )
    _write_requirements(row, opening.requirements, nodes)
    audit.record(action="opening.created", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def set_requirements(
    *, opening_id: UUID, requirements: Sequence[RequirementInput], expected_version: int, by: User, now: datetime
) -> Opening:
    """Replace an opening's requirements; who is engaged already stays.

    Raises:
        OpeningNotFound, NotPermitted, InvalidInput, StaleVersion.
    """
    row = _opening_to_edit(opening_id, by)
    if row.version != expected_version:
        raise StaleVersion(f"The current version is {row.version}.")
    problems = [
        problem
        for index, requirement in enumerate(requirements)
        for problem in find_requirement_problems(requirement, f"/requirements/{index}")
    ]
    nodes = _nodes_of(requirements, problems)
    if problems:
        raise InvalidInput("A requirement is not valid.", problems)
    row.requirements.all().delete()
    _write_requirements(row, requirements, nodes)
    row.version += 1
    row.save(update_fields=["version"])
    audit.record(action="opening.requirements_set", target=row, by=by.pk, now=now)
    return row


@transaction.atomic
def move_opening(*, opening_id: UUID, to: str, by: User, now: datetime) -> Opening:
    """Open, pause or close an opening.

    Raises:
        OpeningNotFound, NotPermitted, IllegalTransition; ProjectNotReady: it has no pay line that is valid now.
    """
    row = _opening_to_edit(opening_id, by)
    has_price = row.rate_lines.filter(side=RateLine.Side.PAY, effective__contains=now).exists()
    if to == Opening.State.OPEN and not has_price:
        raise ProjectNotReady("Add a pay line first: nobody is asked to work for an unknown price.")
    states.move(row, to, by=by.pk, now=now)
    return row


@transaction.atomic
def add_rate_line(
    *, opening_id: UUID, side: str, unit: str, money: Money, effective_from: datetime, by: User, now: datetime
) -> RateLine:
    """Add a price that is valid from ``effective_from`` on, without end: PAY by the project's people, BILL by finance.

    Raises:
        OpeningNotFound, NotPermitted; InvalidInput: unknown side or unit, no positive amount, another currency than the project's,
        or a start in the past of a project that runs; RateLineOverlaps.
    """
    opening = _opening_to_price(opening_id, side, by)
    problems = []
    if side not in RateLine.Side.values:
        problems.append(FieldProblem("/side", "unknown", f"Must be one of {', '.join(RateLine.Side.values)}."))
    if unit not in RateLine.Unit.values:
        problems.append(FieldProblem("/unit", "unknown", f"Must be one of {', '.join(RateLine.Unit.values)}."))
    if money.amount_minor < 1:
        problems.append(FieldProblem("/rate/amount_minor", "out_of_range", "Must be at least 1 minor unit."))
    if money.currency != opening.project.currency:
        detail = f"The project is in {opening.project.currency}."
        problems.append(FieldProblem("/rate/currency", "other_currency", detail))
    if opening.state != Opening.State.DRAFT and effective_from < now:
        detail = "Must not lie in the past: what was worked is priced already."
        problems.append(FieldProblem("/effective_from", "in_the_past", detail))
    if problems:
        raise InvalidInput("The rate line is not valid.", problems)
    line = RateLine(
        opening=opening,
        side=side,
        unit=unit,
        amount_minor=money.amount_minor,
        currency=money.currency,
        effective=Range(effective_from, None, bounds="[)"),
        created_by=by,
        created_at=now,
    )
    try:
        with transaction.atomic():
            line.save(force_insert=True)
    except IntegrityError as error:
        raise RateLineOverlaps from error
    audit.record(action="rate_line.added", target=line, by=by.pk, now=now)
    return line


@transaction.atomic
def end_rate_line(*, opening_id: UUID, line_id: UUID, ends_at: datetime, by: User, now: datetime) -> RateLine:
    """End a line at ``ends_at``, once; what was priced by it keeps its price.

    Raises:
        OpeningNotFound, RateLineNotFound, NotPermitted; InvalidInput: the end is not after the line's start or lies in the
        past, or the line has ended already.
    """
    side = RateLine.objects.filter(opening_id=opening_id, id=line_id).values_list("side", flat=True).first()
    opening = _opening_to_price(opening_id, side or RateLine.Side.PAY, by)
    line = RateLine.objects.select_for_update().filter(opening=opening, id=line_id).first()
    if line is None:
        raise ProjectNotFound("There is no such rate line.")
    if line.effective.upper is not None:
        raise InvalidInput.of("/ends_at", "This line has an end already.", "fixed")
    if ends_at < now or ends_at <= line.effective.lower:
        raise InvalidInput.of("/ends_at", "Must be after the line's start and not in the past.", "in_the_past")
    line.effective = Range(line.effective.lower, ends_at, bounds="[)")
    line.save(update_fields=["effective"])
    audit.record(action="rate_line.ended", target=line, by=by.pk, now=now)
    return line


def _project_to_edit(project_id: UUID, by: User) -> Project:
    project = get_managed_project(by, project_id, lock=True)
    require_grant(by, EDIT, tenant=project.organization_id)
    return project


def _opening_to_edit(opening_id: UUID, by: User) -> Opening:
    opening = get_managed_opening(by, opening_id, lock=True)
    require_grant(by, EDIT, tenant=opening.project.organization_id)
    return opening


def _opening_to_price(opening_id: UUID, side: str, by: User) -> Opening:
    """Return the opening, locked. Its client must not say what it is billed itself."""
    if side != RateLine.Side.BILL:
        return _opening_to_edit(opening_id, by)
    if not has_grant(by, BILL):
        get_managed_opening(by, opening_id)
        require_grant(by, BILL)
    return get_billed_opening(opening_id, lock=True)


def _project_values(project: ProjectInput) -> dict[str, object]:
    problems = find_project_problems(project)
    if project.task_kind not in Project.TaskKind.values:
        allowed = ", ".join(Project.TaskKind.values)
        problems.append(FieldProblem("/task_kind", "unknown", f"Must be one of {allowed}."))
    domain = find_node(TaxonomyNode.Kind.DOMAIN, project.domain)
    if domain is None:
        problems.append(FieldProblem("/domain", "unknown", f"There is no domain {project.domain[:80]!r}."))
    code = project.code
    if not 1 <= len(code) <= 60 or not code.replace("-", "").isalnum() or not code.isascii() or code != code.lower():
        problems.append(FieldProblem("/code", "invalid", "Use up to 60 lower-case letters, digits and hyphens."))
    if problems:
        raise InvalidInput("The project is not valid.", problems)
    values = asdict(project)
    values |= {
        "domain": domain,
        "locale": check_locale(project.locale),
        "name": clean_name(project.name),
        "summary": clean_text(project.summary),
    }
    return values


def _nodes_of(requirements: Sequence[RequirementInput], problems: list[FieldProblem]) -> list[TaxonomyNode | None]:
    nodes: list[TaxonomyNode | None] = []
    for index, requirement in enumerate(requirements):
        needs_node = requirement.kind in TaxonomyNode.Kind.values
        node = find_node(requirement.kind, requirement.node) if needs_node else None
        if needs_node and node is None:
            detail = f"There is no {requirement.kind.lower()} {requirement.node[:80]!r}."
            problems.append(FieldProblem(f"/requirements/{index}/node", "unknown", detail))
        nodes.append(node)
    return nodes


def _write_requirements(
    opening: Opening, requirements: Sequence[RequirementInput], nodes: Sequence[TaxonomyNode | None]
) -> None:
    Requirement.objects.bulk_create(
        Requirement(opening=opening, **(asdict(requirement) | {"node": node, "countries": list(requirement.countries)}))
        for requirement, node in zip(requirements, nodes, strict=True)
    )


def _clean_list(names: Sequence[str], pointer: str) -> list[str]:
    try:
        return [clean_name(name, max_length=80) for name in names]
    except ValueError as error:
        raise InvalidInput.of(pointer, str(error)) from error
