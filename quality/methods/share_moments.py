"""What one pass over the evidence must sum so that priors can be fitted from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Forest:
    """Scopes under one virtual root: ``parents[i]`` is a position or -1, ``depths[i]`` is 1 right under the root."""

    parents: Ints
    depths: Ints

    @classmethod
    def of(cls, parents: ArrayLike) -> Self:
        """This will measure the depths.

        Raises:
            ValueError: the parents form a cycle.
        """
        above = np.asarray(parents, dtype=np.int64)
        depths = np.zeros(len(above), dtype=np.int64)
        place = np.arange(len(above))
        for _ in range(len(above) + 1):
            alive = place >= 0
            if not alive.any():
                return cls(above, depths)
            depths[alive] += 1
            place = np.where(alive, above[place], -1)
        raise ValueError("the scopes' parents form a cycle")


@dataclass(frozen=True, slots=True)
class CellSums:
    """Evidence added up: one row per (worker, scope), sorted; scope -1 is the root."""

    worker: Ints
    scope: Ints
    total: Floats
    found: Floats


@dataclass(frozen=True, slots=True)
class ShareMoments:
    """Sums over each worker's tree from which the priors are computed.

    One row a worker: ``total`` answers and ``found`` among them at the root;
    ``concentration[w, d]`` is the sum over the worker's nodes at depth d of (share of
    the worker's answers under it) squared. Per worker and depth d >= 1, over the
    children c at depth d of each of its nodes p: ``spread`` = sum n_c (x_c/n_c -
    x_p/n_p)^2, ``binomial`` = sum (1 - n_c/n_p), and ``design[w, d, l]`` = sum n_c
    (1 - n_c/n_p) h_cl with h_cl the concentration of c's answers at depth l >= d.
    """

    total: Floats
    found: Floats
    concentration: Floats
    spread: Floats
    binomial: Floats
    design: Floats


def gather_moments(forest: Forest, levels: int, count: int, cells: CellSums) -> ShareMoments:
    """This will roll every cell of ``count`` workers up the forest and sum the spreads.

    Complexity: O(cells * levels^2).
    """
    width = len(forest.parents) + 1
    spread = np.zeros((count, levels))
    binomial = np.zeros((count, levels))
    design = np.zeros((count, levels, levels))
    squares = np.zeros((count, levels))
    # A node's key is worker * width + scope + 1, with 0 for the worker's root.
    key = cells.worker * width + cells.scope + 1
    depth_of = np.append(0, forest.depths)
    parent_of = np.append(0, forest.parents + 1)
    nodes: tuple[NDArray[Any], ...] = key, cells.total, cells.found, np.zeros((len(key), levels))
    for depth in range(levels - 1, 0, -1):
        here = depth_of[nodes[0] % width] == depth
        child, total, found, inner = _merge(*(part[here] for part in nodes))
        inner[:, depth] = total**2
        worker = child // width
        parent = worker * width + parent_of[child % width]
        _, where = np.unique(parent, return_inverse=True)
        group_total = np.bincount(where, total)
        group_share = np.bincount(where, found) / group_total
        left = 1 - total / group_total[where]
        gap = found / total - group_share[where]
        np.add.at(spread[:, depth], worker, total * gap**2)
        np.add.at(binomial[:, depth], worker, left)
        per_answer = inner / (total**2)[:, None]
        np.add.at(design[:, depth], worker, (total * left)[:, None] * per_answer)
        if depth == 1:
            np.add.at(squares, worker, inner)
        rolled = parent, total, found, inner
        nodes = tuple(np.concatenate([old[~here], new]) for old, new in zip(nodes, rolled, strict=True))
    total = np.bincount(cells.worker, cells.total, minlength=count)
    found = np.bincount(cells.worker, cells.found, minlength=count)
    concentration = squares / np.maximum(total, 1e-12)[:, None] ** 2
    return ShareMoments(total, found, concentration, spread, binomial, design)


def _merge(key: Ints, total: Floats, found: Floats, inner: Floats) -> tuple[Ints, Floats, Floats, Floats]:
    """Add up the rows of one node."""
    keys, where = np.unique(key, return_inverse=True)
    summed = np.zeros((len(keys), inner.shape[1]))
    np.add.at(summed, where, inner)
    return keys, np.bincount(where, total), np.bincount(where, found), summed
