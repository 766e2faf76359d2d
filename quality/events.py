"""News of quality for whoever subscribes: ids, codes and plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(Event):
    """A gate passed and something is proposed to a person; nothing is decided."""

    name: ClassVar[str] = "quality.proposal.made"
    proposal_id: UUID
    worker_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLapsed(Event):
    """An open proposal could not be made any more."""

    name: ClassVar[str] = "quality.proposal.lapsed"
    proposal_id: UUID
    worker_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalLostGround(Event):
    """Evidence behind a proposal that was taken up was withdrawn: it could not be made today."""

    name: ClassVar[str] = "quality.proposal.lost_ground"
    proposal_id: UUID
    worker_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreCorrected(Event):
    """Evidence behind a worker's score was taken back, and the score was worked out anew. Means are shares.

    ``was_planted``: a planted item's key was wrong; otherwise a reviewer's judgments count no more.
    """

    name: ClassVar[str] = "quality.score.corrected"

    withdrawal_id: UUID
    worker_id: UUID
    domain: str
    locale: str
    task_kind: str
    mean_before: float
    mean_after: float
    was_planted: bool
