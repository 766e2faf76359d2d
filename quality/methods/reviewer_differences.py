"""Reviewers who score the same people's work differently: by how much, and whether chance can explain it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.stats import t as student

from quality.methods.multiple_tests import adjust_holm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: With two nobody can tell which of them is off.
LEAST_REVIEWERS = 3
# Scores that are all alike are still not surer than a step of one point of 100.
_VARIANCE_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class ReviewerDifferences:
    """How far each reviewer scores below the middle one of those whom shared people connect; positive = strict.

    ``reviewers`` are labels, sorted; the others are of their length. ``difference`` and its 90 % interval are in the units of
    the scores; ``p`` is two-sided and raised by Holm's method, so that the chance of even one false alarm among all reviewers
    stays below it. ``is_comparable``: at least three reviewers are connected, and more cells than effects; elsewhere the
    difference is 0 and ``p`` 1.
    """

    reviewers: NDArray[np.generic]
    difference: Floats
    low90: Floats
    high90: Floats
    p: Floats
    is_comparable: NDArray[np.bool_]


def compare_reviewers(subject: ArrayLike, reviewer: ArrayLike, score: ArrayLike) -> ReviewerDifferences:
    """This will compare reviewers by N scores, each of one piece of work of ``subject`` (a person in a scope).

    Scores of one reviewer for one subject make a cell, whose mean is ``level of the subject - severity of the reviewer +
    what the two have with each other + chance``. The variances of the last two are learned (moments), the effects by least
    squares weighted with them. A pair's own liking is thus no proof of severity, however many pieces it is repeated on, and
    who was given the better people is no milder for it. The errors are Student's with as many degrees of freedom as there
    are cells beyond the effects, which is cautious. The middle reviewer is the median, so that one who is far off does not
    make the others look mild.

    Raises:
        ValueError: no score, unequal lengths, or a score that is not finite.

    Source: Searle, Casella and McCulloch, Variance Components (1992), ch. 5 (moments); Holm, Scand. J. Stat. 6 (1979).
    """
    values = np.asarray(score, dtype=np.float64)
    subjects, reviewers = np.asarray(subject), np.asarray(reviewer)
    if not (0 < len(values) == len(subjects) == len(reviewers)) or not np.isfinite(values).all():
        raise ValueError("subject, reviewer and score must have the same length, at least 1, and scores be finite")
    cells = _Cells.of(subjects, reviewers, values)
    severity, covariance, degrees = _solve(cells)
    difference, error = _against_the_middle(cells.groups, severity, covariance)
    comparable = (np.bincount(cells.groups)[cells.groups] >= LEAST_REVIEWERS) & (degrees > 0)
    difference, error = np.where(comparable, difference, 0.0), np.where(comparable, error, 0.0)
    reach = student.ppf(0.95, max(degrees, 1)) * error
    ratio = np.divide(np.abs(difference), error, out=np.zeros_like(error), where=error > 0)
    return ReviewerDifferences(
        reviewers=cells.reviewers,
        difference=difference,
        low90=difference - reach,
        high90=difference + reach,
        p=adjust_holm(2 * student.sf(ratio, max(degrees, 1))),
        is_comparable=comparable,
    )


@dataclass(frozen=True, slots=True)
class _Cells:
    """Scores gathered by subject and reviewer; ``groups`` says of each reviewer whom shared subjects connect them to."""

    reviewers: NDArray[np.generic]
    subject: Ints
    reviewer: Ints
    count: Floats
    mean: Floats
    within: float
    groups: Ints

    @classmethod
    def of(cls, subjects: NDArray[np.generic], reviewers: NDArray[np.generic], values: Floats) -> _Cells:
        labels, at_reviewer = np.unique(reviewers, return_inverse=True)
        at_subject = np.unique(subjects, return_inverse=True)[1]
        pairs, at_pair = np.unique(at_subject * len(labels) + at_reviewer, return_inverse=True)
        order = np.lexsort((values, at_pair))
        values, at_pair = values[order], at_pair[order]
        count = np.bincount(at_pair).astype(np.float64)
        mean = np.bincount(at_pair, values) / count
        spare = len(values) - len(pairs)
        within = float(((values - mean[at_pair]) ** 2).sum() / spare) if spare else 0.0
        subject, reviewer = pairs // len(labels), pairs % len(labels)
        nodes = int(subject.max()) + 1 + len(labels)
        edges = coo_array((np.ones(len(pairs)), (subject + len(labels), reviewer)), shape=(nodes, nodes))
        groups = connected_components(edges, directed=False)[1][: len(labels)].astype(np.int64)
        return cls(labels, subject, reviewer, count, mean, within, np.unique(groups, return_inverse=True)[1])


def _solve(cells: _Cells) -> tuple[Floats, Floats, int]:
    """Return each reviewer's severity, the covariance of their contrasts, and the degrees of freedom of the errors."""
    effects, _, leverage, residual = _fit(cells, cells.count)
    degrees = round(float((1 - leverage).sum()))
    spare = float((cells.count * (1 - leverage)).sum())
    excess = float((cells.count * residual**2).sum()) - cells.within * degrees
    between = max(excess / spare, 0.0) if degrees > 0 else 0.0
    variance = np.maximum(between + cells.within / cells.count, _VARIANCE_FLOOR)
    effects, covariance, _, _ = _fit(cells, 1 / variance)
    return -effects, covariance, degrees


def _fit(cells: _Cells, weight: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Weighted least squares of cell means on subjects (absorbed) and reviewers: effects, inverse, leverages, residuals."""
    total = np.bincount(cells.subject, weight)[cells.subject]
    design = np.zeros((len(weight), len(cells.reviewers)))
    design[np.arange(len(weight)), cells.reviewer] = 1.0
    shares = np.zeros((int(cells.subject.max()) + 1, design.shape[1]))
    np.add.at(shares, (cells.subject, cells.reviewer), weight / total)
    design -= shares[cells.subject]
    own = cells.mean - (np.bincount(cells.subject, weight * cells.mean)[cells.subject] / total)
    inverse = np.linalg.pinv(design.T @ (weight[:, None] * design), rcond=1e-9, hermitian=True)
    effects = inverse @ (design.T @ (weight * own))
    leverage = weight / total + weight * ((design @ inverse) * design).sum(axis=1)
    return effects, inverse, leverage, own - design @ effects


def _against_the_middle(groups: Ints, severity: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Return each reviewer's severity less that of the median reviewer of the group, and its standard error."""
    contrasts = np.eye(len(severity))
    for group in range(int(groups.max()) + 1):
        members = np.flatnonzero(groups == group)
        ranked = members[np.lexsort((members, severity[members]))]
        middle = ranked[(len(ranked) - 1) // 2 : len(ranked) // 2 + 1]
        contrasts[np.ix_(members, middle)] -= 1 / len(middle)
    variance = np.einsum("ij,jk,ik->i", contrasts, covariance, contrasts)
    return contrasts @ severity, np.sqrt(np.maximum(variance, 0.0))
