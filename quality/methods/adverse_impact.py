"""Adverse impact: does a stage or a removal fall on one group of people more than on the others?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, ndtri

from quality.methods.multiple_tests import adjust_holm

Floats = NDArray[np.float64]

FOUR_FIFTHS = 0.8
# A group of less than this share of the people at a stage is not the yardstick of others (29 CFR 1607.15 A (2)).
LEAST_SHARE = 0.02


class Finding(StrEnum):
    """What a stage shows for a group."""

    NONE = "NONE"
    #: The ratio or the test alone speaks: look again with more people.
    WATCH = "WATCH"
    #: Both the size of the difference and the test speak.
    ADVERSE = "ADVERSE"


@dataclass(frozen=True, slots=True)
class Impact:
    """How one group fared at one stage.

    ``rate`` is the share of its ``total`` who passed (were hired, or kept). ``ratio`` is that rate over the highest
    group's, None where nobody passed anywhere, with a 95 % interval against all others together (``low95``,
    ``high95``). ``loss_ratio`` is the share who did not pass over the others' share, None where no other failed. ``p`` is the
    exact two-sided test against all others, ``p_adjusted`` that for as many tests as the stage has groups.
    """

    stage: str
    group: str
    passed: int
    total: int
    rate: float
    ratio: float | None
    low95: float | None
    high95: float | None
    loss_ratio: float | None
    p: float
    p_adjusted: float
    finding: Finding


class AdverseImpact:
    """This will compare groups at every stage by the four-fifths rule and by an exact test.

    For group g at a stage with pass rate ``s_g``, others' rate ``s_-g`` and the highest rate ``s_max`` of a group with
    at least 2 % of the people::

        ratio = s_g / s_max < 4/5,  or  loss ratio = (1 - s_g) / (1 - s_-g) > 5/4        the difference is large
        Fisher's exact test of g against the others, Holm over the stage's groups: p < level    it is no chance

    Both: adverse. The test or the four fifths alone: watch. The loss ratio is there for removals, where nearly everybody is
    kept, so that rates of keeping never differ by a fifth though one group may be removed twice as often. A group that
    fares better than the others has no finding. The interval of the ratio is log(s_g / s_-g) -+ 1.96 standard errors (half
    a person added to each count).

    Shapes: one entry a group (and stage) in each array. Complexity: O(groups * people) at worst, for the exact test.

    Learned attributes: ``impacts_``, one Impact a row in the order given.

    Source: Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D (1978); Morris and Lobsenz, Pers.
        Psychol. 53 (2000), doi:10.1111/j.1744-6570.2000.tb00195.x (interval of the ratio); Fisher, J. R. Stat. Soc.
        85 (1922), doi:10.2307/2340521; Holm, Scand. J. Stat. 6 (1979).
    """

    def __init__(self, *, level: float = 0.05) -> None:
        if not 0 < level < 1:
            raise ValueError("level must be between 0 and 1")
        self.level = level

    def fit(self, group: ArrayLike, passed: ArrayLike, total: ArrayLike, stage: ArrayLike | None = None) -> Self:
        """This will compare the groups of each stage.

        Raises:
            ValueError: unequal lengths, a group named twice at a stage, an empty group, or more passed than there were.
        """
        groups = np.asarray(group).astype(str)
        hits, sizes = np.asarray(passed, dtype=np.int64), np.asarray(total, dtype=np.int64)
        stages = np.full(len(groups), "") if stage is None else np.asarray(stage).astype(str)
        if not len(groups) == len(hits) == len(sizes) == len(stages):
            raise ValueError("group, passed, total and stage must have the same length")
        if len(set(zip(stages.tolist(), groups.tolist(), strict=True))) < len(groups):
            raise ValueError("a group may stand once at a stage")
        if not ((hits >= 0) & (hits <= sizes) & (sizes > 0)).all():
            raise ValueError("total must be positive and passed between 0 and total")
        found: dict[int, Impact] = {}
        for name in np.unique(stages):
            rows = np.flatnonzero(stages == name)
            impacts = self._stage(str(name), groups[rows].tolist(), hits[rows], sizes[rows])
            found |= dict(zip(rows.tolist(), impacts, strict=True))
        self.impacts_ = tuple(found[row] for row in range(len(groups)))
        return self

    def _stage(
        self, stage: str, groups: list[str], passed: NDArray[np.int64], total: NDArray[np.int64]
    ) -> list[Impact]:
        people, passes = int(total.sum()), int(passed.sum())
        rates = passed / total
        counted = total >= LEAST_SHARE * people
        highest = float(rates[counted].max() if counted.any() else rates.max())
        p = np.array([_exact_p(int(x), int(n), passes, people) for x, n in zip(passed, total, strict=True)])
        adjusted = adjust_holm(p)
        impacts = []
        for row, name in enumerate(groups):
            rest_passed, rest = passes - int(passed[row]), people - int(total[row])
            low, high = _ratio_interval(int(passed[row]), int(total[row]), rest_passed, rest)
            ratio = float(rates[row]) / highest if highest > 0 else None
            rest_lost = (rest - rest_passed) / rest if rest else 0.0
            loss_ratio = (1 - float(rates[row])) / rest_lost if rest_lost > 0 else None
            impacts.append(
                Impact(
                    stage,
                    name,
                    int(passed[row]),
                    int(total[row]),
                    float(rates[row]),
                    ratio,
                    low,
                    high,
                    loss_ratio,
                    float(p[row]),
                    float(adjusted[row]),
                    self._finding(float(rates[row]), 1 - rest_lost, ratio, loss_ratio, float(adjusted[row])),
                )
            )
        return impacts

    def _finding(
        self, rate: float, rest_rate: float, ratio: float | None, loss_ratio: float | None, p_adjusted: float
    ) -> Finding:
        if rate >= rest_rate:
            return Finding.NONE
        # Where no other was lost, any loss is beyond every ratio.
        is_large = (ratio is not None and ratio < FOUR_FIFTHS) or loss_ratio is None or loss_ratio > 1 / FOUR_FIFTHS
        is_sure = p_adjusted < self.level
        if is_large and is_sure:
            return Finding.ADVERSE
        crosses_rule = ratio is not None and ratio < FOUR_FIFTHS
        return Finding.WATCH if is_sure or crosses_rule else Finding.NONE


def _exact_p(passed: int, total: int, passes: int, people: int) -> float:
    """Two-sided p of ``passed`` of a group's ``total``, when ``passes`` of all ``people`` passed."""
    possible = np.arange(max(0, total + passes - people), min(total, passes) + 1)
    logs = -(
        gammaln(possible + 1)
        + gammaln(total - possible + 1)
        + gammaln(passes - possible + 1)
        + gammaln(people - total - passes + possible + 1)
    )
    chances = np.exp(logs - logs.max())
    own = chances[passed - possible[0]]
    # Equally likely outcomes differ by rounding.
    return float(min(chances[chances <= own * (1 + 1e-7)].sum() / chances.sum(), 1.0))


def _ratio_interval(passed: int, total: int, rest_passed: int, rest: int) -> tuple[float | None, float | None]:
    if rest == 0:
        return None, None
    own, others = passed + 0.5, rest_passed + 0.5
    log_ratio = np.log(own / (total + 0.5)) - np.log(others / (rest + 0.5))
    error = np.sqrt(max(1 / own - 1 / (total + 0.5) + 1 / others - 1 / (rest + 0.5), 0.0))
    radius = float(ndtri(0.975)) * error
    return float(np.exp(log_ratio - radius)), float(np.exp(log_ratio + radius))
