"""Alarms of drift, as people read them."""

from __future__ import annotations

from django.db.models import QuerySet

from quality.policies.models import DriftAlarm
from quality.policies.values import DriftAlarmView


def list_standing_alarms() -> QuerySet[DriftAlarm]:
    """Return the alarms that go on, the newest first; whoever asks narrows them to whom they may see."""
    return DriftAlarm.objects.filter(ended_at__isnull=True).select_related("scope").order_by("-id")


def alarm_of(row: DriftAlarm) -> DriftAlarmView:
    """Return a row, whose scope is loaded, as a value."""
    return DriftAlarmView(
        id=row.id,
        worker_id=row.worker_id,
        scope=row.scope.codes,
        raised_at=row.raised_at,
        checked_at=row.checked_at,
        fall=row.fall,
    )
