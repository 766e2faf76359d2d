"""How far a consensus is off about a worker, learned from other workers' answers to known items."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from quality.methods.categorical.labels import Floats, Ints, LabelTable

# Standard deviation of what a consensus overlooks about a worker, where no known answer tells.
_USUAL_MISS = 0.06
# No known answers show that a consensus overlooks less than this.
_LEAST_MISS = 0.03
# Workers with known answers that weigh as much as the usual miss, and as posteriors being as unsure as they say.
_MISS_PRIOR, _INFLATION_PRIOR = 20.0, 5.0
# Known items at which the bias they show counts half.
_BIAS_PRIOR = 10.0
# Variance of one known answer about which the posterior is certain.
_SURE = 0.05


@dataclass(frozen=True, slots=True)
class WorkerSums:
    """For each worker: labels of items without and with a known answer, and sums over them.

    Over the ``other`` ones go ``right`` (p, the probability that a label is right) and ``variance`` (p (1 - p)); over the
    ``known`` ones ``expected`` (p), ``known_variance`` (p (1 - p)) and ``hits`` (found right).
    """

    other: Ints | Floats
    right: Floats
    variance: Floats
    known: Ints | Floats
    expected: Floats
    known_variance: Floats
    hits: Floats

    @property
    def labels(self) -> Ints | Floats:
        """All labels of each worker."""
        return self.other + self.known


@dataclass(frozen=True, slots=True)
class ConsensusError:
    """What is unsure about each worker's share right by the consensus.

    ``shift`` moves it on the logit. ``inflation`` multiplies what posteriors say to be unsure about each label, ``overlooked``
    is the variance of what they miss about a worker, ``spread`` that between models.
    """

    shift: Floats
    inflation: Floats
    overlooked: Floats
    spread: Floats

    def moved(self, share: Floats) -> Floats:
        """This will correct shares by the shift."""
        return np.asarray(np.clip(expit(logit(share) + self.shift), 0.005, 0.995))

    def variance(self, unsure: Floats, labels: Ints | Floats) -> Floats:
        """This will return the variance of the share right among ``labels`` whose p (1 - p) add up to ``unsure``."""
        return np.asarray(self.inflation * unsure / np.maximum(labels, 1) ** 2 + self.overlooked + self.spread)


def consensus_error(table: LabelTable, sums: WorkerSums, spread: Floats) -> ConsensusError:
    """This will compare what the consensus expected of known items with what was found.

    For a worker with k known answers, (hits - expected)^2 is about ``c V + k^2 (o + spread)``: V sums p (1 - p), c is the
    inflation and o the overlooked variance (with that of the bias: taking it away would let own answers in again). Both
    are fitted to all the *other* workers, by least squares with weights and a prior, so that own answers never move them.
    """
    usual = _USUAL_MISS**2
    squares = np.square(sums.known, dtype=np.float64)
    scatter = (sums.hits - sums.expected) ** 2 - squares * spread
    weight = np.divide(
        1.0,
        (sums.known_variance + squares * usual + _SURE * sums.known) ** 2,
        out=np.zeros_like(squares),
        where=sums.known > 0,
    )
    labels = _others(weight * sums.known_variance**2) + _INFLATION_PRIOR
    both = _others(weight * sums.known_variance * squares)
    misses = _others(weight * squares**2) + _MISS_PRIOR / usual**2
    of_labels = _others(weight * sums.known_variance * scatter) + _INFLATION_PRIOR
    of_misses = _others(weight * squares * scatter) + _MISS_PRIOR / usual
    overlooked = (labels * of_misses - both * of_labels) / (labels * misses - both**2)
    overlooked = np.maximum(overlooked, _LEAST_MISS**2)
    inflation = (of_labels - both * overlooked) / labels
    overlooked = np.where(inflation < 1, np.maximum((of_misses - both) / misses, _LEAST_MISS**2), overlooked)
    return ConsensusError(_bias(table, sums), np.maximum(inflation, 1.0), overlooked, spread)


def _bias(table: LabelTable, sums: WorkerSums) -> Floats:
    """How far, on the logit, the consensus is off in others' known answers; 0 where there are none."""
    known, expected = _others(sums.known), _others(sums.expected)
    share = np.clip((expected + 1.0) / (known + 2.0), 0.02, 0.98)
    found = np.clip(share + _others(sums.hits - sums.expected) / np.maximum(known, 1), 0.02, 0.98)
    # An item that one worker alone labeled says nothing of others.
    items = np.count_nonzero((table.answers >= 0) & (np.diff(table.starts) > 1))
    return np.asarray((logit(found) - logit(share)) * items / (items + _BIAS_PRIOR))


def _others(values: Floats | Ints) -> Floats:
    """For each worker the sum over all the others."""
    return np.asarray(values.sum() - values, dtype=np.float64)
