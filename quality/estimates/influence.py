"""What single judgments do to a score: by how much it would differ without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What a judgment weighs, as a part of one answer, and its value (0..1) without its reviewer's severity."""

    weight: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """How a worker's judgments in one scope bear on the estimate as it stood: ``mean`` (0..1) from ``strength`` answers.

    ``parts`` by source key. Judgments of another kind than ``basis``, by which the scope is judged, have none, and neither
    have those that were taken back.
    """

    mean: float
    strength: float
    basis: str
    parts: Mapping[str, Part]

    def effect_of(self, source_keys: Iterable[str]) -> float | None:
        """This will say how much higher (a share) the score is with these judgments than it would be without them.

        The posterior weighs ``strength`` answers, so that without judgments of weight c and mean value v its mean m would be
        ``(strength m - c v) / (strength - c)``, under the same prior; the effect is the difference. None where none counts.
        Effects of single judgments need not add up to that of all of them.
        """
        parts = [self.parts[key] for key in source_keys if key in self.parts]
        weight = sum(part.weight for part in parts)
        if not 0 < weight < self.strength:
            return None
        value = sum(part.weight * part.value for part in parts) / weight
        return weight * (value - self.mean) / (self.strength - weight)
