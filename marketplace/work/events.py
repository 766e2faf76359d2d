"""News of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionDecided(Event):
    """A submission was accepted, returned or rejected; ``reason_text`` is what the expert reads."""

    name: ClassVar[str] = "work.submission.decided"
    submission_id: UUID
    review_id: UUID
    expert_user_id: UUID
    decision: str
    reason_code: str
    reason_text: str
    task_external_id: str
    project_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReported(Event):
    """The client said what became of accepted work; ``reason_text`` is what the expert reads, empty for work that was kept."""

    name: ClassVar[str] = "work.outcome.reported"
    outcome_id: UUID
    claim_id: UUID
    expert_user_id: UUID
    kind: str
    reason_text: str
    task_external_id: str
    project_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchCompleted(Event):
    """Every task of a batch has as much accepted work as it wants."""

    name: ClassVar[str] = "work.batch.completed"
    batch_id: UUID
    organization_id: UUID
    batch_name: str
    task_count: int
