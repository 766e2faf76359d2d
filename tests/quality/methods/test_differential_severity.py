"""What is said of raters who score some pairs higher: found where planted, silent where not."""

from __future__ import annotations

import numpy as np
import pytest

from quality.methods.differential_severity import DifferentialSeverity
from quality.methods.multiple_tests import adjust_benjamini_hochberg, adjust_holm


def simulate(
    shift: float, seed: int = 1, spread: float = 0.1
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """240 performances from 6 countries, each scored on 2 criteria by 6 of 30 judges, 5 a country."""
    random = np.random.default_rng(seed)
    item = np.repeat(np.arange(240), 12)
    judge = np.repeat(np.concatenate([random.choice(30, 6, replace=False) for _ in range(240)]), 2)
    criterion = np.tile(["skills", "music"], len(item) // 2)
    home = item % 6 == judge % 6
    level, severity = random.normal(7, 1, 240), random.normal(0, 0.5, 30)
    own = random.normal(shift, spread, 30)
    halo = np.repeat(random.normal(0, 0.3, len(item) // 2), 2)
    score = level[item] - severity[judge] + own[judge] * home + halo + random.normal(0, 0.2, len(item))
    return item, judge, score, home, criterion


def test_a_planted_home_bias_is_found_with_its_size() -> None:
    item, judge, score, home, criterion = simulate(0.3)

    model = DifferentialSeverity().fit(item, judge, score, {"home": home}, criterion)

    found = model.shifts_[0]
    assert found.shift == pytest.approx(0.3, abs=0.08)
    assert found.p_value < 1e-6
    assert found.low90 < found.shift < found.high90
    assert (found.raters, found.ratings) == (30, int(home.sum()))
    assert found.describe().startswith("Ratings with home are 0.")


def test_where_there_is_none_one_test_in_twenty_is_below_a_twentieth() -> None:
    values = []
    for seed in range(60):
        item, judge, score, home, criterion = simulate(0.0, seed=seed)
        values.append(DifferentialSeverity().fit(item, judge, score, {"home": home}, criterion).shifts_[0].p_value)

    assert np.mean(np.array(values) < 0.05) <= 0.12
    assert np.mean(values) == pytest.approx(0.5, abs=0.12)


def test_strict_judges_of_weak_performances_are_no_bias() -> None:
    item, judge, score, home, criterion = simulate(0.0)
    confounded = score - 2.0 * (judge % 6 == 0) - 1.5 * (item % 6 == 0)

    shift = DifferentialSeverity().fit(item, judge, confounded, {"home": home}, criterion).shifts_[0]
    same = DifferentialSeverity().fit(item, judge, score, {"home": home}, criterion).shifts_[0]

    assert shift.shift == pytest.approx(same.shift, abs=1e-6)


def test_the_judge_who_is_worst_stands_out_and_the_others_do_not() -> None:
    item, judge, score, home, criterion = simulate(0.0, spread=0.0)
    score = score + 2.0 * (home & (judge == 7))

    model = DifferentialSeverity().fit(item, judge, score, {"home": home}, criterion)

    judges = model.rater_shifts_["home"]
    assert list(judges.raters[judges.q_value < 0.01]) == [7]
    assert judges.raters[np.argmax(judges.shift)] == 7
    assert 0 < judges.shift.max() < 2


def test_asking_more_questions_raises_each_p_value() -> None:
    item, judge, score, home, criterion = simulate(0.1)
    flags = {"home": home, "north": (item + judge) % 5 == 0, "late": (item * 7 + judge) % 3 == 0}

    alone = DifferentialSeverity().fit(item, judge, score, {"home": home}, criterion).shifts_[0]
    together = DifferentialSeverity().fit(item, judge, score, flags, criterion).shifts_

    assert [shift.name for shift in together] == ["home", "late", "north"]
    assert together[0].p_value == alone.p_value == alone.p_adjusted
    assert together[0].p_adjusted == pytest.approx(min(1, 3 * alone.p_value))


def test_a_flag_that_goes_with_the_judge_alone_cannot_be_told_from_severity() -> None:
    item, judge, score, _, criterion = simulate(0.0)

    with pytest.raises(ValueError, match="nobody rated with and without"):
        DifferentialSeverity().fit(item, judge, score, {"veteran": judge < 10}, criterion)


@pytest.mark.parametrize(
    ("score", "flag", "words"),
    [([1.0], [True, False], "same length"), ([float("nan")], [True], "finite")],
)
def test_ratings_that_make_no_sense_are_refused(score: list[float], flag: list[bool], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        DifferentialSeverity().fit(["x"], ["Ada"], score, {"home": flag})


def test_p_values_are_adjusted_as_by_hand() -> None:
    assert list(adjust_holm([0.04, 0.01, 0.03])) == pytest.approx([0.06, 0.03, 0.06])
    assert list(adjust_benjamini_hochberg([0.04, 0.01, 0.03])) == pytest.approx([0.04, 0.03, 0.04])
    assert list(adjust_holm([0.9, 0.8])) == [1.0, 1.0]
