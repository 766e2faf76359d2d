"""Rankings by workers who differ in reliability: which item stands above which, and by how much."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.methods.pairwise import PairwiseModel

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class RankingModel:
    """This will score items from rankings of a few of them at a time, ties allowed (1 is best).

    A worker's ranking of a set of k items is read as its k(k-1)/2 comparisons, for which
    ``PairwiseModel`` holds: scores by Davidson's model, workers of unlike reliability. As they come
    from k placements only, each counts 2/k: k - 1 judgments in all (composite likelihood).

    Shapes: ``set``, ``worker``, ``item``, ``rank`` of length N, one row an item placed.
    Complexity: O(sum of k^2) judgments for the pairwise fit.

    Learned attributes: those of ``PairwiseModel``, counts_ being the rankings made by each worker.

    Source: Varin, Reid and Firth, Stat. Sinica 21 (2011), jstor 24309261 (composite likelihood);
        Plackett, Appl. Stat. 24 (1975), doi:10.2307/2346567, and Luce (1959) for the model this replaces: it
        knows no ties.
    """

    def fit(self, set: ArrayLike, worker: ArrayLike, item: ArrayLike, rank: ArrayLike) -> Self:
        """This will learn from rankings; a ranking is what one worker said of one set.

        Raises:
            ValueError: no row, unequal lengths, a rank that is not finite, an item placed twice in
                one ranking, or no ranking of two items or more.
        """
        sets, workers, items = np.asarray(set), np.asarray(worker), np.asarray(item)
        ranks = np.asarray(rank, dtype=np.float64)
        if len({len(sets), len(workers), len(items), len(ranks)}) > 1 or len(sets) == 0:
            raise ValueError("set, worker, item and rank must have the same length, and at least one row")
        if not np.isfinite(ranks).all():
            raise ValueError("a rank must be finite")
        _, set_index = np.unique(sets, return_inverse=True)
        known_workers, worker_index = np.unique(workers, return_inverse=True)
        known_items, item_index = np.unique(items, return_inverse=True)
        ranking = set_index * len(known_workers) + worker_index
        order = np.lexsort((item_index, ranking))
        ranking, item_index, worker_index = ranking[order], item_index[order], worker_index[order]
        if ((ranking[1:] == ranking[:-1]) & (item_index[1:] == item_index[:-1])).any():
            raise ValueError("an item can't be placed twice in one ranking")
        above, below, size = _pairs_within(ranking)
        if len(above) == 0:
            raise ValueError("at least one ranking of two items")
        lead = ranks[order][below] - ranks[order][above]
        self._model = PairwiseModel().fit(
            known_items[item_index[above]],
            known_items[item_index[below]],
            known_workers[worker_index[above]],
            np.where(lead > 0, "a", np.where(lead < 0, "b", "tie")),
            2 / size,
        )
        self._publish(np.unique(ranking[above]) % len(known_workers), known_workers)
        return self

    def predict(self, a: ArrayLike, b: ArrayLike, worker: ArrayLike | None = None) -> Floats:
        """This will return P(a above b), P(b above a), P(tie), as ``PairwiseModel.predict`` does."""
        return self._model.predict(a, b, worker)

    def _publish(self, worker_of_ranking: Ints, known_workers: NDArray[np.generic]) -> None:
        model = self._model
        self.items_, self.score_, self.score_se_ = model.items_, model.score_, model.score_se_
        self.workers_, self.reliability_ = model.workers_, model.reliability_
        self.worker_mean_, self.low90_, self.high90_ = model.worker_mean_, model.low90_, model.high90_
        self.n_eff_, self.score_variance_, self.tie_ = model.n_eff_, model.score_variance_, model.tie_
        rankings = np.bincount(worker_of_ranking, minlength=len(known_workers))
        self.counts_ = rankings[np.isin(known_workers, model.workers_)]


def _pairs_within(ranking: Ints) -> tuple[Ints, Ints, Ints]:
    """Every pair of rows of one ranking (rows sorted by ranking), and how many rows that ranking has."""
    _, start, size = np.unique(ranking, return_index=True, return_counts=True)
    first, second, sizes = [], [], []
    for count in np.unique(size[size > 1]):
        left, right = np.triu_indices(int(count), 1)
        begins = start[size == count][:, None]
        first.append((begins + left).ravel())
        second.append((begins + right).ravel())
        sizes.append(np.full(first[-1].size, count))
    if not first:
        return (np.zeros(0, dtype=np.int64),) * 3
    return np.concatenate(first), np.concatenate(second), np.concatenate(sizes)
