"""One judgment at a time between two fits: the item's posterior and the worker's row, nothing else."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, fields

import numpy as np

from quality.methods.categorical.accuracy import TIE, WorkerAccuracy, accuracy_from
from quality.methods.categorical.consensus_error import ConsensusError, WorkerSums
from quality.methods.categorical.em import Fitted
from quality.methods.categorical.labels import Floats, Ints, LabelTable

# Labels that a model's own prior is taken to weigh in a row of confusion.
_PRIOR_LABELS = 5.0
# Fields of WorkerSums: labels, the probability that they are right, and what is unsure about that.
_OF_OTHERS, _OF_KNOWN = ("other", "right", "variance"), ("known", "expected", "known_variance")


@dataclass(slots=True)
class _Item:
    """``score`` is log P(labels, state) for each state of each model; ``share`` what workers were credited by."""

    score: Floats
    workers: list[int]
    said: list[int]
    share: Floats
    answer: int


class OnlineEnsemble:
    """This will carry a fitted ensemble forward by single judgments, O(K^2) each, until the next fit.

    A judgment (i, w, l) adds log P(l | state, w) to the item's score, gives the posterior ``p`` by a
    softmax, credits everybody who labeled the item with the change, and adds ``p`` to the worker's
    expected counts, from which the worker's log P(l | state) is taken anew. What the worker's changed
    row would say of older items waits for the next fit. Tasks and workers may be new.

    Source: Cappe and Moulines, J. R. Stat. Soc. B 71 (2009), doi:10.1111/j.1467-9868.2009.00698.x
        (online expectation maximization).
    """

    def __init__(
        self, table: LabelTable, fits: list[Fitted], views: list[int], accuracy: WorkerAccuracy, sums: WorkerSums,
        correlation: float,
    ) -> None:  # fmt: skip
        self._table, self._correlation, self._accuracy = table, correlation, accuracy
        classes = len(table.classes)
        sizes = [len(fit.log_prior) for fit in fits]
        self._log_prior = np.concatenate([fit.log_prior for fit in fits])
        self._first = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._model = np.repeat(np.arange(len(fits)), sizes)
        self._class = np.concatenate([np.arange(size) % classes for size in sizes])
        of_class = (self._class[:, None] == np.arange(classes)).astype(np.float64)
        self._cell, self._cells = self._model * classes + self._class, len(fits) * classes
        self._view = of_class * np.isin(self._model, views)[:, None] / len(views)
        shape = (len(table.workers), classes, -1)
        self._log = np.concatenate([fit.table.reshape(shape) for fit in fits], axis=2)
        weight = np.concatenate([fit.counts.reshape(shape).sum(axis=1) for fit in fits], axis=1) + _PRIOR_LABELS
        self._counts = np.exp(self._log) * weight[:, None, :]
        self._usual = np.exp(self._log).mean(axis=0) * _PRIOR_LABELS
        # Writable columns of floats, named like the fields of WorkerSums.
        self._sums = {field.name: getattr(sums, field.name).astype(np.float64) for field in fields(sums)}
        self._task_at = {task: place for place, task in enumerate(table.tasks.tolist())}
        self._worker_at = {worker: place for place, worker in enumerate(table.workers.tolist())}
        self._label_at = {label: place for place, label in enumerate(table.classes.tolist())}
        self._items: dict[Hashable, _Item] = {}

    def update(self, task: Hashable, worker: Hashable, label: Hashable) -> Floats:
        """This will take in one judgment and return P(class) of its task.

        Raises:
            ValueError: a class that the fit did not know.
        """
        said = self._label_at.get(label)
        if said is None:
            raise ValueError(f"class {label!r} is not one of the fitted classes")
        who = self._worker_at.get(worker)
        if who is None:
            who = self._add_worker(worker)
        item = self._items.get(task) or self._load(task)
        item.score += self._log[who, said]
        item.workers.append(who)
        item.said.append(said)
        states = self._states(item)
        self._credit(item, self._tempered(states @ self._view, len(item.said)), who, said)
        states = self._held(states, item)
        counts = self._counts[who]
        counts[said] += states
        self._log[who] = np.log(counts) - np.log(counts.sum(axis=0))
        return self._tempered(self._combined(states), len(item.said))

    def posterior_of(self, task: Hashable) -> Floats:
        """This will return P(class) of a task, as far as judgments came in."""
        item = self._items.get(task) or self._load(task)
        return self._tempered(self._combined(self._held(self._states(item), item)), max(len(item.said), 1))

    def accuracy_of(self, worker: Hashable) -> WorkerAccuracy:
        """This will return a worker's accuracy: arrays of one element.

        Raises:
            KeyError: nobody of that name has given a label.
        """
        at = [self._worker_at[worker]]
        sums = WorkerSums(**{name: column[at] for name, column in self._sums.items()})
        error = self._accuracy.error
        columns = [getattr(error, field.name) for field in fields(error)]
        is_known = at[0] < len(error.shift)
        return accuracy_from(
            sums, ConsensusError(*(column[at] if is_known else column.mean(keepdims=True) for column in columns))
        )

    def _states(self, item: _Item) -> Floats:
        """P(state) by the labels alone in each model, one after the other."""
        return self._normalized(np.exp(item.score - np.maximum.reduceat(item.score, self._first)[self._model]))

    def _held(self, states: Floats, item: _Item) -> Floats:
        """The same with the item's answer held fast, where it is known."""
        return states if item.answer < 0 else self._normalized(states * (self._class == item.answer))

    def _normalized(self, states: Floats) -> Floats:
        states /= np.add.reduceat(states, self._first)[self._model]
        return np.asarray(states)

    def _combined(self, states: Floats) -> Floats:
        """``combine`` of one item, in a third of its time."""
        shares = np.bincount(self._cell, states, minlength=self._cells).reshape(-1, len(self._label_at))
        result, middle = shares.sum(axis=0) / len(shares), np.sort(shares, axis=0)[len(shares) // 2]
        first, second = result.argmax(), middle.argmax()
        if middle[second] > middle[first] + TIE:
            result[first], result[second] = result[second], result[first]
        return np.asarray(result)

    def _tempered(self, share: Floats, labels: int) -> Floats:
        powered = share ** (1.0 / (1.0 + self._correlation * (labels - 1)))
        return np.asarray(powered / powered.sum())

    def _credit(self, item: _Item, share: Floats, who: int, said: int) -> None:
        """Give the item's earlier workers what the change makes of their labels, and the new one the whole."""
        sums, is_known = self._sums, item.answer >= 0
        labels, share_right, unsure = _OF_KNOWN if is_known else _OF_OTHERS
        right, noise = (share - item.share).tolist(), (share * (1 - share) - item.share * (1 - item.share)).tolist()
        for place, earlier in zip(item.workers[:-1], item.said[:-1], strict=True):
            sums[share_right][place] += right[earlier]
            sums[unsure][place] += noise[earlier]
        probability = float(share[said])
        sums[share_right][who] += probability
        sums[unsure][who] += probability * (1 - probability)
        sums[labels][who] += 1
        sums["hits"][who] += is_known and said == item.answer
        item.share = share

    def _load(self, task: Hashable) -> _Item:
        """The item with the labels it had at the fit, or a new one."""
        at = self._task_at.get(task)
        columns: Ints = np.zeros(0, dtype=np.int64)
        answer = -1
        if at is not None:
            columns = self._table.columns[self._table.starts[at] : self._table.starts[at + 1]].astype(np.int64)
            answer = int(self._table.answers[at])
        who, said = np.divmod(columns, len(self._table.classes))
        item = _Item(
            self._log_prior + self._log[who, said].sum(axis=0), who.tolist(), said.tolist(), np.empty(0), answer
        )
        item.share = self._tempered(self._states(item) @ self._view, max(len(columns), 1))
        self._items[task] = item
        return item

    def _add_worker(self, worker: Hashable) -> int:
        place = self._worker_at[worker] = len(self._worker_at)
        if place >= len(self._counts):
            spare = max(len(self._counts), 16)
            self._counts = np.concatenate([self._counts, np.tile(self._usual, (spare, 1, 1))])
            usual = np.log(self._usual) - np.log(self._usual.sum(axis=0))
            self._log = np.concatenate([self._log, np.tile(usual, (spare, 1, 1))])
            self._sums = {name: np.concatenate([column, np.zeros(spare)]) for name, column in self._sums.items()}
        return place
