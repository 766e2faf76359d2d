"""The equal average of five models of categorical judgments, with known answers held fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.methods.categorical.accuracy import estimate_accuracy, worker_sums
from quality.methods.categorical.em import ErrorModel, fit_em
from quality.methods.categorical.errors import (
    AbilityErrors,
    BayesianConfusionErrors,
    ConfusionErrors,
    OneCoinErrors,
    PooledConfusionErrors,
)
from quality.methods.categorical.labels import LabelTable


class CategoricalEnsemble:
    """This will estimate each item's class and each worker's accuracy from N labels.

    Five models of how worker w labels an item of true class k are fitted one after the other, each by
    expectation maximisation from the majority's answer, and their posteriors are averaged with equal
    weight: none of them wins everywhere, and where one breaks down the others hold the mean::

        iBCC              P(l | k, w) = pi_wkl,  pi_wk ~ Dirichlet(1 + [l = k]), variational
        Dawid-Skene       P(l | k, w) = pi_wkl,  smoothed by .01 label
        pooled confusion  pi_wk ~ Dirichlet(s_k mu_k), mu and s fitted over all workers
        one-coin          P(k | k, w) = p_w ~ Beta(a, b) fitted; the other classes alike
        ability           P(k | k, w, i) = e^(a_w d_i) / (e^(a_w d_i) + K - 1), a_w normal, d_i log-normal

    An item whose answer is known (``gold``) has that class with certainty. Its answer counts in every
    worker's confusion; it does not count in the classes' shares, since planted items are chosen.

    Shapes: ``task``, ``worker`` and ``label`` of length N, any sortable values; ``gold`` maps tasks to
    classes. Complexity: O(N K) an iteration for each model; memory about 12 bytes a label and a few
    arrays of items x classes. The order of the rows changes nothing, not a byte.

    Learned attributes:
        tasks_, workers_, classes_: what was given, sorted and distinct.
        posterior_: P(class) of each task, tasks x classes. answers_: the likeliest class of each.
        worker_labels_: labels by each worker. worker_mean_: estimated share of right ones, 0..1;
            worker_low90_, worker_high90_: its 90 % interval; worker_n_eff_: known answers that would
            tell as much; is_identifiable_: false where without known answers nobody could say.
        iterations_: by model.

    Source: Kim and Ghahramani, AISTATS (2012) (iBCC); Dawid and Skene, Appl. Stat. 28 (1979),
        doi:10.2307/2346806; Paun et al., TACL 6 (2018), doi:10.1162/tacl_a_00040 (pooled confusion,
        hierarchical one-coin); Whitehill et al., NIPS 22 (2009) (ability and difficulty).
    """

    def __init__(self, *, max_iterations: int = 200, tolerance: float = 1e-4) -> None:
        if max_iterations < 1 or tolerance <= 0:
            raise ValueError("max_iterations and tolerance must be positive")
        self.max_iterations = max_iterations
        self.tolerance = tolerance

    def fit(
        self,
        task: ArrayLike,
        worker: ArrayLike,
        label: ArrayLike,
        gold: Mapping[Any, Any] | None = None,
    ) -> Self:
        """This will learn from N labels and the known answers of some tasks.

        Raises:
            ValueError: no label, or unequal lengths.
        """
        table = LabelTable.of(task, worker, label, gold)
        self.tasks_, self.workers_, self.classes_ = table.tasks, table.workers, table.classes
        self.posterior_ = np.zeros((len(table.tasks), len(table.classes)))
        self.iterations_: dict[str, int] = {}
        sums = []
        models = self._models(len(table.classes))
        for name, model in models.items():
            fitted = fit_em(table, model, max_iterations=self.max_iterations, tolerance=self.tolerance)
            self.iterations_[name] = fitted.iterations
            posterior = fitted.full_posterior(table)
            sums.append(worker_sums(table, posterior).right)
            self.posterior_ += posterior
        self.posterior_ /= len(models)
        accuracy = estimate_accuracy(worker_sums(table, self.posterior_), np.array(sums))
        self.worker_labels_ = accuracy.labels
        self.worker_mean_ = accuracy.mean
        self.worker_low90_, self.worker_high90_ = accuracy.low90, accuracy.high90
        self.worker_n_eff_ = accuracy.n_eff
        self.is_identifiable_ = accuracy.is_identifiable
        return self

    @property
    def answers_(self) -> NDArray[Any]:
        """The likeliest class of each task."""
        return np.asarray(self.classes_[self.posterior_.argmax(axis=1)])

    def _models(self, class_count: int) -> dict[str, ErrorModel]:
        return {
            "ibcc": BayesianConfusionErrors(prior=1.0 + np.eye(class_count)),
            "dawid_skene": ConfusionErrors(),
            "one_coin": OneCoinErrors(),
            "ability": AbilityErrors(),
            "pooled_confusion": PooledConfusionErrors(),
        }
