"""Pairwise comparisons by workers who differ in reliability: which item is better, and by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.methods.davidson import (
    Pairs,
    Verdicts,
    chance_slopes,
    fit_scores,
    outcome_chances,
    score_variances,
)
from quality.methods.grid_posterior import grid_quantile, posterior_on_grid

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: What ``winner`` may say, in the order of all outcome columns.
OUTCOMES = ("a", "b", "tie")
# Reliabilities are integrated over these values; their prior is learned, with this many workers'
# worth of a flat one mixed in.
_GRID = np.linspace(0.0, 1.0, 15)
_FLAT_WORKERS = 8.0
_STEPS_A_ROUND = 10
# A worker's share of ties when guessing is shrunk to everybody's by this many judgments.
_TIE_JUDGMENTS = 10.0


@dataclass(frozen=True, slots=True)
class _Judgments:
    """Judgments sorted by worker: which pair, worker and outcome (0 first, 1 second, 2 tie), and their weight."""

    pair: Ints
    worker: Ints
    outcome: Ints
    weight: Floats


class PairwiseModel:
    """This will score items from comparisons ``a against b`` by workers who may be careless, ties included.

    A worker of reliability r answers, each time, with chance r by Davidson's model of the
    items' scores s, and otherwise guesses without looking::

        P(a) : P(b) : P(tie) = exp((s_a - s_b)/2) : exp((s_b - s_a)/2) : tie_w      (looking)
        P(a) = P(b) = (1 - g_w)/2,  P(tie) = g_w                                    (guessing)
        s_i ~ N(0, V)          r_w ~ a distribution on [0, 1] learned from all workers
        log tie_w ~ N(log tie, T)            g_w = the worker's share of ties, shrunk

    It is Crowd-BT with a careless instead of a contrary worker, and without a point estimate
    of reliability: r is integrated out over a grid, so a worker of two judgments stays near the usual. Each worker
    has a tie rate of their own, or whoever never calls a tie would pass for careless.

    Method: EM. The E-step gives each worker's posterior of r, and for each judgment the chance that the
    worker looked. The M-step fits the scores to what was seen by looking (L-BFGS), moves
    each worker's tie odds by a Newton step and updates V, T and the distribution of r. Errors are
    Laplace's, from the expected information about s_a - s_b that a judgment of such a worker carries.

    Scores compare items that a chain of comparisons connects. They are logits: a
    reliable worker prefers a to b with odds ``exp(s_a - s_b)`` when not calling a tie.

    Shapes: ``a``, ``b``, ``worker``, ``winner``, ``weight`` of length N.
    Complexity: O(15 N) a round and O(I^3) once for each connected set of I <= 2,000 items.
    Rows are put in one order first: the same judgments in any order give the same bytes.

    Learned attributes:
        items_, score_, score_se_: labels, sorted; score; posterior standard deviation against the
            mean of the items connected with it. score_variance_: V.
        workers_, counts_: labels, sorted, and their judgments. reliability_: posterior mean of r.
        worker_mean_, low90_, high90_: (1 + r)/2, the chance to name the better of two that differ
            clearly, and its 90 % interval. n_eff_: the worker's own judgments behind it, in the
            precision they add to the prior's.
        tie_, worker_tie_: tie odds between equals, the usual and each worker's. rounds_: rounds made.

    Source: Chen, Bennett, Collins-Thompson and Horvitz, WSDM (2013), doi:10.1145/2433396.2433420
        (Crowd-BT); Bradley and Terry, Biometrika 39 (1952), doi:10.1093/biomet/39.3-4.324; Davidson,
        J. Am. Stat. Assoc. 65 (1970), doi:10.1080/01621459.1970.10481082.
    """

    def __init__(self, *, max_rounds: int = 200, tolerance: float = 5e-3) -> None:
        if max_rounds < 1 or tolerance <= 0:
            raise ValueError("max_rounds and tolerance must be positive")
        self.max_rounds = max_rounds
        self.tolerance = tolerance

    def fit(
        self,
        a: ArrayLike,
        b: ArrayLike,
        worker: ArrayLike,
        winner: ArrayLike,
        weight: ArrayLike | None = None,
    ) -> Self:
        """This will learn from N judgments; ``winner`` says "a", "b" or "tie".

        ``weight`` (1 each) is how much a judgment counts where several depend on each other.

        Raises:
            ValueError: no judgment, unequal lengths, an item against itself, another winner than
                these three, or a weight that is not positive.
        """
        firsts, seconds, workers, winners = (np.asarray(column) for column in (a, b, worker, winner))
        weights = np.ones(len(firsts)) if weight is None else np.asarray(weight, dtype=np.float64)
        if len({len(firsts), len(seconds), len(workers), len(winners), len(weights)}) > 1 or len(firsts) == 0:
            raise ValueError("a, b, worker, winner and weight must have the same length, and at least one judgment")
        outcome = np.full(len(winners), -1)
        for code, name in enumerate(OUTCOMES):
            outcome[winners.astype(str) == name] = code
        if (outcome < 0).any():
            raise ValueError('winner must be "a", "b" or "tie"')
        if not ((weights > 0) & np.isfinite(weights)).all():
            raise ValueError("a weight must be positive")
        self.items_, both = np.unique(np.concatenate([firsts, seconds]), return_inverse=True)
        self.workers_, worker_index = np.unique(workers, return_inverse=True)
        left, right = both[: len(firsts)], both[len(firsts) :]
        if (left == right).any():
            raise ValueError("an item can't be compared with itself")
        self._lay_out(left, right, worker_index, outcome, weights)
        self._learn()
        self._publish()
        return self

    def predict(self, a: ArrayLike, b: ArrayLike, worker: ArrayLike | None = None) -> Floats:
        """This will return P(a), P(b), P(tie) by somebody who looks, or by each named worker: shape (N, 3).

        An item never seen has the mean score 0, a worker never seen the usual reliability.
        """
        scores = np.append(self.score_, 0.0)
        gap = scores[_positions(self.items_, np.asarray(a))] - scores[_positions(self.items_, np.asarray(b))]
        if worker is None:
            return outcome_chances(gap, self.tie_)
        at = _positions(self.workers_, np.asarray(worker))
        reliability = np.append(self.reliability_, self._prior @ _GRID)[at][:, None]
        guess = np.vstack([self._guess, self._guess.mean(axis=0)])[at]
        chances = outcome_chances(gap, np.append(self.worker_tie_, self.tie_)[at])
        return np.asarray(guess + reliability * (chances - guess))

    def _lay_out(self, left: Ints, right: Ints, worker: Ints, outcome: Ints, weight: Floats) -> None:
        """Each pair once, smaller code first, and the judgments by worker in one order."""
        swapped = left > right
        first, second = np.where(swapped, right, left), np.where(swapped, left, right)
        outcome = np.where(swapped & (outcome < 2), 1 - outcome, outcome)
        keys, pair = np.unique(first * len(self.items_) + second, return_inverse=True)
        self._pairs = Pairs(keys // len(self.items_), keys % len(self.items_), len(self.items_))
        order = np.lexsort((weight, outcome, pair, worker))
        self._judgments = _Judgments(pair[order], worker[order], outcome[order], weight[order])
        self._starts = np.searchsorted(self._judgments.worker, np.arange(len(self.workers_)))
        self.counts_ = np.bincount(worker)

    def _learn(self) -> None:
        said = self._judgments
        is_tie = said.outcome == 2
        share = float(np.average(is_tie, weights=said.weight))
        called = np.bincount(said.worker, is_tie) + _TIE_JUDGMENTS * share
        guess_tie = called / (self.counts_ + _TIE_JUDGMENTS)
        self._guess = np.column_stack([(1 - guess_tie) / 2, (1 - guess_tie) / 2, guess_tie])
        # Between equals tie : win = tie_, so this is the share of ties that was seen.
        self.tie_ = 2 * share / max(1 - share, 1e-3)
        self.worker_tie_ = np.full(len(self.workers_), self.tie_)
        self._tie_variance = 1.0
        self.score_ = np.zeros(len(self.items_))
        self.score_variance_ = 1.0
        self._prior = np.full(len(_GRID), 1 / len(_GRID))
        for round_number in range(1, self.max_rounds + 1):
            self.rounds_, before = round_number, self.score_
            seen = self._look() * said.weight
            side = np.array([1.0, -1.0, 0.0])[said.outcome]
            verdicts = Verdicts(said.pair, side, self.worker_tie_[said.worker], seen)
            self.score_ = fit_scores(self._pairs, verdicts, before, self.score_variance_, steps=_STEPS_A_ROUND)
            self._learn_variance(seen)
            if share:
                self._learn_ties(seen)
            weight = self._posterior.sum(axis=0) + _FLAT_WORKERS / len(_GRID)
            self._prior = weight / weight.sum()
            if np.abs(self.score_ - before).max() < self.tolerance:
                break
        self._look()

    def _chances(self) -> Floats:
        """The chances of each judgment's three outcomes when its worker looks."""
        said = self._judgments
        return outcome_chances(self._pairs.gaps(self.score_)[said.pair], self.worker_tie_[said.worker])

    def _look(self) -> Floats:
        """E-step: keep every worker's posterior of r, and return for each judgment the chance that they looked."""
        said = self._judgments
        by_look = self._chances()[np.arange(len(said.outcome)), said.outcome]
        by_guess = self._guess[said.worker, said.outcome]
        mixed = np.maximum(by_guess[:, None] + (by_look - by_guess)[:, None] * _GRID, 1e-300)
        self._posterior = posterior_on_grid(np.log(mixed) * said.weight[:, None], self._starts, self._prior)
        return np.asarray(by_look * ((self._posterior * _GRID)[said.worker] / mixed).sum(axis=1))

    def _learn_variance(self, seen: Floats) -> None:
        """EM step of V, each score's variance taken given the others."""
        said, size = self._judgments, self._pairs.items
        chances = self._chances()
        decided, lead = chances[:, 0] + chances[:, 1], chances[:, 0] - chances[:, 1]
        information = np.bincount(said.pair, seen * (decided - lead**2) / 4, minlength=len(self._pairs.first))
        own = np.bincount(self._pairs.first, information, minlength=size)
        own = own + np.bincount(self._pairs.second, information, minlength=size)
        self.score_variance_ = float((self.score_**2 + 1 / (own + 1 / self.score_variance_)).mean())

    def _learn_ties(self, seen: Floats) -> None:
        """Newton step of each worker's log tie odds, and EM step of their mean and variance."""
        said, workers = self._judgments, len(self.workers_)
        expected = self._chances()[:, 2]
        slope = np.bincount(said.worker, seen * ((said.outcome == 2) - expected), minlength=workers)
        curvature = (
            np.bincount(said.worker, seen * expected * (1 - expected), minlength=workers) + 1 / self._tie_variance
        )
        logs, usual = np.log(self.worker_tie_), np.log(self.tie_)
        step = (slope - (logs - usual) / self._tie_variance) / curvature
        # Where ties are rare the curve is flat, and a whole Newton step could overshoot.
        logs = logs + np.clip(step, -1.0, 1.0)
        usual = float(logs.mean())
        self._tie_variance = max(float(((logs - usual) ** 2 + 1 / curvature).mean()), 1e-3)
        self.worker_tie_, self.tie_ = np.exp(logs), float(np.exp(usual))

    def _publish(self) -> None:
        said = self._judgments
        self.reliability_ = self._posterior @ _GRID
        self.worker_mean_ = (1 + self.reliability_) / 2
        self.low90_ = (1 + grid_quantile(self._posterior, _GRID, 0.05)) / 2
        self.high90_ = (1 + grid_quantile(self._posterior, _GRID, 0.95)) / 2
        self.n_eff_ = np.clip(_strength(self._posterior) - _strength(self._prior[None]), 0.0, self.counts_)
        chances = self._chances()
        reliability = self.reliability_[said.worker][:, None]
        guess = self._guess[said.worker]
        mixed = guess + reliability * (chances - guess)
        slopes = reliability * chance_slopes(chances)
        information = (slopes**2 / np.maximum(mixed, 1e-12)).sum(axis=1) * said.weight
        by_pair = np.bincount(said.pair, information, minlength=len(self._pairs.first))
        self.score_se_ = np.sqrt(score_variances(self._pairs, by_pair, self.score_variance_))


def _strength(posterior: Floats) -> Floats:
    """Judgments that a Beta distribution with the mean and variance of ``(1 + r)/2`` is worth."""
    mean = posterior @ (1 + _GRID) / 2
    variance = posterior @ ((1 + _GRID) / 2) ** 2 - mean**2
    return np.asarray(mean * (1 - mean) / np.maximum(variance, 1e-9) - 1)


def _positions(known: NDArray[np.generic], labels: NDArray[np.generic]) -> Ints:
    """The position of each label in ``known`` (sorted), or -1 where it is not there."""
    at = np.minimum(np.searchsorted(known, labels), len(known) - 1)
    return np.where(known[at] == labels, at, -1)
