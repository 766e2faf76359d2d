"""Whether items with a known answer are like the others, so that what they show holds for those, too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.methods.categorical.labels import Floats, LabelTable

# Standardized difference from which on two groups are held to be out of balance.
_NEGLIGIBLE = 0.1
# Chance that a random choice of known items is found unlike the others.
_FALSE_ALARM = 0.001
_SAME = 1e-9


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

    Looked at are the labels of an item and each class's probability ``unaided`` by known answers in any way (items x K):
    which items are known is read, what they are known to be is not (but a class that nobody gave is one more class). A
    feature counts where the difference between its mean over known items and over others is surely more than .1 of its
    standard deviation s: ``|difference| - reach > .1 s``. Of k items drawn from N without regard to the feature, the mean is
    off by more than t with a chance of at most ``2 exp(-k t^2 / (2 (s^2 + t m / 3)))``, m being how far the feature reaches
    from its mean at most; ``reach = t N / (N - k)``, with t such that among all features one is found by chance in at most
    a thousandth of cases, however rare a class.

    Source: Austin, Stat. Med. 28 (2009), doi:10.1002/sim.3697 (standardized difference, and .1 as negligible); Hoeffding,
        J. Am. Stat. Assoc. 58 (1963), doi:10.1080/01621459.1963.10500830 (Bernstein's bound, and that it holds for draws
        without replacement).
    """
    is_known = table.answers >= 0
    known, others = int(is_known.sum()), int((~is_known).sum())
    if known == 0 or others == 0:
        return ()
    features = np.column_stack((np.diff(table.starts), unaided))
    of_known, of_others = (features[rows].mean(axis=0) for rows in (is_known, ~is_known))
    deviation, furthest = features.std(axis=0), np.abs(features - features.mean(axis=0)).max(axis=0)
    sureness = np.log(2 * features.shape[1] / _FALSE_ALARM) / known
    reach = sureness * furthest / 3 + np.sqrt((sureness * furthest / 3) ** 2 + 2 * sureness * deviation**2)
    is_sure = np.abs(of_known - of_others) - reach * (known + others) / others > _NEGLIGIBLE * deviation
    # Where all items are the same, means differ by rounding alone.
    is_sure &= deviation > _SAME
    found = [
        Unlikeness(
            position=place - 1 if place else None,
            of_known=float(of_known[place]),
            of_others=float(of_others[place]),
            standardized=float((of_known[place] - of_others[place]) / deviation[place]),
        )
        for place in np.flatnonzero(is_sure).tolist()
    ]
    return tuple(sorted(found, key=lambda row: -abs(row.standardized)))
