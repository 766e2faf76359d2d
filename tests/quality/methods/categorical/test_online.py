"""Single judgments between two fits: near the next fit, and quick."""

from __future__ import annotations

import numpy as np
import pytest

from quality.methods.categorical import CategoricalEnsemble, OrdinalEnsemble
from tests.quality.methods.categorical.simulated import simulate


def test_after_1000_judgments_posteriors_and_accuracies_are_within_a_hundredth_of_a_refit() -> None:
    labels, _, _ = simulate(tasks=4_000, per_task=4)
    late = np.random.default_rng(4).permutation(len(labels[0]))[:1_000]
    early = np.setdiff1d(np.arange(len(labels[0])), late)
    online = CategoricalEnsemble(updatable=True).fit(*(column[early] for column in labels)).online()

    for row in late.tolist():
        online.update(*(column[row].item() for column in labels))

    refit = CategoricalEnsemble().fit(*labels)
    means = np.concatenate([online.accuracy_of(worker).mean for worker in range(20)])
    posterior = np.array([online.posterior_of(task) for task in range(4_000)])
    assert np.abs(means - refit.worker_mean_).max() < 0.01
    assert np.abs(posterior - refit.posterior_).mean() < 0.01


def test_a_judgment_moves_only_those_who_labeled_its_task() -> None:
    (task, worker, label), truth, _ = simulate()
    online = CategoricalEnsemble(updatable=True).fit(task, worker, label).online()
    before = [online.accuracy_of(who).mean[0] for who in range(20)]
    here = set(worker[task == 7].tolist())
    new = next(who for who in range(20) if who not in here)

    online.update(7, new, int(truth[7]))

    after = [online.accuracy_of(who).mean[0] for who in range(20)]
    moved = {who for who in range(20) if before[who] != after[who]}
    assert new in moved
    assert moved <= here | {new}


def test_new_tasks_and_workers_are_taken_in() -> None:
    labels, truth, _ = simulate()
    online = CategoricalEnsemble(updatable=True).fit(*labels).online()
    good = np.argsort(-np.linspace(0.4, 0.95, 20))[:3].tolist()

    for _ in range(2):
        for worker in good:
            posterior = online.update("new task", worker, 2)
    for task in range(100):
        online.update(task, "Ada", int(truth[task]))
        online.update(task, "Bola", int(truth[task] + 1) % 3)

    assert posterior.argmax() == 2
    assert posterior[2] > 0.95
    ada, bola = online.accuracy_of("Ada"), online.accuracy_of("Bola")
    assert ada.low90[0] > 0.6
    assert bola.high90[0] < 0.4


def test_a_known_answer_stays_and_counts() -> None:
    labels, truth, _ = simulate()
    online = CategoricalEnsemble(updatable=True).fit(*labels, gold={0: int(truth[0])}).online()
    before = online.accuracy_of(0).mean[0]

    posterior = online.update(0, 0, int(truth[0]))

    assert posterior[truth[0]] == 1.0
    assert online.accuracy_of(0).mean[0] > before


def test_labels_of_known_items_count_as_in_a_refit_where_the_consensus_is_off() -> None:
    (task, worker, label), truth, _ = simulate(per_task=5)
    gold, is_planted, is_ours = {item: int(truth[item]) for item in range(60)}, task < 60, worker == 19
    misled = is_planted & ~is_ours & (np.random.default_rng(5).random(len(task)) < 0.4)
    label = np.where(misled, (truth[task] + 1) % 3, label)
    late, early = is_planted & is_ours, ~is_ours | ((task >= 60) & (task <= 120))
    early &= ~late
    online = CategoricalEnsemble(updatable=True).fit(task[early], worker[early], label[early], gold=gold).online()

    before = online.accuracy_of(19).mean[0]
    for row in np.flatnonzero(late).tolist():
        online.update(int(task[row]), 19, int(label[row]))

    every = early | late
    refit = CategoricalEnsemble().fit(task[every], worker[every], label[every], gold=gold)
    assert refit.worker_mean_[19] > before + 0.2
    assert abs(online.accuracy_of(19).mean[0] - refit.worker_mean_[19]) < 0.01


def test_ordered_classes_are_known_by_their_names() -> None:
    order = ["poor", "fair", "good"]
    task, label = np.repeat(np.arange(30), 3), np.repeat(np.array(order)[np.arange(30) % 3], 3)
    model = OrdinalEnsemble(order=order, updatable=True).fit(task, np.tile(["Ada", "Bola", "Chen"], 30), label)

    assert model.online().update(30, "Ada", "good").argmax() == 2


def test_a_class_that_the_fit_did_not_know_is_refused() -> None:
    online = CategoricalEnsemble(updatable=True).fit([1, 2], ["Ada", "Bola"], ["a", "b"]).online()

    with pytest.raises(ValueError, match="'z' is not one of the fitted classes"):
        online.update(1, "Ada", "z")


def test_a_fit_that_was_not_to_be_updated_says_so() -> None:
    with pytest.raises(ValueError, match="updatable=True"):
        CategoricalEnsemble().fit([1], ["Ada"], ["a"]).online()
