"""How alike shares are: empirical-Bayes priors for a tree of found-or-missed shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from quality.methods.share_moments import ShareMoments

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Before any data shares are taken to vary between workers in one scope as if their Beta
# prior were worth 10 answers; half of that variation is the worker's everywhere, the
# other half is spread evenly over the levels of the tree.
DEFAULT_CORRELATION = 1 / 11
WORKER_PART = 0.5
# That default weighs as much as this many units of moment information: data
# outweigh them from a few dozen answers on.
DEFAULT_INFORMATION = 25.0
# Limits of a fitted prior, in answers: below 2 a Beta prior is U-shaped, and above
# 1,000 no worker could ever be told apart.
STRENGTH_LIMITS = (2.0, 1_000.0)
# Every worker's weight in the population mean uses this fixed correlation, so that one
# worker's data never move the weights of the others.
_REFERENCE_CORRELATION = 1 / 11


@dataclass(frozen=True, slots=True)
class SharePriors:
    """Prior of a share at each level of the tree.

    ``mean`` is the population's share. ``strengths[d]`` is the prior's weight in
    answers: at d = 0 for a worker around the population, at d >= 1 for a scope at depth
    d around its parent. ``mean_variance`` is the uncertainty of ``mean`` itself in units
    of ``mean * (1 - mean)``. Each is a scalar, or one row per worker.
    """

    mean: Floats
    mean_variance: Floats
    strengths: Floats

    @classmethod
    def before_any_data(cls, levels: int) -> Self:
        """This will return the priors of a system that has seen nothing."""
        parts = np.full(levels, (1 - WORKER_PART) / max(levels - 1, 1))
        parts[0] = WORKER_PART
        strengths = _strengths(DEFAULT_CORRELATION * parts)
        return cls(np.array(0.5), np.array(0.5), strengths)


def fit_priors(moments: ShareMoments) -> tuple[SharePriors, SharePriors]:
    """This will return the population's priors, and each worker's own.

    A worker's own priors are fitted from everybody else. So nobody's evidence moves the
    yardstick that is laid on them, and one more found answer can't lower that worker's
    estimate. A worker not seen here is judged by the population's priors.

    Moments: with intraclass correlations r_d = 1/(strength_d + 1), a share over n
    answers has variance ``m(1-m) [1/n + r_0 + sum_d r_d h_d]`` (terms of order r/n
    dropped); each r_d is the moment estimate from the deepest level up, plus
    ``DEFAULT_INFORMATION`` units of a default.

    Complexity: O(W levels^2) for W workers, everybody's leave-one-out included.

    Source: Kleinman, J. Am. Stat. Assoc. 68 (1973), doi:10.1080/01621459.1973.10481332
        (weighted moments of the beta-binomial); Morris, J. Am. Stat. Assoc. 78 (1983),
        doi:10.1080/01621459.1983.10477920 (uncertainty of the prior mean).
    """
    everybody = _priors_without(moments, np.zeros(0, dtype=np.int64))
    own = _priors_without(moments, np.arange(len(moments.total)))
    population = SharePriors(everybody.mean[0], everybody.mean_variance[0], everybody.strengths[0])
    return population, own


def _priors_without(moments: ShareMoments, left_out: Ints) -> SharePriors:
    """One row for each worker left out in turn; without any, one row from everybody."""

    def rest(values: Floats) -> Floats:
        total = values.sum(axis=0, keepdims=True)
        return total - values[left_out] if len(left_out) else total

    answers = np.maximum(moments.total, 1e-12)
    share = moments.found / answers
    weight = moments.total / (1 + (moments.total - 1) * _REFERENCE_CORRELATION)
    weight = np.where(moments.total > 0, weight, 0.0)
    sum_weight = np.maximum(rest(weight), 0.0)
    # Laplace: one found and one missed answer are added, so that 0 < mean < 1.
    mean = (rest(weight * share) + 1.0) / (sum_weight + 2.0)
    unit = mean * (1 - mean)

    safe_weight = np.maximum(sum_weight, 1e-12)
    center = rest(weight * share) / safe_weight
    squares = rest(weight * share**2) - center * rest(weight * share)

    def leverage(values: Floats) -> Floats:
        """Sum of w (1 - w / sum of w) * values over the workers who stay."""
        return rest(weight * values) - rest(weight**2 * values) / safe_weight

    between = squares / unit - leverage(1 / answers)
    information = np.maximum(leverage(np.ones_like(weight)), 0.0)
    whole = _with_default(between, information, DEFAULT_CORRELATION)

    levels = moments.concentration.shape[1]
    correlation = np.empty((len(mean), levels))
    child_part = (1 - WORKER_PART) / max(levels - 1, 1)
    for depth in range(levels - 1, 0, -1):
        design = rest(moments.design[:, depth])
        excess = rest(moments.spread[:, depth]) / unit
        excess -= rest(moments.binomial[:, depth])
        for deeper in range(depth + 1, levels):
            excess -= correlation[:, deeper] * design[:, deeper]
        correlation[:, depth] = _with_default(excess, np.maximum(design[:, depth], 0.0), whole * child_part)
        between -= correlation[:, depth] * leverage(moments.concentration[:, depth])
    correlation[:, 0] = _with_default(between, information, whole * WORKER_PART)
    return SharePriors(mean, 1 / (sum_weight + 2.0), _strengths(correlation))


def _strengths(correlation: Floats) -> Floats:
    """Weight in answers of the Beta prior with each intraclass correlation."""
    low, high = STRENGTH_LIMITS
    return np.clip(1 / np.maximum(correlation, 1e-9) - 1, low, high)


def _with_default(excess: Floats, information: Floats, default: float | Floats) -> Floats:
    """Moment estimate of a correlation, pulled towards ``default``."""
    pulled = (excess + DEFAULT_INFORMATION * default) / (information + DEFAULT_INFORMATION)
    return np.maximum(pulled, 0.0)
