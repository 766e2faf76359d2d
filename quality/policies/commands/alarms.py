"""Alarms of drift: kept by the night, so that a list of a thousand people is read and not worked out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Greatest

from quality.estimates.drift import Fall
from quality.policies.models import DriftAlarm
from quality.policies.queries.night import Pair

#: What each night writes anew on an alarm that goes on.
_RENEWED: Final = (
    "checked_at",
    "since_at",
    "mean_before",
    "low90_before",
    "high90_before",
    "mean_after",
    "low90_after",
    "high90_after",
    "answers",
    "evidence",
)


@transaction.atomic
def keep_alarms(falls: Mapping[Pair, Fall], *, now: datetime) -> None:
    """This will raise an alarm for each new fall, renew the figures of those that go on, and end the others.

    Nobody is told: an alarm points, and a proposal to coach is made by the gates alone. Again at once it changes nothing
    but ``checked_at``.
    """
    rows = DriftAlarm.objects.select_for_update().filter(ended_at__isnull=True).order_by("id")
    standing = {(row.worker_id, row.scope_id): row for row in rows}
    over = [row.id for pair, row in standing.items() if pair not in falls]
    # Of two nights that meet, the one that came first may work last: neither may end before it began.
    DriftAlarm.objects.filter(id__in=over).update(ended_at=Greatest(F("raised_at"), Value(now)))
    renewed, raised = [], []
    for (worker_id, scope_id), fall in sorted(falls.items(), key=lambda item: item[0]):
        row = standing.get((worker_id, scope_id))
        figures = _figures(fall, now)
        if row is None:
            raised.append(DriftAlarm(worker_id=worker_id, scope_id=scope_id, raised_at=now, **figures))
            continue
        for name, value in figures.items():
            setattr(row, name, value)
        row.checked_at = max(now, row.raised_at)
        renewed.append(row)
    DriftAlarm.objects.bulk_update(renewed, _RENEWED, batch_size=500)
    DriftAlarm.objects.bulk_create(raised)


def _figures(fall: Fall, now: datetime) -> dict[str, Any]:
    before, after = fall.before, fall.after
    values = (
        now,
        fall.since,
        *(before.mean, before.low90, before.high90),
        *(after.mean, after.low90, after.high90),
        fall.answers,
        fall.evidence,
    )
    return dict(zip(_RENEWED, values, strict=True))
