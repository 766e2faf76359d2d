"""When known items are told to be unlike the others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from quality.methods.categorical import CategoricalEnsemble
from quality.methods.categorical.known_items import unlike_known
from quality.methods.categorical.labels import LabelTable
from tests.quality.methods.categorical.simulated import simulate


@pytest.mark.parametrize("rarest", [0.5, 0.03, 0.01])
def test_known_items_chosen_at_random_are_not_told_to_be_unlike_the_others(rarest: float) -> None:
    random = np.random.default_rng(1)
    is_rare = random.random(1_000) < rarest
    unaided = np.where(np.column_stack((is_rare, ~is_rare)), 0.97, 0.03)
    task, worker = np.repeat(np.arange(1_000), 3), np.tile(np.arange(3), 1_000)
    table = LabelTable.of(task, worker, worker % 2)

    found = 0
    for size in (5, 10, 20, 100) * 500:
        answers = np.full(1_000, -1)
        answers[random.choice(1_000, size, replace=False)] = 0
        found += bool(unlike_known(replace(table, answers=answers), unaided))

    # At most a thousandth is promised. By normal tails, which rare classes do not have, it would be dozens.
    assert found <= 2


@pytest.mark.parametrize(("rarest", "known", "of_it"), [(0.5, 20, 20), (0.03, 5, 5), (0.2, 900, 200)])
def test_known_items_chosen_for_their_class_are_told_so_be_they_few_or_nearly_all(
    rarest: float, known: int, of_it: int
) -> None:
    is_rare = np.arange(1_000) < 1_000 * rarest
    unaided = np.where(np.column_stack((is_rare, ~is_rare)), 1.0, 0.0)
    task, worker = np.repeat(np.arange(1_000), 3), np.tile(np.arange(3), 1_000)
    chosen = [*range(of_it), *range(round(1_000 * rarest), round(1_000 * rarest) + known - of_it)]

    found = unlike_known(LabelTable.of(task, worker, worker % 2, dict.fromkeys(chosen, 0)), unaided)

    assert {row.position for row in found} == {0, 1}


def test_known_items_of_one_class_are_unlike_the_others_in_it_and_the_gravest_difference_comes_first() -> None:
    labels, truth, _ = simulate()
    gold = {int(item): 0 for item in np.flatnonzero(truth == 0)[:60]}

    model = CategoricalEnsemble().fit(*labels, gold=gold)

    first = model.known_unlike_[0]
    assert first.position == 0
    assert first.of_known > 0.7 > 0.4 > first.of_others
    assert first.standardized > 1
    assert [abs(row.standardized) for row in model.known_unlike_] == sorted(
        (abs(row.standardized) for row in model.known_unlike_), reverse=True
    )


def test_known_items_that_more_people_labeled_are_unlike_the_others() -> None:
    (task, worker, label), truth, _ = simulate(per_task=6)
    gold = {item: int(truth[item]) for item in range(0, 400, 5)}
    kept = (task % 5 == 0) | (np.tile(np.arange(6), 400) < 3)

    model = CategoricalEnsemble().fit(task[kept], worker[kept], label[kept], gold=gold)

    assert [(row.position, row.of_known, row.of_others) for row in model.known_unlike_] == [(None, 6.0, 3.0)]


def test_what_items_are_known_to_be_is_not_read() -> None:
    labels, truth, _ = simulate()
    chosen = np.flatnonzero(truth == 0)[:60].tolist()

    found = [CategoricalEnsemble().fit(*labels, gold=dict.fromkeys(chosen, answer)).known_unlike_ for answer in (0, 1)]

    assert found[0] == found[1] != ()


def test_few_known_items_and_all_of_them_can_not_be_told_from_the_others() -> None:
    labels, truth, _ = simulate()
    few = {int(item): 0 for item in np.flatnonzero(truth == 0)[:3]}
    every = dict(enumerate(truth.tolist()))

    assert CategoricalEnsemble().fit(*labels, gold=few).known_unlike_ == ()
    assert CategoricalEnsemble().fit(*labels, gold=every).known_unlike_ == ()
