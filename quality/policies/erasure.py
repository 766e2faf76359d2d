"""What proposals tell of a person: a reason loses their name, an open one lapses, alarms end, figures stay by id."""

from __future__ import annotations

from common.erasure import Erasing, Part, PersonalRows, owned, register_part
from quality.policies.models import DriftAlarm, Proposal
from quality.policies.rules import GONE


def _close(erasing: Erasing) -> None:
    Proposal.objects.filter(worker_id=erasing.person_id, state=Proposal.State.OPEN).update(
        state=Proposal.State.LAPSED, closed_at=erasing.now, settled_at=erasing.now, reason_text=GONE
    )
    DriftAlarm.objects.filter(worker_id=erasing.person_id, ended_at__isnull=True).update(ended_at=erasing.now)


register_part(
    "quality.policies",
    Part(
        close=_close,
        rows=(PersonalRows(model=Proposal, find=owned(Proposal, "worker_id"), named=("reason_text",)),),
    ),
)
