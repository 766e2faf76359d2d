"""Reads of appeals."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from marketplace.identity.models import User
from marketplace.standing.errors import AppealNotFound
from marketplace.standing.models import Appeal

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
