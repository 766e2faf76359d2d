"""What is said of a score that should foretell an outcome."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit

from quality.methods.outcome_calibration import OutcomeCalibration


def simulate(people: int, slope: float, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    score = random.normal(70, 10, people)
    chance = expit(0.5 + slope * (score - 70) / 10)
    return score, (random.random(people) < chance).astype(float), chance


@pytest.mark.parametrize(("people", "within"), [(200, 0.12), (2_000, 0.05)])
def test_planted_chances_are_found(people: int, within: float) -> None:
    score, outcome, chance = simulate(people, 1.0)

    model = OutcomeCalibration().fit(score, outcome)

    assert model.is_isotonic_ == (people >= 500)
    assert np.abs(model.predict(score) - chance).mean() < within
    assert model.auc_low90_ < model.auc_ < model.auc_high90_
    assert model.is_predictive_
    assert model.brier_ < model.brier_of_base_rate_


def test_a_score_that_foretells_nothing_is_called_so() -> None:
    called = [OutcomeCalibration().fit(*simulate(150, 0.0, seed)[:2]).is_predictive_ for seed in range(60)]

    assert np.mean(called) <= 0.12


def test_the_interval_of_the_auc_covers_it() -> None:
    large = OutcomeCalibration().fit(*simulate(20_000, 1.0, 99)[:2]).auc_
    fits = [OutcomeCalibration().fit(*simulate(120, 1.0, seed)[:2]) for seed in range(60)]

    assert 0.8 <= np.mean([fit.auc_low90_ <= large <= fit.auc_high90_ for fit in fits]) <= 0.98


def test_ten_people_split_perfectly_are_no_certainty() -> None:
    model = OutcomeCalibration().fit(range(10), [0] * 5 + [1] * 5)

    assert model.auc_ == 1
    assert model.auc_low90_ < 0.95
    assert 0.01 < model.predict([0])[0] < 0.3
    assert 0.7 < model.predict([9])[0] < 0.99


def test_all_alike_leave_the_score_untested() -> None:
    model = OutcomeCalibration().fit([1.0, 2.0, 3.0], [1, 1, 1])

    assert np.isnan(model.auc_)
    assert (model.auc_low90_, model.auc_high90_) == (0, 1)
    assert not model.is_predictive_


def test_people_tried_below_the_cut_undo_the_restriction_of_range() -> None:
    score, outcome, chance = simulate(4_000, 1.5)
    above = score > 72
    tried = above | (np.random.default_rng(2).random(4_000) < 0.05)
    weight = np.where(above, 1.0, 1 / 0.05)

    model = OutcomeCalibration().fit(score[tried], outcome[tried], weight[tried])
    naive = OutcomeCalibration().fit(score[above], outcome[above])
    everybody = OutcomeCalibration().fit(score, outcome)

    assert abs(model.auc_ - everybody.auc_) < 0.05
    assert everybody.auc_ - naive.auc_ > 0.1
    assert model.predict([60.0])[0] == pytest.approx(chance[np.argmin(np.abs(score - 60))], abs=0.1)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 20), st.floats(0, 1)), min_size=1, max_size=52), st.booleans())
def test_a_higher_score_never_has_a_lower_chance(rows: list[tuple[int, float]], many: bool) -> None:
    score, outcome = (np.array(column, dtype=float) for column in zip(*(rows * (10 if many else 1)), strict=True))

    model = OutcomeCalibration().fit(score, outcome)

    chances = model.predict(np.linspace(-5, 25, 61))
    assert (np.diff(chances) >= -1e-12).all()
    assert ((chances > 0) & (chances < 1)).all()
    assert sum(point.count for point in model.curve_) == len(score)
    assert all(0 <= point.low90 <= point.high90 <= 1 for point in model.curve_)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (([], []), "at least one"),
        (([1.0], [1.0, 0.0]), "same length"),
        (([1.0], [1.5]), "0..1"),
        (([1.0], [1.0], [0.0]), "positive"),
    ],
)
def test_outcomes_that_make_no_sense_are_refused(rows: tuple[list[float], ...], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        OutcomeCalibration().fit(*rows)
