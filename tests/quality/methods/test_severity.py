"""What the severity model promises, on simulated and on real judgments."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from quality.methods.severity import SeverityModel

DATA = Path(__file__).parents[3] / "marketplace/demo/data/mqm_sxs_ende/segment_scores.csv"


def simulate(
    items: int = 300, raters: int = 8, per_item: int = 3, seed: int = 1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    level, severity = random.normal(7, 1, items), random.normal(0, 0.5, raters)
    item = np.repeat(np.arange(items), per_item)
    rater = np.concatenate([random.choice(raters, per_item, replace=False) for _ in range(items)])
    score = level[item] - severity[rater] + random.normal(0, 0.4, len(item))
    return item, rater, score, severity


def unit_means(item: np.ndarray, score: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    known = {key: score[item == key].mean() for key in np.unique(item)}
    return np.array([known.get(key, score.mean()) for key in wanted])


def test_severity_is_positive_for_who_scores_below_the_items_level() -> None:
    item, rater, score, severity = simulate()

    model = SeverityModel().fit(item, rater, score)

    centered = severity - severity.mean()
    assert np.corrcoef(model.severity_, severity)[0, 1] > 0.98
    assert np.abs(model.severity_ - model.severity_.mean() - centered).max() < 0.15


def test_severity_of_penalties_is_positive_for_who_writes_more_of_them() -> None:
    item, rater, score, _ = simulate()

    penalties = SeverityModel(higher_is_better=False).fit(item, rater, 10 - score)
    scores = SeverityModel().fit(item, rater, score)

    assert penalties.severity_ == pytest.approx(scores.severity_, abs=1e-9)


def test_the_standard_error_covers_the_severity() -> None:
    hits: list[bool] = []
    for seed in range(25):
        item, rater, score, severity = simulate(seed=seed)
        model = SeverityModel().fit(item, rater, score)
        gap = (model.severity_ - model.severity_.mean()) - (severity - severity.mean())
        hits.extend(np.abs(gap) <= 1.645 * model.severity_se_)

    assert 0.85 <= np.mean(hits) <= 0.98


def test_the_interval_of_an_items_level_on_a_criterion_covers_it() -> None:
    hits: list[bool] = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        level = random.normal(7, 1, (80, 1)) + random.normal(0, 0.3, (80, 4)) + random.normal(0, 1, 4)
        item, rater, _, severity = simulate(items=80, seed=seed)
        halo = random.normal(0, 0.3, len(item))
        item, rater, halo = np.repeat(item, 4), np.repeat(rater, 4), np.repeat(halo, 4)
        criterion = np.tile(np.arange(4), len(item) // 4)
        score = level[item, criterion] - severity[rater] + halo + random.normal(0, 0.5, len(item))
        model = SeverityModel().fit(item, rater, score, criterion)
        truth = level[model.cell_items_, model.cell_criteria_]
        hits.extend((model.cell_low90_ <= truth) & (truth <= model.cell_high90_))

    assert len(hits) == 10 * 80 * 4
    assert 0.85 <= np.mean(hits) <= 0.95


def test_raters_who_met_once_or_twice_keep_their_share_of_the_spread() -> None:
    variances = []
    for seed in range(8):
        item, rater, score, _ = simulate(items=150, raters=90, per_item=2, seed=seed)
        variances.append(SeverityModel().fit(item, rater, score).variances_["rater"])

    assert np.mean(variances) == pytest.approx(0.25, abs=0.08)


def test_an_erratic_rater_is_less_reliable_and_a_strict_one_is_not() -> None:
    item, rater, score, _ = simulate()
    noisy = score + np.where(rater == 2, np.random.default_rng(5).normal(0, 1.5, len(score)), 0) - 3 * (rater == 5)

    model = SeverityModel().fit(item, rater, noisy)

    others = np.setdiff1d(np.arange(8), [2, 5])
    assert model.reliability_high90_[2] < model.reliability_low90_[others].min()
    assert model.reliability_[5] == pytest.approx(model.reliability_[others].mean(), abs=0.05)
    assert model.severity_[5] > 2
    assert (model.n_eff_ < model.rating_counts_).all()


def test_a_rater_who_keeps_to_the_middle_of_the_scale_has_a_flat_slope() -> None:
    item, rater, score, _ = simulate()
    middle = np.where(rater == 4, score.mean() + 0.4 * (score - score.mean()), score)

    model = SeverityModel().fit(item, rater, middle)

    assert model.slopes_[4] < 0.6
    assert model.slopes_[np.arange(8) != 4].min() > 0.85


def test_somebody_may_rate_the_same_things_thousands_of_times() -> None:
    random = np.random.default_rng(6)
    item, rater = np.repeat([0, 1, 2, 0, 1, 2], 3_000), np.repeat([0, 0, 0, 1, 1, 1], 3_000)
    score = item - 0.5 * rater + random.normal(0, 0.3, len(item))

    model = SeverityModel().fit(item, rater, score)

    assert model.severity_[1] - model.severity_[0] == pytest.approx(0.4, abs=0.1)
    assert list(model.rating_counts_) == [9_000, 9_000]


def test_a_rater_with_few_ratings_is_shrunk_towards_the_usual() -> None:
    item, rater, score, _ = simulate()
    model = SeverityModel().fit(np.append(item, 0), np.append(rater, 99), np.append(score, score[0] - 2))

    alone = model.severity_[model.raters_ == 99][0]

    assert 0 < alone < 1.5
    assert model.severity_se_[model.raters_ == 99][0] > 2 * model.severity_se_[0]


def test_criteria_are_told_apart() -> None:
    item, rater, score, _ = simulate()
    both = np.concatenate([score, score - 2])

    model = SeverityModel().fit(
        np.tile(item, 2), np.tile(rater, 2), both, ["style"] * len(item) + ["facts"] * len(item)
    )

    assert list(model.criteria_) == ["facts", "style"]
    assert model.criterion_means_[1] - model.criterion_means_[0] == pytest.approx(2, abs=0.01)
    assert model.predict([0], [0], ["style"])[0] - model.predict([0], [0], ["facts"])[0] == pytest.approx(2, abs=0.1)


def test_who_and_what_was_never_seen_is_predicted_as_average() -> None:
    item, rater, score, _ = simulate()
    model = SeverityModel().fit(item, rater, score)

    assert model.predict([-5], [-5])[0] == pytest.approx(float(model.criterion_means_[0]))


def test_the_order_of_the_ratings_changes_nothing() -> None:
    item, rater, score, _ = simulate()
    order = np.random.default_rng(2).permutation(len(item))

    model = SeverityModel().fit(item, rater, score)
    other = SeverityModel().fit(item[order], rater[order], score[order])

    assert other.severity_ == pytest.approx(model.severity_, abs=1e-8)


def test_the_same_ratings_give_the_same_bytes() -> None:
    item, rater, score, _ = simulate()

    runs = [SeverityModel().fit(item, rater, score) for _ in range(2)]

    assert runs[0].severity_.tobytes() == runs[1].severity_.tobytes()


def test_on_real_translators_held_out_penalties_are_a_fifth_nearer_than_the_unit_mean() -> None:
    with DATA.open(newline="") as file:
        rows = list(csv.DictReader(file))
    item = np.array([f"{row['system']}|{row['doc']}|{row['seg']}" for row in rows])
    rater = np.array([row["worker"] for row in rows])
    score = np.log1p([float(row["mqm"]) for row in rows])
    errors = []
    for seed in range(3):
        held = np.zeros(len(rows), dtype=bool)
        held[np.random.default_rng(seed).choice(len(rows), len(rows) // 10, replace=False)] = True
        model = SeverityModel(higher_is_better=False).fit(item[~held], rater[~held], score[~held])
        ours = model.predict(item[held], rater[held])
        plain = unit_means(item[~held], score[~held], item[held])
        errors.append([np.sqrt(np.mean((guess - score[held]) ** 2)) for guess in (ours, plain)])

    ours_rmse, plain_rmse = np.mean(errors, axis=0)

    assert len(rows) == 3_120
    assert ours_rmse < 0.8 * plain_rmse


def test_77670_ratings_settle_within_a_few_sweeps() -> None:
    random = np.random.default_rng(3)
    item = np.repeat(np.arange(1_726), 45)
    rater = (np.repeat(np.arange(1_726) * 7, 45) + np.tile(np.repeat(np.arange(9), 5), 1_726)) % 214
    criterion = np.tile(np.arange(5), 1_726 * 9)
    level, severity = random.normal(7, 1, 1_726), random.normal(0, 0.5, 214)
    score = level[item] - severity[rater] + random.normal(0, 0.4, len(item))

    model = SeverityModel().fit(item, rater, score, criterion)

    assert len(item) == 77_670
    assert model.sweeps_ < 30
    assert np.abs(model.severity_ - (severity - severity.mean())).max() < 0.15


@pytest.mark.parametrize(("score", "words"), [([], "at least one"), ([float("nan")], "finite"), ([1.0, 2.0], "length")])
def test_ratings_that_make_no_sense_are_refused(score: list[float], words: str) -> None:
    labels = [1] * min(len(score), 1)
    with pytest.raises(ValueError, match=words):
        SeverityModel().fit(labels, labels, score)
