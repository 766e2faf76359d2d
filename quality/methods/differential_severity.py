"""Differential severity: whether raters score some pairs of (item, rater) higher than their severity explains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from quality.methods.multiple_tests import adjust_benjamini_hochberg, adjust_holm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Alternating demeaning stops when no cell's mean is further from zero than this share of a standard deviation.
_TOLERANCE = 1e-9
_MAX_SWEEPS = 2_000


@dataclass(frozen=True, slots=True)
class Shift:
    """How much higher flagged ratings are, in score units, everything else being equal.

    ``p_value`` is two-sided, of no shift at all, with errors that may be correlated in any way within a rater
    (t with ``degrees`` of freedom); ``p_adjusted`` is Holm's for all flags asked at once. ``raters`` counts those with
    flagged and unflagged ratings, ``ratings`` the flagged ratings. ``between_raters`` is the standard deviation of the
    raters' own shifts.
    """

    name: str
    shift: float
    standard_error: float
    low90: float
    high90: float
    degrees: float
    p_value: float
    p_adjusted: float
    raters: int
    ratings: int
    between_raters: float

    def describe(self) -> str:
        """This will say it in one sentence."""
        side = "higher" if self.shift >= 0 else "lower"
        return (
            f"Ratings with {self.name} are {abs(self.shift):.3g} points {side} than the rater's severity and the "
            f"item's level explain (90 % interval {self.low90:+.3g} to {self.high90:+.3g}; p = {self.p_value:.1g}, "
            f"{self.p_adjusted:.1g} after Holm's correction; {self.ratings} such ratings by {self.raters} raters, "
            "errors clustered by rater)."
        )


@dataclass(frozen=True, slots=True)
class RaterShifts:
    """Each rater's own shift for one flag: shrunk towards the common one, with the test of the unshrunk one.

    Shapes: all of length R, raters with flagged and unflagged ratings. ``q_value`` is Benjamini and Hochberg's over
    these raters: of those with q < .1 a tenth are false on average. A reason to look, never a verdict.
    """

    raters: NDArray[np.generic]
    shift: Floats
    standard_error: Floats
    p_value: Floats
    q_value: Floats


class DifferentialSeverity:
    """This will estimate how any named attribute of an (item, rater) pair shifts the scores.

    For rating n of item i by rater w on criterion c, with flag g_n in {0, 1} (or any number)::

        y_n = alpha_ic + beta_wc + delta g_n + e_n

    Item levels and severities are fixed effects of their own for each criterion, so nothing is
    assumed about who rates what: only raters with flagged and unflagged ratings, on items that others
    rated too, tell anything about delta. Each flag is asked alone.

    Method: y and g are demeaned over both until both means vanish (Frisch, Waugh and Lovell), then
    ``delta = sum g y / sum g^2``. The error is the sandwich clustered by rater, each rater's
    score divided by one minus its leverage (which is the delete-one-rater jackknife), with t quantiles
    for the effective number of raters ``(sum h_w)^2 / sum h_w^2``, h_w = sum of g^2, less one.

    Shapes: ``item``, ``rater``, ``score``, ``criterion`` and each flag of length N.
    Complexity: O(N) a sweep; sweeps as many as the design needs (about 20 for a connected one).

    Learned attributes:
        shifts_: one ``Shift`` a flag, sorted by name. rater_shifts_: ``RaterShifts`` by flag's name.

    Source: Frisch and Waugh, Econometrica 1 (1933), doi:10.2307/1907330; Liang and Zeger, Biometrika
        73 (1986), doi:10.1093/biomet/73.1.13; Carter, Schnepel and Steigerwald, Rev. Econ. Stat. 99
        (2017), doi:10.1162/REST_a_00639 (effective clusters); DerSimonian and Laird, Control. Clin.
        Trials 7 (1986), doi:10.1016/0197-2456(86)90046-2 (spread between raters).
    """

    def fit(
        self,
        item: ArrayLike,
        rater: ArrayLike,
        score: ArrayLike,
        flags: Mapping[str, ArrayLike],
        criterion: ArrayLike | None = None,
    ) -> Self:
        """This will learn the shift of each flag from N ratings.

        Raises:
            ValueError: no rating or no flag, unequal lengths, something not finite, or a flag that no
                rater has on some ratings only of items that others rated too.
        """
        values = np.asarray(score, dtype=np.float64)
        criteria = np.zeros(len(values)) if criterion is None else np.asarray(criterion)
        raters, rater_index = np.unique(np.asarray(rater), return_inverse=True)
        _, item_index = np.unique(np.asarray(item), return_inverse=True)
        _, criterion_index = np.unique(criteria, return_inverse=True)
        columns = {name: np.asarray(flag, dtype=np.float64) for name, flag in sorted(flags.items())}
        lengths = {len(item_index), len(rater_index), len(criterion_index), *map(len, columns.values())}
        if lengths != {len(values)}:
            raise ValueError("item, rater, score, criterion and flags must have the same length")
        if len(values) == 0 or not columns:
            raise ValueError("at least one rating and one flag")
        if not np.isfinite([values, *columns.values()]).all():
            raise ValueError("finite scores and flags only")

        width = int(criterion_index.max()) + 1
        cells = [
            np.unique(item_index * width + criterion_index, return_inverse=True)[1],
            np.unique(rater_index * width + criterion_index, return_inverse=True)[1],
        ]
        freed = _demean(values, cells)
        unit = np.unique(item_index * len(raters) + rater_index, return_inverse=True)[1]
        shifts, self.rater_shifts_ = [], {}
        for name, flag in columns.items():
            freed_flag = _demean(flag, cells)
            if np.abs(freed_flag).max() < 1e-6:
                raise ValueError(f"flag {name}: nobody rated with and without it, on items that others rated too")
            sums = _Sums.of(freed, freed_flag, rater_index, unit)
            shifts.append(_common_shift(name, sums, int(np.count_nonzero(flag))))
            self.rater_shifts_[name] = _own_shifts(raters, sums)
        adjusted = adjust_holm([shift.p_value for shift in shifts])
        self.shifts_ = [replace(shift, p_adjusted=float(p)) for shift, p in zip(shifts, adjusted, strict=True)]
        return self


@dataclass(frozen=True, slots=True)
class _Sums:
    """What demeaned ratings add up to, rater by rater: ``crossed = sum g y``, ``weight = sum g^2``.

    ``noise`` is the variance of a shift of weight 1, from the units' residuals at the common shift: what one rater
    gave one item is one observation, over however many criteria.
    """

    crossed: Floats
    weight: Floats
    noise: float

    @classmethod
    def of(cls, freed: Floats, flag: Floats, rater: Ints, unit: Ints) -> Self:
        crossed, weight = np.bincount(rater, flag * freed), np.bincount(rater, flag**2)
        residual = freed - flag * crossed.sum() / weight.sum()
        by_unit = np.bincount(unit, flag * residual)
        return cls(crossed, weight, float((by_unit**2).sum() / weight.sum()))

    @property
    def tells(self) -> NDArray[np.bool_]:
        """Raters with flagged and unflagged ratings; the demeaned flag of others hardly differs from zero."""
        return np.asarray(self.weight > 1e-3 * self.weight.max())

    @property
    def shift(self) -> float:
        return float(self.crossed.sum() / self.weight.sum())

    def variance_between(self) -> float:
        """Moment estimate of the variance of the raters' own shifts."""
        weight, own = self.weight[self.tells], (self.crossed / np.maximum(self.weight, 1e-300))[self.tells]
        excess = float(weight @ (own - self.shift) ** 2) - self.noise * (len(weight) - 1)
        scale = float(weight.sum() - (weight**2).sum() / weight.sum())
        return max(excess / scale, 0.0) if scale > 0 else 0.0


