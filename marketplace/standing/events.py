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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Event):
    """A person opened a case; the worker is to be told."""

    name: ClassVar[str] = "standing.case.opened"
    case_id: UUID
    worker_id: UUID
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePausedUrgently(Event):
    """A scope was closed for at most 72 hours before a decision."""

    name: ClassVar[str] = "standing.case.paused_urgently"
    case_id: UUID
    worker_id: UUID
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDecided(Event):
    """Another person decided."""

    name: ClassVar[str] = "standing.case.decided"
    case_id: UUID
    worker_id: UUID
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAppealed(Event):
    """The worker asked that somebody uninvolved decides again."""

    name: ClassVar[str] = "standing.case.appealed"
    case_id: UUID
    worker_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseAppealDecided(Event):
    """Somebody uninvolved decided the appeal, or nobody did in time and it is won."""

    name: ClassVar[str] = "standing.case.appeal_decided"
    case_id: UUID
    worker_id: UUID
    outcome: str
    is_late: bool
