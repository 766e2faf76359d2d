"""Adjustments: an undecided one stands in the way; why they were made keeps its words without the name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import Obstacle, Part, PersonalRows, owned, register_part
from common.proposals import ProposalState
from payouts.adjustments.models import Adjustment


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    waiting = Adjustment.objects.filter(worker_id=person_id, state=ProposalState.PROPOSED).count()
    if waiting:
        yield Obstacle("adjustment", f"Adjustments that nobody has decided: {waiting}.")


register_part(
    "payouts.adjustments",
    Part(
        obstacles=_obstacles,
        rows=(
            PersonalRows(model=Adjustment, find=owned(Adjustment, "worker_id"), named=("reason_text", "decision_text")),
        ),
    ),
)
