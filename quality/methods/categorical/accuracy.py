"""Each worker's accuracy with an interval, from what the models say of the worker's labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from quality.methods.categorical.labels import Floats, Ints, LabelTable

_TAIL = 0.05
# Models that differ by more than this standard deviation in the accuracy of the average worker tell
# different stories of the same labels.
_SPREAD_OF_STORIES = 0.1


@dataclass(frozen=True, slots=True)
class WorkerSums:
    """For each worker: labels, their summed probability of being right, its variance, labels of known items."""

    labels: Ints
    right: Floats
    variance: Floats
    known: Ints


@dataclass(frozen=True, slots=True)
class WorkerAccuracy:
    """One row a worker; shares are 0..1, ``n_eff`` counts answers."""

    labels: Ints
    mean: Floats
    low90: Floats
    high90: Floats
    n_eff: Floats
    is_identifiable: NDArray[np.bool_]


def worker_sums(table: LabelTable, posterior: Floats) -> WorkerSums:
    """This will add up, for each worker, the probability that each label is right."""
    count, classes = len(table.workers), len(table.classes)
    labels, known = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    right, variance = np.zeros(count), np.zeros(count)
    for block in table.blocks:
        who, said = np.divmod(block.votes.indices, classes)
        item = np.repeat(np.arange(block.last - block.first), np.diff(block.votes.indptr))
        share = posterior[block.first : block.last][item, said]
        labels += np.bincount(who, minlength=count)
        right += np.bincount(who, share, minlength=count)
        variance += np.bincount(who, share * (1 - share), minlength=count)
        is_known = table.answers[block.first : block.last][item] >= 0
        known += np.bincount(who[is_known], minlength=count)
    return WorkerSums(labels, right, variance, known)


def estimate_accuracy(sums: WorkerSums, right_by_model: Floats) -> WorkerAccuracy:
    """This will turn sums into shares and 90 % intervals; ``right_by_model`` is models x workers.

    The variance adds what is unsure about the worker's labels, their number, and the models' spread.
    """
    labels = sums.labels
    mean = (sums.right + 0.5) / (labels + 1.0)
    noise = mean * (1 - mean)
    spread = (right_by_model / labels).var(axis=0, ddof=1)
    variance = sums.variance / labels**2 + noise / (labels + 1) + spread
    n_eff = np.clip(noise / variance - 1, 0.5, labels)
    low = betaincinv(n_eff * mean, n_eff * (1 - mean), _TAIL)
    high = betaincinv(n_eff * mean, n_eff * (1 - mean), 1 - _TAIL)
    stories = (right_by_model.sum(axis=1) / labels.sum()).std(ddof=1)
    identifiable = (sums.known >= 10) | (stories <= _SPREAD_OF_STORIES)
    return WorkerAccuracy(labels, mean, low, high, n_eff, identifiable)
