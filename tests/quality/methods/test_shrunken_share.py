"""What a shrunken share promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.methods.share_posterior import Floats, ShareEstimates
from quality.methods.shrunken_share import ShrunkenShare

# Two domains (0, 3) under the root, kinds under them (1, 4), locales under those (2, 5, 6).
PARENTS = [-1, 0, 1, -1, 3, 4, 4]
LEAVES = [2, 5, 6]

answers = st.tuples(
    st.integers(0, 4), st.sampled_from([-1, 0, 1, *LEAVES]), st.integers(0, 30), st.integers(0, 30)
).filter(lambda row: row[2] + row[3] > 0)
evidence = st.lists(answers, min_size=1, max_size=25)


def fit(rows: list[tuple[int, int, int, int]]) -> ShrunkenShare:
    worker, scope, found, missed = (np.array(column) for column in zip(*rows, strict=True))
    return ShrunkenShare(PARENTS).fit(worker, scope, found, found + missed)


def every_cell(method: ShrunkenShare, workers: list[int]) -> ShareEstimates:
    scopes = range(-1, len(PARENTS))
    pairs = [(worker, scope) for worker in workers for scope in scopes]
    return method.estimate(*zip(*pairs, strict=True))


@given(evidence)
@settings(max_examples=60, deadline=None)
def test_the_prior_and_the_contributions_add_up_to_the_mean(rows: list[tuple[int, int, int, int]]) -> None:
    result = every_cell(fit(rows), [0, 1, 99])

    for row in range(len(result.mean)):
        deltas = result.contribution_delta[result.starts[row] : result.starts[row + 1]]
        assert result.prior[row] + deltas.sum() == pytest.approx(result.mean[row], abs=1e-9)


@given(evidence, st.integers(0, 4), st.sampled_from([-1, 0, *LEAVES]))
@settings(max_examples=80, deadline=None)
def test_one_more_found_answer_never_lowers_any_estimate_of_that_worker(
    rows: list[tuple[int, int, int, int]], worker: int, scope: int
) -> None:
    before = every_cell(fit([*rows, (worker, scope, 3, 3)]), [worker])
    after = every_cell(fit([*rows, (worker, scope, 4, 3)]), [worker])

    assert (after.mean >= before.mean - 1e-12).all()


@given(evidence)
@settings(max_examples=60, deadline=None)
def test_an_empty_cell_has_its_parents_mean_and_an_interval_around_the_parents(
    rows: list[tuple[int, int, int, int]],
) -> None:
    result = every_cell(fit(rows), [0, 1, 2, 3, 4])

    width = len(PARENTS) + 1
    for row in np.flatnonzero(result.is_inherited):
        place = row % width
        if place == 0:
            continue
        parent = row - place + PARENTS[place - 1] + 1
        assert result.mean[row] == pytest.approx(result.mean[parent], abs=1e-9)
        assert result.low90[row] <= result.low90[parent]
        assert result.high90[row] >= result.high90[parent]
        assert result.strength[row] < result.strength[parent]


@given(evidence, st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_rows_changes_no_bit(rows: list[tuple[int, int, int, int]], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands a random.Random

    first, second = every_cell(fit(rows), [0, 1]), every_cell(fit(shuffled), [0, 1])

    assert first.mean.tobytes() == second.mean.tobytes()
    assert first.low90.tobytes() == second.low90.tobytes()


@given(evidence)
@settings(max_examples=40, deadline=None)
def test_renaming_the_workers_changes_only_the_names(rows: list[tuple[int, int, int, int]]) -> None:
    renamed = [(7 - worker, *rest) for worker, *rest in rows]

    result, other = every_cell(fit(rows), [0, 1, 2]), every_cell(fit(renamed), [7, 6, 5])  # type: ignore[arg-type]

    assert other.mean == pytest.approx(result.mean, abs=1e-9)
    assert other.high90 == pytest.approx(result.high90, abs=1e-6)


def test_one_scope_is_the_beta_binomial_posterior() -> None:
    method = ShrunkenShare([])
    method.fit(["Ada", "Bola", "Chen"], [-1, -1, -1], [9, 5, 18], [10, 10, 20])
    priors = method.own_priors_

    result = method.estimate(["Ada"], [-1])

    strength = 1 / (1 / priors.strengths[0, 0] + priors.mean_variance[0])
    assert result.mean[0] == pytest.approx((strength * priors.mean[0] + 9) / (strength + 10))
    assert result.strength[0] == pytest.approx(strength + 10)
    assert result.n_eff[0] == pytest.approx(10)


def test_evidence_elsewhere_moves_an_empty_cell_towards_it() -> None:
    rows = [(worker, leaf, 16, 4) for worker in range(1, 6) for leaf in LEAVES]
    method = fit([*rows, (0, 5, 2, 18)])

    result = method.estimate([0, 0, 0], [5, 6, 2])

    assert result.mean[0] < result.mean[1] < result.mean[2] < result.prior[0]
    assert list(result.is_inherited) == [False, True, True]


def test_a_worker_never_seen_gets_the_populations_mean_without_evidence() -> None:
    result = fit([(0, 2, 9, 1), (1, 2, 8, 2)]).estimate([77], [2])

    assert result.mean[0] == pytest.approx(result.prior[0])
    assert result.n_eff[0] == pytest.approx(0)
    assert result.high90[0] - result.low90[0] > 0.4


def naive_interval(found: Floats, total: Floats) -> tuple[Floats, Floats]:
    share = found / total
    error = 1.645 * np.sqrt(share * (1 - share) / total)
    return share - error, share + error


@pytest.mark.parametrize(("alpha", "beta"), [(8, 2), (20, 3), (2, 2)])
def test_the_interval_covers_the_truth_of_2000_workers_where_the_naive_one_fails(alpha: int, beta: int) -> None:
    random = np.random.default_rng(4)
    truth = random.beta(alpha, beta, 2_000)
    total = random.integers(4, 25, 2_000)
    found = random.binomial(total, truth)
    workers, scope = np.arange(2_000), np.zeros(2_000, dtype=int)

    result = ShrunkenShare([-1]).fit(workers, scope, found, total).estimate(workers, scope)
    low, high = naive_interval(found.astype(float), total.astype(float))

    assert 0.85 <= np.mean((result.low90 <= truth) & (truth <= result.high90)) <= 0.95
    assert np.mean((low <= truth) & (truth <= high)) < 0.85
    assert np.mean((result.mean - truth) ** 2) < np.mean((found / total - truth) ** 2)


def test_the_interval_of_cells_without_answers_covers_their_truth_too() -> None:
    random = np.random.default_rng(5)
    count = 2_000
    person: Floats = random.beta(16, 4, count)
    alpha = np.repeat(40 * person[:, None], 2, axis=1)
    cells: Floats = random.beta(alpha, 40 - alpha)
    total = np.full(count, 20)
    found = random.binomial(total, cells[:, 0])
    both = random.random(count) < 0.5
    second = random.binomial(total, cells[:, 1])
    method = ShrunkenShare([-1, -1]).fit(
        np.concatenate([np.arange(count), np.flatnonzero(both)]),
        np.concatenate([np.zeros(count, int), np.ones(both.sum(), int)]),
        np.concatenate([found, second[both]]),
        np.concatenate([total, total[both]]),
    )

    unseen = np.flatnonzero(~both)
    result = method.estimate(unseen, np.ones(len(unseen), int))

    truth = cells[unseen, 1]
    assert result.is_inherited.all()
    assert 0.85 <= np.mean((result.low90 <= truth) & (truth <= result.high90)) <= 0.96


@pytest.mark.parametrize(
    ("scope", "found", "total", "words"),
    [
        ([7], [1], [2], "not in the tree"),
        ([2], [3], [2], "found between"),
        ([2], [0], [0], "must be positive"),
        ([2, 2], [1], [2], "same length"),
    ],
)
def test_evidence_that_makes_no_sense_is_refused(
    scope: list[int], found: list[int], total: list[int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        ShrunkenShare(PARENTS).fit([1], scope, found, total)


def test_parents_in_a_cycle_are_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        ShrunkenShare([1, 0])
