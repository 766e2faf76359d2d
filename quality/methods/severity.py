"""Severity of raters: how far a rater scores below what others give the same work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Up to this many raters the exact rater-by-rater information matrix is inverted for the standard
# errors (8 MB and 0.1 s at 1,000); beyond it the diagonal bound is used.
_EXACT_SE_RATERS = 1_000
# A variance component is never fitted below this share of the residual variance: a component of
# exactly zero could not leave zero again in an EM iteration.
_VARIANCE_FLOOR = 1e-6


@dataclass(slots=True)
class _Block:
    """One family of exchangeable effects: which effect each rating carries, and its variance."""

    index: Ints
    size: int
    variance: float
    effect: Floats = field(init=False)
    posterior_variance: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.effect = np.zeros(self.size)
        self.posterior_variance = np.zeros(self.size)


class SeverityModel:
    """This will fit a linear many-facet model of scores and learn each rater's severity.

    For rating n of item i by rater w on criterion c, with o = +1 where a high score is
    good and o = -1 where scores are penalties::

        o * y_n = m_c + a_i + b_ic + h_iw - s_w - t_wc + e_n
        a_i ~ N(0, V_item)    b_ic ~ N(0, V_item:criterion)    h_iw ~ N(0, V_halo)
        s_w ~ N(0, V_rater)   t_wc ~ N(0, V_rater:criterion)   e_n ~ N(0, V_w)

    ``m_c`` is a fixed criterion mean. The interactions b, h and t exist only with more
    than one criterion; h is the halo that ties one rater's criteria on one item. The
    residual variance of a rater, V_w, is shrunk towards the common one (inverse gamma
    worth ``precision_prior`` ratings), so that an erratic rater weighs less.

    Severity ``s_w`` is positive for a strict rater: one who scores below the item's level, or, for
    penalties (``higher_is_better=False``), one who writes more penalty than others on the same
    work. It is in the units of ``score``; take ``log1p`` of a heavy-tailed penalty before fitting.

    Method: Gauss-Seidel over the blocks, each block's best linear unbiased prediction given the
    others, and an EM step of every variance in each sweep (empirical Bayes). Standard errors of
    severity come from the inverse of the raters' Schur complement, items eliminated exactly.

    Shapes: ``item``, ``rater``, ``criterion`` and ``score`` are of length N.
    Complexity: O(N) a sweep and O(W^3) once for the standard errors of W raters (W <= 1,000).

    Learned attributes:
        items_: labels of the items, sorted. item_levels_: their level ``a_i`` plus the grand mean,
            in the units and direction of ``score``.
        raters_: labels of the raters, sorted. severity_, severity_se_: one number a rater,
            ``s_w`` plus the mean of its ``t_wc``, and its posterior standard deviation.
        criteria_, criterion_means_: labels and means, in the direction of ``score``.
        residual_variance_: common ``V``; rater_variance_: ``V_w``, one a rater.
        variances_: variance of each family of effects by name. sweeps_: sweeps made.

    Source: Linacre, Many-Facet Rasch Measurement (1989); Patz, Junker, Johnson and Mariano, J. Educ.
        Behav. Stat. 27 (2002), doi:10.3102/10769986027004341; Robinson, Statist. Sci. 6 (1991),
        doi:10.1214/ss/1177011926 (BLUP); Dempster, Laird and Rubin, J. R. Stat. Soc. B 39 (1977),
        doi:10.1111/j.2517-6161.1977.tb01600.x.
    """

    def __init__(
        self,
        *,
        higher_is_better: bool = True,
        precision_prior: float = 50.0,
        max_sweeps: int = 200,
        tolerance: float = 1e-5,
    ) -> None:
        if precision_prior <= 0 or max_sweeps < 1 or tolerance <= 0:
            raise ValueError("precision_prior, max_sweeps and tolerance must be positive")
        self.higher_is_better = higher_is_better
        self.precision_prior = precision_prior
        self.max_sweeps = max_sweeps
        self.tolerance = tolerance

    def fit(
        self,
        item: ArrayLike,
        rater: ArrayLike,
        score: ArrayLike,
        criterion: ArrayLike | None = None,
    ) -> Self:
        """This will learn the effects from N ratings.

        Raises:
            ValueError: no rating, unequal lengths, or a score that is not finite.
        """
        values = np.asarray(score, dtype=np.float64)
        items, raters = np.asarray(item), np.asarray(rater)
        criteria = np.zeros(len(values), dtype=np.int64) if criterion is None else np.asarray(criterion)
        if not (len(values) == len(items) == len(raters) == len(criteria)):
            raise ValueError("item, rater, score and criterion must have the same length")
        if len(values) == 0 or not np.isfinite(values).all():
            raise ValueError("at least one rating, and finite scores only")

        self.items_, item_index = _codes(items)
        self.raters_, self._rater_index = _codes(raters)
        self.criteria_, self._criterion_index = _codes(criteria)
        self._sign = 1.0 if self.higher_is_better else -1.0
        self._oriented = self._sign * values
        self._blocks = self._make_blocks(item_index)
        self._sweep_until_stable()
        self._publish()
        return self

    def predict(self, item: ArrayLike, rater: ArrayLike, criterion: ArrayLike | None = None) -> Floats:
        """This will return the expected score of each (item, rater, criterion), in score units.

        An item, rater or criterion never seen counts as average.
        """
        items, raters = np.asarray(item), np.asarray(rater)
        columns = len(self.criteria_)
        at_item = _positions(self.items_, items)
        at_rater = _positions(self.raters_, raters)
        if criterion is None:
            at_criterion = np.full(len(items), 0 if columns == 1 else -1)
        else:
            at_criterion = _positions(self.criteria_, np.asarray(criterion))
        means = np.append(self._means, self._grand_mean)
        total = means[at_criterion] + _take(self._blocks["item"].effect, at_item)
        total -= _take(self._blocks["rater"].effect, at_rater)
        if "rater:criterion" in self._blocks:
            pair = np.where(
                (at_rater < 0) | (at_criterion < 0),
                -1,
                at_rater * columns + at_criterion,
            )
            total -= _take(self._blocks["rater:criterion"].effect, pair)
            pair = np.where((at_item < 0) | (at_criterion < 0), -1, at_item * columns + at_criterion)
            total += _take(self._blocks["item:criterion"].effect, pair)
        return np.asarray(self._sign * total)

    def _make_blocks(self, item_index: Ints) -> dict[str, _Block]:
        columns = len(self.criteria_)
        start = max(float(np.var(self._oriented)), 1e-12) / 3
        blocks = {
            "item": _Block(item_index, len(self.items_), start),
            "rater": _Block(self._rater_index, len(self.raters_), start / 3),
        }
        if columns > 1:
            pairs = item_index * columns + self._criterion_index
            blocks["item:criterion"] = _Block(pairs, len(self.items_) * columns, start / 3)
            pairs = self._rater_index * columns + self._criterion_index
            blocks["rater:criterion"] = _Block(pairs, len(self.raters_) * columns, start / 3)
            seen, pairs = np.unique(item_index * len(self.raters_) + self._rater_index, return_inverse=True)
            blocks["halo"] = _Block(pairs, len(seen), start / 3)
        self._start_variance = start
        return blocks

    def _sweep_until_stable(self) -> None:
        """Gauss-Seidel sweeps until no variance moves by more than ``tolerance`` of itself."""
        count = len(self._oriented)
        ratings_by_rater = np.bincount(self._rater_index, minlength=len(self.raters_)).astype(float)
        ratings_by_criterion = np.bincount(self._criterion_index)
        self._means = np.zeros(len(self.criteria_))
        self.rater_variance_ = np.full(len(self.raters_), self._start_variance)
        self.residual_variance_ = self._start_variance
        residual = self._oriented.copy()
        for sweep in range(1, self.max_sweeps + 1):
            before = self._variance_vector()
            shift = np.bincount(self._criterion_index, residual) / ratings_by_criterion
            self._means += shift
            residual -= shift[self._criterion_index]
            precision = (1.0 / self.rater_variance_)[self._rater_index]
            uncertainty = np.zeros(count)
            for name, block in self._blocks.items():
                sign = -1.0 if name.startswith("rater") else 1.0
                residual = self._update_block(block, residual, precision, sign)
                uncertainty += block.posterior_variance[block.index]
            squares = np.bincount(self._rater_index, residual**2 + uncertainty)
            self.residual_variance_ = max(float(squares.sum()) / count, 1e-12)
            prior = self.precision_prior
            self.rater_variance_ = (squares + prior * self.residual_variance_) / (ratings_by_rater + prior)
            after = self._variance_vector()
            self.sweeps_ = sweep
            if np.max(np.abs(after - before) / (before + after)) < self.tolerance:
                break

    def _update_block(self, block: _Block, residual: Floats, precision: Floats, sign: float) -> Floats:
        """Replace the block's effects by their BLUP given all others; return the new residual."""
        information = np.bincount(block.index, precision, minlength=block.size)
        score = np.bincount(block.index, precision * residual, minlength=block.size)
        block.posterior_variance = 1.0 / (information + 1.0 / block.variance)
        updated = block.posterior_variance * (sign * score + information * block.effect)
        change = updated - block.effect
        block.effect = updated
        seen = information > 0
        second_moment = (updated[seen] ** 2 + block.posterior_variance[seen]).mean()
        floor = _VARIANCE_FLOOR * self.residual_variance_
        block.variance = max(float(second_moment), floor)
        return np.asarray(residual - sign * change[block.index])

    def _variance_vector(self) -> Floats:
        return np.array([self.residual_variance_, *(b.variance for b in self._blocks.values())])

    def _publish(self) -> None:
        self._grand_mean = float(self._oriented.mean())
        self.variances_ = {name: block.variance for name, block in self._blocks.items()}
        self.severity_ = self._blocks["rater"].effect.copy()
        if "rater:criterion" in self._blocks:
            by_criterion = self._blocks["rater:criterion"].effect
            self.severity_ += by_criterion.reshape(len(self.raters_), -1).mean(axis=1)
        self.severity_se_ = self._severity_standard_errors()
        self.criterion_means_ = self._sign * self._means
        self.item_levels_ = self._sign * (self._grand_mean + self._blocks["item"].effect)

    def _severity_standard_errors(self) -> Floats:
        """Posterior standard deviation of each severity against the average rater's, items' uncertainty included.

        With item effects eliminated the raters' information is
        ``diag(p_w + 1/V) - C' D^-1 C``, ``C`` being the items' by raters' summed precision.
        """
        item, rater = self._blocks["item"], self._blocks["rater"]
        halo = self._blocks["halo"].variance if "halo" in self._blocks else 0.0
        precision = (1.0 / self.rater_variance_)[self._rater_index]
        summed = sparse.coo_array((precision, (item.index, rater.index)), shape=(item.size, rater.size)).tocsr()
        # One rater's criteria on one item share a halo: together they tell less.
        summed.data = 1.0 / (1.0 / summed.data + halo)
        rater_variance = rater.variance
        if "rater:criterion" in self._blocks:
            by_criterion = self._blocks["rater:criterion"].variance
            rater_variance += by_criterion / len(self.criteria_)
        own = summed.sum(axis=0) + 1.0 / rater_variance
        if rater.size > _EXACT_SE_RATERS:
            return np.asarray(np.sqrt(1.0 / own))
        item_variance = 1.0 / (summed.sum(axis=1) + 1.0 / item.variance)
        shared = summed.T @ (sparse.diags_array(item_variance) @ summed)
        information = np.diag(own) - shared.toarray()
        covariance = np.linalg.inv(information)
        # Against the average rater: what moves all raters alike is the items' level, not severity.
        covariance -= covariance.mean(axis=0, keepdims=True)
        covariance -= covariance.mean(axis=1, keepdims=True)
        return np.asarray(np.sqrt(np.diag(covariance)))


def _codes(labels: NDArray[np.generic]) -> tuple[NDArray[np.generic], Ints]:
    """The sorted distinct labels, and the position of each label among them."""
    distinct, index = np.unique(labels, return_inverse=True)
    return distinct, index.astype(np.int64)


def _positions(known: NDArray[np.generic], labels: NDArray[np.generic]) -> Ints:
    """The position of each label in ``known`` (sorted), or -1 where it is not there."""
    at = np.minimum(np.searchsorted(known, labels), len(known) - 1)
    return np.where(known[at] == labels, at, -1)


def _take(effect: Floats, at: Ints) -> Floats:
    """``effect[at]`` with 0 for a position of -1."""
    return np.append(effect, 0.0)[at]
