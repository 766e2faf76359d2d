"""Posteriors of one number per worker, on a grid of its values."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def posterior_on_grid(log_likelihood: Floats, starts: NDArray[np.int64], prior: Floats) -> Floats:
    """This will return P(value | own rows) for each worker: shape (W, grid).

    ``log_likelihood`` has one row a judgment, sorted by worker; ``starts`` is each worker's first row.
    """
    logs = np.add.reduceat(log_likelihood, starts, axis=0) + np.log(prior)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def grid_quantile(posterior: Floats, grid: Floats, share: float) -> Floats:
    """This will return the value below which ``share`` of each row's mass lies.

    Each value's mass is spread evenly up to the middle between it and its neighbors.
    """
    edges = np.concatenate([grid[:1], (grid[1:] + grid[:-1]) / 2, grid[-1:]])
    below = np.cumsum(posterior, axis=1)
    at = np.minimum((below < share).sum(axis=1), len(grid) - 1)
    rows = np.arange(len(posterior))
    mass = posterior[rows, at]
    part = (share - (below[rows, at] - mass)) / np.maximum(mass, 1e-300)
    return np.asarray(edges[at] + np.clip(part, 0.0, 1.0) * (edges[at + 1] - edges[at]))
