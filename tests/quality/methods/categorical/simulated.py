"""Judgments with a known truth."""

from __future__ import annotations

import numpy as np

Labels = tuple[np.ndarray, np.ndarray, np.ndarray]


def simulate(
    tasks: int = 400, workers: int = 20, per_task: int = 5, classes: int = 3, seed: int = 1
) -> tuple[Labels, np.ndarray, np.ndarray]:
    """Labels of workers who are right in .4 to .95 of cases, the true classes, and those shares."""
    random = np.random.default_rng(seed)
    truth, share = random.integers(0, classes, tasks), np.linspace(0.4, 0.95, workers)
    task = np.repeat(np.arange(tasks), per_task)
    worker = random.random((tasks, workers)).argsort(axis=1)[:, :per_task].ravel()
    is_right = random.random(len(task)) < share[worker]
    label = np.where(is_right, truth[task], (truth[task] + random.integers(1, classes, len(task))) % classes)
    return (task, worker, label), truth, share
