"""What one more judgment of an item is worth: the expected drop in the cost of error, per unit of price."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from math import comb
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betainc, betaln, gammaln

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Items are taken in pieces, so that no intermediate array grows beyond about this many numbers (64 MB).
_PIECE = 8_000_000
# More distinct outcomes than this of several judgments are not looked ahead to.
_MOST_OUTCOMES = 2_000


class JudgmentValue:
    """This will say for each item what one more judgment is worth, and by which reviewer.

    An item has posterior ``p_k`` over K classes; reviewer r says l when the truth is k with probability ``R_rkl``;
    deciding d when the truth is k costs ``C_dk``. Deciding now costs ``min_d sum_k C_dk p_k``. After n further
    judgments by reviewers like r, whose outcomes m (how often each label was said) have ``P(m | k) = L_rkm``, it costs
    ``sum_m min_d sum_k C_dk p_k L_rkm``. The difference is the gain g_rn >= 0, and the value of a judgment is

        max over r and n <= lookahead of  g_rn / (n price_r)

    With n = 1 alone, an item that no single answer could turn over would be worth nothing, and a queue could starve
    it; looking ahead to the best number of judgments mends that. A value above 1 pays for itself when costs and
    prices are in one unit. Judgments are taken to be independent given the truth, so that correlated reviewers are
    worth less than is said here.

    Shapes: ``posterior`` (items, K); ``confusion`` (K, K) or (reviewers, K, K), rows adding up to 1; ``price`` a number or one
    a reviewer. Complexity: O(items * reviewers * K^2 * M), M <= C(lookahead + K - 1, K - 1) outcomes.

    Learned attributes:
        gain_: (items, reviewers), expected drop in cost by exactly one judgment, in the unit of ``cost``.
        value_: one number an item; reviewer_, judgments_: the reviewer and the number of judgments that reach it.
        queue_: positions of the items, the most valuable first; equals stay in order.

    Source: Raiffa and Schlaifer, Applied Statistical Decision Theory (1961); Howard, IEEE Trans. Syst. Sci. Cybern. 2
        (1966), doi:10.1109/TSSC.1966.300074; Frazier and Powell, Decis. Anal. 7 (2010), doi:10.1287/deca.1100.0190
        (looking ahead, since the value of information is not concave).
    """

    def __init__(self, *, cost: ArrayLike = 1.0, lookahead: int = 5) -> None:
        """``cost``: of any error, or a matrix (decisions, classes)."""
        if lookahead < 1:
            raise ValueError("lookahead must be at least 1")
        self.cost = np.asarray(cost, dtype=np.float64)
        if not (self.cost >= 0).all():
            raise ValueError("a cost must not be negative")
        self.lookahead = lookahead

    def fit(self, posterior: ArrayLike, confusion: ArrayLike, price: ArrayLike = 1.0) -> Self:
        """This will value every item.

        Raises:
            ValueError: shapes that don't fit, probabilities that don't add up to 1, or a price that is not positive.
        """
        beliefs, matrices, prices = _checked(posterior, confusion, price)
        classes = beliefs.shape[1]
        costs = self.cost if self.cost.ndim == 2 else float(self.cost) * (1 - np.eye(classes))
        if costs.shape[1] != classes:
            raise ValueError("cost must have one column a class")
        now = (beliefs @ costs.T).min(axis=1, initial=np.inf)
        items, reviewers = len(beliefs), len(matrices)
        self.gain_ = np.zeros((items, reviewers))
        self.value_ = np.zeros(items)
        self.reviewer_, self.judgments_ = np.zeros(items, dtype=np.int64), np.ones(items, dtype=np.int64)
        for count, outcomes in _outcomes(classes, self.lookahead):
            for reviewer, matrix in enumerate(matrices):
                later = _cost_after(beliefs, costs, _likelihood(matrix, outcomes))
                gain = np.maximum(now - later, 0.0)
                if count == 1:
                    self.gain_[:, reviewer] = gain
                value = gain / (count * prices[reviewer])
                # By a hair: rounding must not make more judgments look better than one.
                better = value > self.value_ + 1e-12
                self.value_[better] = value[better]
                self.reviewer_[better], self.judgments_[better] = reviewer, count
        self.queue_ = np.argsort(-self.value_, kind="stable")
        return self


def value_of_answers(mean: ArrayLike, strength: ArrayLike, bar: ArrayLike, *, lookahead: int = 5) -> Floats:
    """This will say what one more right-or-wrong answer is worth for telling whether a share lies above a bar.

    The share q is known as Beta(strength mean, strength (1 - mean)). Deciding now errs with probability
    ``r_0 = min(P(q < bar), P(q >= bar))``; after n more answers, k of them right with beta-binomial probability, with
    ``r_n = sum_k P(k) min(P(q < bar | k), P(q >= bar | k))``. The value is the drop an answer brings, as in ``JudgmentValue``::

        max over n <= lookahead of  (r_0 - r_n) / n

    Shapes: all of length N, or numbers; the answer is of length N. Complexity: O(N lookahead^2).

    Raises:
        ValueError: mean or bar not between 0 and 1, a strength that is not positive, or a lookahead below 1.

    Source: Raiffa and Schlaifer, Applied Statistical Decision Theory (1961), preposterior analysis of the beta-binomial.
    """
    means, strengths, bars = np.broadcast_arrays(*(np.atleast_1d(np.asarray(x, float)) for x in (mean, strength, bar)))
    if lookahead < 1 or not (strengths > 0).all():
        raise ValueError("lookahead must be at least 1 and strength positive")
    if not ((means > 0) & (means < 1) & (bars > 0) & (bars < 1)).all():
        raise ValueError("mean and bar must lie between 0 and 1")
    right, wrong = strengths * means, strengths * (1 - means)
    now = _risk(right, wrong, bars)
    best = np.zeros(len(means))
    for count in range(1, lookahead + 1):
        later = np.zeros(len(means))
        for found in range(count + 1):
            ways = gammaln(count + 1) - gammaln(found + 1) - gammaln(count - found + 1)
            chance = np.exp(ways + betaln(right + found, wrong + count - found) - betaln(right, wrong))
            later += chance * _risk(right + found, wrong + count - found, bars)
        best = np.maximum(best, (now - later) / count)
    return best


def _risk(right: Floats, wrong: Floats, bar: Floats) -> Floats:
    """The probability to be on the other side of the bar than one decides for."""
    below = betainc(right, wrong, bar)
    return np.asarray(np.minimum(below, 1 - below))


def _checked(posterior: ArrayLike, confusion: ArrayLike, price: ArrayLike) -> tuple[Floats, Floats, Floats]:
    beliefs = np.asarray(posterior, dtype=np.float64)
    matrices = np.asarray(confusion, dtype=np.float64)
    matrices = matrices[None] if matrices.ndim == 2 else matrices
    if beliefs.ndim != 2 or matrices.shape[1:] != (beliefs.shape[1], beliefs.shape[1]):
        raise ValueError("posterior must be (items, K) and confusion (K, K) or (reviewers, K, K)")
    for table in (beliefs, matrices):
        if not (table >= 0).all() or not np.allclose(table.sum(axis=-1), 1, atol=1e-6):
            raise ValueError("probabilities must not be negative and must add up to 1")
    prices = np.broadcast_to(np.asarray(price, dtype=np.float64), len(matrices))
    if not (prices > 0).all():
        raise ValueError("a price must be positive")
    return beliefs, matrices, prices


def _outcomes(classes: int, lookahead: int) -> Iterator[tuple[int, Ints]]:
    """For 1, 2, .. judgments every way how often each label can be said: (outcomes, classes)."""
    for count in range(1, lookahead + 1):
        if comb(count + classes - 1, classes - 1) > max(_MOST_OUTCOMES, classes):
            return
        # Stars and bars: where the bars between the labels stand.
        bars = np.array(list(combinations(range(count + classes - 1), classes - 1)), dtype=np.int64)
        bars = bars.reshape(-1, classes - 1)
        edge = np.full((len(bars), 1), count + classes - 1)
        yield count, np.diff(np.hstack([np.full_like(edge, -1), bars, edge])) - 1


def _likelihood(matrix: Floats, outcomes: Ints) -> Floats:
    """P(outcome | class): (classes, outcomes), multinomial."""
    ways = np.exp(gammaln(outcomes.sum(axis=1) + 1) - gammaln(outcomes + 1).sum(axis=1))
    return np.asarray(ways * np.prod(matrix[:, None, :] ** outcomes[None, :, :], axis=2))


def _cost_after(beliefs: Floats, costs: Floats, likelihood: Floats) -> Floats:
    """Expected cost of the best decision once the outcome is known, one number an item."""
    # (classes, decisions * outcomes), so that each piece is one matrix product.
    joint = (costs.T[:, :, None] * likelihood[:, None, :]).reshape(len(likelihood), -1)
    step = max(_PIECE // joint.shape[1], 1)
    pieces = [
        (beliefs[start : start + step] @ joint).reshape(-1, len(costs), likelihood.shape[1]).min(axis=1).sum(axis=1)
        for start in range(0, len(beliefs), step)
    ]
    return np.concatenate(pieces) if pieces else np.zeros(0)