def _common_shift(name: str, sums: _Sums, ratings: int) -> Shift:
    """The common shift with its error clustered by rater, its p-value not yet adjusted."""
    total = float(sums.weight.sum())
    leverage = np.minimum(sums.weight / total, 1 - 1e-9)
    score = (sums.crossed - sums.shift * sums.weight) / (1 - leverage)
    error = max(float(np.sqrt((score**2).sum())) / total, 1e-12)
    degrees = max(total**2 / float((sums.weight**2).sum()) - 1, 1.0)
    half = float(stats.t.ppf(0.95, degrees)) * error
    p_value = float(2 * stats.t.sf(abs(sums.shift) / error, degrees))
    return Shift(
        name=name,
        shift=sums.shift,
        standard_error=error,
        low90=sums.shift - half,
        high90=sums.shift + half,
        degrees=degrees,
        p_value=p_value,
        p_adjusted=p_value,
        raters=int(sums.tells.sum()),
        ratings=ratings,
        between_raters=float(np.sqrt(sums.variance_between())),
    )


def _own_shifts(raters: NDArray[np.generic], sums: _Sums) -> RaterShifts:
    """Each rater's shift: tested as it is, reported shrunk to the common one."""
    tells = sums.tells
    own = sums.crossed[tells] / sums.weight[tells]
    variance = np.maximum(sums.noise / sums.weight[tells], 1e-24)
    between = sums.variance_between()
    kept = between / (between + variance)
    p_value = 2 * stats.norm.sf(np.abs(own) / np.sqrt(variance))
    return RaterShifts(
        raters=raters[tells],
        shift=sums.shift + kept * (own - sums.shift),
        standard_error=np.sqrt(kept * variance),
        p_value=p_value,
        q_value=adjust_benjamini_hochberg(p_value),
    )


def _demean(values: Floats, cells: list[Ints]) -> Floats:
    """What is left of the values once every cell's mean is taken off, of each family of cells in turn."""
    counts = [np.bincount(cell) for cell in cells]
    scale = max(float(values.std()), 1e-12)
    left = values - values.mean()
    for _ in range(_MAX_SWEEPS):
        furthest = 0.0
        for cell, count in zip(cells, counts, strict=True):
            mean = np.bincount(cell, left) / count
            left = left - mean[cell]
            furthest = max(furthest, float(np.abs(mean).max()))
        if furthest < _TOLERANCE * scale:
            break
    return np.asarray(left)
