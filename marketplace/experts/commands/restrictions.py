"""Closing work to a person for a time, and opening it again. The one caller is the case that was decided."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from marketplace.experts.models import Restriction


@transaction.atomic
def restrict(
    *,
    user_id: UUID,
    domain: str,
    locale: str,
    task_kind: str,
    source_key: str,
    reason: str,
    provisional_for: timedelta | None = None,
    now: datetime,
) -> None:
    """Close new claims and matches of these codes to a person; the same ``source_key`` again changes nothing.

    ``provisional_for`` (at most 72 hours) makes it end by itself.
    """
    Restriction.objects.get_or_create(
        source_key=source_key,
        defaults={
            "user_id": user_id,
            "domain": domain,
            "locale": locale,
            "task_kind": task_kind,
            "reason_text": reason,
            "is_provisional": provisional_for is not None,
            "began_at": now,
            "until_at": None if provisional_for is None else now + provisional_for,
        },
    )


@transaction.atomic
def lift(*, source_key: str, now: datetime) -> bool:
    """Open again what this source closed, and say whether anything was closed."""
    return bool(Restriction.objects.filter(source_key=source_key, ended_at__isnull=True).update(ended_at=now))
