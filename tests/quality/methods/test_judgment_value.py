"""What one more judgment is worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, betabinom

from quality.methods.judgment_value import JudgmentValue, value_of_answers
from tests.quality.methods.simulations import spend_on_judgments

GOOD = np.array([[0.9, 0.1], [0.2, 0.8]])


def test_one_judgment_is_worth_what_enumerating_its_answers_gives() -> None:
    belief = np.array([0.6, 0.4])
    answers = belief @ GOOD
    after = sum(answers[label] * (1 - (belief * GOOD[:, label] / answers[label]).max()) for label in (0, 1))

    fit = JudgmentValue(cost=5.0, lookahead=1).fit([belief], GOOD, price=0.5)

    assert fit.gain_[0, 0] == pytest.approx(5 * (0.4 - after))
    assert fit.value_[0] == pytest.approx(fit.gain_[0, 0] / 0.5)


def test_an_item_that_no_single_answer_can_turn_is_still_worth_looking_at() -> None:
    beliefs = [[0.95, 0.05], [1.0, 0.0]]

    short = JudgmentValue(lookahead=1).fit(beliefs, GOOD)
    far = JudgmentValue(lookahead=5).fit(beliefs, GOOD)

    assert list(short.value_) == [0, 0]
    assert far.value_[0] > 0
    assert far.judgments_[0] > 1
    assert far.value_[1] == 0


def test_the_queue_starts_with_the_least_certain_item() -> None:
    fit = JudgmentValue().fit([[0.99, 0.01], [0.55, 0.45], [0.8, 0.2]], GOOD)

    assert list(fit.queue_) == [1, 2, 0]


def test_costly_errors_go_before_equally_uncertain_cheap_ones() -> None:
    missing_harm_is_dear = [[0.0, 10.0], [1.0, 0.0]]

    fit = JudgmentValue(cost=missing_harm_is_dear).fit([[0.5, 0.5], [0.9, 0.1]], GOOD)

    assert fit.queue_[0] == 1


def test_the_reviewer_is_chosen_by_what_the_price_buys() -> None:
    fair = np.array([[0.75, 0.25], [0.25, 0.75]])
    sure = np.array([[0.99, 0.01], [0.01, 0.99]])

    cheap = JudgmentValue(lookahead=1).fit([[0.5, 0.5]], [fair, sure], price=[1.0, 4.0])
    same = JudgmentValue(lookahead=1).fit([[0.5, 0.5]], [fair, sure], price=1.0)

    assert (cheap.reviewer_[0], same.reviewer_[0]) == (0, 1)


simplex = st.lists(st.floats(0.01, 1), min_size=3, max_size=3).map(lambda row: np.array(row) / np.sum(row))


@given(simplex, st.lists(simplex, min_size=3, max_size=3))
@settings(max_examples=60, deadline=None)
def test_a_judgment_never_harms_and_never_saves_more_than_there_is_to_save(
    belief: np.ndarray[tuple[int], np.dtype[np.float64]], rows: list[np.ndarray[tuple[int], np.dtype[np.float64]]]
) -> None:
    fit = JudgmentValue(lookahead=3).fit([belief], rows)

    assert 0 <= fit.gain_[0, 0] <= 1 - belief.max() + 1e-9
    assert fit.value_[0] >= fit.gain_[0, 0] - 1e-9


@given(st.permutations(range(3)), simplex)
@settings(max_examples=30, deadline=None)
def test_renaming_the_classes_changes_no_value(
    order: list[int], belief: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> None:
    matrix = np.array([[0.7, 0.2, 0.1], [0.1, 0.6, 0.3], [0.2, 0.2, 0.6]])

    plain = JudgmentValue(lookahead=2).fit([belief], matrix)
    renamed = JudgmentValue(lookahead=2).fit([belief[order]], matrix[np.ix_(order, order)])

    assert renamed.value_[0] == pytest.approx(plain.value_[0], abs=1e-12)


def test_money_spent_by_value_leaves_less_cost_than_money_spent_on_the_most_uncertain() -> None:
    costs = {
        policy: spend_on_judgments(np.random.default_rng(8), policy, items=1_500, budget=500, rounds=8)
        for policy in ("random", "uncertain", "value")
    }

    assert costs["value"] < 0.9 * costs["uncertain"]
    assert costs["value"] < 0.9 * costs["random"]


def test_a_reviewer_who_guesses_is_worth_nothing() -> None:
    fit = JudgmentValue().fit([[0.4, 0.6]], np.full((2, 2), 0.5))

    assert fit.value_[0] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize(
    ("posterior", "confusion", "price", "words"),
    [
        ([[0.5, 0.6]], GOOD, 1.0, "add up to 1"),
        ([[0.5, 0.5]], np.eye(3), 1.0, "must be"),
        ([[0.5, 0.5]], GOOD, 0.0, "price must be positive"),
    ],
)
def test_beliefs_that_make_no_sense_are_refused(
    posterior: list[list[float]], confusion: np.ndarray[tuple[int, int], np.dtype[np.float64]], price: float, words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        JudgmentValue().fit(posterior, confusion, price)


def test_costs_and_lookahead_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        JudgmentValue(lookahead=0)
    with pytest.raises(ValueError, match="not be negative"):
        JudgmentValue(cost=-1.0)


def test_an_answer_about_a_share_is_worth_what_enumerating_the_answers_gives() -> None:
    right, wrong, bar = 6.0, 4.0, 0.65
    now = min(beta.cdf(bar, right, wrong), beta.sf(bar, right, wrong))
    later = [
        sum(
            betabinom.pmf(found, count, right, wrong)
            * min(
                beta.cdf(bar, right + found, wrong + count - found), beta.sf(bar, right + found, wrong + count - found)
            )
            for found in range(count + 1)
        )
        for count in range(1, 6)
    ]

    value = value_of_answers(0.6, 10.0, bar)

    assert value[0] == pytest.approx(max((now - risk) / count for count, risk in enumerate(later, start=1)), abs=1e-12)


def test_an_answer_is_worth_most_where_little_is_known_near_the_bar() -> None:
    near, surely, far = value_of_answers([0.8, 0.8, 0.3], [10, 1000, 10], 0.8)

    assert near > surely > 0
    assert near > far >= 0


@given(st.floats(0.01, 0.99), st.floats(0.5, 500), st.floats(0.01, 0.99))
@settings(max_examples=60, deadline=None)
def test_an_answer_is_never_worth_less_than_nothing_nor_more_than_the_doubt(
    mean: float, strength: float, bar: float
) -> None:
    value = value_of_answers(mean, strength, bar)[0]

    assert 0 <= value <= 0.5


@pytest.mark.parametrize(
    "wrong", [{"mean": 1.0}, {"mean": float("nan")}, {"strength": 0.0}, {"bar": 0.0}, {"lookahead": 0}]
)
def test_what_is_no_share_is_refused(wrong: dict[str, float]) -> None:
    given_ = {"mean": 0.5, "strength": 4.0, "bar": 0.5} | wrong

    with pytest.raises(ValueError, match="must"):
        value_of_answers(**given_)
