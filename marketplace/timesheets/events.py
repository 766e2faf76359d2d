"""News of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeDecided(Event):
    """An entry was approved or cut; ``reason_text`` is what the expert reads."""

    name: ClassVar[str] = "timesheets.time.decided"
    entry_id: UUID
    decision_id: UUID
    expert_user_id: UUID
    decision: str
    approved_seconds: int
    entry_seconds: int
    reason_code: str
    reason_text: str
    project_name: str
