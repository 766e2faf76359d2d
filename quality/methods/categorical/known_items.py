"""Whether items with a known answer are like the others, so that what they show holds for those, too."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr

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
    feature counts where the difference d of its means over known items and over others is surely more than .1 of its
    standard deviation s. Of n items drawn from N without regard to a feature of 0..1 (labels are scaled to that), the mean
    reaches x = q + t, q being that of all, with a chance of at most ``exp(-n KL(x, q))``, and of at most
    ``exp(-n t^2 / (2 (s^2 + t / 3)))``, which is less where items hardly differ. Looked at is the smaller side, known or
    others, and the lesser chance that it lies where it does although d is .1 s; over all features, both directions and both
    bounds chance finds one in at most a thousandth of cases, however rare a class.

    Source: Austin, Stat. Med. 28 (2009), doi:10.1002/sim.3697 (standardized difference, and .1 as negligible); Hoeffding,
        J. Am. Stat. Assoc. 58 (1963), doi:10.1080/01621459.1963.10500830 (the bound by KL and Bernstein's, and that they hold
        for draws without replacement).
    """
    is_known = table.answers >= 0
    known, others = int(is_known.sum()), int((~is_known).sum())
    if known == 0 or others == 0:
        return ()
    features = np.column_stack((np.diff(table.starts), unaided))
    of_known, of_others = (features[rows].mean(axis=0) for rows in (is_known, ~is_known))
    deviation = features.std(axis=0)
    # Where all items are the same, means differ by rounding alone.
    rows = np.flatnonzero(deviation > _SAME)
    low, span = features[:, rows].min(axis=0), np.ptp(features[:, rows], axis=0)
    mean, spread = (features[:, rows].mean(axis=0) - low) / span, deviation[rows] / span
    smaller, size, other_size = (of_known, known, others) if known <= others else (of_others, others, known)
    edge = _NEGLIGIBLE * spread * other_size / (known + others)
    surprise = size * _exponents((smaller[rows] - low) / span, mean, spread, edge)
    found = [
        Unlikeness(
            position=place - 1 if place else None,
            of_known=float(of_known[place]),
            of_others=float(of_others[place]),
            standardized=float((of_known[place] - of_others[place]) / deviation[place]),
        )
        for place in rows[surprise > np.log(4 * features.shape[1] / _FALSE_ALARM)].tolist()
    ]
    return tuple(sorted(found, key=lambda row: -abs(row.standardized)))


def _exponents(share: Floats, mean: Floats, spread: Floats, edge: Floats) -> Floats:
    """The greater exponent of both bounds for means of ``share``, counted from ``edge`` beside the mean; 0 within it."""
    beyond = np.maximum(np.abs(share - mean) - edge, 0.0)
    moved = np.clip(np.where(share > mean, mean + edge, mean - edge), 1e-12, 1 - 1e-12)
    share = np.clip(share, 0.0, 1.0)
    divergence = rel_entr(share, moved) + rel_entr(1 - share, 1 - moved)
    return np.where(beyond > 0, np.maximum(divergence, beyond**2 / (2 * (spread**2 + beyond / 3))), 0.0)
