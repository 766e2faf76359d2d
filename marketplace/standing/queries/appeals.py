"""Reads of appeals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from common.permissions import has_grant
from marketplace.identity.models import User
from marketplace.standing.errors import AppealNotFound, DecisionNotFound
from marketplace.standing.models import Appeal
from marketplace.standing.rules import APPEAL_WITHIN
from marketplace.timesheets.models import TimeDecision
from marketplace.work.models import Review

_RELATED = (
    "organization",
    "opened_by",
    "first_decided_by",
    "decided_by",
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


def get_own_review(user: User, review_id: UUID) -> Review:
    """Return a return or rejection of one's own work, with its appeal if there is one.

    Raises:
        DecisionNotFound: none such, or it was in the person's favor.
    """
    rows = Review.objects.select_related("submission__claim__task", "submission__claim__project", "appeal")
    row = rows.filter(id=review_id, author=user).exclude(decision=Review.Decision.ACCEPT).first()
    if row is None:
        raise DecisionNotFound
    return row


def get_own_cut(user: User, decision_id: UUID) -> TimeDecision:
    """Return a cut of one's own time, with its appeal if there is one.

    Raises:
        DecisionNotFound.
    """
    rows = TimeDecision.objects.select_related("entry__engagement__opening__project", "appeal")
    row = rows.filter(id=decision_id, author=user, decision=TimeDecision.Decision.CUT).first()
    if row is None:
        raise DecisionNotFound
    return row


def why_not_decide(user: User, appeal: Appeal) -> str:
    """Return why ``user`` cannot decide an open appeal, in words; empty when they can."""
    if appeal.opened_by_id == user.pk:
        return "Nobody decides on their own appeal."
    if appeal.first_decided_by_id == user.pk:
        return "You made the decision that is appealed. Somebody else of your organization answers it."
    if not has_grant(user, "appeals.decide", tenant=appeal.organization_id):
        return "You can read this appeal; the organization's owner, managers and reviewers decide it."
    return ""
