"""How sure a severity model can be of its raters and of its items' levels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from quality.methods.facets import Facet, Noise, Units

Floats = NDArray[np.float64]

# Up to this many raters their information matrix is inverted exactly (8 MB and 0.1 s at 1,000);
# beyond it its diagonal is used, which knows nothing of the items' own uncertainty.
_EXACT_RATERS = 1_000
_CHUNK = 4_096


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Posterior variances: of each rater's severity against the average rater here, and of each item's cell."""

    severity: Floats
    cell: Floats


def measure_beyond(items: Facet, raters: Facet, units: Units, noise: Noise) -> tuple[Floats, Floats]:
    """This will return, for items and for raters, how much less is known than if the other facet were known.

    Each entity's information is reduced by what its units' other side costs: the diagonal of the Schur complement.
    Taken as known, the raters of two ratings each would hand their variance to the items (mean-field bias).
    """
    precision, slope = unit_precision(units, noise), noise.slope[units.rater]
    sides = (
        (units.item, items.main + items.interaction / items.size, precision * slope**2),
        (units.rater, raters.main + raters.interaction / raters.size, precision),
    )
    known = [np.bincount(of, told) + 1 / prior for of, prior, told in sides]
    beyond = []
    for own, other in ((0, 1), (1, 0)):
        lost = np.bincount(sides[own][0], (precision * slope) ** 2 / known[other][sides[other][0]])
        beyond.append(1 / np.maximum(known[own] - lost, 1 / sides[own][1]) - 1 / known[own])
    return beyond[0], beyond[1]


def unit_precision(units: Units, noise: Noise) -> Floats:
    """This will return the precision of each unit's mean: ``k / (scale (within + k halo))``."""
    return np.asarray(units.size / (noise.scale[units.rater] * (noise.within + units.size * noise.halo)))


def measure_uncertainty(items: Facet, raters: Facet, units: Units, noise: Noise) -> Uncertainty:
    """This will return posterior variances with the items, the raters and the grand mean all unknown.

    On the units' means with the item effects
    eliminated, the information about the severities s and the grand mean m is a matrix of
    W + 1 rows. An item's level is ``a_i + m``, linear in them, so its variance is its own given them
    plus a quadratic form. The variance between the criteria of one item, or of one rater, is taken given the rest.
    """
    precision, slope = unit_precision(units, noise), noise.slope[units.rater]
    shape = (len(items.size), len(raters.size))
    given = sparse.coo_array((precision * slope, (units.item, units.rater)), shape=shape).tocsr()
    told = np.bincount(units.item, precision * slope**2)
    item_variance = 1 / (told + 1 / (items.main + items.interaction / items.size))
    rater_information = np.bincount(units.rater, precision) + 1 / (raters.main + raters.interaction / raters.size)
    reach = sparse.csr_array(sparse.diags_array(item_variance) @ given)
    if len(raters.size) > _EXACT_RATERS:
        severity = 1 / rater_information
        shared = np.asarray((reach * reach) @ severity)
    else:
        at_mean = np.bincount(units.rater, precision)
        covariance = _covariance_of_raters_and_mean(given, item_variance, rater_information, at_mean)
        shared = _quadratic_form(reach, covariance)
        relative = covariance[:-1, :-1]
        # Against the average rater: what moves all raters alike is the items' level, not severity.
        relative = relative - relative.mean(axis=0, keepdims=True)
        severity = np.diag(relative - relative.mean(axis=1, keepdims=True))
    own = items.variance + shared[items.entity]
    own += _criterion_part(items, raters, units, reach, rater_information)
    return Uncertainty(severity=np.maximum(severity, 0.0), cell=own)


def _covariance_of_raters_and_mean(
    given: sparse.csr_array, item_variance: Floats, rater_information: Floats, at_mean: Floats
) -> NDArray[np.float64]:
    """Posterior covariance of (s_1 .. s_W, m) with the items eliminated."""
    by_item = given.sum(axis=1)
    shared = given.T @ (sparse.diags_array(item_variance) @ given)
    with_mean = at_mean - given.T @ (item_variance * by_item)
    size = len(rater_information)
    information = np.empty((size + 1, size + 1))
    information[:size, :size] = np.diag(rater_information) - shared.toarray()
    # A severity lowers a score that the mean raises.
    information[:size, size] = information[size, :size] = -with_mean
    information[size, size] = at_mean.sum() - (by_item**2 * item_variance).sum()
    return np.asarray(np.linalg.inv(information))


def _quadratic_form(reach: sparse.csr_array, covariance: Floats) -> Floats:
    """Variance that the raters' and the mean's uncertainty leaves in each item's level, by chunks of items."""
    of_mean = 1 - reach.sum(axis=1)
    result = np.empty(reach.shape[0])
    for start in range(0, len(result), _CHUNK):
        rows = slice(start, start + _CHUNK)
        weights = np.column_stack([reach[rows].toarray(), of_mean[rows]])
        result[rows] = ((weights @ covariance) * weights).sum(axis=1)
    return result


def _criterion_part(
    items: Facet, raters: Facet, units: Units, reach: sparse.csr_array, rater_information: Floats
) -> Floats:
    """Variance added to each cell by what is not known of the raters' severity on that very criterion."""
    if items.columns == 1:
        return np.zeros(len(items.mean))
    beyond = np.maximum(raters.variance - 1 / rater_information[raters.entity], 0.0)
    weight = np.asarray(reach[units.item, units.rater])[units.index]
    return np.bincount(items.cell, weight**2 * beyond[raters.cell], minlength=len(items.mean))
