"""What is handed over: values, codes and opaque source keys; and evidence as the methods read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from quality.methods.drift import level_interval
from quality.scopes.rules import ScopeCodes


class JudgmentKind(StrEnum):
    """Where a judgment comes from, strongest first."""

    GOLD = "GOLD"
    REVIEW = "REVIEW"
    SELF_AGREEMENT = "SELF_AGREEMENT"
    AGREEMENT = "AGREEMENT"
    OUTCOME = "OUTCOME"


class ActorKind(StrEnum):
    """Who judged. A model is never final and never judges gold."""

    WORKER = "WORKER"
    MODEL = "MODEL"
    SYSTEM = "SYSTEM"


class GoldKind(StrEnum):
    """How an item with a known answer came about."""

    GOLD = "GOLD"
    HONEYPOT = "HONEYPOT"
    SELF_DUPLICATE = "SELF_DUPLICATE"


class RetirementReason(StrEnum):
    """Why a planted item is used no more; after a wrong key its results count no more."""

    LEAKED = "LEAKED"
    WRONG_KEY = "WRONG_KEY"
    WORN = "WORN"


class Direction(StrEnum):
    """What a high rating says of the item."""

    QUALITY = "QUALITY"
    PENALTY = "PENALTY"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJudgment:
    """One judgment of ``worker_id``'s work. ``value`` is 0..1, 1 = good.

    ``confidence`` (0 < c <= 1) is its weight as a part of one answer. ``source_key``
    names the act outside (``review:<uuid>``) and makes recording it twice harmless.
    """

    worker_id: UUID
    scope: ScopeCodes
    kind: JudgmentKind
    value: float
    source_key: str
    at: datetime
    actor_id: UUID | None = None
    actor_kind: ActorKind = ActorKind.WORKER
    criterion: str = ""
    confidence: float = 1.0
    tenant: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRating:
    """One score that ``worker_id`` gave to an item, from which severity is learned.

    ``value`` is in the rubric's own points; ``direction`` says whether high is good.
    """

    worker_id: UUID
    item_key: str
    scope: ScopeCodes
    value: float
    source_key: str
    at: datetime
    direction: Direction = Direction.QUALITY
    criterion: str = ""
    tenant: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLabel:
    """The class that ``worker_id`` gave to an item, before anybody told them another.

    Classes are compared within a tenant's project; ``label`` has 1 to 200 characters.
    """

    worker_id: UUID
    item_key: str
    scope: ScopeCodes
    label: str
    source_key: str
    at: datetime
    tenant: str = ""
    project: str = ""


class Winner(StrEnum):
    """Which of two things somebody found better."""

    FIRST = "a"
    SECOND = "b"
    TIE = "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewComparison:
    """Which of two items ``worker_id`` found better. Items are named within a tenant's project, 1 to 200 characters."""

    worker_id: UUID
    first: str
    second: str
    winner: Winner
    scope: ScopeCodes
    source_key: str
    at: datetime
    tenant: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGold:
    """One planted item: ``answer`` is the key, which never leaves this app.

    ``weight`` (0 < w <= 1) is a result's weight as a part of one answer. ``source_key``
    is ``item_key`` unless an item carries several plants.
    """

    item_key: str
    kind: GoldKind
    planted_at: datetime
    answer: Mapping[str, Any] = field(default_factory=dict)
    source_key: str = ""
    weight: float = 1.0
    tenant: str = ""
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGoldResult:
    """Whether ``worker_id`` found what was planted; ``gold_key`` is the plant's source key."""

    gold_key: str
    worker_id: UUID
    scope: ScopeCodes
    found: bool
    source_key: str
    at: datetime


@dataclass(frozen=True, slots=True)
class GoldCheck:
    """Whether one plant, named by its source key, was found."""

    gold_key: str
    found: bool


@dataclass(frozen=True, slots=True)
class EvidenceSum:
    """Alike judgments added up: same worker, scope, kind, actor and value.

    ``weight`` is the sum of their confidences (answers), ``count`` how many they are.
    """

    worker_id: UUID
    scope_id: UUID
    kind: str
    actor_id: UUID | None
    value: float
    weight: float
    count: int


@dataclass(frozen=True, slots=True)
class RatingValue:
    """The newest score of one worker for one item and criterion."""

    scope_id: UUID
    direction: str
    item_key: str
    worker_id: UUID
    criterion: str
    value: float


@dataclass(frozen=True, slots=True)
class GoldMeeting:
    """One worker's meeting with one planted item."""

    tenant: str
    project: str
    gold_id: UUID
    worker_id: UUID
    found: bool


@dataclass(frozen=True, slots=True)
class ReviewScoreValue:
    """What one review gave one piece of a worker's work: the mean of its criteria, 0..1."""

    worker_id: UUID
    scope_id: UUID
    reviewer_id: UUID
    score: float


@dataclass(frozen=True, slots=True, order=True)
class Project:
    """Whose classes and items they are: names mean the same within one scope of a tenant's project only."""

    scope_id: UUID
    tenant: str
    code: str


@dataclass(frozen=True, slots=True)
class LabelValue:
    """The class that one worker gave to one item of a tenant's project."""

    scope_id: UUID
    tenant: str
    project: str
    item_key: str
    worker_id: UUID
    label: str


@dataclass(frozen=True, slots=True)
class ComparisonValue:
    """Which of two items of a tenant's project one worker found better."""

    scope_id: UUID
    tenant: str
    project: str
    first: str
    second: str
    worker_id: UUID
    winner: str


@dataclass(frozen=True, slots=True)
class PlantedCount:
    """How many planted items were met, and in how many of these meetings what was planted was found."""

    met: int
    found: int

    @property
    def share(self) -> float:
        """The share found, 0..1; 0 where none was met."""
        return self.found / self.met if self.met else 0.0

    @property
    def interval90(self) -> tuple[float, float]:
        """The 90 % interval of the share (``level_interval``); everything is possible where none was met.

        It takes meetings for independent. Several people's meetings with one hard item are not: then it is too narrow.
        """
        return level_interval(self.share, self.met) if self.met else (0.0, 1.0)
