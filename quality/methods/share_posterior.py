"""The posterior of one worker's tree of shares: covariances, intervals, and rows of results."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaincinv

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Equal-tailed 90 %: 5 % below, 5 % above.
TAIL = 0.05


@dataclass(frozen=True, slots=True)
class ShareEstimates:
    """One row per requested (worker, scope), in the order of the request.

    ``mean``, ``low90`` and ``high90`` are shares (0..1); ``strength`` is the weight of
    the whole posterior in answers, ``n_eff`` the part of it that is this worker's own
    evidence. ``prior`` is the population's share; ``prior`` plus the row's
    contributions is ``mean``. ``is_inherited`` tells that the worker has no evidence
    at or below the scope.
    """

    mean: Floats
    low90: Floats
    high90: Floats
    n_eff: Floats
    strength: Floats
    prior: Floats
    is_inherited: NDArray[np.bool_]
    #: Positions into the arrays below: row r owns [starts[r], starts[r + 1]).
    starts: Ints
    contribution_scope: Ints
    contribution_delta: Floats
    #: The weight a of the cell's share in the mean: delta = a (share - prior).
    contribution_weight: Floats


class Collector:
    """Rows filled worker by worker, then frozen."""

    def __init__(self, count: int) -> None:
        self.mean, self.low90, self.high90 = (np.empty(count) for _ in range(3))
        self.n_eff, self.strength, self.prior = (np.empty(count) for _ in range(3))
        self.is_inherited = np.empty(count, dtype=bool)
        empty = np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
        self.contributions: list[tuple[Ints, Floats, Floats]] = [empty] * count

    def finish(self) -> ShareEstimates:
        sizes = [len(scope) for scope, *_ in self.contributions]
        columns = [
            np.concatenate([row[place] for row in self.contributions]) if sizes else np.zeros(0) for place in range(3)
        ]
        return ShareEstimates(
            self.mean,
            self.low90,
            self.high90,
            np.maximum(self.n_eff, 0.0),
            self.strength,
            self.prior,
            self.is_inherited,
            np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)]).astype(np.int64),
            columns[0].astype(np.int64),
            *columns[1:],
        )


def covariances(parent: Ints, variance: Floats, at_cell: Ints, total: Floats) -> tuple[Floats, Floats]:
    """Prior and posterior covariance of a tree's shares, in units of m(1-m)."""
    count = len(parent)
    prior = np.zeros((count, count))
    prior[0, 0] = variance[0]
    for node in range(1, count):
        prior[node, :node] = prior[:node, node] = prior[parent[node], :node]
        prior[node, node] = prior[parent[node], parent[node]] + variance[node]
    if len(at_cell) == 0:
        return prior, prior
    # Woodbury, in the cells that hold evidence.
    towards = prior[:, at_cell]
    inner = prior[np.ix_(at_cell, at_cell)] + np.diag(1.0 / total)
    return prior, prior - towards @ np.linalg.solve(inner, towards.T)


def beta_interval(mean: Floats, strength: Floats) -> tuple[Floats, Floats]:
    alpha, beta = strength * mean, strength * (1 - mean)
    low = np.minimum(betaincinv(alpha, beta, TAIL), mean)
    high = np.maximum(betaincinv(alpha, beta, 1 - TAIL), mean)
    return low, high


def widen(
    mean: ArrayLike,
    low90: ArrayLike,
    high90: ArrayLike,
    strength: ArrayLike,
    steps: ArrayLike,
) -> tuple[Floats, Floats, Floats]:
    """This will carry estimates down the tree to cells without evidence.

    ``steps`` is the summed variance 1/K_d of the levels between (in units of m(1-m)). Returns low90, high90 and
    strength there; the mean stays, and the interval contains the one it came from.
    """
    means = np.asarray(mean, dtype=np.float64)
    weaker = 1.0 / (1.0 / np.asarray(strength, dtype=np.float64) + np.asarray(steps))
    low, high = beta_interval(means, weaker)
    return np.minimum(low, low90), np.maximum(high, high90), weaker
