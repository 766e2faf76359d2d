"""Facets of graded work: whatever shifts a score criterion by criterion, be it an item or a rater."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# A variance is never fitted below this share of the variance of all scores: a component of exactly
# zero could not leave zero again in an EM iteration.
VARIANCE_FLOOR = 1e-6


@dataclass(frozen=True, slots=True)
class Units:
    """Ratings that share a unit: what one rater gave one item, over all criteria.

    ``index`` is the unit of each rating, ``size`` the ratings of each unit, ``item`` and ``rater`` whose they are.
    ``left`` and ``right`` list every ordered pair of criteria within a unit (a criterion with itself included) by a rating
    of each; ``owner`` is the pair's unit, ``times`` how many pairs of ratings it stands for, and ``alone`` how many of
    these are a rating with itself: somebody may rate the same thing a thousand times.
    """

    index: Ints
    size: Ints
    item: Ints
    rater: Ints
    left: Ints
    right: Ints
    owner: Ints
    times: Floats
    alone: Floats

    @classmethod
    def of(cls, item: Ints, rater: Ints, criterion: Ints) -> Self:
        """This will group ratings by (item, rater). Memory: O(sum over units of their squared number of criteria)."""
        raters, columns = int(rater.max()) + 1, int(criterion.max()) + 1
        keys, index, size = np.unique(item * raters + rater, return_inverse=True, return_counts=True)
        _, rating, count = np.unique(index * columns + criterion, return_index=True, return_counts=True)
        criteria = np.bincount(index[rating])
        start = np.cumsum(criteria) - criteria
        left, right = [], []
        for width in np.unique(criteria):
            members = start[criteria == width][:, None] + np.arange(width)
            left.append(np.repeat(members, width, axis=1).ravel())
            right.append(np.tile(members, (1, width)).ravel())
        first, second = np.concatenate(left), np.concatenate(right)
        times = (count[first] * count[second]).astype(np.float64)
        alone = np.where(first == second, count[first], 0).astype(np.float64)
        owner = index[rating[first]]
        return cls(index, size, keys // raters, keys % raters, rating[first], rating[second], owner, times, alone)

    def sum(self, values: Floats) -> Floats:
        """This will add up the ratings' values by unit."""
        return np.asarray(np.bincount(self.index, values, minlength=len(self.size)), dtype=np.float64)


@dataclass(slots=True)
class Noise:
    """What is left of a unit's ratings: ``scale_w (within I + halo 1 1')``, one scale a rater with mean about 1.

    The halo is what one rater's criteria on one item have in common. ``slope`` is how many points a rater gives for a
    point of the items' level, ``slope_variance`` its posterior variance, ``slope_prior`` its variance among raters.
    """

    within: float
    halo: float
    scale: Floats
    slope: Floats
    slope_variance: Floats
    slope_prior: float

    def tie(self, size: Ints) -> Floats:
        """This will return, for units of ``size`` ratings, how far a rating is predicted by the unit's others."""
        return np.asarray(self.halo / (self.within + size * self.halo), dtype=np.float64)


