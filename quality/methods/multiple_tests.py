"""Many questions asked of one set of data: p-values that stay honest."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def adjust_holm(p_values: ArrayLike) -> Floats:
    """This will raise p-values so that the chance of even one false alarm among them stays below each.

    Source: Holm, Scand. J. Stat. 6 (1979), jstor 4615733.
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * np.arange(len(values), 0, -1)
    return _back(order, np.maximum.accumulate(stepped))


def adjust_benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """This will raise p-values so that, of what is reported below q, at most a share q is false on average.

    Source: Benjamini and Hochberg, J. R. Stat. Soc. B 57 (1995), doi:10.1111/j.2517-6161.1995.tb02031.x.
    """
    values = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    stepped = values[order] * len(values) / np.arange(1, len(values) + 1)
    return _back(order, np.minimum.accumulate(stepped[::-1])[::-1])


def _back(order: NDArray[np.int64], sorted_values: Floats) -> Floats:
    result = np.empty_like(sorted_values)
    result[order] = np.minimum(sorted_values, 1.0)
    return result
