"""Wrong keys: planted items that are missed by the very people who find the others."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import ArrayLike, NDArray
from scipy.special import betaln, log_expit, logit, logsumexp

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# How much harder or easier items with a right key are than others, as standard deviations on the logit. Which of them
# fits is learned from all items; with few items all of them count.
_SPREADS = np.array([0.25, 0.5, 1.0, 1.5, 2.0])
_POINTS, _WEIGHTS = hermegauss(15)
_LOG_WEIGHTS = np.log(_WEIGHTS / _WEIGHTS.sum())
# A logit stretched by this keeps its mean share when a normal of that spread is added. Source: Zeger, Liang and Albert,
# Biometrics 44 (1988), doi:10.2307/2531734.
_STRETCH = np.sqrt(1 + (16 * np.sqrt(3) / (15 * np.pi)) ** 2 * _SPREADS**2)
# Answers that the pool's own share is worth beside a person's others.
_PRIOR_ANSWERS = 4.0
# With a wrong key people find what it names by chance: one time in ten, and not surely so.
_BY_CHANCE = (1.0, 9.0)


class WrongKeyModel:
    """This will weigh, item by item, whether a planted item's key is wrong or the item is merely hard.

    A person's chance to find a plant is taken from the *other* items that they met: the mean of a Beta posterior, in which
    an item counts as far as its own key is right. With a right key the item's people find it with those chances, all
    shifted by one difficulty that is normal on the logit; with a wrong key by chance alone, Beta(1, 9). The spread of the
    difficulties is averaged over, by how well each fits all items. ``prior`` is the share of wrong keys beforehand.

    Shapes: ``item``, ``worker`` and ``found`` are of length N, one row a person's meeting with an item.
    Complexity: O(N) a sweep, at most ``max_sweeps``. The same rows in any order give the same numbers.

    Learned attributes, one an item, in the order of ``items_``:
        items_: labels, sorted. met_, hits_: meetings, and how many of them found it.
        expected_: finds to be expected of these same people with a right key.
        chance_wrong_: probability that the key is wrong.

    Source of the prior: Northcutt, Athalye and Mueller, NeurIPS Datasets and Benchmarks 2021, arXiv:2103.14749 (3.3 % of the
        labels of ten test sets).
    """

    def __init__(self, *, prior: float = 0.033, max_sweeps: int = 20, tolerance: float = 1e-4) -> None:
        if not 0 < prior < 1 or max_sweeps < 1 or tolerance <= 0:
            raise ValueError("prior must be a share between 0 and 1, max_sweeps and tolerance positive")
        self.prior = prior
        self.max_sweeps = max_sweeps
        self.tolerance = tolerance

    def fit(self, item: ArrayLike, worker: ArrayLike, found: ArrayLike) -> Self:
        """This will weigh every item's key.

        Raises:
            ValueError: no meeting, unequal lengths, or a ``found`` that is neither 0 nor 1.
        """
        hits = np.asarray(found, dtype=np.float64)
        items, workers = np.asarray(item), np.asarray(worker)
        if not (0 < len(hits) == len(items) == len(workers)) or not np.isin(hits, (0.0, 1.0)).all():
            raise ValueError("item, worker and found must have the same length, at least 1, and found be 0 or 1")
        order = np.lexsort((hits, workers, items))
        hits = hits[order]
        self.items_, at_item = np.unique(items[order], return_inverse=True)
        _, at_worker = np.unique(workers[order], return_inverse=True)
        self.met_ = np.bincount(at_item)
        self.hits_ = np.bincount(at_item, hits).astype(np.int64)
        self.chance_wrong_ = np.full(len(self.items_), self.prior)
        for _ in range(self.max_sweeps):
            before = self.chance_wrong_
            chances = _predict(at_item, at_worker, hits, 1 - before)
            self.chance_wrong_ = self._weigh(at_item, hits, chances)
            if np.abs(self.chance_wrong_ - before).max() < self.tolerance:
                break
        self.expected_ = np.bincount(at_item, chances)
        return self

    def _weigh(self, item: Ints, hits: Floats, chances: Floats) -> Floats:
        """Return P(wrong) of each item, the spread of difficulties averaged out."""
        first, second = _BY_CHANCE
        by_chance = betaln(first + self.hits_, second + self.met_ - self.hits_) - betaln(first, second)
        wrong = np.log(self.prior) + by_chance
        right = np.log1p(-self.prior) + _log_likelihood(item, hits, chances, len(self.met_))
        either = np.logaddexp(wrong[:, None], right)
        total = either.sum(axis=0)
        fits = np.exp(total - logsumexp(total))
        return np.asarray(np.exp(wrong[:, None] - either) @ fits)


def _predict(item: Ints, worker: Ints, hits: Floats, right: Floats) -> Floats:
    """Return each row's chance of a find, from what the same person did with all items but this one."""
    weight = right[item]
    pairs, at_pair = np.unique(worker * len(right) + item, return_inverse=True)
    found, met = np.bincount(at_pair, weight * hits), np.bincount(at_pair, weight)
    owner = pairs // len(right)
    pool = (found.sum() + 1) / (met.sum() + 2)
    found_elsewhere = np.bincount(owner, found)[owner] - found
    met_elsewhere = np.bincount(owner, met)[owner] - met
    chances = (found_elsewhere + _PRIOR_ANSWERS * pool) / (met_elsewhere + _PRIOR_ANSWERS)
    return np.asarray(np.clip(chances, 1e-6, 1 - 1e-6)[at_pair])


def _log_likelihood(item: Ints, hits: Floats, chances: Floats, items: int) -> Floats:
    """Return the log-likelihood of each item's hits with a right key (I, spreads), its difficulty integrated out."""
    sign = np.where(hits == 1, 1.0, -1.0)
    starts = np.searchsorted(item, np.arange(items))
    columns = []
    for spread, stretch in zip(_SPREADS, _STRETCH, strict=True):
        margin = stretch * logit(chances)[:, None] + spread * _POINTS
        by_item = np.add.reduceat(log_expit(sign[:, None] * margin), starts, axis=0)
        columns.append(logsumexp(by_item + _LOG_WEIGHTS, axis=1))
    return np.stack(columns, axis=1)
