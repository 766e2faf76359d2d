"""Each worker's accuracy with an honest interval, and how far correlated errors inflate certainty."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, betaincc, betaincinv

from quality.methods.categorical.consensus_error import ConsensusError, WorkerSums, consensus_error
from quality.methods.categorical.labels import Floats, Ints, LabelTable, Stories

_TAIL = 0.05
#: Medians nearer to each other than this are equal: which is greater hangs on rounding, and so on the classes' order.
TIE = 1e-6
# Correlation of two workers' errors on one item where no known answer tells, and the values tried
# where some do: on public judgments of ten kinds it lies between 0 and 3.
USUAL_CORRELATION = 0.1
_CORRELATIONS = np.array([0.0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2])
_OFFSET = 0.05
# From this many known answers on a worker's accuracy needs no consensus.
_ENOUGH_KNOWN = 10
# Reliability below which labels alone do not tell workers apart.
_LEAST_RELIABILITY = 0.3


@dataclass(frozen=True, slots=True)
class WorkerAccuracy:
    """One row a worker; shares are 0..1, ``n_eff`` counts answers. ``error`` is what the intervals were made with."""

    mean: Floats
    low90: Floats
    high90: Floats
    n_eff: Floats
    error: ConsensusError


def combine(posteriors: Floats | Stories) -> Floats:
    """This will combine models' posteriors (an odd number of them, first axis) into one.

    How sure is the mean's: it is the better calibrated. Which class is the median's: two models that break
    down do not move it. Where the two differ, their classes exchange probabilities.
    """
    result = posteriors.mean(axis=0, dtype=np.float64)
    middle = np.sort(posteriors, axis=0)[len(posteriors) // 2]
    mean_class, class_ = result.argmax(axis=-1), middle.argmax(axis=-1)
    every = np.arange(len(middle))
    rows = np.flatnonzero(middle[every, class_] > middle[every, mean_class] + TIE)
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
    sums = np.zeros((5, count))
    for block in table.blocks:
        who, said = np.divmod(block.votes.indices, classes)
        item = np.repeat(np.arange(block.first, block.last), np.diff(block.votes.indptr))
        share, answer = posterior[item, said], table.answers[item]
        for place, rows in enumerate((answer < 0, answer >= 0)):
            whole[place] += np.bincount(who[rows], minlength=count)
            sums[2 * place] += np.bincount(who[rows], share[rows], minlength=count)
            sums[2 * place + 1] += np.bincount(who[rows], (share * (1 - share))[rows], minlength=count)
        sums[4] += np.bincount(who[said == answer], minlength=count)
    return WorkerSums(whole[0], sums[0], sums[1], whole[1], sums[2], sums[3], sums[4])


def mean_sums(views: list[WorkerSums]) -> WorkerSums:
    """This will average the sums of several posteriors over the same labels."""
    first = views[0]
    averaged = ("right", "variance", "expected", "known_variance")
    return replace(first, **{name: np.mean([getattr(view, name) for view in views], axis=0) for name in averaged})


def estimate_accuracy(table: LabelTable, sums: WorkerSums, spread: Floats) -> WorkerAccuracy:
    """This will turn sums (of a posterior fitted without the known answers) into shares and intervals.

    By the consensus a worker has m = (sum p + 1/2) / (n + 1) of n labels right, moved by what others' known answers
    show it to be off by, with the variance v that they show it to have (``consensus_error``; ``spread`` is the
    variance between models). So it weighs S = m (1 - m) / v - 1 answers, and each label a = S / (n + 1), at most 1.
    The mean is ``(a (sum p' + 1/2) + hits) / (a (n_o + 1) + k)``, where the sum goes over the n_o labels whose answer is
    not known, p' is p with the same correction (as is the 1/2), and k answers are known: each of them counts 1.

    Mean and interval are for a share right among n labels whose answers are not known: the n_o, and as many new ones as
    are known. What the consensus says of these has the variance v; the known answers foretell them with the chance of
    both samples, mean (1 - mean) (1/k + 1/n).

    With what others' known answers show held fast, that an answer becomes known and was right never lowers the mean, that
    it was wrong never raises it: a, the correction and v do not hang on the own known answers, and a p' is at most 1. An
    item that others labeled, too, becomes known of them as well, and may show everybody's consensus to be worse.
    """
    return accuracy_from(sums, consensus_error(table, sums, spread))


def accuracy_from(sums: WorkerSums, error: ConsensusError) -> WorkerAccuracy:
    """This will make shares and intervals of sums and of what is known about the consensus."""
    whole = (sums.right + sums.expected + 0.5) / (sums.labels + 1.0)
    moved = error.moved(whole)
    chance = moved * (1 - moved)
    unsure = error.variance(sums.variance + sums.known_variance, sums.labels) + chance / (sums.labels + 1.0) ** 2
    strength = np.maximum(chance / unsure - 1.0, 1.0)
    weight = np.minimum(strength / (sums.labels + 1.0), 1.0) * (sums.other + 1.0)
    # The correction of the whole, carried to the part so that no label counts more than one right answer.
    share = (sums.right + 0.5) / (sums.other + 1.0)
    share = np.where(moved <= whole, share * moved / whole, 1 - (1 - share) * (1 - moved) / (1 - whole))
    mean = (weight * share + sums.hits) / (weight + sums.known)
    low, high = _interval(mean, _strength(mean, sums, error, sums.known / (weight + sums.known)), sums.labels)
    unaided = np.maximum(1.0 / (1.0 / (strength + 1.0) + 1.0 / (sums.other + 1.0)) - 1.0, 0.0)
    return WorkerAccuracy(mean, low, high, np.maximum(unaided + sums.known, 0.3), error)


def _strength(mean: Floats, sums: WorkerSums, error: ConsensusError, known_part: Floats) -> Floats:
    """Answers that a Beta weighs which is as unsure as a mean of which ``known_part`` are known answers."""
    chance = mean * (1 - mean)
    by_consensus = error.variance(sums.variance, sums.other) + chance / (sums.other + 1.0) ** 2
    by_known = chance * (1.0 / np.maximum(sums.known, 1) + 1.0 / sums.labels)
    variance = (1 - known_part) ** 2 * by_consensus + known_part**2 * by_known
    return np.maximum(chance / variance - 1.0, 1.0)


def without_own_known(sums: WorkerSums, accuracy: WorkerAccuracy) -> WorkerAccuracy:
    """This will make shares and intervals of what the consensus alone says: the own known answers are left out."""
    none = np.zeros_like(sums.right)
    right, variance = sums.right + sums.expected, sums.variance + sums.known_variance
    return accuracy_from(WorkerSums(sums.labels, right, variance, none, none, none, none), accuracy.error)


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


def _interval(mean: Floats, strength: Floats, labels: Ints | Floats) -> tuple[Floats, Floats]:
    """Equal tails of 5 % of ``Beta``, for a share that is a count over ``labels``.

    A count is held when half of its own probability lies inside (the mid-probability of discrete data). Between the ends
    that is Beta's own interval; all right, or none, is the half step there.

    Source: Lancaster, J. Am. Stat. Assoc. 56 (1961), doi:10.1080/01621459.1961.10482105 (mid-probability).
    """
    alpha, beta = strength * mean, strength * (1 - mean)
    low, high = (betaincinv(alpha, beta, share) for share in (_TAIL, 1 - _TAIL))
    step = 0.5 / labels
    none, every = betainc(alpha, beta, step), betaincc(alpha, beta, 1 - step)
    low, high = np.where(none > 2 * _TAIL, 0.0, low), np.where(every > 2 * _TAIL, 1.0, high)
    # Nearly all of a very skewed Beta may lie on one side of its mean.
    return np.minimum(low, mean), np.maximum(high, mean)
