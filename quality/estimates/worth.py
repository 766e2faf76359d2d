"""What one more judged answer of a worker is worth for telling on which side of a bar their work lies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from quality.estimates.rules import SURE_ERRORS
from quality.estimates.values import QualityFigure
from quality.methods.gates import probability_below
from quality.methods.judgment_value import value_of_answers

#: A mean nearer to 0 or 1 than this leaves no room for an interval to be read from.
_MEANS: Final = (0.005, 0.995)
_STRENGTHS: Final = (0.5, 1e6)


@dataclass(frozen=True, slots=True)
class AnswerWorth:
    """``chance_below`` the bar, and ``value``: by how much an answer lowers the chance to be wrong about that. Shares, 0..1."""

    chance_below: float
    value: float


def weigh_answers(figures: Sequence[QualityFigure], bars: Sequence[float]) -> list[AnswerWorth]:
    """This will weigh one more answer of each figure's worker against that figure's bar (shares between 0 and 1).

    A figure is read as a Beta distribution with its mean, as wide as the longer side of its 90 % interval.
    """
    if not figures:
        return []
    means = np.clip([figure.mean for figure in figures], *_MEANS)
    sides = [max(figure.high90 - figure.mean, figure.mean - figure.low90, 1e-6) for figure in figures]
    errors = np.array(sides) / SURE_ERRORS
    strengths = np.clip(means * (1 - means) / errors**2 - 1, *_STRENGTHS)
    values = value_of_answers(means, strengths, bars)
    return [
        AnswerWorth(probability_below(float(mean), float(strength), bar), float(value))
        for mean, strength, bar, value in zip(means, strengths, bars, values, strict=True)
    ]
