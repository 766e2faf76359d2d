"""Each worker's accuracy with an honest interval, and how far correlated errors inflate certainty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, expit, logit

from quality.methods.categorical.labels import Floats, Ints, LabelTable, Stories

_TAIL = 0.05
# Correlation of two workers' errors on one item where no known answer tells, and the values tried
# where some do: on public judgments of ten kinds it lies between 0 and 3.
USUAL_CORRELATION = 0.1
_CORRELATIONS = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
_OFFSET = 0.05
# Standard deviation of what a consensus overlooks about a worker, where no known answer tells.
_USUAL_MISS = 0.06
# No known answers show that a consensus overlooks less than this.
_LEAST_MISS = 0.03
# Known answers' pairs that weigh as much as the usual miss.
_MISS_PRIOR = 2_000.0
# Known items at which the bias they show counts half.
_BIAS_PRIOR = 10.0
# From this many known answers on a worker's accuracy needs no consensus.
_ENOUGH_KNOWN = 10
# Reliability below which labels alone do not tell workers apart.
_LEAST_RELIABILITY = 0.3


@dataclass(frozen=True, slots=True)
class WorkerSums:
    """For each worker: labels, and known items among them; sums of the probability that a label is right.

    ``right`` and ``variance`` (p (1 - p)) go over all labels; over those of known items go ``expected``
    (p) and ``hits`` (found right).
    """

    labels: Ints | Floats
    right: Floats
    variance: Floats
    known: Ints | Floats
    expected: Floats
    hits: Floats


@dataclass(frozen=True, slots=True)
class WorkerAccuracy:
    """One row a worker; shares are 0..1, ``n_eff`` counts answers."""

    mean: Floats
    low90: Floats
    high90: Floats
    n_eff: Floats
    #: What the interval was made with: the consensus's shift on the logit, what it overlooks, models' spread.
    shift: Floats
    overlooked: Floats
    spread: Floats


def combine(posteriors: Floats | Stories) -> Floats:
    """This will combine models' posteriors (an odd number of them, first axis) into one.

    How sure is the mean's: it is the better calibrated. Which class is the median's: two models that break
    down do not move it. Where the two differ, their classes exchange probabilities.
    """
    result = posteriors.mean(axis=0, dtype=np.float64)
    middle = np.sort(posteriors, axis=0)[len(posteriors) // 2]
    mean_class, class_ = result.argmax(axis=-1), middle.argmax(axis=-1)
    rows = np.flatnonzero((mean_class != class_) & (middle.max(axis=-1) > 0))
    first, second = mean_class[rows], class_[rows]
    result[rows, first], result[rows, second] = result[rows, second], result[rows, first]
    return np.asarray(result / result.sum(axis=-1, keepdims=True))


def temper(table: LabelTable, posterior: Floats | Stories, correlation: float) -> Floats:
    """This will take back the certainty that n labels of one item share when their errors correlate.

    n labels are worth ``n / (1 + r (n - 1))``: the log posterior is divided by that design effect.
    The likeliest class stays. Source: Kish, Survey Sampling (1965), ch. 5 (design effect).
    """
    power = 1.0 / (1.0 + correlation * (np.diff(table.starts) - 1.0))
    result = np.power(posterior, power[:, None], dtype=np.float64)
    result /= result.sum(axis=1, keepdims=True)
    return np.asarray(result)


def fit_correlation(table: LabelTable, hidden: Floats) -> float:
    """This will find the correlation that makes ``hidden``, fitted without known answers, foretell these best.

    The loss is the log score of the known items, held to the usual correlation by a log-normal prior.
    """
    rows = np.flatnonzero(table.answers >= 0)
    if len(rows) == 0:
        return USUAL_CORRELATION
    labels = np.diff(table.starts)[rows]
    log = np.log(np.maximum(hidden[rows], 1e-12))
    losses = []
    for correlation in _CORRELATIONS:
        scaled = log / (1.0 + correlation * (labels[:, None] - 1.0))
        scores = scaled[np.arange(len(rows)), table.answers[rows]] - np.logaddexp.reduce(scaled, axis=1)
        distance = np.log((correlation + _OFFSET) / (USUAL_CORRELATION + _OFFSET))
        losses.append(0.5 * distance**2 - scores.sum())
    return float(_CORRELATIONS[int(np.argmin(losses))])


def worker_sums(table: LabelTable, posterior: Floats) -> WorkerSums:
    """This will add up, for each worker, the probability that each label is right."""
    count, classes = len(table.workers), len(table.classes)
    whole = np.zeros((2, count), dtype=np.int64)
    sums = np.zeros((4, count))
    for block in table.blocks:
        who, said = np.divmod(block.votes.indices, classes)
        item = np.repeat(np.arange(block.first, block.last), np.diff(block.votes.indptr))
        share = posterior[item, said]
        whole[0] += np.bincount(who, minlength=count)
        sums[0] += np.bincount(who, share, minlength=count)
        sums[1] += np.bincount(who, share * (1 - share), minlength=count)
        answer = table.answers[item]
        at = answer >= 0
        whole[1] += np.bincount(who[at], minlength=count)
        sums[2] += np.bincount(who[at], share[at], minlength=count)
        sums[3] += np.bincount(who[at], said[at] == answer[at], minlength=count)
    return WorkerSums(whole[0], sums[0], sums[1], whole[1], sums[2], sums[3])


def mean_sums(views: list[WorkerSums]) -> WorkerSums:
    """This will average the sums of several posteriors over the same labels."""
    first = views[0]
    right, variance, expected = (
        np.mean([getattr(view, name) for view in views], axis=0) for name in ("right", "variance", "expected")
    )
    return WorkerSums(first.labels, right, variance, first.known, expected, first.hits)


def estimate_accuracy(table: LabelTable, sums: WorkerSums, spread: Floats) -> WorkerAccuracy:
    """This will turn sums (of a posterior fitted without the known answers) into shares and intervals.

    The consensus gives a worker m = (sum p + 1/2) / (n + 1), moved by what the others' known answers
    show it to be off by (on the logit). Its variance adds what is unsure about each label, how far models
    differ (``spread``, a variance), and what a consensus overlooks about a worker, measured as the excess
    scatter of others' known answers. With S = m (1 - m) / variance - 1 the own known answers then count in
    full: ``Beta(S m + hits, S (1 - m) + misses)``. The interval is for the share right among the worker's
    other labels, as many as there are: their chance m (1 - m) / (n + 1) is added.

    Bias and excess are those of the other workers, so that one more right answer to a known item raises
    the own mean and never lowers it.
    """
    shift = _bias(table, sums)
    mean = _shifted(sums, shift)
    return accuracy_from(sums, shift, _overlooked(sums, mean, spread), spread)


def accuracy_from(sums: WorkerSums, shift: Floats, overlooked: Floats, spread: Floats) -> WorkerAccuracy:
    """This will make shares and intervals of sums and of what is known about the consensus."""
    mean = _shifted(sums, shift)
    variance = sums.variance / sums.labels**2 + spread + overlooked
    strength = np.clip(mean * (1 - mean) / variance - 1, 1.0, None)
    mean = (strength * mean + sums.hits) / (strength + sums.known)
    others = sums.labels - sums.known
    n_eff = np.clip(1.0 / (1.0 / (strength + sums.known + 1) + 1.0 / (others + 1.0)) - 1, 0.3, None)
    low, high = (betaincinv(n_eff * mean, n_eff * (1 - mean), share) for share in (_TAIL, 1 - _TAIL))
    return WorkerAccuracy(mean, low, high, n_eff, shift, overlooked, spread)


def without_own_known(sums: WorkerSums, accuracy: WorkerAccuracy) -> WorkerAccuracy:
    """This will make shares and intervals of what the consensus alone says: the own known answers are left out."""
    none = np.zeros_like(sums.right)
    labeled = WorkerSums(sums.labels, sums.right, sums.variance, none, none, none)
    return accuracy_from(labeled, accuracy.shift, accuracy.overlooked, accuracy.spread)


def differences_show(sums: WorkerSums, accuracy: WorkerAccuracy) -> bool:
    """This will tell whether workers differ by more than what is unsure about each of them.

    Where they do not, labels alone cannot say who is good: the errors may as well be the items'. The
    measure is the reliability of test theory, variance of the estimates over that plus error variance.
    """
    weight = sums.labels / sums.labels.sum()
    center = (weight * accuracy.mean).sum()
    between = (weight * (accuracy.mean - center) ** 2).sum()
    error = (weight * accuracy.mean * (1 - accuracy.mean) / (accuracy.n_eff + 1)).sum()
    return bool(between / (between + error) >= _LEAST_RELIABILITY)


def enough_known(sums: WorkerSums) -> NDArray[np.bool_]:
    """This will tell whose known answers suffice without any consensus."""
    return np.asarray(sums.known >= _ENOUGH_KNOWN)


def _bias(table: LabelTable, sums: WorkerSums) -> Floats:
    """How far, on the logit, the consensus is off in others' known answers; 0 where there are none."""
    known = sums.known.sum() - sums.known
    gap = (sums.hits - sums.expected).sum() - (sums.hits - sums.expected)
    expected = sums.expected.sum() - sums.expected
    share = np.clip((expected + 1.0) / (known + 2.0), 0.02, 0.98)
    found = np.clip(share + gap / np.maximum(known, 1), 0.02, 0.98)
    # An item that one worker alone labeled says nothing of others.
    items = np.count_nonzero((table.answers >= 0) & (np.diff(table.starts) > 1))
    return np.asarray((logit(found) - logit(share)) * items / (items + _BIAS_PRIOR))


def _overlooked(sums: WorkerSums, mean: Floats, spread: Floats) -> Floats:
    """Variance of others' known shares around their means beyond chance and what is known to be unsure."""
    unsure = sums.variance / sums.labels**2 + mean * (1 - mean) / (sums.labels + 1) + spread
    pairs = sums.known * (sums.known - 1.0)
    excess = (sums.hits - sums.known * mean) ** 2 - sums.known * mean * (1 - mean) - pairs * unsure
    pairs, excess = pairs.sum() - pairs, excess.sum() - excess
    return np.asarray(np.maximum((excess + _MISS_PRIOR * _USUAL_MISS**2) / (pairs + _MISS_PRIOR), _LEAST_MISS**2))


def _shifted(sums: WorkerSums, shift: Floats) -> Floats:
    consensus = (sums.right + 0.5) / (sums.labels + 1.0)
    return np.asarray(np.clip(expit(logit(consensus) + shift), 0.005, 0.995))
