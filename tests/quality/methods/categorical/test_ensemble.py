"""What the categorical ensemble promises, on simulated judgments."""

from __future__ import annotations

import numpy as np
import pytest

from quality.methods.categorical import CategoricalEnsemble, OrdinalEnsemble
from tests.quality.methods.categorical.simulated import simulate


def majority(task: np.ndarray, label: np.ndarray) -> np.ndarray:
    return np.array([np.bincount(label[task == item]).argmax() for item in np.unique(task)])


def test_it_is_nearer_to_the_truth_than_the_majority() -> None:
    labels, truth, _ = simulate()

    model = CategoricalEnsemble().fit(*labels)

    assert np.mean(model.answers_ == truth) > np.mean(majority(labels[0], labels[2]) == truth) + 0.02
    assert model.posterior_.sum(axis=1) == pytest.approx(np.ones(400))


def test_workers_accuracies_are_found_and_their_intervals_cover() -> None:
    labels, _, share = simulate(tasks=1_000)

    model = CategoricalEnsemble().fit(*labels)

    assert np.abs(model.worker_mean_ - share).mean() < 0.05
    assert np.mean((model.worker_low90_ <= share) & (share <= model.worker_high90_)) >= 0.8
    assert model.is_identifiable_.all()
    assert list(model.worker_labels_) == list(np.bincount(labels[1]))


def test_a_known_answer_is_held_fast() -> None:
    labels, truth, _ = simulate()
    wrong = {0: int(truth[0] + 1) % 3}

    model = CategoricalEnsemble().fit(*labels, gold=wrong)

    assert model.posterior_[0, wrong[0]] == 1.0
    assert model.answers_[0] == wrong[0]


def test_known_answers_mend_what_a_bad_majority_agrees_on() -> None:
    truth = np.tile([0, 1], 50)
    votes = np.stack([truth, truth, *[np.where(truth == 0, 1, 1)] * 3], axis=1)
    task, worker = np.repeat(np.arange(100), 5), np.tile(np.arange(5), 100)
    gold = {item: int(truth[item]) for item in range(20)}

    model = CategoricalEnsemble().fit(task, worker, votes.ravel(), gold=gold)

    assert np.mean(model.answers_ == truth) == 1.0


def test_words_are_classes_as_well_as_numbers_are() -> None:
    (task, worker, label), _, _ = simulate()
    words = np.array(["cat", "dog", "fox"])

    by_word = CategoricalEnsemble().fit(task, worker, words[label], gold={0: "dog"})
    by_number = CategoricalEnsemble().fit(task, worker, label, gold={0: 1})

    assert by_word.classes_.tolist() == ["cat", "dog", "fox"]
    assert by_word.posterior_.tobytes() == by_number.posterior_.tobytes()


def test_a_known_answer_that_nobody_gave_adds_a_class() -> None:
    model = CategoricalEnsemble().fit([1, 1, 2], ["Ada", "Bola", "Ada"], ["a", "a", "a"], gold={2: "b", 9: "z"})

    assert model.classes_.tolist() == ["a", "b"]
    assert model.answers_[1] == "b"


def test_known_answers_count_in_full_for_who_gave_them() -> None:
    labels, truth, share = simulate(tasks=600)
    gold = {item: int(truth[item]) for item in range(120)}

    blind = CategoricalEnsemble().fit(*labels)
    seeing = CategoricalEnsemble().fit(*labels, gold=gold)

    assert np.abs(seeing.worker_mean_ - share).mean() < 0.05
    assert seeing.worker_n_eff_.sum() > blind.worker_n_eff_.sum()


def test_workers_who_do_not_differ_are_not_told_apart_without_known_answers() -> None:
    (task, worker, _), truth, _ = simulate()
    random = np.random.default_rng(2)
    label = np.where(random.random(len(task)) < 0.6, truth[task], random.integers(0, 3, len(task)))
    gold = {item: int(truth[item]) for item in range(100)}

    blind = CategoricalEnsemble().fit(task, worker, label)
    seeing = CategoricalEnsemble().fit(task, worker, label, gold=gold)

    assert not blind.is_identifiable_.any()
    assert seeing.is_identifiable_.all()


def test_errors_that_many_share_make_it_less_sure() -> None:
    random = np.random.default_rng(3)
    truth = random.integers(0, 2, 300)
    misread = np.where(random.random(300) < 0.25, 1 - truth, truth)
    label = np.where(random.random((300, 9)) < 0.9, misread[:, None], 1 - misread[:, None])
    rows = np.repeat(np.arange(300), 9), np.tile(np.arange(9), 300), label.ravel()
    gold = {item: int(truth[item]) for item in range(60)}

    blind = CategoricalEnsemble().fit(*rows)
    seeing = CategoricalEnsemble().fit(*rows, gold=gold)

    others = slice(60, None)
    is_right = (seeing.answers_ == truth)[others].mean()
    assert seeing.correlation_ > blind.correlation_
    assert abs(seeing.posterior_[others].max(axis=1).mean() - is_right) < 0.15
    assert blind.posterior_[others].max(axis=1).mean() > is_right + 0.15


def test_one_class_alone_is_certain() -> None:
    model = CategoricalEnsemble().fit([1, 2], ["Ada", "Bola"], ["yes", "yes"])

    assert model.posterior_.tolist() == [[1.0], [1.0]]
    assert np.isfinite(model.worker_mean_).all()


def test_ordered_classes_are_answered_by_their_median_and_mean() -> None:
    order = ["poor", "fair", "good"]
    task = np.repeat(np.arange(30), 3)
    truth = np.arange(30) % 3
    label = np.array(order)[np.repeat(truth, 3)]
    label[0] = "fair"

    model = OrdinalEnsemble(order=order).fit(task, np.tile(["Ada", "Bola", "Chen"], 30), label)

    assert model.answers_.tolist() == np.array(order)[truth].tolist()
    assert model.expected_ == pytest.approx(truth, abs=0.2)


def test_knowing_the_order_of_classes_brings_answers_nearer() -> None:
    random = np.random.default_rng(1)
    truth, sharpness, shift = random.integers(0, 5, 600), random.uniform(0.5, 2.5, 25), random.normal(0, 0.5, 25)
    task = np.repeat(np.arange(600), 4)
    worker = random.random((600, 25)).argsort(axis=1)[:, :4].ravel()
    gap = np.abs(np.arange(5) - truth[task][:, None] - shift[worker][:, None])
    weight = np.exp(-sharpness[worker][:, None] * gap).cumsum(axis=1)
    label = (random.random(len(task))[:, None] * weight[:, -1:] > weight).sum(axis=1)

    ordered = OrdinalEnsemble().fit(task, worker, label)
    unordered = CategoricalEnsemble().fit(task, worker, label)

    medians = np.median(label.reshape(600, 4), axis=1)
    distance = [np.abs(guess - truth).mean() for guess in (ordered.answers_, unordered.answers_, medians)]
    assert distance[0] < 0.85 * min(distance[1:])


def test_a_class_outside_the_order_is_refused() -> None:
    with pytest.raises(ValueError, match="'fine' is not in the order"):
        OrdinalEnsemble(order=["poor", "good"]).fit([1], ["Ada"], ["fine"])


@pytest.mark.parametrize("rows", [([], [], []), ([1, 2], ["Ada"], ["a"])])
def test_labels_that_make_no_sense_are_refused(rows: tuple[list[int], list[str], list[str]]) -> None:
    with pytest.raises(ValueError, match="one length"):
        CategoricalEnsemble().fit(*rows)
