"""Answers as values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ItemAnswer:
    """An item's likeliest ``answer``; ``shares`` are the probabilities of all classes, ``labels`` how many people gave one."""

    item_key: str
    answer: str
    shares: Mapping[str, float]
    labels: int

    @property
    def share(self) -> float:
        """The probability of the answer, 0..1."""
        return self.shares[self.answer]


@dataclass(frozen=True, slots=True)
class ScopedAnswer:
    """An item's answer and the scope it was given in."""

    scope_id: UUID
    item: ItemAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedItem:
    """How good a compared item is: ``score`` (a logit) with its standard error, from so many comparisons."""

    item: str
    score: float
    score_se: float
    comparisons: int

    @property
    def interval90(self) -> tuple[float, float]:
        """The 90 % interval of the score."""
        reach = 1.645 * self.score_se
        return self.score - reach, self.score + reach


@dataclass(frozen=True, slots=True, kw_only=True)
class UncertainAnswer:
    """An answer that one more label would make surer: ``value`` is by how much the chance that it is wrong drops (0..1)."""

    item: ItemAnswer
    value: float
