"""Answers the kernel's question whose figures a person may read: one's own, and of those engaged in one's organizations."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from common.permissions import has_grant, register_workers
from marketplace.identity.models import User
from marketplace.staffing.queries.rows import list_workers_of


def visible_workers(user: Any) -> Any:
    """Return user ids: everyone for an auditor, otherwise oneself and the workers of one's organizations."""
    if has_grant(user, "audit.read"):
        return User.objects.values_list("id", flat=True)
    return User.objects.filter(Q(id=user.pk) | Q(id__in=list_workers_of(user))).values_list("id", flat=True)


register_workers(visible_workers)
