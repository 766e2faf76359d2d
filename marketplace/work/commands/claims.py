"""Claiming work. Lock order: task, claim. A claim takes a place of its task and reserves its pay until it is decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F, Sum

from common import audit, states
from common.errors import InvalidInput, StaleVersion
from common.permissions import require_grant
from marketplace.experts.queries import find_restriction
from marketplace.identity.models import User
from marketplace.projects.models import Project, RateLine
from marketplace.staffing.models import Engagement
from marketplace.staffing.queries import find_live_engagement
from marketplace.work.errors import (
    BudgetExhausted,
    ClaimNotFound,
    LeaseEnded,
    NoTaskLeft,
    ScopePaused,
    TaskNotFound,
    TaskTaken,
    WorkNotOpen,
)
from marketplace.work.models import Batch, Claim, Draft, Task
from marketplace.work.rules import LEASE, find_content_problems

#: With at least this many claims' worth of budget left, no number of concurrent claims can overdraw it, so that no lock is
#: needed; below it claims of the project queue for the project's row. It exceeds the connections that a server has.
CLAIMS_AT_ONCE = 500


@transaction.atomic
def claim_task(*, task_id: UUID, by: User, now: datetime) -> Claim:
    """Claim one task as the expert who is logged in: a lease on one of its places, with its pay reserved.

    Raises:
        NotPermitted; TaskNotFound: absent, or the expert has no live engagement in its project; WorkNotOpen; TaskTaken: no place
        is left for the expert, or they did it already; BudgetExhausted; ScopePaused.
    """
    require_grant(by, "work.do")
    task = Task.objects.select_related("batch__project__domain").filter(id=task_id).first()
    engagement = find_live_engagement(by.pk, task.batch.project_id) if task else None
    if task is None or engagement is None:
        raise TaskNotFound
    _require_open(task.batch)
    locked = Task.objects.select_for_update(of=("self",)).open_to(by, now).filter(id=task_id).first()
    if locked is None:
        raise TaskTaken
    return _take(locked, task.batch.project, engagement, by, now)


@transaction.atomic
def claim_next(*, project_id: UUID, by: User, now: datetime) -> Claim:
    """Claim the next free task of a project, skipping those that others are claiming at this moment.

    Raises:
        NotPermitted, TaskNotFound, NoTaskLeft, BudgetExhausted, ScopePaused; WorkNotOpen: the project is not in production.
    """
    require_grant(by, "work.do")
    engagement = find_live_engagement(by.pk, project_id)
    if engagement is None:
        raise TaskNotFound("You have no engagement in this project.")
    project = Project.objects.select_related("domain").get(id=project_id)
    if project.state != Project.State.PRODUCTION:
        raise WorkNotOpen
    task = (
        Task.objects.select_for_update(skip_locked=True, of=("self",))
        .open_to(by, now)
        .filter(batch__project_id=project_id, batch__state=Batch.State.IN_PROGRESS)
        .order_by("-priority", "id")
        .first()
    )
    if task is None:
        raise NoTaskLeft
    return _take(task, project, engagement, by, now)


@transaction.atomic
def extend_lease(*, claim_id: UUID, by: User, now: datetime) -> Claim:
    """Extend one's own active claim by a full lease from now.

    Raises:
        ClaimNotFound, LeaseEnded.
    """
    claim = lock_own_claim(claim_id, by, now)
    claim.lease_until = max(claim.lease_until, now + LEASE)
    claim.version += 1
    claim.save(update_fields=["lease_until", "version"])
    return claim


@transaction.atomic
def save_draft(
    *, claim_id: UUID, content: Mapping[str, Any], expected_version: int | None = None, by: User, now: datetime
) -> Draft:
    """Save unfinished work on the server; it outlives an expired lease. It need not be complete, only well formed JSON.

    Raises:
        ClaimNotFound, LeaseEnded; StaleVersion: another window saved since ``expected_version``; InvalidInput: no object.
    """
    claim = lock_own_claim(claim_id, by, now)
    if not isinstance(content, Mapping):
        raise InvalidInput.of("/content", "Write an object.")
    draft = Draft.objects.select_for_update().filter(claim=claim).first()
    if draft is None and expected_version not in (None, 0):
        raise StaleVersion("Nothing is saved yet.")
    if draft is None:
        return Draft.objects.create(claim=claim, content=dict(content), saved_at=now)
    if expected_version is not None and draft.version != expected_version:
        raise StaleVersion(f"The draft's current version is {draft.version}.")
    draft.content, draft.saved_at, draft.version = dict(content), now, draft.version + 1
    draft.save()
    return draft


@transaction.atomic
def release_claim(*, claim_id: UUID, by: User, now: datetime) -> Claim:
    """Give a claimed task back before it was handed in; its place and pay are free again.

    Raises:
        ClaimNotFound, LeaseEnded; IllegalTransition: it was handed in before.
    """
    claim = lock_own_claim(claim_id, by, now)
    if claim.submissions.exists():
        raise LeaseEnded("Returned work cannot be given back: hand it in again or appeal.")
    _give_back(claim, Claim.State.RELEASED, by, now)
    return claim


@transaction.atomic
def expire_leases(*, now: datetime, limit: int = 500) -> int:
    """Free the places of claims whose lease has ended and return how many; drafts stay.

    Returned work keeps its place until it is handed in again: it was done once.
    """
    due = Claim.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=Claim.State.ACTIVE, lease_until__lte=now, submissions__isnull=True
    )
    claims = list(due.order_by("task_id", "id")[:limit])
    for claim in claims:
        _give_back(claim, Claim.State.EXPIRED, None, now)
    return len(claims)


def lock_own_claim(claim_id: UUID, by: User, now: datetime) -> Claim:
    """Return the caller's own active claim with its task, locked.

    Raises:
        ClaimNotFound: absent or another's. LeaseEnded: not active any more.
    """
    rows = Claim.objects.select_for_update(of=("self",)).select_related("task__batch", "project__domain", "pay_line")
    claim = rows.filter(id=claim_id, expert_user_id=by.pk).first()
    if claim is None:
        raise ClaimNotFound
    if claim.state != Claim.State.ACTIVE or claim.lease_until <= now:
        raise LeaseEnded
    return claim


def _require_open(batch: Batch) -> None:
    if batch.state != Batch.State.IN_PROGRESS or batch.project.state != Project.State.PRODUCTION:
        raise WorkNotOpen


def _take(task: Task, project: Project, engagement: Engagement, by: User, now: datetime) -> Claim:
    _require_unrestricted(project, by, now)
    line = engagement.pay_line
    reserved = 0 if line.unit == RateLine.Unit.HOUR else line.amount_minor
    _require_budget(project, reserved)
    claim = Claim(
        task=task,
        project=project,
        engagement=engagement,
        expert_user=by,
        pay_line=line,
        reserved_minor=reserved,
        claimed_at=now,
        lease_until=now + LEASE,
    )
    try:
        with transaction.atomic():
            claim.save(force_insert=True)
    except IntegrityError as error:
        raise TaskTaken("You have claimed this task already.") from error
    Task.objects.filter(id=task.id).update(taken=F("taken") + 1)
    audit.record(action="claim.active", target=claim, by=by.pk, now=now)
    return claim


def _require_unrestricted(project: Project, by: User, now: datetime) -> None:
    found = find_restriction(
        by.pk, domain=project.domain.code, locale=project.locale, task_kind=project.task_kind, now=now
    )
    if found is not None:
        raise ScopePaused(
            f"New work of this kind is closed to you for now: {found.reason_text} Your standing says more."
        )


def _require_budget(project: Project, reserved: int) -> None:
    if reserved == 0:
        return
    if project.budget_minor - committed_minor(project) >= reserved * CLAIMS_AT_ONCE:
        return
    locked = Project.objects.select_for_update().get(id=project.id)
    if locked.budget_minor - committed_minor(locked) < reserved:
        raise BudgetExhausted


def committed_minor(project: Project) -> int:
    """Return the minor units that live, handed-in and decided claims of the project hold."""
    rows = Claim.objects.filter(project=project).exclude(state__in=["RELEASED", "EXPIRED"])
    return int(rows.aggregate(total=Sum("reserved_minor"))["total"] or 0)


def _give_back(claim: Claim, to: str, by: User | None, now: datetime) -> None:
    Task.objects.filter(id=claim.task_id).update(taken=F("taken") - 1)
    states.move(claim, to, by=by.pk if by else None, now=now)


def refuse_bad_content(content: Any, task_kind: str) -> None:
    """Return only if ``content`` is well formed for the project's kind of task.

    Raises:
        InvalidInput: every defect, by field.
    """
    problems = find_content_problems(content, task_kind)
    if problems:
        raise InvalidInput("The work is not well formed.", problems)
