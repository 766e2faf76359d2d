"""Calibration of a score against a later outcome: what a good interview is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special
from scipy.optimize import isotonic_regression

Floats = NDArray[np.float64]

#: From this many outcomes on the curve is isotonic, below it logistic.
ISOTONIC_FROM = 500
# Prior standard deviation of the slope, in logits per standard deviation of the score, and of the
# intercept: weakly informative, so that a perfect split of ten hires does not become certainty.
_SLOPE_SD, _INTERCEPT_SD = 1.0, 3.0
_FOLDS = 10
_Z90 = 1.6448536269514722


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """A tenth of the people, by score: how many, what was foretold, what came, and its 90 % interval."""

    count: int
    score: float
    foretold: float
    came: float
    low90: float
    high90: float


class OutcomeCalibration:
    """This will learn P(good outcome | score) and say how well the score tells good from bad.

    Below ``ISOTONIC_FROM`` outcomes, with z the score in standard deviations from its mean::

        logit P = b0 + b1 z        b0 ~ N(0, 3^2)    b1 ~ N(0, 1)        (posterior mode, Newton)

    From there on the increasing step function of least squares (pool adjacent violators),
    joined by straight lines between the steps' mean scores. An outcome may be a probability in 0..1,
    when it is itself only estimated. ``weight`` is for propensities: people tried
    although they were below the cut count 1/propensity, which undoes the restriction of range.

    Everything that is said about how good the curve is comes from folds: each tenth of the people is
    foretold by a curve fitted to the others, the folds dealt by rank of score, so without chance.

    Shapes: ``score``, ``outcome``, ``weight`` of length N. Complexity: O(N log N).

    Learned attributes:
        slope_, slope_se_: b1 and its error, per standard deviation (of the logistic at any N).
        auc_, auc_low90_, auc_high90_: chance that a good one scored above a bad one, with its
            interval (DeLong's variance on the logit scale); NaN while all outcomes are alike.
        brier_, brier_of_base_rate_: mean squared error out of fold, and of always saying the mean.
        curve_: up to ten ``CurvePoint``, out of fold. count_: N. is_isotonic_: which curve is used.
        is_predictive_: the AUC's interval lies above one half. If not, the score tells nothing yet.

    Source: Gelman, Jakulin, Pittau and Su, Ann. Appl. Stat. 2 (2008), doi:10.1214/08-AOAS191 (weak
        priors); Barlow and Brunk, J. Am. Stat. Assoc. 67 (1972), doi:10.1080/01621459.1972.10481216
        (isotonic); DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988), doi:10.2307/2531595;
        Brier, Mon. Weather Rev. 78 (1950); Wilson, J. Am. Stat. Assoc. 22 (1927),
        doi:10.1080/01621459.1927.10502953 (the curve's intervals).
    """

    def fit(self, score: ArrayLike, outcome: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """This will learn the curve from N people.

        Raises:
            ValueError: nobody, unequal lengths, a score that is not finite, an outcome outside
                0..1, or a weight that is not positive.
        """
        scores = np.asarray(score, dtype=np.float64)
        outcomes = np.asarray(outcome, dtype=np.float64)
        weights = np.ones(len(scores)) if weight is None else np.asarray(weight, dtype=np.float64)
        _check(scores, outcomes, weights)
        order = np.lexsort((weights, outcomes, scores))
        scores, outcomes, weights = scores[order], outcomes[order], weights[order]
        self.count_ = len(scores)
        self.is_isotonic_ = self.count_ >= ISOTONIC_FROM
        self._curve = _fit_curve(scores, outcomes, weights, is_isotonic=self.is_isotonic_)
        logistic = _Logistic.of(scores, outcomes, weights)
        self.slope_, self.slope_se_ = float(logistic.beta[1]), float(np.sqrt(logistic.covariance[1, 1]))
        self.auc_, self.auc_low90_, self.auc_high90_ = area_under_curve(scores, outcomes, weights)
        self.is_predictive_ = bool(self.auc_low90_ > 0.5)
        foretold = self._foretell_out_of_fold(scores, outcomes, weights)
        base = float(np.average(outcomes, weights=weights))
        self.brier_ = float(np.average((foretold - outcomes) ** 2, weights=weights))
        self.brier_of_base_rate_ = float(np.average((base - outcomes) ** 2, weights=weights))
        self.curve_ = _curve_points(scores, outcomes, weights, foretold)
        return self

    def predict(self, score: ArrayLike) -> Floats:
        """This will return P(good outcome) of each score; it never falls as the score rises."""
        return self._curve.predict(np.asarray(score, dtype=np.float64))

    def _foretell_out_of_fold(self, scores: Floats, outcomes: Floats, weights: Floats) -> Floats:
        fold = np.arange(len(scores)) % _FOLDS
        foretold = np.empty(len(scores))
        for held in np.unique(fold):
            out, rest = fold == held, fold != held
            if not rest.any():
                foretold[out] = 0.5
                continue
            curve = _fit_curve(scores[rest], outcomes[rest], weights[rest], is_isotonic=self.is_isotonic_)
            foretold[out] = curve.predict(scores[out])
        return foretold


def area_under_curve(scores: Floats, outcomes: Floats, weights: Floats) -> tuple[float, float, float]:
    """This will return the chance that a good one scored above a bad one (ties count half), with a 90 % interval.

    An outcome p in 0..1 counts as p of a good one and 1 - p of a bad one.
    """
    good, bad = weights * outcomes, weights * (1 - outcomes)
    if min(good.sum(), bad.sum()) <= 1e-9 * (good.sum() + bad.sum()):
        return float("nan"), 0.0, 1.0
    _, place = np.unique(scores, return_inverse=True)
    beaten = _share_below(place, bad)[place]
    beating = 1 - _share_below(place, good)[place]
    area = float(np.average(beaten, weights=good))
    variance = float(((good * (beaten - area)) ** 2).sum() / good.sum() ** 2)
    variance += float(((bad * (beating - area)) ** 2).sum() / bad.sum() ** 2)
    # Half a pair on either side keeps a perfect split short of certainty.
    slack = 0.5 / (good.sum() + bad.sum())
    inner = float(np.clip(area, slack, 1 - slack))
    spread = max(np.sqrt(variance), slack) / (inner * (1 - inner))
    low, high = special.expit(special.logit(inner) + np.array([-1, 1]) * _Z90 * spread)
    return area, float(low), float(high)


def _share_below(place: NDArray[np.int64], mass: Floats) -> Floats:
    """The share of the mass below each distinct score, with half of what is at it."""
    at = np.bincount(place, mass)
    return np.asarray((np.cumsum(at) - at / 2) / at.sum())


@dataclass(frozen=True, slots=True)
class _Logistic:
    center: float
    spread: float
    beta: Floats
    covariance: Floats

    @classmethod
    def of(cls, scores: Floats, outcomes: Floats, weights: Floats) -> Self:
        center = float(np.average(scores, weights=weights))
        spread = float(np.sqrt(np.average((scores - center) ** 2, weights=weights))) or 1.0
        # Weights are scaled to the number of people they are worth.
        weights = weights * (weights.sum() / (weights**2).sum())
        design = np.column_stack([np.ones(len(scores)), (scores - center) / spread])
        prior = np.diag([_INTERCEPT_SD**-2, _SLOPE_SD**-2])
        beta = np.zeros(2)
        for _ in range(50):
            chance = special.expit(design @ beta)
            gradient = design.T @ (weights * (outcomes - chance)) - prior @ beta
            curvature = (design.T * (weights * chance * (1 - chance))) @ design + prior
            step = np.linalg.solve(curvature, gradient)
            # A step of more than one logit could overshoot where the curve is flat.
            beta = beta + step / max(1.0, float(np.abs(step).max()))
            if np.abs(step).max() < 1e-10:
                break
        return cls(center, spread, beta, np.linalg.inv(curvature))

    def predict(self, scores: Floats) -> Floats:
        slope = max(float(self.beta[1]), 0.0)
        return np.asarray(special.expit(self.beta[0] + slope * (scores - self.center) / self.spread))


@dataclass(frozen=True, slots=True)
class _Isotonic:
    knots: Floats
    values: Floats

    @classmethod
    def of(cls, scores: Floats, outcomes: Floats, weights: Floats) -> Self:
        known, place = np.unique(scores, return_inverse=True)
        mass = np.bincount(place, weights)
        fitted = isotonic_regression(np.bincount(place, weights * outcomes) / mass, weights=mass)
        starts = fitted.blocks[:-1]
        knots = np.add.reduceat(known * mass, starts) / np.add.reduceat(mass, starts)
        # Nobody is certain: one more person of either kind could always have come.
        edge = 1 / (len(scores) + 2)
        return cls(knots, np.clip(fitted.x[starts], edge, 1 - edge))

    def predict(self, scores: Floats) -> Floats:
        return np.asarray(np.interp(scores, self.knots, self.values))


def _fit_curve(scores: Floats, outcomes: Floats, weights: Floats, *, is_isotonic: bool) -> _Logistic | _Isotonic:
    return (_Isotonic if is_isotonic else _Logistic).of(scores, outcomes, weights)


def _curve_points(scores: Floats, outcomes: Floats, weights: Floats, foretold: Floats) -> list[CurvePoint]:
    """Tenths of the people by score, each with Wilson's interval of what came."""
    points = []
    for rows in np.array_split(np.arange(len(scores)), min(_FOLDS, len(scores))):
        mass = weights[rows]
        worth = mass.sum() ** 2 / (mass**2).sum()
        came = float(np.average(outcomes[rows], weights=mass))
        middle = (came + _Z90**2 / (2 * worth)) / (1 + _Z90**2 / worth)
        half = _Z90 / (1 + _Z90**2 / worth) * np.sqrt(came * (1 - came) / worth + _Z90**2 / (4 * worth**2))
        points.append(
            CurvePoint(
                count=len(rows),
                score=float(np.average(scores[rows], weights=mass)),
                foretold=float(np.average(foretold[rows], weights=mass)),
                came=came,
                low90=max(float(middle - half), 0.0),
                high90=min(float(middle + half), 1.0),
            )
        )
    return points


def _check(scores: Floats, outcomes: Floats, weights: Floats) -> None:
    if not len(scores) == len(outcomes) == len(weights):
        raise ValueError("score, outcome and weight must have the same length")
    if len(scores) == 0 or not np.isfinite(scores).all():
        raise ValueError("at least one score, and finite scores only")
    if not ((outcomes >= 0) & (outcomes <= 1)).all():
        raise ValueError("an outcome lies in 0..1")
    if not ((weights > 0) & np.isfinite(weights)).all():
        raise ValueError("a weight is positive")
