"""What the always-valid test promises."""

from __future__ import annotations

import numpy as np
import pytest

from quality.methods.sequential import SequentialTest
from tests.quality.methods.simulations import Experiment, play_experiment


def made_up(
    effect: float, *, workers: int = 60, seed: int = 3
) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], ...]:
    random = np.random.default_rng(seed)
    arm = np.repeat([0, 1], workers)
    skill = random.beta(7.2, 1.8, 2 * workers)
    before = np.full(2 * workers, 40)
    count = random.integers(20, 60, 2 * workers)
    total = random.binomial(count, np.minimum(skill + effect * arm, 1))
    return arm, total, count, random.binomial(before, skill), before


def test_looking_every_day_rarely_finds_an_effect_that_is_not_there_where_the_test_per_judgment_often_does() -> None:
    random = np.random.default_rng(11)
    design = Experiment(workers_per_arm=40, days=10)

    courses = [play_experiment(random, design, 0.0) for _ in range(120)]

    assert sum(course.always_valid for course in courses) <= 6
    assert sum(course.per_judgment for course in courses) > 30


def test_the_time_before_the_experiment_finds_what_cannot_be_seen_without_it() -> None:
    random = np.random.default_rng(12)

    courses = [play_experiment(random, Experiment(), 0.04) for _ in range(40)]

    found, without = (sum(getattr(course, name) for course in courses) for name in ("always_valid", "without_before"))
    assert found >= 26
    assert without < found / 2


def test_all_intervals_of_one_experiment_hold_the_true_effect_together() -> None:
    random = np.random.default_rng(13)
    held = 0
    for _ in range(100):
        arm, skill = np.repeat([0, 1], 40), random.beta(7.2, 1.8, 80) * 0.9
        test, total, count = SequentialTest(expected_effect=0.05), np.zeros(80), np.zeros(80)
        for _ in range(8):
            count += 5
            total += random.binomial(5, skill + 0.06 * arm)
            test.look(arm, total, count)
        held += all(look.low <= 0.06 <= look.high for look in test.looks_)

    assert held >= 95


def test_p_and_interval_agree_at_the_first_look() -> None:
    for seed in range(20):
        look = SequentialTest(expected_effect=0.04).fit(*made_up(0.05, seed=seed)).looks_[-1]

        assert (look.p <= 0.05) == (not look.low <= 0 <= look.high)


def test_p_never_rises_again() -> None:
    test = SequentialTest(expected_effect=0.04).fit(*made_up(0.15))
    strong = test.looks_[-1].p

    test.look(*made_up(0.0, seed=4))

    assert strong < 0.01
    assert test.looks_[-1].p == strong
    assert abs(test.looks_[-1].effect) < 0.05


def test_the_variance_that_earlier_work_explains_leaves_the_interval() -> None:
    arm, total, count, total_before, count_before = made_up(0.04)

    plain = SequentialTest(expected_effect=0.04).fit(arm, total, count).looks_[-1]
    adjusted = SequentialTest(expected_effect=0.04).fit(arm, total, count, total_before, count_before).looks_[-1]

    assert plain.explained == 0
    assert adjusted.explained > 0.4
    assert adjusted.high - adjusted.low < 0.8 * (plain.high - plain.low)


def test_an_arm_that_loses_its_workers_shows_in_the_sample_ratio() -> None:
    arm, total, count, *_ = made_up(0.0, workers=200)
    stays = (arm == 0) | (np.arange(400) % 5 < 2)

    even = SequentialTest(expected_effect=0.04).fit(arm, total, count).looks_[-1]
    torn = SequentialTest(expected_effect=0.04).fit(arm, total, count * stays).looks_[-1]

    assert even.p_sample_ratio == 1
    assert torn.workers == (200, 80)
    assert torn.p_sample_ratio < 1e-6


def test_the_order_of_the_workers_changes_nothing() -> None:
    columns = made_up(0.04)
    order = np.random.default_rng(5).permutation(120)

    look = SequentialTest(expected_effect=0.04).fit(*columns).looks_[-1]
    other = SequentialTest(expected_effect=0.04).fit(*(column[order] for column in columns)).looks_[-1]

    assert other.effect == pytest.approx(look.effect, abs=1e-12)
    assert other.p == pytest.approx(look.p, rel=1e-9)


def test_arms_without_a_single_error_are_not_told_apart_with_certainty() -> None:
    arm, count = np.repeat([0, 1], 20), np.full(40, 30)

    look = SequentialTest(expected_effect=0.04).fit(arm, count, count).looks_[-1]

    assert look.effect == pytest.approx(0, abs=1e-12)
    assert look.p == 1


@pytest.mark.parametrize(
    ("arm", "count", "words"),
    [
        ([0] * 20 + [1] * 9, [5] * 29, "at least 10 workers"),
        ([0] * 20 + [2] * 20, [5] * 40, "arm must be 0 or 1"),
        ([0] * 20 + [1] * 20, [5] * 39, "one entry a worker"),
        ([0] * 20 + [1] * 20, [-1] * 40, "no count negative"),
    ],
)
def test_arms_that_cannot_be_compared_are_refused(arm: list[int], count: list[int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        SequentialTest(expected_effect=0.04).fit(arm, [3] * len(arm), count)


@pytest.mark.parametrize("setting", [{"expected_effect": 0.0}, {"expected_effect": 0.1, "level": 1.0}])
def test_settings_that_make_no_sense_are_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        SequentialTest(**setting)
