"""What one person proposes and another decides: its states, their moves, and the constraint that keeps the two apart."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from common.states import TransitionTable


class ProposalState(models.TextChoices):
    """Where a proposal stands."""

    PROPOSED = "PROPOSED"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"


PROPOSAL_MOVES: Final[TransitionTable] = {
    "PROPOSED": {"APPROVED", "REJECTED", "WITHDRAWN"},
    "APPROVED": set(),
    "REJECTED": set(),
    "WITHDRAWN": set(),
}


def four_eyes(name: str) -> models.CheckConstraint:
    """Return the constraint ``name`` on ``state``, ``proposed_by``, ``decided_by`` and ``decided_at``: two people decide."""
    # NOT IN fails closed: what is neither open nor withdrawn needs a decision by a second person.
    return models.CheckConstraint(
        condition=Q(state="PROPOSED", decided_by__isnull=True, decided_at__isnull=True)
        | Q(state="WITHDRAWN", decided_by=F("proposed_by"), decided_at__isnull=False)
        | ~Q(state__in=["PROPOSED", "WITHDRAWN"])
        & Q(decided_by__isnull=False, decided_at__isnull=False)
        & ~Q(decided_by=F("proposed_by")),
        name=name,
    )
