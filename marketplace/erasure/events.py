"""News of requests to be forgotten. None of it says who the person was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from common.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequested(Event):
    """Somebody asked to be forgotten."""

    name: ClassVar[str] = "erasure.requested"
    request_id: UUID
    person_id: UUID
    asked_by_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRefused(Event):
    """An operator refused a request; ``words`` say why and what to do."""

    name: ClassVar[str] = "erasure.refused"
    request_id: UUID
    person_id: UUID
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """A person is erased: an id is left, and ``kept_until`` (ISO 8601, or empty) what law has us keep."""

    name: ClassVar[str] = "erasure.person_erased"
    person_id: UUID
    kept_until: str
