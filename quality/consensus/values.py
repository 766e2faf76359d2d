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
