"""Has somebody's work in a scope fallen below what was known of it? One search, for pages and for the night alike."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import numpy as np

from quality.methods.drift import THRESHOLD, FallDetector, level_interval

#: A fall is sought in the answers of this time, against the estimate from before it.
FALL_WINDOW: Final = timedelta(days=60)
#: From here on the answers are 10,000 times likelier after a fall than without one.
VERY_SURE: Final = math.log(10_000)
#: More than this is not told in figures: the answers are not as independent as the ratio takes them to be.
MOST_TOLD: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A share (0..1) with its 90 % interval."""

    mean: float
    low90: float
    high90: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One judged answer: ``value`` (0..1) without its reviewer's severity, ``weight`` as a part of one answer."""

    at: datetime
    value: float
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Fall:
    """Work seems to have fallen ``since`` then, from one level to another.

    ``answers`` counts the judged answers since; ``evidence`` is the log likelihood ratio for a fall. No planted item and no
    reviewer can be told from it.
    """

    since: datetime
    before: Level
    after: Level
    answers: float
    evidence: float

    @property
    def how_sure(self) -> str:
        """How sure the fall is, in words."""
        return describe_certainty(self.evidence)


def find_fall(before: Level, strength: float, answers: Sequence[Answer]) -> Fall | None:
    """This will say whether the newest of ``answers`` (in the order of their time) have fallen from ``before``.

    ``strength``: how many answers the estimate ``before`` weighs. None while the evidence is below the threshold, also where
    a fall is over.
    """
    if not answers:
        return None
    values = np.array([answer.value for answer in answers])
    weights = np.array([answer.weight for answer in answers])
    detector = FallDetector.from_estimate(before.mean, strength).fit(values, weights)
    evidence = float(detector.statistics_[-1])
    if evidence < THRESHOLD:
        return None
    start = len(answers) - detector.since_
    weight = float(weights[start:].sum())
    mean = float(values[start:] @ weights[start:]) / weight
    low, high = level_interval(min(mean, 1.0), weight)
    return Fall(
        since=answers[start].at,
        before=before,
        after=Level(mean=min(mean, 1.0), low90=low, high90=high),
        answers=weight,
        evidence=evidence,
    )


def describe_certainty(evidence: float) -> str:
    """This will say what a log likelihood ratio for a fall means.

    How often steady work raises an alarm by chance was measured for answers that are right or wrong (``methods/drift.py``).
    """
    told = "more than a million" if evidence >= math.log(MOST_TOLD) else f"about {_round(math.exp(evidence)):,}"
    word = "Very sure" if evidence >= VERY_SURE else "Fairly sure"
    return (
        f"{word}: answers like these are {told} times likelier after such a fall than without one. "
        "Of 100 people whose work stays the same, about 3 are pointed at by chance within 500 answers."
    )


def _round(ratio: float) -> int:
    """Down to one figure that says something: 403 is told as 400."""
    unit = int(10 ** math.floor(math.log10(ratio)))
    return math.floor(ratio / unit) * unit
