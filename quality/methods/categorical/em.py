"""Expectation maximization over sparse labels, one loop for every model of how workers err."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quality.methods.categorical.labels import Block, Floats, LabelTable

# e to this and to minus this are far from the ends of a double, and so is a sum of many.
_HELD = 600.0


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

    def state_posterior(self, block: Block) -> Floats:
        """This will return P(state | labels, known answers) of the block's items, n x S."""
        return state_posterior(block, self.table, self.log_prior)

    def posterior(self, block: Block) -> Floats:
        """This will return P(class | labels, known answers) of the block's items, n x K."""
        states = self.state_posterior(block)
        return states if self.kinds == 1 else np.asarray(states.reshape(len(states), self.kinds, -1).sum(axis=1))

    def full_posterior(self, table: LabelTable) -> Floats:
        """This will return P(class | labels, known answers) of every item, I x K."""
        return np.concatenate([self.posterior(block) for block in table.blocks])


def fit_em(table: LabelTable, model: ErrorModel, *, max_iterations: int, tolerance: float) -> Fitted:
    """This will iterate from the majority's answer until the expected counts stand still.

    E-step: ``softmax(A @ log P(label | state) + log prior)``; M-step: ``A' @ posterior``; A is items x
    (worker, label). It ends when a sweep moves less than ``tolerance`` of the labels to another state.
    The class prior is learned from items without a known answer: planted items are chosen, not drawn.

    Complexity: O(N S) an iteration; memory O(W K S) besides the labels.
    """
    class_count, state_count = len(table.classes), len(table.classes) * model.kinds
    votes = int(table.starts[-1])
    counts, totals = _majority_counts(table, model.kind_shares())
    iterations = 0
    for _ in range(max_iterations):
        iterations += 1
        likelihood = model.learn(counts.reshape(-1, class_count, state_count)).reshape(-1, state_count)
        log_prior = _log_prior(totals, model)
        before = counts
        counts, totals = _expected_counts(table, likelihood, log_prior)
        before -= counts
        if np.abs(before, out=before).sum() < tolerance * votes:
            break
    likelihood = model.learn(counts.reshape(-1, class_count, state_count)).reshape(-1, state_count)
    return Fitted(likelihood, counts, _log_prior(totals, model), model.kinds, iterations)


def state_posterior(block: Block, likelihood: Floats, log_prior: Floats) -> Floats:
    """This will return P(state | labels, known answers) of the block's items, n x S."""
    scores = block.votes @ likelihood
    _add_to_rows(scores, log_prior)
    softmax_rows(scores)
    if len(block.gold):
        _clamp(scores, block)
    return np.asarray(scores)


def softmax_rows(scores: Floats) -> None:
    """This will turn each row of log weights into probabilities, in place."""
    # Where all weights can be held as numbers no row needs its greatest taken off; that is a sixth of an iteration.
    if scores.min() < -_HELD or scores.max() > _HELD:
        scores -= _row_fold(np.maximum, scores)[:, None]
    np.exp(scores, out=scores)
    scores /= _row_fold(np.add, scores)[:, None]


def _add_to_rows(rows: Floats, values: Floats) -> None:
    """The same values to each row, in place; column by column if rows are very short, like ``_row_fold``."""
    if rows.shape[1] > 6:
        rows += values
        return
    for column, value in enumerate(values):
        rows[:, column] += value


def _row_fold(combine: np.ufunc, rows: Floats) -> Floats:
    """``combine`` over each row. For short rows column by column: numpy's own is slow along a short axis."""
    if rows.shape[1] > 16:
        return np.asarray(combine.reduce(rows, axis=1))
    result = rows[:, 0].copy()
    for column in range(1, rows.shape[1]):
        combine(result, rows[:, column], out=result)
    return result


def _clamp(posterior: Floats, block: Block) -> None:
    """Give items with a known answer that class; how they divide among its kinds stays."""
    rows = posterior[block.gold]
    wrong = np.arange(rows.shape[1]) % block.class_count != block.answers[:, None]
    rows[wrong] = 0.0
    rows += np.where(wrong, 0.0, 1e-300)
    rows /= rows.sum(axis=1, keepdims=True)
    posterior[block.gold] = rows


def _majority_counts(table: LabelTable, shares: Floats) -> tuple[Floats, Floats]:
    """Counts and state totals under each item's shares of votes."""
    class_count = len(table.classes)
    start = np.tile(np.eye(class_count), (len(table.workers), len(shares))) * np.repeat(shares, class_count)
    counts, totals = np.zeros_like(start), np.zeros(start.shape[1])
    for block in table.blocks:
        posterior = block.votes @ start
        posterior /= posterior.sum(axis=1, keepdims=True)
        _clamp(posterior, block)
        counts += block.votes.T @ posterior
        totals += _free_totals(block, posterior)
    return counts, totals


def _expected_counts(table: LabelTable, likelihood: Floats, log_prior: Floats) -> tuple[Floats, Floats]:
    counts, totals = np.zeros_like(likelihood), np.zeros(likelihood.shape[1])
    for block in table.blocks:
        posterior = state_posterior(block, likelihood, log_prior)
        counts += block.votes.T @ posterior
        totals += _free_totals(block, posterior)
    return counts, totals


def _free_totals(block: Block, posterior: Floats) -> Floats:
    # Column by column, like the folds of rows above: five times as fast as numpy's own on short rows.
    totals = np.array([posterior[:, state].sum() for state in range(posterior.shape[1])])
    return np.asarray(totals - posterior[block.gold].sum(axis=0))


def _log_prior(totals: Floats, model: ErrorModel) -> Floats:
    """Log of class share times kind share, the class shares with one item's weight of flat prior."""
    classes = totals.reshape(model.kinds, -1).sum(axis=0)
    if not model.learns_class_shares:
        classes = np.zeros_like(classes)
    classes = (classes + 1.0 / len(classes)) / (classes.sum() + 1.0)
    return np.asarray((np.log(model.kind_shares())[:, None] + np.log(classes)).ravel())
