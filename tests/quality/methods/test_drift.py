"""What the search for a fall in quality promises."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from quality.methods.drift import DriftState, FallDetector, level_interval
from tests.quality.methods.simulations import find_falls

shares = st.floats(0, 1, allow_nan=False)


def test_a_fall_from_90_to_75_is_found_within_64_answers_in_the_middle() -> None:
    alarms, _ = find_falls(
        np.random.default_rng(1), FallDetector(0.9), runs=1_000, values=400, before=0.9, after=0.75, fall_at=0
    )

    assert (alarms > 0).mean() > 0.99
    assert np.median(alarms[alarms > 0]) <= 64


def test_steady_work_raises_a_false_alarm_in_at_most_3_of_100_careers_of_500_answers() -> None:
    alarms, _ = find_falls(
        np.random.default_rng(2), FallDetector(0.9), runs=2_000, values=500, before=0.9, after=0.9, fall_at=0
    )

    assert (alarms > 0).mean() <= 0.03


def test_the_change_point_is_estimated_near_the_fall() -> None:
    alarms, changes = find_falls(
        np.random.default_rng(3), FallDetector(0.9), runs=500, values=800, before=0.9, after=0.7, fall_at=300
    )

    later = alarms > 300
    assert later.mean() > 0.95
    assert abs(np.median(changes[later]) - 300) <= 10


@given(st.lists(shares, max_size=80), st.floats(0.3, 0.97))
@settings(max_examples=60, deadline=None)
def test_one_value_at_a_time_gives_what_the_whole_series_gives(values: list[float], baseline: float) -> None:
    detector = FallDetector(baseline)
    state = DriftState()
    for value in values:
        state = detector.update(state, value)
        if detector.is_alarm(state):
            break

    detector.fit(values)

    assert detector.state_.statistic == pytest.approx(state.statistic, abs=1e-9)
    assert detector.state_.seen == state.seen
    assert (detector.alarm_ is not None) == detector.is_alarm(state)


def test_graded_values_are_found_sooner_when_they_vary_less() -> None:
    random = np.random.default_rng(4)
    falls = random.beta(0.75 * 20, 0.25 * 20, (300, 200))
    steady = random.beta(0.9 * 20, 0.1 * 20, (300, 500))
    graded = FallDetector(0.9, dispersion=1 / 5)

    delays = [graded.fit(values).alarm_ for values in falls]
    false = [graded.fit(values).alarm_ for values in steady]

    assert all(delays)
    assert np.median([delay for delay in delays if delay]) <= 20
    assert sum(alarm is not None for alarm in false) <= 9


def test_the_level_after_the_fall_is_told() -> None:
    detector = FallDetector(0.9).fit([1.0] * 50 + [1.0, 0.0] * 20)

    assert detector.alarm_ is not None
    assert 50 <= detector.state_.change_point <= 52
    assert detector.state_.level == pytest.approx(0.5, abs=0.1)


def test_right_answers_alone_leave_nothing_behind() -> None:
    state = DriftState()
    for _ in range(40):
        state = FallDetector(0.9).update(state, 1.0)

    assert state == DriftState(seen=40)
    assert state.level is None


def test_values_and_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        FallDetector(0.9).update(DriftState(), 1.5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        FallDetector(0.9).fit([float("nan")])
    with pytest.raises(ValueError, match="odds above 1"):
        FallDetector(0.9, odds=1.0)


def test_a_baseline_known_from_few_answers_is_taken_with_caution() -> None:
    few, many = (FallDetector.from_estimate(0.9, strength) for strength in (50, 5_000))

    assert few.baseline < 0.88
    assert many.baseline == pytest.approx(0.9, abs=0.005)
    with pytest.raises(ValueError, match="strength positive"):
        FallDetector.from_estimate(0.9, 0)


def test_a_perfect_baseline_does_not_make_one_answer_decide() -> None:
    detector = FallDetector(1.0).fit([0.0])

    assert detector.alarm_ is None


@given(st.lists(shares, min_size=1, max_size=40), st.floats(0.3, 0.97))
@settings(max_examples=40, deadline=None)
def test_four_quarters_of_an_answer_prove_what_the_answer_proves(values: list[float], baseline: float) -> None:
    whole = FallDetector(baseline).fit(values)
    parts = FallDetector(baseline).fit(np.repeat(values, 4), 0.25)

    assert parts.statistics_[3::4] == pytest.approx(whole.statistics_, abs=1e-9)


def test_the_answers_since_the_fall_are_counted_from_the_end() -> None:
    assert FallDetector(0.9).fit([1.0] * 50 + [0.0] * 20).since_ == 20
    assert FallDetector(0.9).fit([0.0] * 20 + [1.0] * 200).since_ == 0


@pytest.mark.parametrize("weight", [0.0, -1.0, 1.5, float("nan")])
def test_a_weight_that_is_no_part_of_an_answer_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="weight"):
        FallDetector(0.9).fit([1.0, 0.0], weight)


def test_the_interval_of_a_level_holds_its_mean_and_narrows_with_answers() -> None:
    few, many = level_interval(0.8, 10), level_interval(0.8, 1000)

    assert few[0] < many[0] < 0.8 < many[1] < few[1]
    assert level_interval(0.0, 5)[0] == 0.0
    assert level_interval(1.0, 5)[1] == 1.0
    assert level_interval(0.75, 40) == pytest.approx(beta.interval(0.9, 30.5, 10.5), abs=1e-9)
