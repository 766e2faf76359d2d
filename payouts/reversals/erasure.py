"""Reversals: an undecided one stands in the way; why an entry was taken back keeps its words without the name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from common.erasure import Obstacle, Part, PersonalRows, owned, register_part
from common.proposals import ProposalState
from payouts.reversals.models import Reversal


def _obstacles(person_id: UUID, now: datetime) -> Iterable[Obstacle]:
    waiting = Reversal.objects.filter(worker_id=person_id, state=ProposalState.PROPOSED).count()
    if waiting:
        yield Obstacle("reversal", f"Reversals that nobody has decided: {waiting}.")


register_part(
    "payouts.reversals",
    Part(
        obstacles=_obstacles,
        rows=(PersonalRows(model=Reversal, find=owned(Reversal, "worker_id"), named=("reason_text", "decision_text")),),
    ),
)
