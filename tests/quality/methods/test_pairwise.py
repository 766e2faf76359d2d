"""What the pairwise and the ranking model promise, on simulated workers."""

from __future__ import annotations

import numpy as np
import pytest

from quality.methods.davidson import outcome_chances
from quality.methods.pairwise import PairwiseModel
from quality.methods.rankings import RankingModel

WORDS = np.array(["a", "b", "tie"])


def simulate(
    items: int = 30, workers: int = 40, judgments: int = 4_000, careless: int = 10, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Planted scores of standard deviation 1.5; the first ``careless`` workers look one time in ten, the others in 95 of 100."""
    random = np.random.default_rng(seed)
    score = random.normal(0, 1.5, items)
    a = random.integers(0, items, judgments)
    b = (a + random.integers(1, items, judgments)) % items
    worker = random.integers(0, workers, judgments)
    chances = outcome_chances(score[a] - score[b], 0.5)
    looked = random.random(judgments) < np.where(worker < careless, 0.1, 0.95)
    chances = np.where(looked[:, None], chances, [0.45, 0.45, 0.1])
    outcome = (random.random(judgments)[:, None] > chances.cumsum(axis=1)[:, :2]).sum(axis=1)
    return a, b, worker, WORDS[outcome], score


def test_planted_scores_are_found_through_careless_workers() -> None:
    a, b, worker, winner, score = simulate()

    model = PairwiseModel().fit(a, b, worker, winner)

    assert list(model.items_) == list(range(30))
    assert np.corrcoef(model.score_, score)[0, 1] > 0.98
    assert model.tie_ == pytest.approx(0.5, abs=0.1)


def test_the_standard_error_covers_the_score() -> None:
    hits: list[bool] = []
    for seed in range(10):
        a, b, worker, winner, score = simulate(judgments=1_500, seed=seed)
        model = PairwiseModel().fit(a, b, worker, winner)
        gap = (model.score_ - model.score_.mean()) - (score - score.mean())
        hits.extend(np.abs(gap) <= 1.645 * model.score_se_)

    assert 0.84 <= np.mean(hits) <= 0.96


def test_careless_workers_are_told_from_careful_ones() -> None:
    model = PairwiseModel().fit(*simulate()[:4])

    assert model.reliability_[:10].max() < model.reliability_[10:].min()
    assert model.high90_[:10].max() < model.low90_[10:].max()
    assert (model.low90_ < model.worker_mean_).all()
    assert (model.worker_mean_ < model.high90_).all()


def test_a_worker_of_two_judgments_stays_near_the_usual() -> None:
    a, b, worker, winner, score = simulate()
    best, worst = int(np.argmax(score)), int(np.argmin(score))
    seldom = PairwiseModel().fit(
        np.append(a, [best, best]),
        np.append(b, [worst, worst]),
        np.append(worker, [99, 99]),
        np.append(winner, ["b", "b"]),
    )

    alone = seldom.workers_ == 99

    assert 0.1 < seldom.reliability_[alone][0] < seldom.reliability_[:-1].mean()
    assert seldom.n_eff_[alone][0] <= 2
    assert (seldom.high90_ - seldom.low90_)[alone][0] > (seldom.high90_ - seldom.low90_)[:-1].mean()


def test_turning_every_pair_around_changes_nothing() -> None:
    a, b, worker, winner, _ = simulate(judgments=500)
    turned = np.select([winner == "a", winner == "b"], ["b", "a"], "tie")

    model, other = PairwiseModel().fit(a, b, worker, winner), PairwiseModel().fit(b, a, worker, turned)

    assert other.score_.tobytes() == model.score_.tobytes()
    assert other.reliability_.tobytes() == model.reliability_.tobytes()


def test_who_never_calls_a_tie_is_not_careless_for_that() -> None:
    a, b, worker, winner, _ = simulate(workers=20, careless=0)
    decided = (winner != "tie") | (worker >= 5)

    model = PairwiseModel().fit(a[decided], b[decided], worker[decided], winner[decided])

    assert model.worker_tie_[:5].max() < model.worker_tie_[5:].min() / 3
    assert model.reliability_[:5].mean() == pytest.approx(model.reliability_[5:].mean(), abs=0.05)


def test_without_ties_none_is_expected() -> None:
    a, b, worker, winner, _ = simulate(judgments=800)
    decided = winner != "tie"

    model = PairwiseModel().fit(a[decided], b[decided], worker[decided], winner[decided])

    assert model.tie_ == 0
    assert model.predict([0], [1])[0, 2] == 0
    assert model.predict([0], [1])[0].sum() == pytest.approx(1)


def test_items_that_nothing_connects_are_scored_apart() -> None:
    model = PairwiseModel().fit(["x", "x", "p"], ["y", "y", "q"], [1, 2, 1], ["a", "a", "b"])

    scores = dict(zip(model.items_, model.score_, strict=True))

    assert scores["x"] == pytest.approx(-scores["y"], abs=1e-3)
    assert scores["q"] == pytest.approx(-scores["p"], abs=1e-3)
    assert np.isfinite(model.score_se_).all()


def test_who_and_what_was_never_seen_is_average() -> None:
    model = PairwiseModel().fit(*simulate(judgments=500)[:4])

    chances = model.predict([-1], [-2], worker=[-3])[0]

    assert chances[0] == pytest.approx(chances[1])
    assert chances.sum() == pytest.approx(1)


def test_150_of_600_workers_who_answer_without_looking_do_not_spoil_the_scores() -> None:
    a, b, worker, winner, score = simulate(items=200, workers=600, judgments=10_000, careless=150)

    model = PairwiseModel().fit(a, b, worker, winner)

    assert np.corrcoef(model.score_, score)[0, 1] > 0.96


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], [], [], []), "at least one"),
        ((["x"], ["y"], [1], ["x"]), "winner must be"),
        ((["x"], ["x"], [1], ["a"]), "itself"),
        ((["x", "y"], ["y"], [1], ["a"]), "same length"),
        ((["x"], ["y"], [1], ["a"], [0.0]), "positive"),
    ],
)
def test_judgments_that_make_no_sense_are_refused(rows: tuple[list[object], ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PairwiseModel().fit(*rows)


def rank(sets: int = 400, workers: int = 12, careless: int = 3) -> tuple[np.ndarray, ...]:
    """Each set is ranked by one worker: 5 of 12 items by score and noise, rounded so that some tie."""
    random = np.random.default_rng(4)
    score = random.normal(0, 1.5, 12)
    item = np.array([random.choice(12, 5, replace=False) for _ in range(sets)])
    worker = random.integers(0, workers, sets)
    seen = score[item] + random.gumbel(0, 1, item.shape)
    seen[worker < careless] = random.normal(0, 2, (int((worker < careless).sum()), 5))
    return np.repeat(np.arange(sets), 5), np.repeat(worker, 5), item.ravel(), -np.round(seen).ravel(), score


def test_planted_scores_are_found_in_rankings_with_ties() -> None:
    sets, worker, item, ranks, score = rank()

    model = RankingModel().fit(sets, worker, item, ranks)

    assert np.corrcoef(model.score_, score)[0, 1] > 0.98
    assert model.counts_.sum() == 400
    assert model.reliability_[:3].max() < model.reliability_[3:].min()


def test_one_worker_may_rank_a_set_that_another_ranks_too() -> None:
    model = RankingModel().fit(["s"] * 4, ["Ada", "Ada", "Bola", "Bola"], ["x", "y", "x", "y"], [1, 2, 1, 2])

    assert list(model.counts_) == [1, 1]
    assert model.score_[0] > model.score_[1]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], [], [], []), "at least one row"),
        (([1], [1], ["x"], [1]), "two items"),
        (([1, 1], [1, 1], ["x", "x"], [1, 2]), "twice"),
        (([1, 1], [1, 1], ["x", "y"], [1, float("inf")]), "finite"),
        (([1, 1], [1, 1], ["x", "y"], [1]), "same length"),
    ],
)
def test_rankings_that_make_no_sense_are_refused(rows: tuple[list[object], ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        RankingModel().fit(*rows)
