"""What holds of every severity, pairwise and ranking fit, whatever the judgments."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.methods.pairwise import PairwiseModel
from quality.methods.rankings import RankingModel
from quality.methods.severity import SeverityModel

SEEDS = st.integers(0, 2**32 - 1)
FEW = settings(max_examples=12, deadline=None)


def ratings(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """60 items, 3 of 7 raters each, 1 to 3 criteria, some of the ratings missing; and the planted severities."""
    random = np.random.default_rng(seed)
    criteria = int(random.integers(1, 4))
    item = np.repeat(np.arange(60), 3 * criteria)
    rater = np.repeat(np.concatenate([random.choice(7, 3, replace=False) for _ in range(60)]), criteria)
    criterion = np.tile(np.arange(criteria), 180)
    severity = random.normal(0, 0.6, 7)
    score = random.normal(5, 1, 60)[item] - severity[rater] + random.normal(0, 0.4, len(item))
    kept = random.random(len(item)) < 0.9
    kept[:: 3 * criteria] = True
    return item[kept], rater[kept], score[kept], criterion[kept], severity


@FEW
@given(SEEDS)
def test_rows_in_any_order_give_the_same_bytes(seed: int) -> None:
    item, rater, score, criterion, _ = ratings(seed)
    order = np.random.default_rng(seed + 1).permutation(len(item))

    model = SeverityModel().fit(item, rater, score, criterion)
    other = SeverityModel().fit(item[order], rater[order], score[order], criterion[order])

    assert other.severity_.tobytes() == model.severity_.tobytes()
    assert other.cell_low90_.tobytes() == model.cell_low90_.tobytes()
    assert other.reliability_.tobytes() == model.reliability_.tobytes()


@FEW
@given(SEEDS)
def test_other_names_change_nothing_but_names(seed: int) -> None:
    item, rater, score, criterion, _ = ratings(seed)
    random = np.random.default_rng(seed + 1)
    new_item, new_rater, new_criterion = (random.permutation(size) for size in (60, 7, criterion.max() + 1))

    model = SeverityModel().fit(item, rater, score, criterion)
    other = SeverityModel().fit(new_item[item], new_rater[rater], score, new_criterion[criterion])

    np.testing.assert_allclose(other.severity_[new_rater], model.severity_, atol=1e-9)
    np.testing.assert_allclose(other.item_levels_[new_item], model.item_levels_, atol=1e-9)
    np.testing.assert_allclose(other.criterion_means_[new_criterion], model.criterion_means_, atol=1e-9)


@FEW
@given(SEEDS, st.floats(-2, 2))
def test_a_rater_who_scores_that_much_lower_is_that_much_stricter_and_nobody_else(seed: int, less: float) -> None:
    item, rater, score, criterion, _ = ratings(seed)

    model = SeverityModel().fit(item, rater, score, criterion)
    other = SeverityModel().fit(item, rater, score - less * (rater == 3), criterion)

    moved = (other.severity_ - other.severity_.mean()) - (model.severity_ - model.severity_.mean())
    expected = less * ((np.arange(7) == 3) - 1 / 7)
    # Severities are shrunk, and by how much depends on how far apart they are.
    np.testing.assert_allclose(moved, expected, atol=0.05 * abs(less) + 0.03)
    levels = other.item_levels_ - model.item_levels_
    assert np.abs(levels - levels.mean()).max() <= 0.1 * abs(less) + 0.05


@FEW
@given(SEEDS)
def test_a_constant_on_all_scores_moves_levels_alone(seed: int) -> None:
    item, rater, score, criterion, _ = ratings(seed)

    model = SeverityModel().fit(item, rater, score, criterion)
    other = SeverityModel().fit(item, rater, score + 100, criterion)

    np.testing.assert_allclose(other.severity_, model.severity_, atol=1e-6)
    np.testing.assert_allclose(other.cell_means_, model.cell_means_ + 100, atol=1e-6)


@FEW
@given(SEEDS)
def test_planted_severities_are_found(seed: int) -> None:
    item, rater, score, criterion, severity = ratings(seed)

    model = SeverityModel().fit(item, rater, score, criterion)

    error = (model.severity_ - model.severity_.mean()) - (severity - severity.mean())
    assert np.abs(error).max() < 0.45
    assert np.sqrt(np.mean(error**2)) < 0.2


def comparisons(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    score = random.normal(0, 1, 12)
    a = random.integers(0, 12, 300)
    b = (a + random.integers(1, 12, 300)) % 12
    gap = score[a] - score[b] + random.logistic(0, 1, 300)
    return a, b, random.integers(0, 9, 300), np.where(np.abs(gap) < 0.3, "tie", np.where(gap > 0, "a", "b"))


@FEW
@given(SEEDS)
def test_comparisons_in_any_order_or_turned_around_give_the_same_bytes(seed: int) -> None:
    a, b, worker, winner = comparisons(seed)
    random = np.random.default_rng(seed + 1)
    order, turned = random.permutation(300), random.random(300) < 0.5
    swapped = np.where(turned & (winner != "tie"), np.where(winner == "a", "b", "a"), winner)

    model = PairwiseModel().fit(a, b, worker, winner)
    other = PairwiseModel().fit(
        np.where(turned, b, a)[order], np.where(turned, a, b)[order], worker[order], swapped[order]
    )

    assert other.score_.tobytes() == model.score_.tobytes()
    assert other.score_se_.tobytes() == model.score_se_.tobytes()
    assert other.low90_.tobytes() == model.low90_.tobytes()


@FEW
@given(SEEDS)
def test_other_names_of_items_and_workers_change_nothing_but_names(seed: int) -> None:
    a, b, worker, winner = comparisons(seed)
    random = np.random.default_rng(seed + 1)
    new_item, new_worker = random.permutation(12), random.permutation(9)

    model = PairwiseModel().fit(a, b, worker, winner)
    other = PairwiseModel().fit(new_item[a], new_item[b], new_worker[worker], winner)

    # L-BFGS sums in another order and stops within its tolerance.
    np.testing.assert_allclose(other.score_[new_item], model.score_, atol=0.02)
    np.testing.assert_allclose(other.reliability_[new_worker], model.reliability_, atol=0.02)


@FEW
@given(SEEDS)
def test_rankings_told_backwards_turn_the_scores_around(seed: int) -> None:
    random = np.random.default_rng(seed)
    item = np.concatenate([random.choice(10, 4, replace=False) for _ in range(60)])
    sets, worker = np.repeat(np.arange(60), 4), np.repeat(random.integers(0, 6, 60), 4)
    rank = np.round(item / 3 + random.gumbel(0, 1, 240))

    model = RankingModel().fit(sets, worker, item, rank)
    other = RankingModel().fit(sets, worker, item, -rank)

    np.testing.assert_allclose(other.score_, -model.score_, atol=0.02)
    np.testing.assert_allclose(other.reliability_, model.reliability_, atol=0.02)
