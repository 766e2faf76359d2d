"""News of appeals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealOpened(Event):
    """Somebody asked that another person decides again."""

    name: ClassVar[str] = "standing.appeal.opened"
    appeal_id: UUID
    organization_id: UUID
    opened_by_id: UUID
    first_decided_by_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class AppealDecided(Event):
    """Another person decided; an overturned decision was paid in the same transaction."""

    name: ClassVar[str] = "standing.appeal.decided"
    appeal_id: UUID
    opened_by_id: UUID
    state: str
    answer: str
