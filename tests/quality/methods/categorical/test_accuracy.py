"""A worker's accuracy from sums: what known answers do to it, and what they teach of everybody else's consensus."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.methods.categorical import CategoricalEnsemble
from quality.methods.categorical.accuracy import accuracy_from
from quality.methods.categorical.consensus_error import ConsensusError, WorkerSums, consensus_error
from quality.methods.categorical.labels import LabelTable
from tests.quality.methods.categorical.simulated import simulate


@st.composite
def one_worker(draw: st.DrawFn) -> tuple[WorkerSums, ConsensusError, float]:
    """Sums of one worker, how far the consensus is off, and the probability that one of the other labels is right."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    sharpness = draw(st.floats(0.05, 3.0))
    shares, known = (random.beta(sharpness, sharpness, draw(st.integers(1, 40))) for _ in range(2))
    hits = draw(st.integers(0, len(known)))
    columns = (len(shares), shares.sum(), (shares * (1 - shares)).sum())
    of_known = (len(known), known.sum(), (known * (1 - known)).sum(), hits)
    sums = WorkerSums(*(np.array([float(value)]) for value in (*columns, *of_known)))
    ranges = ((-2.0, 2.0), (1.0, 4.0), (0.0009, 0.02), (0.0, 0.05))
    error = ConsensusError(*(np.array([draw(st.floats(low, high))]) for low, high in ranges))
    return sums, error, float(shares[0])


def revealed(sums: WorkerSums, share: float, is_right: bool) -> WorkerSums:
    return replace(
        sums,
        other=sums.other - 1,
        right=sums.right - share,
        variance=sums.variance - share * (1 - share),
        known=sums.known + 1,
        expected=sums.expected + share,
        known_variance=sums.known_variance + share * (1 - share),
        hits=sums.hits + is_right,
    )


@given(worker=one_worker())
def test_with_others_held_fast_a_label_found_right_never_lowers_the_score_and_one_found_wrong_never_raises_it(
    worker: tuple[WorkerSums, ConsensusError, float],
) -> None:
    sums, error, share = worker

    before, right, wrong = (
        accuracy_from(each, error).mean[0]
        for each in (sums, revealed(sums, share, is_right=True), revealed(sums, share, is_right=False))
    )

    assert wrong - 1e-9 <= before <= right + 1e-9


@given(worker=one_worker())
def test_the_score_lies_in_its_interval_between_nothing_and_everything(
    worker: tuple[WorkerSums, ConsensusError, float],
) -> None:
    sums, error, _ = worker

    accuracy = accuracy_from(sums, error)

    assert 0 <= accuracy.low90[0] < accuracy.high90[0] <= 1
    assert accuracy.low90[0] <= accuracy.mean[0] <= accuracy.high90[0]
    assert accuracy.n_eff[0] >= max(sums.known[0], 0.3)


def test_a_worker_all_of_whose_answers_are_known_is_judged_by_them() -> None:
    sums = WorkerSums(*(np.array([value]) for value in (0.0, 0.0, 0.0, 40.0, 20.0, 5.0, 36.0)))
    error = ConsensusError(*(np.array([value]) for value in (0.0, 1.0, 0.0036, 0.0)))

    accuracy = accuracy_from(sums, error)

    assert abs(accuracy.mean[0] - 0.9) < 0.01
    assert 0.75 < accuracy.low90[0] < 0.85 < 0.95 < accuracy.high90[0] < 1


def test_an_interval_holds_all_right_where_that_is_likely() -> None:
    sums = WorkerSums(*(np.array([value]) for value in (10.0, 9.8, 0.2, 0.0, 0.0, 0.0, 0.0)))
    error = ConsensusError(*(np.array([value]) for value in (0.0, 1.0, 0.0009, 0.0)))

    accuracy = accuracy_from(sums, error)

    assert accuracy.mean[0] < 0.96
    assert accuracy.high90[0] == 1.0


def test_known_answers_show_what_a_consensus_overlooks_about_workers_and_own_ones_do_not() -> None:
    random = np.random.default_rng(3)
    known, miss = random.integers(5, 100, 300), 0.15
    expected = 0.8 * known
    found = random.binomial(known, 0.8 + miss * random.choice([-1, 1], 300)).astype(float)
    sums = WorkerSums(3 * known, 3 * expected, 0.48 * known, known, expected, 0.16 * known, found)
    table = LabelTable.of(*simulate()[0], gold={0: 0})

    error = consensus_error(table, sums, np.zeros(300))
    mine = consensus_error(table, replace(sums, hits=np.concatenate([[0.0], found[1:]])), np.zeros(300))

    # Nearer to what was planted than to the usual .06 of the prior.
    assert (abs(np.sqrt(error.overlooked) - miss) < 0.045).all()
    assert mine.overlooked[0] == pytest.approx(error.overlooked[0], rel=1e-9)
    assert mine.shift[0] == pytest.approx(error.shift[0], rel=1e-9)
    assert (mine.overlooked[1:] > error.overlooked[1:]).all()


def test_posteriors_that_are_too_sure_of_single_labels_are_found_out() -> None:
    random = np.random.default_rng(4)
    expected = np.full(400, 9.5)
    found = random.binomial(10, 0.8, 400) + 1.5
    sums = WorkerSums(
        np.full(400, 30), expected * 3, expected * 0.15, np.full(400, 10), expected, expected * 0.05, found
    )
    table = LabelTable.of(*simulate()[0], gold={0: 0})

    error = consensus_error(table, sums, np.zeros(400))

    assert (error.inflation * expected[0] * 0.05 + 100 * error.overlooked > 1.4).all()


def test_intervals_hold_the_share_of_the_other_labels_nine_times_in_ten() -> None:
    held = []
    for seed in range(20):
        (task, worker, label), truth, _ = simulate(seed=seed, workers=30)
        gold = {item: int(truth[item]) for item in range(0, 400, 5)}
        model = CategoricalEnsemble().fit(task, worker, label, gold=gold)
        other = task % 5 > 0
        share = np.bincount(worker[other], (label == truth[task])[other]) / np.bincount(worker[other])
        held.append(((model.worker_low90_ <= share) & (share <= model.worker_high90_)).mean())

    assert 0.85 <= np.mean(held) <= 0.97
