"""One worker's or everybody's evidence in, drafts of estimates with their reasons out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from quality.estimates.rules import Cell, Part, Reason, parts_of, shorten
from quality.methods.share_posterior import ShareEstimates
from quality.methods.shares import SharePriors
from quality.methods.shrunken_share import ShrunkenShare
from quality.scopes.queries import ScopeTree

# Every path from a scope to the widest has at most three steps.
LEVELS = 4

type Pair = tuple[UUID, UUID]


@dataclass(slots=True, kw_only=True)
class Draft:
    """An estimate before it is a row."""

    worker_id: UUID
    scope_id: UUID
    mean: float
    low90: float
    high90: float
    n_eff: float
    strength: float
    prior_mean: float
    prior_mean_variance: float
    prior_strengths: list[float]
    is_inherited: bool
    reasons: list[Reason]
    severity: float | None = None
    severity_se: float | None = None


@dataclass(slots=True)
class Assembly:
    """The tree of scopes, the evidence laid out for the method, and the pairs to estimate."""

    tree: ScopeTree
    cells: Sequence[Cell]
    workers: list[UUID] = field(init=False)
    _index: dict[UUID, int] = field(init=False)
    _by_worker: dict[int, list[Cell]] = field(init=False)

    def __post_init__(self) -> None:
        self.workers = sorted({cell.worker_id for cell in self.cells})
        self._index = {worker: place for place, worker in enumerate(self.workers)}
        self._by_worker = {}
        for cell in self.cells:
            self._by_worker.setdefault(self._index[cell.worker_id], []).append(cell)

    def fit(self) -> ShrunkenShare:
        """Fit the priors from all cells."""
        return ShrunkenShare(self.tree.parents, levels=LEVELS).fit(*self._columns())

    def use(self, priors: Mapping[UUID, SharePriors], population: SharePriors) -> ShrunkenShare:
        """Take each worker's priors as given, and the population's for a worker without."""
        chosen = [priors.get(worker, population) for worker in self.workers] or [population]
        stacked = SharePriors(
            np.array([float(p.mean) for p in chosen]),
            np.array([float(p.mean_variance) for p in chosen]),
            np.array([p.strengths for p in chosen]),
        )
        method = ShrunkenShare(self.tree.parents, levels=LEVELS)
        method.use_priors(stacked, *self._columns())
        method.population_ = population
        return method

    def estimate(self, method: ShrunkenShare, pairs: Sequence[Pair]) -> ShareEstimates:
        """Estimate each (worker, scope) in the order given."""
        scopes = np.array([self.tree.position(scope) for _, scope in pairs], dtype=np.int64)
        return method.estimate(self._labels(pairs), scopes)

    def draft(self, method: ShrunkenShare, pairs: Sequence[Pair]) -> list[Draft]:
        """Estimate each (worker, scope) with its reasons, in the order given."""
        result = self.estimate(method, pairs)
        labels = self._labels(pairs)
        return [self._draft(method, result, row, pair, int(labels[row])) for row, pair in enumerate(pairs)]

    def _labels(self, pairs: Sequence[Pair]) -> NDArray[np.int64]:
        return np.array([self._index.get(worker, -1) for worker, _ in pairs], dtype=np.int64)

    def _columns(
        self,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], list[float], list[float]]:
        return (
            np.array([self._index[cell.worker_id] for cell in self.cells], dtype=np.int64),
            np.array(
                [self.tree.position(cell.scope_id) for cell in self.cells],
                dtype=np.int64,
            ),
            [cell.found for cell in self.cells],
            [cell.total for cell in self.cells],
        )

    def _draft(
        self,
        method: ShrunkenShare,
        result: ShareEstimates,
        row: int,
        pair: Pair,
        label: int,
    ) -> Draft:
        own = method.own_priors_
        known = label >= 0
        priors = method.population_
        return Draft(
            worker_id=pair[0],
            scope_id=pair[1],
            mean=float(result.mean[row]),
            low90=float(result.low90[row]),
            high90=float(result.high90[row]),
            n_eff=float(result.n_eff[row]),
            strength=float(result.strength[row]),
            prior_mean=float(result.prior[row]),
            prior_mean_variance=float(own.mean_variance[label] if known else priors.mean_variance),
            prior_strengths=[float(x) for x in (own.strengths[label] if known else priors.strengths)],
            is_inherited=bool(result.is_inherited[row]),
            reasons=self._reasons(result, row, label, pair[1]),
        )

    def _reasons(self, result: ShareEstimates, row: int, label: int, scope_id: UUID) -> list[Reason]:
        cells: dict[int, list[Cell]] = {}
        for cell in self._by_worker.get(label, []):
            cells.setdefault(self.tree.position(cell.scope_id), []).append(cell)
        own: list[Part] = []
        related: list[Part] = []
        prior = float(result.prior[row])
        for at in range(result.starts[row], result.starts[row + 1]):
            kinds = cells[int(result.contribution_scope[at])]
            into = own if kinds[0].scope_id == scope_id else related
            weight = float(result.contribution_weight[at]) / sum(cell.total for cell in kinds)
            for cell in kinds:
                into.extend(parts_of(cell, weight=weight * cell.total, prior=prior))
        return shorten(own, related, lambda cell: self._codes(cell.scope_id))

    def _codes(self, scope_id: UUID) -> str:
        place = self.tree.position(scope_id)
        return str(self.tree.codes[place]) if place >= 0 else "all work"


def with_ancestors(tree: ScopeTree, pairs: set[Pair]) -> list[Pair]:
    """The pairs and every wider scope of each, sorted."""
    found = set(pairs)
    for worker_id, scope_id in pairs:
        place = tree.position(scope_id)
        while place >= 0:
            place = int(tree.parents[place])
            wider = tree.id_at(place)
            if wider is not None:
                found.add((worker_id, wider))
    return sorted(found)
