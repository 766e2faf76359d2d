"""Always-valid comparison of two arms that workers were randomised to, however often it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Fewer workers an arm than this don't let a variance between workers be estimated.
LEAST_WORKERS = 10


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at a running experiment says.

    ``effect`` is arm 1 minus arm 0 in the units of the values (shares: 0.04 is four points), with its
    ``standard_error``. ``low`` and ``high`` bound it: all looks' intervals together hold the true effect with
    probability 1 - level. ``p`` and ``p_sample_ratio`` only fall from look to look and stay valid whenever one stops.
    ``workers`` counts those judged in arm 0 and arm 1. ``explained`` is the share (0..1) of the variance between
    workers that the time before the experiment took away.
    """

    effect: float
    standard_error: float
    low: float
    high: float
    p: float
    p_sample_ratio: float
    workers: tuple[int, int]
    explained: float


class SequentialTest:
    """This will test the difference of two arms at every look, with no look counted against the others.

    Workers, not judgments, are randomised and compared. For worker i with mean ``y_i`` of ``n_i`` judgments in the
    experiment, arm ``a_i`` and mean ``x_i`` of ``m_i`` judgments before it (CUPED)::

        y_i = b_0 + b_1 a_i + b_2 z_i + e_i        z_i = m_i (x_i - x) / (m_i + 1/r - 1)
        weight_i = n_i / (1 + (n_i - 1) r)         r = working intraclass correlation

    by weighted least squares; a worker without earlier judgments has z_i = 0. The variance V of the effect b_1 is the
    HC2 sandwich, times d / (d - 2) for its d = workers - 3 degrees of freedom: it holds whatever the true correlation
    and weights are. Estimates of one effect from growing data have (nearly) independent increments, so the mixture
    over normal effects of standard deviation t is (nearly) a martingale under no effect::

        e = sqrt(V / (V + t^2)) exp(b_1^2 t^2 / (2 V (V + t^2)))      p = min over looks of 1 / e
        b_1 -+ sqrt(V (V + t^2) / t^2 (2 log(1 / level) + log((V + t^2) / V)))

    The sample ratio is watched by the Beta-binomial mixture against the intended share, a martingale exactly.

    Shapes: one entry a worker in each array. Complexity: O(workers) a look.

    Learned attributes: ``looks_``, every Look so far, the newest last.

    Source: Robbins, Ann. Math. Stat. 41 (1970), doi:10.1214/aoms/1177696786; Johari, Koomen, Pekelis and Walsh, Oper.
        Res. 70 (2022), doi:10.1287/opre.2021.2135 (mixture test, always-valid p); Deng, Xu, Kohavi and Walker, WSDM
        (2013), doi:10.1145/2433396.2433413 (CUPED); Scharfstein, Tsiatis and Robins, J. Am. Stat. Assoc. 92 (1997),
        doi:10.1080/01621459.1997.10473655 (independent increments); Lindon and Malek, NeurIPS 35 (2022) and Fabijan et
        al., KDD (2019), doi:10.1145/3292500.3330722 (sample ratio).
    """

    def __init__(
        self,
        *,
        expected_effect: float,
        level: float = 0.05,
        intended_share: float = 0.5,
        working_correlation: float = 0.1,
    ) -> None:
        shares = (level, intended_share, working_correlation)
        if expected_effect <= 0 or not all(0 < share < 1 for share in shares):
            raise ValueError("expected_effect must be positive, the other settings between 0 and 1")
        self.expected_effect = expected_effect
        self.level = level
        self.intended_share = intended_share
        self.working_correlation = working_correlation
        self.looks_: list[Look] = []

    def fit(
        self,
        arm: ArrayLike,
        total: ArrayLike,
        count: ArrayLike,
        total_before: ArrayLike | None = None,
        count_before: ArrayLike | None = None,
    ) -> Self:
        """This will forget earlier looks and take the first one (arguments as in ``look``)."""
        self.looks_ = []
        self.look(arm, total, count, total_before, count_before)
        return self

    def look(
        self,
        arm: ArrayLike,
        total: ArrayLike,
        count: ArrayLike,
        total_before: ArrayLike | None = None,
        count_before: ArrayLike | None = None,
    ) -> Look:
        """This will look once more, at all judgments since the start of the experiment.

        ``arm`` is 0 or 1; ``total`` is the sum of a worker's values and ``count`` their number (a worker with none is
        left out); ``total_before`` and ``count_before`` are the same from before the worker was assigned.

        Raises:
            ValueError: unequal lengths, another arm, a negative count, or fewer than 10 judged workers in an arm.
        """
        arms, totals, counts, totals_before, counts_before = _columns(arm, total, count, total_before, count_before)
        judged = counts > 0
        arms, totals, counts = arms[judged], totals[judged], counts[judged]
        workers = (int((arms == 0).sum()), int((arms == 1).sum()))
        if min(workers) < LEAST_WORKERS:
            raise ValueError(f"at least {LEAST_WORKERS} workers with judgments in each arm")
        before = self._shrunken(totals_before[judged], counts_before[judged])
        weight = counts / (1 + (counts - 1) * self.working_correlation)
        effect, variance, explained = _adjusted_effect(totals / counts, arms, before, weight)
        low, high = self._interval(effect, variance)
        last = self.looks_[-1] if self.looks_ else None
        found = Look(
            effect=effect,
            standard_error=float(np.sqrt(variance)),
            low=low,
            high=high,
            p=min(self._p(effect, variance), last.p if last else 1.0),
            p_sample_ratio=min(self._p_sample_ratio(workers), last.p_sample_ratio if last else 1.0),
            workers=workers,
            explained=explained,
        )
        self.looks_.append(found)
        return found

    def _shrunken(self, total: Floats, count: Floats) -> Floats:
        """Earlier means about their own mean, each shrunk by how little was judged."""
        mean = total.sum() / max(count.sum(), 1.0)
        prior = 1 / self.working_correlation - 1
        return np.asarray((total - count * mean) / (count + prior))

    def _p(self, effect: float, variance: float) -> float:
        mixed = variance + self.expected_effect**2
        log_e = 0.5 * np.log(variance / mixed) + 0.5 * effect**2 * self.expected_effect**2 / (variance * mixed)
        return float(np.exp(-max(log_e, 0.0)))

    def _interval(self, effect: float, variance: float) -> tuple[float, float]:
        mixed = variance + self.expected_effect**2
        width = 2 * np.log(1 / self.level) + np.log(mixed / variance)
        radius = float(np.sqrt(variance * mixed / self.expected_effect**2 * width))
        return effect - radius, effect + radius

    def _p_sample_ratio(self, workers: tuple[int, int]) -> float:
        """The mixture is centred on the intended share with the weight of 100 workers."""
        share = np.array([1 - self.intended_share, self.intended_share])
        prior, seen = 100 * share, np.array(workers)
        log_e = betaln(*(prior + seen)) - betaln(*prior) - float(seen @ np.log(share))
        return float(np.exp(-max(log_e, 0.0)))


