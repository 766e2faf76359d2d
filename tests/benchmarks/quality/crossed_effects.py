"""Crossed random effects of worker x domain x kind x locale: the rival that the tree of scopes was measured against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import betaincinv, expit, logit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Each family of effects is named by the facets (columns of ``facets``) that its members share.
TREE = ((), (0,), (0, 1), (0, 1, 2))
CROSSED = ((), (0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2))


@dataclass(frozen=True, slots=True)
class Cells:
    """One row a worker and scope: ``facets`` (rows, 3) are its domain, kind and locale, ``found`` of ``total`` answers."""

    worker: Ints
    facets: Ints
    found: Floats
    total: Floats

    def part(self, rows: NDArray[np.bool_]) -> Cells:
        return Cells(self.worker[rows], self.facets[rows], self.found[rows], self.total[rows])


class CrossedShare:
    """This will estimate shares as a sum of crossed random effects, on the share's own scale or on the logit.

    For worker w and scope c, with a family g of effects for each subset of facets::

        eta_wc = m + sum_g u_g[c] + sum_g a_g[w, c]      u_g ~ N(0, U_g)      a_g ~ N(0, V_g)

    ``u`` are what a scope is like for everybody, ``a`` what a worker is like there. Variances by EM, the workers solved
    exactly, the scopes' effects by the mixed model equations with the workers integrated out. On the logit the answers
    are linearised anew six times (penalised quasi-likelihood).

    Source: Gelman and Hill (2006), doi:10.1017/CBO9780511790942, ch. 13; Breslow and Clayton, J. Am. Stat. Assoc. 88
        (1993), doi:10.1080/01621459.1993.10594284.
    """

    def __init__(
        self,
        families: tuple[tuple[int, ...], ...] = CROSSED,
        *,
        with_scopes: bool = False,
        on_logit: bool = False,
        sweeps: int = 40,
    ) -> None:
        self.families, self.on_logit, self.sweeps = families, on_logit, sweeps
        self.scope_families = CROSSED[1:] if with_scopes else ()

    def fit(self, cells: Cells) -> Self:
        """Learn every variance and effect."""
        self.cells = cells
        self.mean = float((cells.found.sum() + 1) / (cells.total.sum() + 2))
        self.unit = self.mean * (1 - self.mean)
        start = 0.5 if self.on_logit else 0.06 * self.unit
        self.variance = {family: start / len(self.families) for family in self.families}
        self.scope_variance = dict.fromkeys(self.scope_families, start / 7)
        self.ids, order = np.unique(cells.worker, return_inverse=True)
        self.rows = [np.flatnonzero(order == place) for place in range(len(self.ids))]
        # Which of a worker's cells share an effect of each family: (cells, effects), in every sweep the same.
        self.groups = [{family: _groups(cells.facets[rows], family) for family in self.families} for rows in self.rows]
        self.known = {family: np.unique(_keys(cells.facets, family)) for family in self.scope_families}
        self.design = sparse.csr_array(self._design(cells.facets))
        share = cells.found / cells.total
        eta = np.full(len(share), logit(self.mean))
        for _ in range(6 if self.on_logit else 1):
            if self.on_logit:
                fitted = np.clip(expit(eta), 0.02, 0.98)
                self.answer = eta + (share - fitted) / (fitted * (1 - fitted))
                self.noise = 1 / (cells.total * fitted * (1 - fitted))
            else:
                self.answer, self.noise = share, self.unit / cells.total
            for _ in range(12 if self.on_logit else self.sweeps):
                self._sweep()
            eta = self._posterior(cells.worker, cells.facets)[0]
        return self

    def estimate(self, cells: Cells) -> tuple[Floats, Floats, Floats]:
        """Mean, low90 and high90 of each row's share."""
        mean, variance = self._posterior(cells.worker, cells.facets)
        if self.on_logit:
            radius = 1.645 * np.sqrt(variance)
            return expit(mean / np.sqrt(1 + 0.393 * variance)), expit(mean - radius), expit(mean + radius)
        mean = np.clip(mean, 0.005, 0.995)
        strength = np.maximum(self.unit / variance, 0.5)
        low, high = (betaincinv(strength * mean, strength * (1 - mean), tail) for tail in (0.05, 0.95))
        return mean, low, high

    def lowered_by_a_right_answer(self) -> tuple[float, float]:
        """Part of the workers with a scope whose score falls when they give one more right answer elsewhere, and the worst fall."""
        touched, worst = 0, 0.0
        for rows in self.rows:
            seen = self.cells.facets[rows]
            grid = np.meshgrid(*(np.unique(seen[:, place]) for place in range(3)), indexing="ij")
            wanted = np.stack([axis.ravel() for axis in grid], axis=1)
            towards, prior = self._covariance(wanted, seen), self._covariance(seen, seen)
            solved = np.linalg.solve(prior + np.diag(self.noise[rows]), prior)
            left = prior - prior @ solved
            mean = self.mean + solved.T @ (self.answer[rows] - self.mean)
            change = (towards - towards @ solved) / (self.unit + np.diag(left)) * (1 - mean)
            touched += bool(change.min() < -1e-6)
            worst = min(worst, float(change.min()))
        return touched / len(self.rows), worst

    def _sweep(self) -> None:
        """One EM step of all variances."""
        inverses = []
        for rows, groups in zip(self.rows, self.groups, strict=True):
            prior = sum(self.variance[family] * member @ member.T for family, member in groups.items())
            inverses.append(np.linalg.inv(prior + np.diag(self.noise[rows])))
        order = np.concatenate(self.rows)
        weighted = _block_diagonal(inverses)
        design = self.design[order]
        information = (design.T @ weighted @ design).toarray()
        at = 1
        for family, labels in self.known.items():
            place = np.arange(at, at + len(labels))
            information[place, place] += 1 / max(self.scope_variance[family], 1e-10)
            at += len(labels)
        self.effect_covariance = np.linalg.inv(information)
        self.effects = self.effect_covariance @ (design.T @ (weighted @ self.answer[order]))
        at = 1
        for family, labels in self.known.items():
            part = slice(at, at + len(labels))
            self.scope_variance[family] = float(
                np.mean(self.effects[part] ** 2 + np.diag(self.effect_covariance)[part])
            )
            at += len(labels)
        self._step_workers(inverses)

    def _step_workers(self, inverses: list[Floats]) -> None:
        squares, counts = dict.fromkeys(self.families, 0.0), dict.fromkeys(self.families, 0)
        left = self.answer - self.design @ self.effects
        for rows, groups, inverse in zip(self.rows, self.groups, inverses, strict=True):
            pulled = inverse @ left[rows]
            for family, member in groups.items():
                variance = self.variance[family]
                effect = variance * (member.T @ pulled)
                posterior = variance - variance**2 * (member * (inverse @ member)).sum(axis=0)
                squares[family] += float((effect**2 + posterior).sum())
                counts[family] += member.shape[1]
        self.variance = {family: max(squares[family] / counts[family], 1e-9) for family in self.families}

    def _posterior(self, worker: Ints, facets: Ints) -> tuple[Floats, Floats]:
        design = self._design(facets)
        mean = design @ self.effects
        variance = ((design @ self.effect_covariance) * design).sum(axis=1)
        for family, labels in self.known.items():
            variance += np.where(np.isin(_keys(facets, family), labels), 0.0, self.scope_variance[family])
        seen = dict(zip(self.ids.tolist(), self.rows, strict=True))
        left = self.answer - self.design @ self.effects
        for who in np.unique(worker):
            wanted = np.flatnonzero(worker == who)
            own = self._covariance(facets[wanted], facets[wanted])
            variance[wanted] += np.diag(own)
            if who not in seen:
                continue
            rows = seen[who]
            known = self.cells.facets[rows]
            towards = self._covariance(facets[wanted], known)
            weight = np.linalg.solve(self._covariance(known, known) + np.diag(self.noise[rows]), towards.T)
            mean[wanted] += weight.T @ left[rows]
            variance[wanted] -= np.einsum("ij,ji->i", towards, weight)
        return mean, np.maximum(variance, 1e-9)

    def _covariance(self, first: Ints, second: Ints) -> Floats:
        total = np.zeros((len(first), len(second)))
        for family in self.families:
            total += self.variance[family] * (_keys(first, family)[:, None] == _keys(second, family)[None])
        return total

    def _design(self, facets: Ints) -> Floats:
        """A column of ones, then one column a known scope effect."""
        columns = [np.ones((len(facets), 1))]
        for family, labels in self.known.items():
            columns.append((_keys(facets, family)[:, None] == labels[None]).astype(np.float64))
        return np.hstack(columns)


def _groups(facets: Ints, family: tuple[int, ...]) -> Floats:
    _, member = np.unique(_keys(facets, family), return_inverse=True)
    return np.eye(member.max() + 1)[member]


def _block_diagonal(blocks: list[Floats]) -> sparse.csr_array:
    sizes = [len(block) for block in blocks]
    starts = np.repeat(np.cumsum([0, *sizes[:-1]]), sizes)
    column = np.concatenate(
        [start + np.arange(size) for start, size in zip(starts, np.repeat(sizes, sizes), strict=True)]
    )
    ends = np.cumsum(np.repeat(sizes, sizes))
    data = np.concatenate([block.ravel() for block in blocks])
    return sparse.csr_array((data, column, np.append(0, ends)), shape=(len(starts), len(starts)))


def _keys(facets: Ints, family: tuple[int, ...]) -> Ints:
    key = np.zeros(len(facets), dtype=np.int64)
    for facet in family:
        key = key * 1_000 + facets[:, facet] + 1
    return key
