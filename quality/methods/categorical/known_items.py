"""Whether items with a known answer are like the others, so that what they show holds for those, too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from quality.methods.categorical.labels import Floats, LabelTable

# Standardized difference from which on two groups are held to be out of balance.
_NEGLIGIBLE = 0.1
# Chance that a random choice of known items is found unlike the others.
_FALSE_ALARM = 0.001


@dataclass(frozen=True, slots=True)
class Unlikeness:
    """A feature in which known items differ from the others, both as means over items.

    The feature is the probability of a class by the labels alone (``position`` among the classes), or, where that is
    None, the number of labels. ``standardized`` is the difference in standard deviations over all items.
    """

    position: int | None
    of_known: float
    of_others: float
    standardized: float


def unlike_known(table: LabelTable, unaided: Floats) -> tuple[Unlikeness, ...]:
    """This will tell in what known items are surely unlike the others, the gravest first; nothing where they may be alike.

    Looked at are the labels of an item and each class's probability ``unaided`` by known answers in any way (items x K): which items
    are known is read, what they are known to be is not. A feature counts where its standardized mean difference d is
    surely more than .1: ``|d| - z sqrt(1/n_known + 1/n_others) > .1``, with z such that among K + 1 features of known
    items chosen at random one is found by chance in at most a thousandth of cases.

    Source: Austin, Stat. Med. 28 (2009), doi:10.1002/sim.3697 (standardized difference, and .1 as negligible).
    """
    is_known = table.answers >= 0
    known, others = int(is_known.sum()), int((~is_known).sum())
    if known == 0 or others == 0:
        return ()
    features = np.column_stack((np.diff(table.starts), unaided))
    means = [features[rows].mean(axis=0) for rows in (is_known, ~is_known)]
    deviation = features.std(axis=0)
    standardized = np.divide(means[0] - means[1], deviation, out=np.zeros_like(deviation), where=deviation > 0)
    reach = norm.isf(_FALSE_ALARM / 2 / features.shape[1]) * np.sqrt(1 / known + 1 / others)
    found = [
        Unlikeness(place - 1 if place else None, *(float(row[place]) for row in (*means, standardized)))
        for place in np.flatnonzero(np.abs(standardized) - reach > _NEGLIGIBLE).tolist()
    ]
    return tuple(sorted(found, key=lambda row: -abs(row.standardized)))
