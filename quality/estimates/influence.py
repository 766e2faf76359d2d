"""What single judgments do to a score: by how much it would differ without them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from quality.estimates.rules import count_worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A judgment's kind, what it weighs as a part of one answer, and its value (0..1) without its reviewer's severity."""

    kind: str
    weight: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Influence:
    """How a worker's judgments in one scope bear on the estimate as it stood: ``mean`` (0..1) from ``strength`` answers.

    ``parts`` by source key. Judgments that were taken back have none.
    """

    mean: float
    strength: float
    parts: Mapping[str, Part]

    def effect_of(self, source_keys: Iterable[str]) -> float | None:
        """This will say how much higher (a share) the score is with these judgments than it would be without them.

        The posterior weighs ``strength`` answers, so that without judgments that tell as much as c planted items and have the
        mean value v its mean m would be ``(strength m - c v) / (strength - c)``, under the same prior; the effect is the
        difference. None where none counts. Effects of single judgments need not add up to that of all of them.
        """
        gone = {key for key in source_keys if key in self.parts}
        weight = value = 0.0
        for kind in sorted({self.parts[key].kind for key in gone}):
            of_kind = {key: part for key, part in self.parts.items() if part.kind == kind}
            all_found, all_weight = _worth(kind, of_kind.values())
            found, left = _worth(kind, [part for key, part in of_kind.items() if key not in gone])
            weight += all_weight - left
            value += all_found - found
        if not 0 < weight < self.strength:
            return None
        return (value - weight * self.mean) / (self.strength - weight)


def _worth(kind: str, parts: Collection[Part]) -> tuple[float, float]:
    """How many planted items, found and in all, judgments of one kind tell as much as."""
    weight = sum(part.weight for part in parts)
    if not weight:
        return 0.0, 0.0
    total = count_worth(kind, weight)
    return sum(part.weight * part.value for part in parts) / weight * total, total
