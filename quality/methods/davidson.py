"""Davidson's model of a comparison that may end in a tie: chances, and fitting scores to counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
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


def outcome_chances(gap: Floats, tie: ArrayLike) -> Floats:
    """This will return P(first wins), P(second wins), P(tie): shape (len(gap), 3).

    With x = exp(gap / 2): ``x, 1/x, tie``, divided by their sum. ``tie``, one for all or one each, is the odds
    of a tie against either win between equals; 0 without ties, and then this is Bradley and Terry's model.

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


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Judgments for a fit of scores: their pair, 1 where its first won and -1 its second, tie odds, and weight."""

    pair: Ints
    side: Floats
    tie: Floats
    weight: Floats


def fit_scores(pairs: Pairs, verdicts: Verdicts, start: Floats, variance: float, *, steps: int) -> Floats:
    """This will climb towards the scores, with prior N(0, variance), that best explain the verdicts.

    The problem is concave, so L-BFGS needs no care; at most ``steps`` iterations are made from ``start``.
    """
    half_tie = verdicts.tie / 2
    pull = np.bincount(verdicts.pair, verdicts.weight * verdicts.side, minlength=len(pairs.first)) / 2

    def loss(scores: Floats) -> tuple[float, Floats]:
        gap = pairs.gaps(scores)
        half = np.abs(gap) / 2
        small = np.exp(-half)
        # The sum that every chance is divided by is 2 e^half (even + half_tie e^-half).
        even = (1 + small**2)[verdicts.pair] / 2
        norm = even + half_tie * small[verdicts.pair]
        lead = verdicts.weight * (1 - even) / norm
        logs = np.bincount(verdicts.pair, verdicts.weight * np.log(norm), minlength=len(gap))
        total = np.bincount(verdicts.pair, verdicts.weight, minlength=len(gap))
        value = float(pull @ gap - logs.sum() - total @ half - scores @ scores / (2 * variance))
        slope = pull - np.sign(gap) * np.bincount(verdicts.pair, lead, minlength=len(gap)) / 2
        gradient = np.bincount(pairs.first, slope, minlength=pairs.items)
        gradient = gradient - np.bincount(pairs.second, slope, minlength=pairs.items) - scores / variance
        return -value, -gradient

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": steps, "maxcor": 20})
    return np.asarray(found.x)


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
