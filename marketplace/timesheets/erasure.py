"""What time tells of a person: the devices they used, and words about their time."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import Erasing, Obstacle, Part, PersonalRows, owned, register_part
from marketplace.timesheets.models import TimeDecision, TimeEntry, TimeEvent


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    open_states = (TimeEntry.State.RUNNING, TimeEntry.State.SUBMITTED)
    waiting = TimeEntry.objects.filter(expert_user_id=person_id, state__in=open_states).count()
    if waiting:
        yield Obstacle("time", f"Entries of time that nobody has decided on: {waiting}.")


def _device(erasing: Erasing, row: TimeEntry | TimeEvent) -> str:
    """Return a name for a device that fits its other rows and says nothing: the salt is forgotten with the erasure."""
    if not row.device:
        return ""
    return f"erased-{hmac.new(erasing.salt, row.device.encode(), hashlib.sha256).hexdigest()[:32]}"


register_part(
    "marketplace.timesheets",
    Part(
        obstacles=_obstacles,
        rows=(
            PersonalRows(model=TimeEvent, find=owned(TimeEvent, "expert_user_id"), derived={"device": _device}),
            PersonalRows(
                model=TimeEntry,
                find=owned(TimeEntry, "expert_user_id"),
                derived={"device": _device},
                named=("reason",),
            ),
            PersonalRows(
                model=TimeDecision, find=owned(TimeDecision, "author_id", "decided_by_id"), named=("reason_text",)
            ),
        ),
    ),
)
