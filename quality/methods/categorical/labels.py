"""Labels put in one order: sparse blocks of items by (worker, label), and the known answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
# Posteriors of one model, kept beside others'.
Stories = NDArray[np.float32]
# Probabilities in the precision of their table.
Shares = NDArray[np.floating[Any]]

# A block is worked through in one go; its posterior and counts stay in the processor's cache, and
# what is held besides the labels does not grow with their number.
_BLOCK_LABELS = 1 << 18
# From this many labels on the iterations run in single precision, in two thirds of the time; of a few labels that tie,
# rounding could tip the scale. Where one worker gave one label more often than ``_FULLEST`` they don't: a sum of so many
# is rounded by up to 1e-5 of a label each, and what it leaves for the other classes is the small rest.
_SINGLE_FROM = 1 << 18
_FULLEST = 1 << 8


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive items ``[first, last)`` and their labels.

    ``votes`` is items x (worker * K + label), one for each label given. ``gold`` lists the
    block's items with a known answer (counted from ``first``) and ``answers`` their classes.
    """

    first: int
    last: int
    class_count: int
    votes: sparse.csr_array
    gold: Ints
    answers: Ints

    @property
    def precision(self) -> np.dtype[Any]:
        """What the block's items are worked through in: single precision where labels are many."""
        precision: np.dtype[Any] = self.votes.dtype
        return precision


@dataclass(frozen=True, slots=True)
class LabelTable:
    """N labels of I items by W workers in K classes, sorted by item, worker and label.

    Rows in another order make the same table, to the byte. ``answers`` holds a class position for
    each item, or -1 where no answer is known. One label takes 4 bytes.
    """

    tasks: NDArray[Any]
    workers: NDArray[Any]
    classes: NDArray[Any]
    columns: NDArray[np.int32]
    starts: Ints
    answers: Ints
    blocks: tuple[Block, ...]

    @classmethod
    def of(
        cls,
        task: ArrayLike,
        worker: ArrayLike,
        label: ArrayLike,
        gold: Mapping[Any, Any] | None = None,
    ) -> Self:
        """This will sort the labels and look up the known answers (``gold``: task to class).

        A known answer of a task that nobody labeled is ignored; one that nobody gave adds a class.

        Raises:
            ValueError: no label, or unequal lengths.
        """
        given = [np.asarray(values) for values in (task, worker, label)]
        if len({len(values) for values in given}) != 1 or len(given[0]) == 0:
            raise ValueError("task, worker and label must have one length, and hold at least one label")
        known = dict(gold or {})
        tasks, item = codes(given[0])
        workers, who = codes(given[1])
        classes, said = codes(given[2])
        answers = np.full(len(tasks), -1, dtype=np.int64)
        if known:
            at = positions(tasks, np.asarray(list(known)))
            truths = np.asarray(list(known.values()))[at >= 0]
            every = np.union1d(classes, truths)
            said = np.searchsorted(every, classes)[said]
            classes = every
            answers[at[at >= 0]] = np.searchsorted(classes, truths)
        width = len(workers) * len(classes)
        key = item.astype(np.int64)
        del item
        key *= width
        key += who.astype(np.int64) * len(classes)
        key += said
        del who, said
        # Sorting the keys themselves is ten times as fast as an argsort, and needs no second array.
        key.sort()
        starts = np.searchsorted(key, np.arange(len(tasks) + 1) * width)
        key %= width
        columns = key.astype(np.int32)
        del key
        return cls(
            tasks,
            workers,
            classes,
            columns,
            starts,
            answers,
            _blocks(columns, starts, answers, (len(workers), len(classes))),
        )

    @property
    def precision(self) -> np.dtype[Any]:
        """What all blocks are worked through in."""
        return self.blocks[0].precision

    def without_answers(self) -> Self:
        """This will return the same labels with no answer known."""
        none = np.full_like(self.answers, -1)
        empty = np.zeros(0, dtype=np.int64)
        blocks = tuple(Block(b.first, b.last, b.class_count, b.votes, empty, empty) for b in self.blocks)
        return type(self)(self.tasks, self.workers, self.classes, self.columns, self.starts, none, blocks)


def codes(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.integer[Any]]]:
    """The sorted distinct values, and the position of each value among them."""
    if values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low <= 4 * len(values) + 1_000:
            return _dense_codes(values, low, high)
    distinct, index = np.unique(values, return_inverse=True)
    return distinct, index.astype(np.int32)


def positions(known: NDArray[Any], values: NDArray[Any]) -> Ints:
    """The position of each value in ``known`` (sorted), or -1 where it is not there."""
    at = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[at] == values, at, -1)


def _dense_codes(values: NDArray[Any], low: int, high: int) -> tuple[NDArray[Any], NDArray[np.integer[Any]]]:
    """``codes`` of integers in a narrow range: by marking, without a sort."""
    shifted = values - low
    seen = np.zeros(high - low + 1, dtype=bool)
    seen[shifted] = True
    distinct = np.flatnonzero(seen)
    place = np.cumsum(seen, dtype=np.int32)
    place -= 1
    return (distinct + low).astype(values.dtype), place[shifted]


def _blocks(columns: NDArray[np.int32], starts: Ints, answers: Ints, shape: tuple[int, int]) -> tuple[Block, ...]:
    ends = np.arange(_BLOCK_LABELS, starts[-1], _BLOCK_LABELS)
    cuts = np.unique(np.concatenate([[0], np.searchsorted(starts, ends), [len(starts) - 1]]))
    longest = int(np.max(starts[cuts[1:]] - starts[cuts[:-1]]))
    is_single = len(columns) >= _SINGLE_FROM and np.bincount(columns).max() <= _FULLEST
    ones = np.ones(longest, dtype=np.float32 if is_single else np.float64)
    blocks = []
    for first, last in zip(cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        begin, end = int(starts[first]), int(starts[last])
        indptr = (starts[first : last + 1] - begin).astype(np.int32)
        # Every block shares one array of ones: a label costs its column and nothing else.
        votes = sparse.csr_array(
            (ones[: end - begin], columns[begin:end], indptr), shape=(last - first, shape[0] * shape[1])
        )
        gold = np.flatnonzero(answers[first:last] >= 0)
        blocks.append(Block(first, last, shape[1], votes, gold, answers[first:last][gold]))
    return tuple(blocks)
