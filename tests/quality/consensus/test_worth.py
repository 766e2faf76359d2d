"""What one more label is worth."""

from __future__ import annotations

from uuid import UUID, uuid4

import numpy as np
import pytest

from quality.consensus.values import ItemAnswer, ScopedAnswer
from quality.consensus.worth import USUAL_ACCURACY, weigh_labels
from quality.methods.judgment_value import JudgmentValue

SCOPE = UUID(int=7)


def answer(*shares: float, scope_id: UUID = SCOPE) -> ScopedAnswer:
    classes = dict(zip("abcdefghijklmnopqrstuvwxyz", shares, strict=False))
    return ScopedAnswer(scope_id, ItemAnswer(str(uuid4()), max(classes, key=classes.__getitem__), classes, 3))


def test_a_label_is_worth_what_its_classes_and_its_scopes_labelers_make_it() -> None:
    confusion = np.array([[0.9, 0.1], [0.1, 0.9]])

    value = weigh_labels([answer(0.6, 0.4)], {SCOPE: 0.9})

    assert value == [pytest.approx(float(JudgmentValue().fit([[0.6, 0.4]], confusion).value_[0]))]


def test_the_least_sure_answer_gains_most_and_a_sure_one_nothing() -> None:
    even, leaning, sure = weigh_labels([answer(0.5, 0.5), answer(0.9, 0.1), answer(1.0, 0.0)], {})

    assert even > leaning > sure == 0


def test_a_label_by_better_labelers_is_worth_more() -> None:
    other = UUID(int=8)
    fair, good = weigh_labels([answer(0.5, 0.5), answer(0.5, 0.5, scope_id=other)], {SCOPE: 0.6, other: 0.95})

    assert fair < weigh_labels([answer(0.5, 0.5)], {SCOPE: USUAL_ACCURACY})[0] < good


def test_many_classes_one_class_and_none_at_all_are_weighed() -> None:
    many = answer(*([1 / 26] * 26))

    assert weigh_labels([], {}) == []
    assert weigh_labels([answer(1.0), many], {})[0] == 0
    assert 0 < weigh_labels([many], {})[0] < 1
