"""What must be known before anything is proposed about a person."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.methods.gates import (
    Kind,
    Standing,
    coach_gate,
    lost_ground_gate,
    pause_gate,
    probability_below,
    promote_gate,
    propose,
    restore_gate,
)
from tests.quality.methods.simulations import Network, play_quarter

BAR, HIGH_BAR = 0.75, 0.9
POOR = Standing(mean=0.6, strength=60, n_eff=50, strong_answers=12)
FINE = Standing(mean=0.85, strength=90, n_eff=80, strong_answers=20)
SUPERB = Standing(mean=0.97, strength=120, n_eff=100, strong_answers=25)


def test_a_pause_is_proposed_when_all_three_gates_pass() -> None:
    gate = pause_gate(POOR, bar=BAR)

    assert gate.passes
    assert [check.passes for check in gate.checks] == [True, True, True]
    assert gate.checks[0].value == pytest.approx(probability_below(0.6, 60, BAR))


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({"mean": 0.74}, 0),
        ({"n_eff": 29.9}, 1),
        ({"is_inherited": True}, 1),
        ({"strong_answers": 9}, 2),
    ],
)
def test_each_gate_alone_stops_a_pause(changed: dict[str, float], failing: int) -> None:
    gate = pause_gate(replace(POOR, **changed), bar=BAR)  # type: ignore[arg-type]  # of the test's table

    assert not gate.passes
    assert [place for place, check in enumerate(gate.checks) if not check.passes] == [failing]


def test_one_proposal_is_made_and_the_gravest_goes_first() -> None:
    kinds = [propose(standing, bar=BAR, promote_bar=HIGH_BAR) for standing in (POOR, FINE, SUPERB)]

    assert [gate.kind if gate else None for gate in kinds] == [Kind.PAUSE, None, Kind.PROMOTE]


def test_somebody_probably_poor_but_little_known_is_coached_and_not_paused() -> None:
    gate = propose(Standing(mean=0.6, strength=25, n_eff=18, strong_answers=3), bar=BAR, promote_bar=HIGH_BAR)

    assert gate is not None
    assert gate.kind == Kind.COACH


def test_a_fall_leads_to_coaching_and_bars_promotion() -> None:
    falling = replace(SUPERB, is_falling=True)

    assert coach_gate(falling, bar=BAR).passes
    assert not promote_gate(falling, bar=HIGH_BAR).passes


def test_a_paused_worker_comes_back_by_new_strong_answers_alone() -> None:
    assert not restore_gate(FINE, bar=BAR).passes
    assert restore_gate(replace(FINE, strong_answers_since_pause=10), bar=BAR).passes
    assert not restore_gate(replace(POOR, strong_answers_since_pause=40), bar=BAR).passes


def test_a_pause_whose_evidence_was_withdrawn_ends_without_new_answers() -> None:
    assert lost_ground_gate(FINE, bar=BAR).passes
    assert not lost_ground_gate(POOR, bar=BAR).passes


@given(st.floats(0.05, 0.95), st.floats(2.5, 400), st.floats(0, 1))
def test_the_probability_below_a_bar_is_the_beta_distributions(mean: float, strength: float, bar: float) -> None:
    draws = np.random.default_rng(1).beta(strength * mean, strength * (1 - mean), 4_000)

    assert probability_below(mean, strength, bar) == pytest.approx((draws < bar).mean(), abs=0.05)


@given(st.floats(0, 1), st.floats(1, 500), st.floats(0, 1), st.floats(0, 1))
def test_a_better_worker_is_never_nearer_to_a_pause(mean: float, strength: float, other: float, bar: float) -> None:
    low, high = sorted((mean, other))

    assert probability_below(high, strength, bar) <= probability_below(low, strength, bar) + 1e-9


def test_numbers_that_make_no_sense_are_refused() -> None:
    for mean, strength, bar in [(1.1, 5, 0.5), (0.5, 0, 0.5), (0.5, 5, -0.1)]:
        with pytest.raises(ValueError, match="must be shares"):
            probability_below(mean, strength, bar)


def test_in_a_quarter_hardly_a_good_worker_is_proposed_where_a_plain_share_proposes_many() -> None:
    quarter = play_quarter(np.random.default_rng(6), Network(workers=250, weeks=4, answers_a_week=26))

    assert quarter.good > 150
    assert quarter.good_proposed < 0.01
    assert quarter.good_below_plainly > 0.02
    assert quarter.bad_proposed > 0.4
