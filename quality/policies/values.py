"""Proposals, bars and alarms as values that cross the app's border."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from quality.estimates.drift import Fall
from quality.scopes.rules import ScopeCodes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """A proposal with what it rests on (``evidence`` is ``rules.snapshot``: shares and numbers of answers, words)."""

    id: UUID
    worker_id: UUID
    scope: ScopeCodes
    kind: str
    state: str
    bar: float
    evidence: dict[str, Any]
    proposed_at: datetime
    reason_text: str
    closed_at: datetime | None
    ground_lost_at: datetime | None


@dataclass(frozen=True, slots=True)
class ProposeSummary:
    """What one night of proposing did, in numbers of proposals."""

    proposed: int
    lapsed: int
    lost_ground: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftAlarmView:
    """An alarm that goes on: raised on the first night that found the fall, with its figures as of ``checked_at``."""

    id: UUID
    worker_id: UUID
    scope: ScopeCodes
    raised_at: datetime
    checked_at: datetime
    fall: Fall


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsView:
    """What somebody asked of a scope (shares, 0..1), from ``set_at`` until the next row of the scope; ``until_at`` None = in force."""

    scope: ScopeCodes
    bar: float
    promote_bar: float
    reason_text: str
    set_by_id: UUID
    set_at: datetime
    until_at: datetime | None
