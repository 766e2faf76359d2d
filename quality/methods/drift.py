"""Drift: has a worker's quality in a scope fallen, and since when?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

Floats = NDArray[np.float64]

# The smallest fall that is worth an alarm divides the odds of a right answer by 2.25: .90 to .80, .80 to .64. Aiming at
# the larger fall of the ask (.90 to .75, odds by 3) would be 10 answers quicker and raise twice the false alarms.
FALL_IN_ODDS = 2.25
# Alarm at this log likelihood ratio: 2.7 % false alarms in 500 values (measured, ``make bench-quality``).
THRESHOLD = 6.0
# A baseline that is itself an estimate is taken at this quantile of what it may be: taken at its mean, a baseline from
# 200 answers would raise four times as many false alarms as a known one.
CAUTION = 0.2
# A baseline nearer to 0 or 1 than this would make a single answer decide.
BASELINE_LIMITS = (0.02, 0.98)


@dataclass(frozen=True, slots=True)
class DriftState:
    """All that must be kept of one worker in one scope.

    ``statistic`` is the evidence (log likelihood ratio) for a fall; ``seen`` counts the values so far, ``since`` those
    after the statistic was last 0 and ``total`` is their sum.
    """

    statistic: float = 0.0
    seen: int = 0
    since: int = 0
    total: float = 0.0

    @property
    def change_point(self) -> int:
        """The number of values before the estimated fall: the last time nothing spoke for one."""
        return self.seen - self.since

    @property
    def level(self) -> float | None:
        """The mean (0..1) since the change point, None right at it."""
        return self.total / self.since if self.since else None


class FallDetector:
    """This will raise an alarm when values fall from a baseline, by a cumulative sum.

    For values ``y_t`` in 0..1 with baseline share p and the share q after a fall, ``q/(1-q) = p/(1-p) / odds``::

        S_t = max(0, S_(t-1) + (y_t log(q/p) + (1 - y_t) log((1-q)/(1-p))) / dispersion)      alarm: S_t >= h

    With right or wrong answers the summand is the log likelihood ratio, and no rule with as few false alarms finds the
    fall sooner in the worst case. A graded value counts as that part of a right answer (quasi-likelihood);
    ``dispersion`` = variance / (p (1 - p)) of such values, at most 1, makes the summand as informative as they are.
    The estimated change point is the last time the sum was 0.

    Shapes: ``values`` of length T. Complexity: O(1) an ``update``, O(T) a ``fit``.

    Learned attributes: ``statistics_``, S_1..S_T; ``alarm_``, the number of values until the alarm or None;
        ``state_``, the state after the last value, or at the alarm; ``since_``, the number of values after the sum was
        last 0, seen from the end: those since the estimated fall, if it stands.

    Source: Page, Biometrika 41 (1954), doi:10.1093/biomet/41.1-2.100; Moustakides, Ann. Statist. 14 (1986),
        doi:10.1214/aos/1176350164 (optimal); Reynolds and Stoumbos, J. Qual. Technol. 31 (1999),
        doi:10.1080/00224065.1999.11979900 (of shares); Hinkley, Biometrika 58 (1971), doi:10.1093/biomet/58.3.509
        (change point).
    """

    def __init__(
        self,
        baseline: float,
        *,
        odds: float = FALL_IN_ODDS,
        threshold: float = THRESHOLD,
        dispersion: float = 1.0,
    ) -> None:
        if not 0 <= baseline <= 1 or odds <= 1 or threshold <= 0 or not 0 < dispersion <= 1:
            raise ValueError("baseline in 0..1, odds above 1, threshold positive, dispersion above 0 and at most 1")
        self.baseline = min(max(baseline, BASELINE_LIMITS[0]), BASELINE_LIMITS[1])
        self.threshold = threshold
        fallen = self.baseline / (self.baseline + odds * (1 - self.baseline))
        self.fallen = fallen
        self._right = float(np.log(fallen / self.baseline)) / dispersion
        self._wrong = float(np.log((1 - fallen) / (1 - self.baseline))) / dispersion

    @classmethod
    def from_estimate(cls, mean: float, strength: float, *, dispersion: float = 1.0) -> Self:
        """This will make a detector for a worker whose share before was estimated as ``mean`` from ``strength`` answers.

        Raises:
            ValueError: ``mean`` is outside 0..1, or ``strength`` not positive.
        """
        if not 0 <= mean <= 1 or strength <= 0:
            raise ValueError("mean must be a share and strength positive")
        inside = min(max(mean, BASELINE_LIMITS[0]), BASELINE_LIMITS[1])
        cautious = float(betaincinv(strength * inside, strength * (1 - inside), CAUTION))
        return cls(cautious, dispersion=dispersion)

    def update(self, state: DriftState, value: float) -> DriftState:
        """This will take in one value (0..1).

        Raises:
            ValueError: the value is outside 0..1.
        """
        if not 0 <= value <= 1:
            raise ValueError("a value must be between 0 and 1")
        statistic = state.statistic + value * self._right + (1 - value) * self._wrong
        if statistic <= 0:
            return DriftState(seen=state.seen + 1)
        return DriftState(statistic, state.seen + 1, state.since + 1, state.total + value)

    def is_alarm(self, state: DriftState) -> bool:
        """Tell whether the evidence for a fall has reached the threshold."""
        return state.statistic >= self.threshold

    def fit(self, values: ArrayLike, weights: ArrayLike = 1.0) -> Self:
        """This will run over values in the order of their time.

        ``weights`` (0 < w <= 1, one for all or one a value) say which part of an answer each value is: the four criteria of
        one review are four parts of one answer, and prove no more than it.

        Raises:
            ValueError: a value is outside 0..1, or a weight not above 0 and at most 1.
        """
        series = np.asarray(values, dtype=np.float64)
        parts = np.broadcast_to(np.asarray(weights, dtype=np.float64), series.shape)
        if not ((series >= 0) & (series <= 1)).all():
            raise ValueError("a value must be between 0 and 1")
        if not ((parts > 0) & (parts <= 1)).all():
            raise ValueError("a weight must be above 0 and at most 1")
        # max(0, .) of the recursion is the distance of the plain sum from its lowest point so far.
        plain = np.cumsum(parts * (series * self._right + (1 - series) * self._wrong))
        lowest = np.minimum(np.minimum.accumulate(plain), 0.0)
        self.statistics_: Floats = plain - lowest
        alarms = np.flatnonzero(self.statistics_ >= self.threshold)
        self.alarm_ = int(alarms[0]) + 1 if len(alarms) else None
        at_zero = np.flatnonzero(self.statistics_ <= 0)
        self.since_ = len(series) - (int(at_zero[-1]) + 1 if len(at_zero) else 0)
        seen = self.alarm_ or len(series)
        zeros = np.flatnonzero(self.statistics_[:seen] <= 0)
        since = seen - (int(zeros[-1]) + 1 if len(zeros) else 0)
        last = float(self.statistics_[seen - 1]) if seen else 0.0
        self.state_ = DriftState(last, seen, since, float(series[seen - since : seen].sum()))
        return self


def level_interval(mean: float, answers: float) -> tuple[float, float]:
    """This will return the 90 % interval of a share ``mean`` (0..1) that was found in ``answers`` answers, by Jeffreys' prior.

    Of graded values it is wider than need be. Since a fall it knows nothing of how the moment of the fall was chosen, which
    makes the mean since then look lower by a little.

    Raises:
        ValueError: ``mean`` is outside 0..1, or ``answers`` not positive.

    Source: Brown, Cai and DasGupta, Statist. Sci. 16 (2001), doi:10.1214/ss/1009213286.
    """
    if not 0 <= mean <= 1 or answers <= 0:
        raise ValueError("mean must be a share and answers positive")
    right, wrong = answers * mean + 0.5, answers * (1 - mean) + 0.5
    low, high = (float(betaincinv(right, wrong, quantile)) for quantile in (0.05, 0.95))
    return min(low, mean), max(high, mean)
