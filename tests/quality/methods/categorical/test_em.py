"""The sparse loop against the textbook's, written out with dense arrays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax

from quality.methods.categorical import labels as tables
from quality.methods.categorical.em import Fitted, _against_first, _state_posterior, fit_em
from quality.methods.categorical.errors import AbilityErrors, ConfusionErrors
from quality.methods.categorical.labels import LabelTable
from tests.quality.methods.categorical.simulated import Labels, simulate

_ITERATIONS = 8


def by_the_textbook(labels: Labels, gold: dict[int, int], classes: int) -> np.ndarray:
    """P(class) of each item after a fixed number of iterations of Dawid and Skene's algorithm."""
    task, worker, label = labels
    votes = np.zeros((task.max() + 1, worker.max() + 1, classes))
    votes[task, worker, label] = 1
    posterior = votes.sum(axis=1) / votes.sum(axis=(1, 2))[:, None]
    free = np.array([item not in gold for item in range(len(votes))])
    for iteration in range(_ITERATIONS + 1):
        posterior[list(gold)] = np.eye(classes)[list(gold.values())]
        if iteration == _ITERATIONS:
            break
        confusion = np.einsum("iwl,ik->wlk", votes, posterior) + 0.1
        shares = posterior[free].sum(axis=0) + 1 / classes
        log = np.log(confusion / confusion.sum(axis=1, keepdims=True))
        posterior = softmax(np.einsum("iwl,wlk->ik", votes, log) + np.log(shares / shares.sum()), axis=1)
    return posterior


def fitted(labels: Labels, gold: dict[int, int]) -> np.ndarray:
    table = LabelTable.of(*labels, gold)
    fit = fit_em(table, ConfusionErrors(), max_iterations=_ITERATIONS - 1, tolerance=1e-300)
    return fit.full_posterior(table)


@pytest.fixture(params=["double", "single"])
def precision(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> float:
    """How near two posteriors must be; a table of 2,000 labels is worked through in four blocks."""
    monkeypatch.setattr(tables, "_BLOCK_LABELS", 500)
    if request.param == "double":
        return 1e-9
    monkeypatch.setattr(tables, "_SINGLE_FROM", 1)
    return 1e-4


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_the_loop_does_what_the_textbook_says(precision: float, classes: int) -> None:
    labels, truth, _ = simulate(classes=classes)
    gold = {item: int(truth[item]) for item in range(0, 400, 10)}

    found = fitted(labels, gold)

    np.testing.assert_allclose(found, by_the_textbook(labels, gold, classes), atol=precision)


def test_hundreds_of_labels_of_one_item_overflow_nothing(precision: float) -> None:
    labels, _, _ = simulate(tasks=12, workers=400, per_task=400)

    found = fitted(labels, {})

    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, by_the_textbook(labels, {}, 3), atol=precision)


def test_a_known_answer_that_labels_make_next_to_impossible_is_held(precision: float) -> None:
    labels, truth, _ = simulate(tasks=12, workers=400, per_task=400)
    wrong = int(truth[0] + 1) % 3

    found = fitted(labels, {0: wrong})

    assert found[0].tolist() == np.eye(3)[wrong].tolist()


def test_how_a_known_item_that_nearly_everybody_missed_divides_among_its_kinds_is_what_the_labels_say(
    precision: float,
) -> None:
    (task, worker, label), truth, _ = simulate(tasks=40, workers=400, per_task=200, classes=3)
    missed = (truth[task] + 1) % 3
    label = np.where((task < 2) & (np.arange(len(task)) % 10 > 0), missed, label)
    table = LabelTable.of(task, worker, label, {item: int(truth[item]) for item in range(6)})
    fit = fit_em(table, AbilityErrors(leans=True), max_iterations=20, tolerance=1e-300)

    states = np.concatenate([np.column_stack(_state_posterior(b, *_terms(fit, table))) for b in table.blocks])[:6]

    log = np.concatenate([block.votes.astype(np.float64) @ fit.table for block in table.blocks])[:6] + fit.log_prior
    log[np.arange(9) % 3 != truth[:6, None]] = -np.inf
    expected = softmax(log, axis=1)
    np.testing.assert_allclose(states, expected, atol=precision)
    # Else a division into thirds, which is what is left where powers underflow, would do as well.
    assert expected[:2].max(axis=1).min() > 0.9


def _terms(fit: Fitted, table: LabelTable) -> tuple[np.ndarray, np.ndarray]:
    return _against_first(fit.table, fit.log_prior, table.precision)


def test_many_labels_are_worked_through_in_single_precision_and_few_are_not() -> None:
    few, _, _ = simulate(tasks=100)
    many = tuple(
        np.concatenate([column + (place < 2) * 100 * part for part in range(600)]) for place, column in enumerate(few)
    )

    assert LabelTable.of(*few).precision == np.float64
    assert LabelTable.of(*many).precision == np.float32


def test_many_labels_of_few_people_are_not_as_their_rare_confusions_would_be_rounded_away() -> None:
    random = np.random.default_rng(2)
    truth = random.integers(0, 2, 150_000)
    task, worker = np.repeat(np.arange(150_000), 2), np.tile([0, 1], 150_000)
    label = np.where(random.random(300_000) < 0.9995, truth[task], 1 - truth[task])

    table = LabelTable.of(task, worker, label)

    assert table.precision == np.float64
    fit = fit_em(table, ConfusionErrors(), max_iterations=3, tolerance=1e-300)
    assert fit.counts.reshape(2, 2, 2)[0, 0, 1] == pytest.approx(fit.counts.reshape(2, 2, 2)[0, 1, 0], rel=0.5)
