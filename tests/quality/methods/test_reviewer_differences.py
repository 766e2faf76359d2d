"""A reviewer who is stricter than the others is found; who was given weaker people, or likes some of them less, is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import ttest_ind

from quality.methods.reviewer_differences import ReviewerDifferences, compare_reviewers

Random = np.random.Generator
LEAST = 0.1
CRITERIA = 3

type Scores = tuple[np.ndarray, np.ndarray, np.ndarray]


def review(random: Random, *, reviewers: int = 8, people: int = 24, each: int = 3, strict: float = 0.0) -> Scores:
    """Let each person be judged by three reviewers, mostly by those of their own group; reviewer 0 is ``strict``.

    People's levels differ by .12, pairs by .03, pieces of one person by .1, and the criteria of one review by .05.
    """
    level = np.sort(random.normal(0.75, 0.12, people))
    rows = []
    for person in range(people):
        near = (person * reviewers // people + np.array([0, 1, int(random.integers(2, reviewers))])) % reviewers
        for reviewer in np.unique(near):
            liking = random.normal(0, 0.03) - strict * (reviewer == 0)
            for _ in range(each):
                piece = level[person] + liking + random.normal(0, 0.1)
                scores = np.clip(piece + random.normal(0, 0.05, CRITERIA), 0, 1)
                rows += [(person, reviewer, score) for score in scores]
    subject, who, score = (np.array(column) for column in zip(*rows, strict=True))
    return subject, who, score


def by_review(scores: Scores) -> Scores:
    """Return one score a review: the mean of its criteria."""
    subject, reviewer, score = scores
    return subject[::CRITERIA], reviewer[::CRITERIA], score.reshape(-1, CRITERIA).mean(axis=1)


def flags(found: ReviewerDifferences) -> np.ndarray:
    return np.asarray((found.p < 0.05) & (found.difference >= LEAST))


def flag_naively(scores: Scores) -> np.ndarray:
    """Flag whose plain mean is significantly lower than that of all others, score by score: the control that must fail."""
    _, reviewer, score = scores
    return np.array(
        [
            ttest_ind(score[reviewer == who], score[reviewer != who], alternative="less").pvalue < 0.05
            for who in np.unique(reviewer)
        ]
    )


def test_one_reviewer_who_takes_away_forty_points_is_found_with_an_interval_and_the_others_are_not() -> None:
    people, reviewers = np.meshgrid(np.arange(6), np.arange(3), indexing="ij")
    wobble = np.resize([0.01, -0.01, 0.0, 0.02, -0.02], people.size)
    subject, who = np.repeat(people.ravel(), 2), np.repeat(reviewers.ravel(), 2)
    score = 0.9 - 0.01 * subject - 0.4 * (who == 1) + np.repeat(wobble, 2) + np.resize([0.02, -0.02], subject.size)

    found = compare_reviewers(subject, who, score)

    assert found.difference[1] == pytest.approx(0.4, abs=0.02)
    assert 0.35 < found.low90[1] < found.difference[1] < found.high90[1] < 0.45
    assert found.p[1] < 1e-6
    assert flags(found).tolist() == [False, True, False]


def test_fair_reviewers_are_seldom_flagged_where_plain_means_flag_many() -> None:
    flagged = naive = reviewers = 0
    for seed in range(60):
        scores = review(np.random.default_rng(seed))
        found = compare_reviewers(*by_review(scores))
        flagged += int(flags(found).sum())
        naive += int(flag_naively(scores).sum())
        reviewers += len(found.reviewers)

    assert flagged / reviewers < 0.01
    assert naive / reviewers > 0.2


def test_the_p_values_of_fair_reviewers_are_honest() -> None:
    alarms = [
        bool((compare_reviewers(*by_review(review(np.random.default_rng(500 + seed)))).p < 0.05).any())
        for seed in range(100)
    ]

    assert np.mean(alarms) <= 0.1


def test_a_harsh_reviewer_is_found_nearly_always_and_alone() -> None:
    hit = others = 0
    for seed in range(40):
        found = flags(compare_reviewers(*by_review(review(np.random.default_rng(900 + seed), strict=0.25))))
        hit += int(found[0])
        others += int(found[1:].sum())

    assert hit >= 36
    assert others <= 2


def test_of_two_reviewers_nobody_can_tell_which_is_off() -> None:
    found = compare_reviewers([0, 0, 1, 1, 2, 2], [0, 1] * 3, [0.9, 0.3] * 3)

    assert not found.is_comparable.any()
    assert (found.difference.tolist(), found.p.tolist()) == ([0.0, 0.0], [1.0, 1.0])


def test_reviewers_of_people_whom_nobody_else_judged_are_not_compared() -> None:
    subject = [*np.repeat(np.arange(4), 3), 9, 9]
    who = [*np.tile(np.arange(3), 4), 7, 7]
    score = [*np.resize([0.8, 0.79, 0.81, 0.8], 12), 0.1, 0.1]

    found = compare_reviewers(subject, who, score)

    assert found.is_comparable.tolist() == [True, True, True, False]
    assert found.p[3] == 1


@given(seed=st.integers(0, 10_000))
def test_the_order_of_the_scores_and_a_level_added_to_a_person_change_nothing(seed: int) -> None:
    random = np.random.default_rng(seed)
    subject, who, score = by_review(review(random, reviewers=4, people=8, each=2))
    order = random.permutation(len(score))

    first = compare_reviewers(subject, who, score)
    second = compare_reviewers(subject[order], who[order], score[order])
    lifted = compare_reviewers(subject, who, score + 0.3 * (subject == 2))

    assert first.difference.tobytes() == second.difference.tobytes()
    assert first.p.tobytes() == second.p.tobytes()
    assert lifted.difference == pytest.approx(first.difference, abs=1e-8)


@pytest.mark.parametrize("rows", [([], [], []), ([1], [1, 2], [1]), ([1], [1], [float("nan")])])
def test_scores_that_are_none_are_refused(rows: tuple[list[int], list[int], list[float]]) -> None:
    with pytest.raises(ValueError, match="same length"):
        compare_reviewers(*rows)
