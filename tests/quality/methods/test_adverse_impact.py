"""What the comparison of groups finds, and what it does not make of chance."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact

from quality.methods.adverse_impact import AdverseImpact, Finding


def test_a_group_hired_half_as_often_is_found() -> None:
    women, men = AdverseImpact().fit(["women", "men"], [20, 45], [100, 100]).impacts_

    assert women.ratio == pytest.approx(20 / 45)
    assert women.p == pytest.approx(fisher_exact([[20, 80], [45, 55]]).pvalue)
    assert women.finding == Finding.ADVERSE
    assert (men.ratio, men.finding) == (1.0, Finding.NONE)
    assert women.high95 is not None
    assert women.high95 < 1


def test_few_people_under_four_fifths_are_watched_and_not_called_adverse() -> None:
    small, _ = AdverseImpact().fit(["small", "large"], [2, 60], [5, 100]).impacts_

    assert small.ratio is not None
    assert small.ratio < 0.8
    assert small.finding == Finding.WATCH


def test_removals_are_found_though_nearly_everybody_is_kept() -> None:
    removed_often, _ = AdverseImpact().fit(["es-BO", "en-US"], [950, 1980], [1000, 2000]).impacts_

    assert removed_often.ratio is not None
    assert removed_often.ratio > 0.95
    assert removed_often.loss_ratio == pytest.approx(5.0)
    assert removed_often.finding == Finding.ADVERSE


def test_a_difference_that_is_sure_but_small_is_watched() -> None:
    slightly, _ = AdverseImpact().fit(["one", "other"], [44_000, 46_000], [100_000, 100_000]).impacts_

    assert slightly.p < 1e-6
    assert slightly.finding == Finding.WATCH


def test_each_stage_is_compared_by_itself() -> None:
    impacts = (
        AdverseImpact()
        .fit(["a", "a", "b", "b"], [90, 10, 90, 40], [100, 90, 100, 90], ["test", "hire", "test", "hire"])
        .impacts_
    )

    assert [(impact.stage, impact.group, impact.finding) for impact in impacts] == [
        ("test", "a", Finding.NONE),
        ("hire", "a", Finding.ADVERSE),
        ("test", "b", Finding.NONE),
        ("hire", "b", Finding.NONE),
    ]


def test_one_lucky_person_is_not_the_yardstick_of_hundreds() -> None:
    _, many, _ = AdverseImpact().fit(["one", "many", "more"], [1, 50, 55], [1, 100, 100]).impacts_

    assert many.ratio == pytest.approx(50 / 55)


@given(st.integers(1, 40), st.integers(1, 40), st.data())
@settings(max_examples=60, deadline=None)
def test_the_exact_test_is_fishers(total: int, other: int, data: st.DataObject) -> None:
    passed, rest = data.draw(st.integers(0, total)), data.draw(st.integers(0, other))

    impact, _ = AdverseImpact().fit(["a", "b"], [passed, rest], [total, other]).impacts_

    expected = fisher_exact([[passed, total - passed], [rest, other - rest]]).pvalue
    assert impact.p == pytest.approx(expected, abs=1e-9)


def test_equal_treatment_is_rarely_called_adverse() -> None:
    random = np.random.default_rng(7)
    sizes = np.array([40, 80, 150, 300])
    found = 0
    for _ in range(300):
        impacts = AdverseImpact().fit(["a", "b", "c", "d"], random.binomial(sizes, 0.5), sizes).impacts_
        found += any(impact.finding == Finding.ADVERSE for impact in impacts)

    assert found <= 15


def test_where_nobody_passed_or_all_did_there_is_nothing_to_find() -> None:
    for passed in ([0, 0], [50, 50]):
        impacts = AdverseImpact().fit(["a", "b"], passed, [50, 50]).impacts_

        assert [impact.finding for impact in impacts] == [Finding.NONE, Finding.NONE]
        assert [impact.p for impact in impacts] == [1.0, 1.0]


def test_a_single_group_is_compared_with_nobody() -> None:
    (impact,) = AdverseImpact().fit(["all"], [30], [50]).impacts_

    assert (impact.ratio, impact.low95, impact.p, impact.finding) == (1.0, None, 1.0, Finding.NONE)


@pytest.mark.parametrize(
    ("group", "passed", "total", "words"),
    [
        (["a", "a"], [1, 1], [2, 2], "once at a stage"),
        (["a", "b"], [3, 1], [2, 2], "between 0 and total"),
        (["a", "b"], [0, 1], [0, 2], "must be positive"),
        (["a"], [1, 1], [2, 2], "same length"),
    ],
)
def test_counts_that_make_no_sense_are_refused(
    group: list[str], passed: list[int], total: list[int], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        AdverseImpact().fit(group, passed, total)
