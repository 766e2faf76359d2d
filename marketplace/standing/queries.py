"""Reads of appeals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from marketplace.identity.models import User
from marketplace.standing.errors import AppealNotFound
from marketplace.standing.models import Appeal
from marketplace.standing.rules import APPEAL_WITHIN
from marketplace.timesheets.models import TimeDecision
from marketplace.work.models import Review

_RELATED = (
    "organization",
    "opened_by",
    "first_decided_by",
    "review__submission__claim__task",
    "time_decision__entry__engagement__opening__project",
)


def list_appeals(user: User) -> QuerySet[Appeal]:
    """Return the appeals that ``user`` may see, newest first."""
    return Appeal.objects.visible_to(user).select_related(*_RELATED).order_by("-id")


def get_appeal(user: User, appeal_id: UUID, *, lock: bool = False) -> Appeal:
    """Return an appeal in scope, locked if asked.

    Raises:
        AppealNotFound: absent or out of scope.
    """
    visible = Appeal.objects.visible_to(user).filter(id=appeal_id).values("id")
    rows = Appeal.objects.select_related(*_RELATED).filter(id__in=visible)
    appeal = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if appeal is None:
        raise AppealNotFound
    return appeal


@dataclass(frozen=True, slots=True)
class Appealable:
    """A decision on one's own work or time that one may still appeal, until ``until``; exactly one of both is set."""

    review: Review | None
    time_decision: TimeDecision | None
    until: datetime


def list_appealable(user: User, *, now: datetime) -> list[Appealable]:
    """Return the returns, rejections and cuts that the expert may still appeal, newest first."""
    since = now - APPEAL_WITHIN
    reviews = (
        Review.objects.filter(author=user, decided_at__gte=since, appeal__isnull=True)
        .exclude(decision=Review.Decision.ACCEPT)
        .select_related("submission__claim__task", "submission__claim__project")
    )
    cuts = TimeDecision.objects.filter(
        author=user, decided_at__gte=since, decision=TimeDecision.Decision.CUT, appeal__isnull=True
    ).select_related("entry__engagement__opening__project")
    rows = [Appealable(row, None, row.decided_at + APPEAL_WITHIN) for row in reviews]
    rows += [Appealable(None, row, row.decided_at + APPEAL_WITHIN) for row in cuts]
    return sorted(rows, key=lambda row: row.until, reverse=True)
