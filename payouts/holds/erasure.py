"""Holds on money: one that stands is in the way; what others wrote of it loses the name, what the person wrote goes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import Obstacle, Part, PersonalRows, owned, register_part
from payouts.holds.models import Hold


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    # One without money too: it says that somebody has not made up their mind.
    for hold in Hold.objects.active().filter(worker_id=person_id).order_by("id"):
        yield Obstacle("hold", f"A hold until {hold.ends_at:%Y-%m-%d} that nobody has decided: {hold.reason_text}")


register_part(
    "payouts.holds",
    Part(
        obstacles=_obstacles,
        rows=(
            PersonalRows(
                model=Hold,
                find=owned(Hold, "worker_id"),
                own_words=("appeal_text",),
                named=("reason_text", "release_text"),
            ),
        ),
    ),
)
