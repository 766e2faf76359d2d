"""Reads of notices."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from marketplace.identity.models import User
from marketplace.notifications.models import Notice


def list_notices(user: User) -> QuerySet[Notice]:
    """Return one's own notices, newest first."""
    return Notice.objects.filter(user=user).order_by("-id")


def count_unread(user: Any) -> int:
    """Return how many of one's own notices are unread."""
    return Notice.objects.filter(user_id=user.pk, read_at__isnull=True).count()
