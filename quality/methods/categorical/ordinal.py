"""Ordered classes: the ensemble with models whose neighboring classes are confused most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.methods.categorical.em import ErrorModel
from quality.methods.categorical.ensemble import CategoricalEnsemble
from quality.methods.categorical.errors import BayesianConfusionErrors, ConfusionErrors, PooledConfusionErrors
from quality.methods.categorical.labels import Floats

_SHARPNESS = np.geomspace(0.1, 8.0, 16)
_SHIFTS = np.linspace(-1.0, 1.0, 5)


class ShiftErrors:
    """A worker is as sharp as r and shifted by b: P(l | k) ~ e^(-r |l - k - b|), (r, b) from a fitted grid."""

    kinds = 1
    learns_class_shares = True

    def __init__(self, classes: int, shifts: Floats) -> None:
        step = np.arange(classes)
        gap = np.abs(step[None, None, :, None] - step - shifts[None, :, None, None])
        weight = np.exp(-_SHARPNESS[:, None, None, None] * gap)
        weight += 1e-4 * weight.max(axis=2, keepdims=True)
        candidates = weight / weight.sum(axis=2, keepdims=True)
        self._log_candidates = np.log(candidates).reshape(-1, classes * classes)
        self._shares = np.full(len(self._log_candidates), 1.0 / len(self._log_candidates))

    def learn(self, counts: Floats) -> Floats:
        scores = counts.reshape(len(counts), -1) @ self._log_candidates.T + np.log(self._shares)
        scores -= scores.max(axis=1, keepdims=True)
        weight = np.exp(scores)
        weight /= weight.sum(axis=1, keepdims=True)
        self._shares = (weight.sum(axis=0) + 0.1) / (len(weight) + 0.1 * len(self._shares))
        return np.asarray(weight @ self._log_candidates).reshape(counts.shape)

    def kind_shares(self) -> Floats:
        return np.ones(1)


class OrdinalEnsemble(CategoricalEnsemble):
    """This will do as ``CategoricalEnsemble`` for classes in an order, and answer with the median.

    Two of the five models know the order: each worker has a sharpness r and, in one of them, a shift b::

        P(l | k, w) ~ exp(-r_w |l - k - b_w|)

    with the law of (r, b) over workers fitted on a grid (nonparametric empirical Bayes); the prior of
    iBCC falls off with the distance of the classes.

    ``order`` names the classes from the lowest to the highest; without it they are sorted. A class's
    value is its number, or its place in the order where classes are no numbers.

    Learned attributes, besides those of ``CategoricalEnsemble``:
        answers_: the median class of each task. expected_: its mean value.

    Source: Laird, J. Am. Stat. Assoc. 73 (1978), doi:10.1080/01621459.1978.10480103 (nonparametric
        mixing); Raykar et al., J. Mach. Learn. Res. 11 (2010) (ordinal judgments).
    """

    worker_views = ("pooled_confusion", "shift")

    def __init__(
        self,
        *,
        order: Sequence[Any] | None = None,
        max_iterations: int = 100,
        tolerance: float = 5e-4,
        updatable: bool = False,
    ) -> None:
        super().__init__(max_iterations=max_iterations, tolerance=tolerance, updatable=updatable)
        self.order = order

    def fit(
        self,
        task: ArrayLike,
        worker: ArrayLike,
        label: ArrayLike,
        gold: Mapping[Any, Any] | None = None,
    ) -> Self:
        """This will learn from N labels and the known answers of some tasks.

        Raises:
            ValueError: no label, unequal lengths, or a class that is not in ``order``.
        """
        if self.order is None:
            return super().fit(task, worker, label, gold)
        place = {name: position for position, name in enumerate(self.order)}
        try:
            coded = np.array([place[name] for name in np.asarray(label).tolist()], dtype=np.int64)
            known = {key: place[name] for key, name in (gold or {}).items()}
        except KeyError as missing:
            raise ValueError(f"class {missing} is not in the order") from missing
        super().fit(task, worker, coded, known)
        self.classes_ = np.asarray(self.order)[self.classes_]
        if self._online is not None:
            self._online = (replace(self._online[0], classes=self.classes_), *self._online[1:])
        return self

    @property
    def answers_(self) -> NDArray[Any]:
        """The median class of each task: the first that at least half the probability does not exceed."""
        reached = np.cumsum(self.posterior_, axis=1) >= 0.5 - 1e-9
        return np.asarray(self.classes_[reached.argmax(axis=1)])

    @property
    def expected_(self) -> Floats:
        """The mean value of each task."""
        numbers = self.classes_.dtype.kind in "iuf"
        values = self.classes_.astype(np.float64) if numbers else np.arange(len(self.classes_), dtype=np.float64)
        return np.asarray(self.posterior_ @ values)

    def _models(self, class_count: int) -> dict[str, ErrorModel]:
        gap = np.abs(np.subtract.outer(np.arange(class_count), np.arange(class_count)))
        return {
            "ibcc": BayesianConfusionErrors(prior=3.0 * np.exp2(-gap.astype(np.float64))),
            "dawid_skene": ConfusionErrors(),
            "sharpness": ShiftErrors(class_count, np.zeros(1)),
            "shift": ShiftErrors(class_count, _SHIFTS),
            "pooled_confusion": PooledConfusionErrors(),
        }
