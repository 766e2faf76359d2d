"""Reads of projects, openings and their prices."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from common.errors import NotFound
from marketplace.identity.models import User
from marketplace.projects.errors import OpeningNotFound, ProjectNotFound, RateLineNotFound
from marketplace.projects.models import Guidelines, Opening, Project, RateLine


def get_project(user: User, project_id: UUID) -> Project:
    """Return a project that ``user`` may see.

    Raises:
        ProjectNotFound: absent or out of scope.
    """
    project = Project.objects.visible_to(user).select_related("organization", "domain").filter(id=project_id).first()
    if project is None:
        raise ProjectNotFound
    return project


def get_managed_project(user: User, project_id: UUID, *, lock: bool = False) -> Project:
    """Return a project of an organization in which ``user`` has a role, locked if asked.

    Raises:
        ProjectNotFound: absent or out of scope.
    """
    rows = Project.objects.managed_by(user)
    if lock:
        rows = Project.objects.select_for_update().filter(id__in=rows.values("id"))
    project = rows.filter(id=project_id).first()
    if project is None:
        raise ProjectNotFound
    return project


def get_opening(user: User, opening_id: UUID) -> Opening:
    """Return an opening that ``user`` may see.

    Raises:
        OpeningNotFound: absent or out of scope.
    """
    rows = Opening.objects.visible_to(user).select_related("project__organization", "project__domain")
    opening = rows.filter(id=opening_id).first()
    if opening is None:
        raise OpeningNotFound
    return opening


def get_billed_opening(opening_id: UUID, *, lock: bool = False) -> Opening:
    """Return any opening, for those who say what clients are billed, locked if asked.

    Raises:
        OpeningNotFound: absent.
    """
    rows = Opening.objects.select_for_update(of=("self",)) if lock else Opening.objects.all()
    opening = rows.select_related("project__organization").filter(id=opening_id).first()
    if opening is None:
        raise OpeningNotFound
    return opening


def list_billed_openings() -> QuerySet[Opening]:
    """Return every opening with its client and its prices, newest first."""
    prices = Prefetch("rate_lines", RateLine.objects.order_by("side", "unit", "-id"))
    return Opening.objects.select_related("project__organization").prefetch_related(prices).order_by("-id")


def get_managed_opening(user: User, opening_id: UUID, *, lock: bool = False) -> Opening:
    """Return an opening of a project that ``user`` has a role in, locked if asked.

    Raises:
        OpeningNotFound: absent or out of scope.
    """
    rows = Opening.objects.managed_by(user).select_related("project__organization", "project__domain")
    rows = rows.filter(id=opening_id)
    if lock:
        rows = rows.select_for_update(of=("self",))
    opening = rows.first()
    if opening is None:
        raise OpeningNotFound
    return opening


def find_rate_line(opening_id: UUID, *, side: str, unit: str, at: datetime) -> RateLine | None:
    """Return the line that prices one unit at the instant ``at``, if there is one."""
    return RateLine.objects.filter(opening_id=opening_id, side=side, unit=unit, effective__contains=at).first()


def list_pay_lines(opening_id: UUID, *, at: datetime) -> list[RateLine]:
    """Return the pay lines valid at ``at``, one a unit at most."""
    return list(RateLine.objects.filter(opening_id=opening_id, side="PAY", effective__contains=at).order_by("unit"))


def pay_lines_of(opening_ids: Iterable[UUID], *, at: datetime) -> dict[UUID, list[RateLine]]:
    """Return the pay lines of several openings that are valid at ``at``, by unit."""
    rows = RateLine.objects.filter(opening_id__in=list(opening_ids), side="PAY", effective__contains=at)
    lines: dict[UUID, list[RateLine]] = {}
    for line in rows.order_by("unit", "id"):
        lines.setdefault(line.opening_id, []).append(line)
    return lines


def find_bill_lines(asked: Collection[tuple[str, str, datetime]]) -> dict[tuple[str, str, datetime], RateLine]:
    """Return the bill line for each of (id of a pay line, unit, instant) that has one, in the pay line's own opening."""
    pay_ids = {key for key, _, _ in asked if _is_uuid(key)}
    openings = {
        str(key): opening for key, opening in RateLine.objects.filter(id__in=pay_ids).values_list("id", "opening")
    }
    billed: dict[tuple[UUID, str], list[RateLine]] = {}
    for line in RateLine.objects.filter(opening_id__in=set(openings.values()), side="BILL").order_by("id"):
        billed.setdefault((line.opening_id, line.unit), []).append(line)
    return {
        (key, unit, at): line
        for key, unit, at in asked
        if key in openings
        for line in billed.get((openings[key], unit), [])
        if _holds(line, at)
    }


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _holds(line: RateLine, at: datetime) -> bool:
    return line.effective.lower <= at and (line.effective.upper is None or at < line.effective.upper)


def get_rate_line(opening_id: UUID, line_id: UUID) -> RateLine:
    """Return a line of the opening.

    Raises:
        RateLineNotFound: no such line there.
    """
    line = RateLine.objects.filter(opening_id=opening_id, id=line_id).first()
    if line is None:
        raise RateLineNotFound
    return line


def find_current_guidelines(project_id: UUID) -> Guidelines | None:
    """Return the latest published version."""
    return Guidelines.objects.filter(project_id=project_id).order_by("-number").first()


def get_guidelines(user: User, guidelines_id: UUID) -> Guidelines:
    """Return a version of the guidelines of a project that ``user`` may see. Raises NotFound."""
    visible = Project.objects.visible_to(user).values("id")
    guidelines = Guidelines.objects.filter(id=guidelines_id, project__in=visible).first()
    if guidelines is None:
        raise NotFound
    return guidelines


def list_open_openings_without(expert_user: User) -> list[Opening]:
    """Return open openings of running projects in which the expert has no live engagement."""
    rows = Opening.objects.filter(state="OPEN", project__state="PRODUCTION").exclude(
        Q(engagements__expert__user_id=expert_user.pk) & ~Q(engagements__state="ENDED")
    )
    return list(rows.select_related("project__organization", "project__domain").order_by("-id"))
