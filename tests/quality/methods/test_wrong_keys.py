"""A key that good people miss is found out; hard items, weak people and bad luck are not taken for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from quality.methods.wrong_keys import WrongKeyModel

Random = np.random.Generator
LIKELY = 0.9


def meet(
    random: Random,
    *,
    items: int = 40,
    people: int = 12,
    met_by: int = 6,
    wrong: tuple[int, ...] = (),
    spread: float = 0.7,
) -> tuple[list[int], list[int], list[int]]:
    """Let random people meet each item: their logits are N(1.7, 0.8), the items' difficulties N(0, spread)."""
    skill, ease = random.normal(1.7, 0.8, people), random.normal(0, spread, items)
    rows = []
    for item in range(items):
        for person in random.choice(people, met_by, replace=False):
            chance = 0.08 if item in wrong else 1 / (1 + np.exp(-skill[person] - ease[item]))
            rows.append((item, int(person), int(random.random() < chance)))
    item_column, person_column, found = zip(*rows, strict=True)
    return list(item_column), list(person_column), list(found)


def flag_naively(item: list[int], found: list[int]) -> np.ndarray:
    """Flag an item that is found significantly less often than items on average: the control that must fail."""
    met, hits = np.bincount(item), np.bincount(item, found)
    return np.asarray(binom.cdf(hits, met, np.mean(found)) < 0.05)


def test_an_item_that_five_good_people_miss_is_likely_wrong_and_no_other() -> None:
    rows = [(item, person, int(item != 3)) for item in range(8) for person in range(5)]
    item, person, found = (list(column) for column in zip(*rows, strict=True))

    model = WrongKeyModel().fit(item, person, found)

    assert model.chance_wrong_[3] > 0.95
    assert model.expected_[3] > 4
    assert (model.met_[3], model.hits_[3]) == (5, 0)
    assert np.delete(model.chance_wrong_, 3).max() < 0.01


def test_one_miss_proves_nothing_and_each_more_proves_more() -> None:
    def chance(missed_by: int) -> float:
        rows = [(0, person, 0) for person in range(missed_by)]
        rows += [(item, person, int((item + person) % 5 != 0)) for item in range(1, 11) for person in range(6)]
        return float(WrongKeyModel().fit(*zip(*rows, strict=True)).chance_wrong_[0])

    chances = [chance(missed_by) for missed_by in range(1, 7)]

    assert chances == sorted(chances)
    assert chances[0] < 0.5
    assert chances[-1] > LIKELY


def test_what_only_weak_people_miss_is_no_wrong_key() -> None:
    def chance(missing: range) -> float:
        rows = [(0, person, 0) for person in missing]
        rows += [
            (item, person, int(person < 5 or (item + person) % 3 == 0)) for item in range(1, 13) for person in range(10)
        ]
        return float(WrongKeyModel().fit(*zip(*rows, strict=True)).chance_wrong_[0])

    good, weak = chance(range(5)), chance(range(5, 10))

    assert good > LIKELY
    assert weak < 0.5


def test_two_wrong_keys_do_not_hide_each_other() -> None:
    rows = [(item, person, int(item > 1)) for item in range(6) for person in range(6)]

    chances = WrongKeyModel().fit(*zip(*rows, strict=True)).chance_wrong_

    assert chances[:2].min() > LIKELY
    assert chances[2:].max() < 0.05


def test_fair_keys_are_seldom_flagged_where_a_plain_test_flags_many() -> None:
    flagged = naive = items = 0
    for seed in range(40):
        item, person, found = meet(np.random.default_rng(seed))
        flagged += int((WrongKeyModel().fit(item, person, found).chance_wrong_ >= LIKELY).sum())
        naive += int(flag_naively(item, found).sum())
        items += 40

    assert flagged / items < 0.005
    assert naive > 8 * max(flagged, 1)


def test_wrong_keys_are_found_and_what_is_called_nine_in_ten_is_right_as_often() -> None:
    found_out = planted = called = 0
    for seed in range(40):
        wrong = (0, 1)
        chances = WrongKeyModel().fit(*meet(np.random.default_rng(1000 + seed), wrong=wrong, met_by=12)).chance_wrong_
        found_out += int((chances[list(wrong)] >= LIKELY).sum())
        called += int((chances >= LIKELY).sum())
        planted += len(wrong)

    assert found_out / planted > 0.85
    assert found_out / called > 0.9


@given(seed=st.integers(0, 10_000), items=st.integers(1, 8), people=st.integers(1, 6))
def test_the_order_of_the_rows_changes_nothing(seed: int, items: int, people: int) -> None:
    random = np.random.default_rng(seed)
    rows = [(item, person, int(random.random() < 0.7)) for item in range(items) for person in range(people)]
    shuffled = [rows[place] for place in random.permutation(len(rows))]

    first, second = (WrongKeyModel().fit(*zip(*each, strict=True)) for each in (rows, shuffled))

    assert first.chance_wrong_.tobytes() == second.chance_wrong_.tobytes()
    assert ((first.chance_wrong_ > 0) & (first.chance_wrong_ < 1)).all()


@pytest.mark.parametrize("rows", [([], [], []), ([1], [1, 2], [1]), ([1], [1], [0.5])])
def test_rows_that_are_none_are_refused(rows: tuple[list[int], list[int], list[float]]) -> None:
    with pytest.raises(ValueError, match="same length"):
        WrongKeyModel().fit(*rows)