def _columns(
    arm: ArrayLike,
    total: ArrayLike,
    count: ArrayLike,
    total_before: ArrayLike | None,
    count_before: ArrayLike | None,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The five arrays as numbers of one length."""
    arms = np.asarray(arm, dtype=np.float64)
    none = np.zeros(len(arms))
    rest = (
        total,
        count,
        none if total_before is None else total_before,
        none if count_before is None else count_before,
    )
    totals, counts, totals_before, counts_before = (np.asarray(column, dtype=np.float64) for column in rest)
    if not len(arms) == len(totals) == len(counts) == len(totals_before) == len(counts_before):
        raise ValueError("every array must have one entry a worker")
    if not np.isin(arms, (0.0, 1.0)).all() or (counts < 0).any() or (counts_before < 0).any():
        raise ValueError("arm must be 0 or 1, and no count negative")
    return arms, totals, counts, totals_before, counts_before


def _adjusted_effect(mean: Floats, arm: Floats, before: Floats, weight: Floats) -> tuple[float, float, float]:
    """Effect of the arm by weighted least squares, its HC2 variance, and what the covariate explains."""
    has_before = bool(np.ptp(before) > 0)
    columns = [np.ones_like(mean), arm, before] if has_before else [np.ones_like(mean), arm]
    design = np.column_stack(columns)
    residual, influence, leverage = _least_squares(design, mean, weight)
    # A floor: arms in which everybody is perfect have no measured variance, and are not certain.
    squares = np.maximum(residual**2, 1e-12) / np.maximum(1 - leverage, 1e-12)
    freedom = len(mean) - design.shape[1]
    variance = float((influence[1] ** 2) @ squares) * freedom / (freedom - 2)
    explained = 0.0
    if has_before:
        alone, _, _ = _least_squares(design[:, :2], mean, weight)
        left = float(weight @ residual**2) / max(float(weight @ alone**2), 1e-12)
        explained = min(max(1 - left, 0.0), 1.0)
    return float(influence[1] @ mean), variance, explained


def _least_squares(design: Floats, mean: Floats, weight: Floats) -> tuple[Floats, Floats, Floats]:
    """Residuals, the coefficients' weights on the means (parameters x workers), and leverages."""
    weighted = design * weight[:, None]
    influence = np.linalg.solve(design.T @ weighted, weighted.T)
    residual = mean - design @ (influence @ mean)
    return residual, influence, np.einsum("ij,ji->i", design, influence)
