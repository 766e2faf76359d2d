"""Davidson's model of a comparison that may end in a tie: chances, and fitting scores to counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A set of connected items up to this size has its covariance computed exactly (32 MB, 0.5 s at 2,000).
_EXACT_ITEMS = 2_000


@dataclass(frozen=True, slots=True)
class Pairs:
    """The distinct pairs that were compared, by position among ``items`` items; ``first < second``."""

    first: Ints
    second: Ints
    items: int

    def gaps(self, scores: Floats) -> Floats:
        return np.asarray(scores[self.first] - scores[self.second])


def outcome_chances(gap: Floats, tie: float) -> Floats:
    """This will return P(first wins), P(second wins), P(tie): shape (len(gap), 3).

    With x = exp(gap / 2): ``x, 1/x, tie``, divided by their sum. ``tie`` is the odds of a tie
    against either win between equals; 0 without ties, and then this is Bradley and Terry's model.

    Source: Davidson, J. Am. Stat. Assoc. 65 (1970), doi:10.1080/01621459.1970.10481082.
    """
    # Everything is divided by the larger of x and 1/x, so that nothing overflows.
    small = np.exp(-np.abs(gap))
    weights = np.column_stack(
        [np.where(gap > 0, 1.0, small), np.where(gap > 0, small, 1.0), tie * np.sqrt(small)],
    )
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def chance_slopes(chances: Floats) -> Floats:
    """This will return the derivatives of the three chances by the gap."""
    lead = (chances[:, :1] - chances[:, 1:2]) / 2
    return np.asarray(chances * (np.array([0.5, -0.5, 0.0]) - lead))


def fit_scores(
    pairs: Pairs, counts: Floats, start: Floats, tie: float, variance: float, *, steps: int
) -> tuple[Floats, float]:
    """This will climb towards the scores (prior N(0, variance)) and the tie odds that best explain the counts.

    ``counts`` has shape (pairs, 3): how often the first won, the second won, and neither. The problem is concave, so
    L-BFGS needs no care; at most ``steps`` iterations are made from ``start``.
    """
    has_ties = tie > 0
    total = counts.sum(axis=1)
    ties = float(counts[:, 2].sum())

    def loss(parameters: Floats) -> tuple[float, Floats]:
        scores, log_tie = parameters[:-1], parameters[-1]
        gap = pairs.gaps(scores)
        chances = outcome_chances(gap, float(np.exp(log_tie)) if has_ties else 0.0)
        # log of the sum that every chance is divided by: read off the larger of the two wins.
        norm = np.abs(gap) / 2 - np.log(np.maximum(chances[:, 0], chances[:, 1]))
        value = float((counts[:, 0] - counts[:, 1]) @ gap / 2 - total @ norm - scores @ scores / (2 * variance))
        slope = (counts[:, 0] - counts[:, 1] - total * (chances[:, 0] - chances[:, 1])) / 2
        gradient = np.zeros(len(parameters))
        gradient[:-1] = np.bincount(pairs.first, slope, minlength=pairs.items)
        gradient[:-1] -= np.bincount(pairs.second, slope, minlength=pairs.items) + scores / variance
        if has_ties:
            value += ties * float(log_tie)
            gradient[-1] = ties - total @ chances[:, 2]
        return -value, -gradient

    begin = np.append(start, np.log(tie) if has_ties else 0.0)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 20})
    return np.asarray(found.x[:-1]), float(np.exp(found.x[-1])) if has_ties else 0.0


def score_variances(pairs: Pairs, information: Floats, variance: float) -> Floats:
    """This will return each score's posterior variance against the mean of the items it is connected with.

    ``information`` is about the gap, one number a pair. Items that no chain of comparisons connects
    are not compared at all: their scores share the prior's zero and nothing else.
    """
    size = pairs.items
    graph = sparse.coo_array((information, (pairs.first, pairs.second)), shape=(size, size)).tocsr()
    graph = graph + graph.T
    own = graph.sum(axis=1) + 1 / variance
    result = 1 / own
    _, component = connected_components(graph, directed=False)
    order = np.argsort(component, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(component[order])) + 1):
        if not 1 < len(rows) <= _EXACT_ITEMS:
            continue
        covariance = np.linalg.inv(np.diag(own[rows]) - graph[rows][:, rows].toarray())
        covariance -= covariance.mean(axis=0, keepdims=True)
        result[rows] = np.diag(covariance - covariance.mean(axis=1, keepdims=True))
    return np.asarray(np.maximum(result, 0.0))
