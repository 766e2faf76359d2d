"""Expectation maximization over sparse labels, one loop for every model of how workers err."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from quality.methods.categorical.labels import Block, Floats, LabelTable, Shares

# The sum of many powers of e to these is still a number.
_HELD = {np.dtype(np.float64): 600.0, np.dtype(np.float32): 80.0}


class ErrorModel(Protocol):
    """How a worker's labels depend on an item's hidden state.

    An item is in one of S = D * K states: its class (K) and, for some models, one of D kinds of
    item; state ``d * K + k`` is class k of kind d.
    """

    kinds: int
    #: Whether the classes' shares are learned; a model of even errors is steadier with equal ones.
    learns_class_shares: bool

    def learn(self, counts: Floats) -> Floats:
        """This will return log P(label | state), W x K x S, from as many expected counts of labels."""
        ...

    def kind_shares(self) -> Floats:
        """This will return the share of each kind of item, D numbers."""
        ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model that has converged: ``table`` is log P(label | state) and ``counts`` the expected
    labels by state, both (W * K) x S; ``log_prior`` S numbers."""

    table: Floats
    counts: Floats
    log_prior: Floats
    kinds: int
    iterations: int

    def posterior(self, block: Block) -> Shares:
        """This will return P(class | labels, known answers) of the block's items, n x K."""
        states = np.column_stack(_state_posterior(block, *_against_first(self.table, self.log_prior, block.precision)))
        return states if self.kinds == 1 else np.asarray(states.reshape(len(states), self.kinds, -1).sum(axis=1))

    def full_posterior(self, table: LabelTable) -> Shares:
        """This will return P(class | labels, known answers) of every item, I x K."""
        return np.concatenate([self.posterior(block) for block in table.blocks])


def fit_em(table: LabelTable, model: ErrorModel, *, max_iterations: int, tolerance: float) -> Fitted:
    """This will iterate from the majority's answer until the expected counts stand still.

    E-step: ``softmax(A @ log P(label | state) + log prior)``; M-step: ``A' @ posterior``; A is items x
    (worker, label). Both are made of S - 1 columns: what is added to all states of a row leaves its softmax as it
    is, so that the first state's is taken from each; and counts of all states add up to the labels given. It ends when
    a sweep moves less than ``tolerance`` of the labels to another state. The class prior is learned from items
    without a known answer: planted items are chosen, not drawn.

    Complexity: O(N S) an iteration; memory O(W K S) besides the labels.
    """
    class_count, state_count = len(table.classes), len(table.classes) * model.kinds
    given = _labels_given(table)
    counts, totals = _majority_counts(table, given, model.kind_shares())
    iterations = 0
    for _ in range(max_iterations):
        iterations += 1
        likelihood = model.learn(counts.reshape(-1, class_count, state_count)).reshape(-1, state_count)
        log_prior = _log_prior(totals, model)
        before = counts
        counts, totals = _expected_counts(table, given, likelihood, log_prior)
        before -= counts
        if np.abs(before, out=before).sum() < tolerance * len(table.columns):
            break
    likelihood = model.learn(counts.reshape(-1, class_count, state_count)).reshape(-1, state_count)
    return Fitted(likelihood, counts, _log_prior(totals, model), model.kinds, iterations)


def _labels_given(table: LabelTable) -> Floats:
    """How often each worker gave each label, W * K."""
    return np.bincount(table.columns, minlength=len(table.workers) * len(table.classes)).astype(np.float64)


def _against_first(likelihood: Floats, log_prior: Floats, precision: np.dtype[Any]) -> tuple[Shares, Shares]:
    """Logs of (label, state) and of the prior, each with the first state's taken off; that state is left out."""
    evidence = (likelihood[:, 1:] - likelihood[:, :1]).astype(precision)
    return evidence, (log_prior[1:] - log_prior[0]).astype(precision)


def _state_posterior(block: Block, evidence: Shares, prior: Shares) -> tuple[Shares, Shares]:
    """P(state | labels, known answers) of the block's items: the first state's, n, and the others', n x (S - 1)."""
    others = block.votes @ evidence
    _add_to_rows(others, prior)
    held = _held_posterior(others[block.gold], block)
    first = _softmax_against_first(others)
    first[block.gold], others[block.gold] = held[:, 0], held[:, 1:]
    return first, others