class Facet:
    """This will hold one effect vector for each entity (item or rater), over the criteria it was seen with.

    ``L_e ~ N(0, main 1 1' + interaction I)``. Given the noise's precision P of the ratings, and what the
    ratings are without this facet, its posterior is Gaussian, entity by entity, with precision
    ``K^-1 + sum over its units of P_u`` (a block of its criteria) and mean ``block^-1 * sum P_u r_u``.

    Attributes:
        cell: the (entity, criterion) of each rating. entity, criterion: those of each cell.
        mean, variance: posterior mean and variance of each cell. covariance: all blocks, flat.
    """

    def __init__(self, entity: Ints, criterion: Ints, columns: int, units: Units, start: float) -> None:
        self.columns = columns
        self.units = units
        keys, self.cell = np.unique(entity * columns + criterion, return_inverse=True)
        self.entity, self.criterion = keys // columns, keys % columns
        self.size = np.bincount(self.entity)
        self.main = start
        self.interaction = start if columns > 1 else 0.0
        self.mean = np.zeros(len(keys))
        first = np.cumsum(self.size) - self.size
        local = np.arange(len(keys)) - first[self.entity]
        area = self.size**2
        offset = np.cumsum(area) - area
        own = self.cell[units.left]
        #: Where each pair of criteria of a unit stands among the flat blocks.
        self.place = offset[self.entity[own]] + local[own] * self.size[self.entity[own]] + local[self.cell[units.right]]
        self._diagonal = offset[self.entity] + local * (self.size[self.entity] + 1)
        self._groups = [
            (
                int(size),
                offset[same][:, None] + np.arange(size**2),
                first[same][:, None] + np.arange(size),
                same,
            )
            for size in np.unique(self.size)
            for same in [np.flatnonzero(self.size == size)]
        ]
        self.covariance = np.zeros(int(area.sum()))

    @property
    def variance(self) -> Floats:
        return np.asarray(self.covariance[self._diagonal])

    def update(self, weighted: Floats, precision: Floats) -> None:
        """This will replace the posterior, given ``P r`` of each rating and P of each pair within a unit."""
        score = np.bincount(self.cell, weighted, minlength=len(self.mean))
        blocks = np.bincount(self.place, precision, minlength=len(self.covariance))
        for size, square, row, _ in self._groups:
            prior = np.linalg.inv(self._prior(size))
            inverse = np.linalg.inv(blocks[square].reshape(-1, size, size) + prior)
            self.covariance[square] = inverse.reshape(-1, size**2)
            self.mean[row] = np.einsum("eij,ej->ei", inverse, score[row])

    def center(self) -> Floats:
        """This will move what all entities share into the criteria's means; it returns the shift of each criterion.

        Both steps are line searches of the penalty ``sum L' K^-1 L``, so they can only speed the updates up.
        """
        pull, stiffness, _ = self._penalty()
        shift = np.full(self.columns, float(pull.sum() / stiffness.sum()))
        self.mean -= shift[self.criterion]
        if self.columns > 1:
            pull, _, own = self._penalty()
            # Along one criterion at a time; the mean of all those steps is a descent too.
            steps = np.bincount(self.criterion, pull) / np.bincount(self.criterion, own) / self.columns
            self.mean -= steps[self.criterion]
            shift += steps
        return shift

    def _penalty(self) -> tuple[Floats, Floats, Floats]:
        """``K^-1 L``, ``K^-1 1`` and the diagonal of ``K^-1``, cell by cell."""
        pull, stiffness, own = (np.empty_like(self.mean) for _ in range(3))
        for size, _, row, _ in self._groups:
            prior = np.linalg.inv(self._prior(size))
            pull[row] = self.mean[row] @ prior
            stiffness[row] = prior.sum(axis=0)
            own[row] = np.diag(prior)
        return pull, stiffness, own

    def learn(self, floor: float, beyond: Floats) -> None:
        """This will take one EM step of both variances.

        ``beyond`` is the variance of each entity's level over what is known given all other effects.
        """
        squares, crossed = self._moments()
        size = self.size
        squares, crossed = squares + size * beyond, crossed + size**2 * beyond
        share = self.main / (self.interaction + size * self.main)
        main = share**2 * crossed + share * self.interaction
        if self.columns > 1:
            inner = squares - 2 * share * crossed + size * main
            self.interaction = max(float(inner.sum() / size.sum()), floor)
        self.main = max(float(main.mean()), floor)

    def _moments(self) -> tuple[Floats, Floats]:
        """Expected ``sum of L_c^2`` and ``(sum of L_c)^2`` of each entity."""
        squares = np.bincount(self.entity, self.mean**2 + self.variance)
        crossed = np.bincount(self.entity, self.mean) ** 2
        for _, square, _, same in self._groups:
            crossed[same] += self.covariance[square].sum(axis=1)
        return squares, crossed

    def main_effect(self) -> Floats:
        """This will return the expected effect that each entity has on a criterion it was never seen with."""
        share = self.main / (self.interaction + self.size * self.main)
        return np.asarray(share * np.bincount(self.entity, self.mean))

    def _prior(self, size: int) -> Floats:
        return self.main * np.ones((size, size)) + self.interaction * np.eye(size)
