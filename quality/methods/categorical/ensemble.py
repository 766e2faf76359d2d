"""The median of five models of categorical judgments, with known answers held fast."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quality.methods.categorical.accuracy import (
    WorkerAccuracy,
    combine,
    differences_show,
    enough_known,
    estimate_accuracy,
    fit_correlation,
    mean_sums,
    temper,
    without_own_known,
    worker_sums,
)
from quality.methods.categorical.consensus_error import WorkerSums
from quality.methods.categorical.em import ErrorModel, Fitted, fit_em
from quality.methods.categorical.errors import (
    AbilityErrors,
    BayesianConfusionErrors,
    ConfusionErrors,
    PooledConfusionErrors,
)
from quality.methods.categorical.known_items import unlike_known
from quality.methods.categorical.labels import Floats, LabelTable, Stories
from quality.methods.categorical.online import OnlineEnsemble


class CategoricalEnsemble:
    """This will estimate each item's class and each worker's accuracy from N labels.

    Five models of how worker w labels an item of true class k are fitted one after the other, each by
    expectation maximization from the majority's answer. The answer is the class of the greatest median
    posterior, as sure as the mean's (``combine``): none of them wins everywhere, and two may break down::

        iBCC              P(l | k, w) = pi_wkl,  pi_wk ~ Dirichlet(.6 (1/K + [l = k])), variational
        Dawid-Skene       P(l | k, w) = pi_wkl,  smoothed by .1 label
        pooled confusion  pi_wk ~ Dirichlet(s_k mu_k), mu and s fitted over all workers
        ability           P(l | k, w, i) ~ e^(a_w d_i [l = k]), a_w normal, d_i log-normal
        leaning ability   P(l | k, w, i) ~ e^(a_w d_i [l = k] + c_wl), d_i less spread

    An item whose answer is known (``gold``) has that class with certainty. Its answer counts in every
    worker's confusion; it does not count in the classes' shares, since planted items are chosen.

    Labels of one item are worth fewer than they are when their errors correlate: the posterior is
    tempered by n / (1 + r (n - 1)) (``temper``), r being fitted on the known answers as a fit that has
    not seen them foretells them. That same fit measures the workers, by the mean of the two models
    that foretell held-out labels best, as far off as other workers' known answers show that to be
    (``estimate_accuracy``).

    Shapes: ``task``, ``worker`` and ``label`` of length N, any sortable values; ``gold`` maps tasks to
    classes. Complexity: O(N K) an iteration for three models, O(3 N K) for the two with difficulties;
    twice that with known answers. Memory: 12 bytes a label and a few arrays of items x classes and of
    workers x classes x classes. The order of the rows changes nothing, not a byte.

    Learned attributes:
        tasks_, workers_, classes_: what was given, sorted and distinct.
        posterior_: P(class) of each task, tasks x classes. answers_: the likeliest class of each.
            unaided_posterior_: the same by the labels alone, as if no answer were known.
        correlation_: r, the correlation of errors on one item.
        worker_labels_: labels by each worker. worker_mean_: estimated share of right ones, 0..1, among as many labels
            whose answers are not known; worker_low90_, worker_high90_: its 90 % interval. worker_n_eff_: known answers
            that would tell as much of the worker's chance to be right; worker_unaided_mean_, worker_unaided_n_eff_: the
            same without the own known answers, for whoever counts those elsewhere. is_identifiable_: false where labels
            alone don't tell workers apart and fewer than ten known answers do.
        known_unlike_: in what the known items are surely unlike the others (``unlike_known``), most often (): where they
            are, a share among the one and among the other are two, and the intervals hold neither for sure.
        iterations_: by model.

    Source: Kim and Ghahramani, AISTATS (2012) (iBCC); Dawid and Skene, Appl. Stat. 28 (1979),
        doi:10.2307/2346806; Paun et al., TACL 6 (2018), doi:10.1162/tacl_a_00040 (pooled confusion);
        Whitehill et al., NIPS 22 (2009) (ability and difficulty); Bock, Psychometrika 37 (1972),
        doi:10.1007/BF02291411 (leanings by class).
    """

    #: Models whose mean measures workers: they foretell held-out labels best.
    worker_views = ("pooled_confusion", "leaning_ability")

    def __init__(self, *, max_iterations: int = 100, tolerance: float = 5e-4, updatable: bool = False) -> None:
        if max_iterations < 1 or tolerance <= 0:
            raise ValueError("max_iterations and tolerance must be positive")
        self.max_iterations = max_iterations
        self.tolerance = tolerance
        self.updatable = updatable
        self._fits: list[Fitted] = []
        self._online: tuple[LabelTable, list[Fitted], list[int], WorkerAccuracy, WorkerSums, float] | None = None

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
        # How sure one may be is learned from known answers, so it is asked of a fit that has not seen them.
        self.iterations_, posterior, worker_posteriors = self._combine(table.without_answers())
        # Before the posterior is tempered by what known answers say of it.
        self.known_unlike_ = unlike_known(table, posterior)
        self.correlation_ = fit_correlation(table, posterior)
        views = [worker_sums(table, temper(table, view, self.correlation_)) for view in worker_posteriors]
        self.unaided_posterior_ = self.posterior_ = temper(table, posterior, self.correlation_)
        if (table.answers >= 0).any():
            self.iterations_, posterior, _ = self._combine(table)
            self.posterior_ = temper(table, posterior, self.correlation_)
        self._keep_accuracy(table, views)
        return self

    def online(self) -> OnlineEnsemble:
        """This will return the fit in a form that takes in one judgment at a time.

        Raises:
            ValueError: the ensemble was not made with ``updatable``.
        """
        if self._online is None:
            raise ValueError("fit with updatable=True first")
        return OnlineEnsemble(*self._online)

    def _combine(self, table: LabelTable) -> tuple[dict[str, int], Floats, list[Stories]]:
        """Iterations by model, all posteriors combined, and the posteriors that workers are measured by."""
        iterations: dict[str, int] = {}
        models = self._models(len(table.classes))
        # Half precision of the usual: five posteriors are held at once.
        stories = np.empty((len(models), len(table.tasks), len(table.classes)), dtype=np.float32)
        views, self._fits = [], []
        for place, (name, model) in enumerate(models.items()):
            fitted = fit_em(table, model, max_iterations=self.max_iterations, tolerance=self.tolerance)
            iterations[name] = fitted.iterations
            for block in table.blocks:
                stories[place, block.first : block.last] = fitted.posterior(block)
            if name in self.worker_views or len(models) == 1:
                views.append(place)
            if self.updatable:
                self._fits.append(fitted)
        combined = np.empty(stories.shape[1:])
        for block in table.blocks:
            combined[block.first : block.last] = combine(stories[:, block.first : block.last])
        return iterations, combined, [stories[place] for place in views]

    def _keep_accuracy(self, table: LabelTable, views: list[WorkerSums]) -> None:
        sums = mean_sums(views)
        shares = np.array([(view.right + view.expected) / view.labels for view in views])
        accuracy = estimate_accuracy(table, sums, shares.var(axis=0))
        self.worker_labels_ = sums.labels
        self.worker_mean_ = accuracy.mean
        self.worker_low90_, self.worker_high90_ = accuracy.low90, accuracy.high90
        self.worker_n_eff_ = accuracy.n_eff
        unaided = without_own_known(sums, accuracy)
        self.worker_unaided_mean_, self.worker_unaided_n_eff_ = unaided.mean, unaided.n_eff
        self.is_identifiable_ = enough_known(sums) | differences_show(sums, accuracy)
        self._online = None
        if self.updatable:
            places = [place for place, name in enumerate(self.iterations_) if name in self.worker_views] or [0]
            self._online = (table, self._fits, places, accuracy, sums, self.correlation_)
            self._fits = []

    @property
    def answers_(self) -> NDArray[Any]:
        """The likeliest class of each task."""
        return np.asarray(self.classes_[self.posterior_.argmax(axis=1)])

    def _models(self, class_count: int) -> dict[str, ErrorModel]:
        if class_count == 1:
            return {"dawid_skene": ConfusionErrors()}
        return {
            "ibcc": BayesianConfusionErrors(prior=0.6 * (1.0 / class_count + np.eye(class_count))),
            "dawid_skene": ConfusionErrors(),
            "pooled_confusion": PooledConfusionErrors(),
            "ability": AbilityErrors(spread=1.0, leans=False),
            "leaning_ability": AbilityErrors(spread=0.5, leans=True),
        }