def _softmax_against_first(others: Shares) -> Shares:
    """Turn each row of log odds against the first state into probabilities, in place, and return the first's."""
    # Where no power of e overflows no row needs its greatest taken off; that is a sixth of an iteration.
    first = np.ones(len(others), dtype=others.dtype)
    if others.size and others.max() > _HELD[others.dtype]:
        greatest = np.maximum(_row_fold(np.maximum, others), 0)
        others -= greatest[:, None]
        np.exp(-greatest, out=first)
    np.exp(others, out=others)
    total = _row_fold(np.add, others)
    total += first
    np.reciprocal(total, out=total)
    others *= total[:, None]
    first *= total
    return first


def _add_to_rows(rows: Shares, values: Shares) -> None:
    """The same values to each row, in place; column by column if rows are very short, like ``_row_fold``."""
    if rows.shape[1] > 6:
        rows += values
        return
    for column, value in enumerate(values):
        rows[:, column] += value


def _row_fold(combine: np.ufunc, rows: Shares) -> Shares:
    """``combine`` over each row. For short rows column by column: numpy's own is slow along a short axis."""
    if not 1 <= rows.shape[1] <= 16:
        return np.asarray(combine.reduce(rows, axis=1))
    result = rows[:, 0].copy()
    for column in range(1, rows.shape[1]):
        combine(result, rows[:, column], out=result)
    return result


def _held_posterior(others: Shares, block: Block) -> Floats:
    """P(state | labels, known answer) of the items with one, n x S, from log odds against the first state.

    An item has its known class; its kinds share that by what the labels say of them. Other states are taken out of the odds
    and not of the probabilities: those of a class that nearly everybody missed are no numbers any more.
    """
    odds = np.column_stack((np.zeros(len(others)), others))
    odds[np.arange(odds.shape[1]) % block.class_count != block.answers[:, None]] = -np.inf
    odds -= odds.max(axis=1, keepdims=True, initial=-np.inf)
    np.exp(odds, out=odds)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def _majority_counts(table: LabelTable, given: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Counts and state totals under each item's shares of votes."""
    class_count = len(table.classes)
    start = np.tile(np.eye(class_count), (len(table.workers), len(shares))) * np.repeat(shares, class_count)
    sums = _Sums(table, len(shares))
    for block in table.blocks:
        posterior = block.votes @ start.astype(block.precision)
        posterior /= posterior.sum(axis=1, keepdims=True)
        known = np.arange(posterior.shape[1]) % class_count == block.answers[:, None]
        posterior[block.gold] = known * np.repeat(shares, class_count)
        sums.add(block, np.ascontiguousarray(posterior[:, 1:]))
    return sums.whole(given)


def _expected_counts(table: LabelTable, given: Floats, likelihood: Floats, log_prior: Floats) -> tuple[Floats, Floats]:
    sums = _Sums(table, len(log_prior) // len(table.classes))
    evidence, prior = _against_first(likelihood, log_prior, table.precision)
    for block in table.blocks:
        sums.add(block, _state_posterior(block, evidence, prior)[1])
    return sums.whole(given)


class _Sums:
    """Expected counts of labels by state, and of items whose answer is not known, gathered block by block."""

    def __init__(self, table: LabelTable, kinds: int) -> None:
        states = len(table.classes) * kinds
        self._counts = np.zeros((len(table.workers) * len(table.classes), states - 1))
        self._totals = np.zeros(states)
        self._free = 0

    def add(self, block: Block, others: Shares) -> None:
        """Take in P(state) of the block's items, for all states but the first."""
        self._counts += block.votes.T @ others
        # As a product: five times as fast as numpy's own sum along the long axis of short rows.
        self._totals[1:] += np.ones(len(others), dtype=others.dtype) @ others
        self._totals[1:] -= others[block.gold].sum(axis=0)
        self._free += len(others) - len(block.gold)

    def whole(self, given: Floats) -> tuple[Floats, Floats]:
        """The counts, (W * K) x S, and the totals, S: the first state has what the others leave of all."""
        counts = np.empty((len(given), len(self._totals)))
        counts[:, 1:] = self._counts
        counts[:, 0] = np.maximum(given - _row_fold(np.add, counts[:, 1:]), 0.0)
        self._totals[0] = max(self._free - self._totals.sum(), 0.0)
        return counts, self._totals


def _log_prior(totals: Floats, model: ErrorModel) -> Floats:
    """Log of class share times kind share, the class shares with one item's weight of flat prior."""
    classes = totals.reshape(model.kinds, -1).sum(axis=0)
    if not model.learns_class_shares:
        classes = np.zeros_like(classes)
    classes = (classes + 1.0 / len(classes)) / (classes.sum() + 1.0)
    return np.asarray((np.log(model.kind_shares())[:, None] + np.log(classes)).ravel())
