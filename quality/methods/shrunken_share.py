"""Shrunken share: what part of the planted errors a worker finds, and how sure we are."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.methods.share_moments import CellSums, Forest, gather_moments
from quality.methods.share_posterior import (
    Collector,
    ShareEstimates,
    beta_interval,
    covariances,
)
from quality.methods.shares import SharePriors, fit_priors

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ShrunkenShare:
    """This will estimate shares for worker x scope cells, each shrunk to its parent scope.

    The scopes form a tree (or forest under one virtual root, the worker as a whole). For
    worker w the true share at scope c with parent p, and the answers given there::

        q_w,root ~ (m, m(1-m) / K_0)              K_d = prior weight in answers
        q_w,c | q_w,p ~ (q_w,p, m(1-m) / K_d)     d = depth of c
        x_c | q_w,c   ~ (n_c q_w,c, n_c m(1-m))   x_c found of n_c answers

    Given as (mean, variance). The best linear estimate on this tree is, in units of
    m(1-m), a Gaussian one with prior precision matrix L (tree) and data precision
    N = diag(n)::

        mean = (L + N)^-1 (L 1 m + N x/n)        strength_c = 1 / [(L + N)^-1]_cc

    With one scope this is exactly the beta-binomial posterior (K m + x) / (K + n) of
    weight K + n. The interval is the equal-tailed 90 % one of Beta(strength * mean,
    strength * (1 - mean)). A cell without evidence at or below it inherits its parent's
    mean, and its interval contains the parent's.

    The estimate is linear in the shares: with A = (L + N)^-1 N, whose entries are >= 0,
    ``mean_c - m = sum_e A_ce (x_e/n_e - m)``; these terms are the contributions.

    Priors m and K_d are fitted for each worker from all the others (``fit_priors``), or
    given (``use_priors``), as an update between two fits does.

    Shapes: ``worker``, ``scope``, ``found``, ``total`` of length N; ``parents`` of
    length S, a parent's position or -1 under the root. ``found`` may be fractional
    (scores of 0..1 count as that part of an answer); ``total`` is the answers' weight.
    Complexity: O(sum over workers of k^3) for k scopes a worker, batched.

    Learned attributes:
        population_: SharePriors fitted from everybody. own_priors_: one row a worker.
        workers_: the workers' labels, sorted.

    Source: Efron and Morris, J. Am. Stat. Assoc. 70 (1975),
        doi:10.1080/01621459.1975.10479864; Buehlmann and Straub (1970) credibility;
        Jewell, ASTIN Bulletin 8 (1975), doi:10.1017/S0515036100009193 (hierarchical
        credibility); Gelman and Hill (2006), doi:10.1017/CBO9780511790942, ch. 12.
    """

    def __init__(self, parents: ArrayLike, *, levels: int | None = None) -> None:
        self._forest = Forest.of(parents)
        deepest = int(self._forest.depths.max(initial=0)) + 1
        self.levels = deepest if levels is None else levels
        if self.levels < deepest:
            raise ValueError("the tree is deeper than levels")

    def fit(self, worker: ArrayLike, scope: ArrayLike, found: ArrayLike, total: ArrayLike) -> Self:
        """This will learn the priors and keep the evidence.

        Raises:
            ValueError: unequal lengths, an unknown scope, ``total`` not positive, or
                ``found`` outside 0..total.
        """
        self._keep(worker, scope, found, total)
        moments = gather_moments(
            self._forest,
            self.levels,
            len(self.workers_),
            CellSums(self._cell_worker, self._cell_scope, self._cell_total, self._cell_found),
        )
        self.population_, self.own_priors_ = fit_priors(moments)
        return self

    def use_priors(
        self,
        priors: SharePriors,
        worker: ArrayLike,
        scope: ArrayLike,
        found: ArrayLike,
        total: ArrayLike,
    ) -> Self:
        """This will keep the evidence under given priors: one row for all, or one a worker."""
        self._keep(worker, scope, found, total)
        count = len(self.workers_)
        self.population_ = priors
        self.own_priors_ = SharePriors(
            np.broadcast_to(priors.mean, count),
            np.broadcast_to(priors.mean_variance, count),
            np.broadcast_to(priors.strengths, (count, priors.strengths.shape[-1])),
        )
        return self

    def estimate(self, worker: ArrayLike, scope: ArrayLike) -> ShareEstimates:
        """This will estimate each requested (worker, scope); -1 is the worker as a whole.

        A worker never seen gets the population's prior at that depth, with no evidence.
        """
        labels = np.asarray(worker)
        scopes = np.asarray(scope, dtype=np.int64)
        at = np.searchsorted(self.workers_, labels)
        at = np.minimum(at, len(self.workers_) - 1)
        seen = self.workers_[at] == labels if len(self.workers_) else np.zeros(len(labels), dtype=bool)
        result = Collector(len(labels))
        order = np.argsort(np.where(seen, at, -1), kind="stable")
        groups = np.split(order, np.flatnonzero(np.diff(np.where(seen, at, -1)[order])) + 1)
        for rows in groups:
            if len(rows) == 0:
                continue
            first = rows[0]
            own = int(at[first]) if seen[first] else None
            self._estimate_worker(own, rows, scopes[rows], result)
        return result.finish()

    def _keep(self, worker: ArrayLike, scope: ArrayLike, found: ArrayLike, total: ArrayLike) -> None:
        labels = np.asarray(worker)
        scopes = np.asarray(scope, dtype=np.int64)
        hits = np.asarray(found, dtype=np.float64)
        weight = np.asarray(total, dtype=np.float64)
        if not len(labels) == len(scopes) == len(hits) == len(weight):
            raise ValueError("worker, scope, found and total must have the same length")
        if len(scopes) and not (scopes.min() >= -1 and scopes.max() < len(self._forest.parents)):
            raise ValueError("a scope is not in the tree")
        if not ((weight > 0) & (hits >= 0) & (hits <= weight)).all():
            raise ValueError("total must be positive and found between 0 and total")
        # Rows are put in one order first, so that sums come out to the same bits.
        order = np.lexsort((hits, weight, scopes, labels))
        self.workers_, index = np.unique(labels[order], return_inverse=True)
        cell = index * (len(self._forest.parents) + 1) + scopes[order] + 1
        cells, where = np.unique(cell, return_inverse=True)
        self._cell_worker = cells // (len(self._forest.parents) + 1)
        self._cell_scope = cells % (len(self._forest.parents) + 1) - 1
        self._cell_found = np.bincount(where, hits[order], minlength=len(cells))
        self._cell_total = np.bincount(where, weight[order], minlength=len(cells))
        self._cell_starts = np.searchsorted(self._cell_worker, np.arange(len(self.workers_) + 1))

    def _estimate_worker(self, own: int | None, rows: Ints, wanted: Ints, result: Collector) -> None:
        """Solve one worker's small tree and write its requested rows."""
        start, stop = (self._cell_starts[own], self._cell_starts[own + 1]) if own is not None else (0, 0)
        cells = self._cell_scope[start:stop]
        total, found = self._cell_total[start:stop], self._cell_found[start:stop]
        priors = self.population_ if own is None else self.own_priors_
        mean = float(priors.mean if own is None else priors.mean[own])
        wobble = float(priors.mean_variance if own is None else priors.mean_variance[own])
        strengths = priors.strengths if own is None else priors.strengths[own]

        nodes = self._closure(np.concatenate([cells, wanted]))
        position = {int(scope): place for place, scope in enumerate(nodes)}
        parent = np.array(
            [0 if s < 0 else position[int(self._forest.parents[s])] for s in nodes],
            dtype=np.int64,
        )
        depth = np.array([0 if s < 0 else self._forest.depths[s] for s in nodes])
        at_cell = np.array([position[int(s)] for s in cells], dtype=np.int64)
        variance = 1.0 / strengths[depth]
        variance[0] += wobble
        prior_covariance, covariance = covariances(parent, variance, at_cell, total)

        share = np.divide(found, total)
        weights = covariance[:, at_cell] * total
        reach = np.zeros(len(nodes), dtype=bool)
        for place in at_cell:
            while not reach[place]:
                reach[place] = True
                place = parent[place]
        deltas = weights * (share - mean)
        means = np.clip(mean + deltas.sum(axis=1), 1e-9, 1 - 1e-9)
        strength = 1.0 / np.diag(covariance)
        low, high = beta_interval(means, strength)
        # Parents stand before children, so an inherited interval widens downwards.
        for place in range(1, len(nodes)):
            if not reach[place]:
                low[place] = min(low[place], low[parent[place]])
                high[place] = max(high[place], high[parent[place]])
        at = np.array([position[int(s)] for s in wanted], dtype=np.int64)
        result.mean[rows] = means[at]
        result.low90[rows], result.high90[rows] = low[at], high[at]
        result.strength[rows] = strength[at]
        result.n_eff[rows] = strength[at] - 1.0 / np.diag(prior_covariance)[at]
        result.prior[rows] = mean
        result.is_inherited[rows] = ~reach[at]
        for row, place in zip(rows, at, strict=True):
            result.contributions[row] = (cells, deltas[place], weights[place])

    def _closure(self, scopes: Ints) -> Ints:
        """The scopes with all their ancestors, the root (-1) first, parents first."""
        found = {-1}
        for scope in np.unique(scopes):
            place = int(scope)
            while place not in found:
                found.add(place)
                place = int(self._forest.parents[place])
        ordered = sorted(found, key=lambda s: (0 if s < 0 else int(self._forest.depths[s]), s))
        return np.array(ordered, dtype=np.int64)
