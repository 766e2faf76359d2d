"""Who did what: one append-only row an act, written in the act's own transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from common.models import AuditEvent


def record(
    *,
    action: str,
    target: Model,
    by: UUID | None,
    now: datetime,
    reason_code: str = "",
    reason_text: str = "",
    ok: bool = True,
    detail: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Write that ``by`` (a user id, or None for the system) did ``action`` to ``target`` at ``now``."""
    return AuditEvent.objects.create(
        at=now,
        actor_id=by,
        action=action,
        object_type=target._meta.label_lower,
        object_id=str(target.pk),
        ok=ok,
        reason_code=reason_code,
        reason_text=reason_text,
        detail=dict(detail or {}),
    )
