"""What one more label of an item is worth: by how much it lowers the chance that the likeliest answer is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import numpy as np

from quality.consensus.values import ScopedAnswer
from quality.methods.judgment_value import JudgmentValue

#: How often a labeler is taken to be right where labels alone do not tell people apart.
USUAL_ACCURACY: Final = 0.8
#: Nobody is taken to be always right, nor no better than chance: either would make a label worth nothing or everything.
_ACCURACIES: Final = (0.5, 0.98)
#: The ways in which several labels can fall out grow fast with the number of classes: labels looked ahead to, by classes.
_LOOKAHEAD: Final = ((4, 5), (10, 2))


def weigh_labels(answers: Sequence[ScopedAnswer], accuracies: Mapping[UUID, float]) -> list[float]:
    """This will weigh one more label of each item (shares, 0..1), in the order given.

    ``accuracies``: how often labelers are right on average, by scope. An error is taken to fall on every other class alike.
    """
    groups: dict[tuple[int, float], list[int]] = {}
    for place, row in enumerate(answers):
        usual = min(max(accuracies.get(row.scope_id, USUAL_ACCURACY), _ACCURACIES[0]), _ACCURACIES[1])
        groups.setdefault((len(row.item.shares), usual), []).append(place)
    values = np.zeros(len(answers))
    for (classes, accuracy), places in groups.items():
        if classes < 2:
            continue
        shares = np.array([list(answers[place].item.shares.values()) for place in places])
        shares = np.clip(shares, 0.0, None)
        posterior = shares / shares.sum(axis=1, keepdims=True)
        errors = (1 - accuracy) / (classes - 1)
        confusion = np.full((classes, classes), errors) + (accuracy - errors) * np.eye(classes)
        lookahead = next((ahead for most, ahead in _LOOKAHEAD if classes <= most), 1)
        values[places] = JudgmentValue(lookahead=lookahead).fit(posterior, confusion).value_
    return [float(value) for value in values]
