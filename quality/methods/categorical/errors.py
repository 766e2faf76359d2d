"""Models of how workers err, each an M-step: expected counts in, log P(label | state) out."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit

from quality.methods.categorical.labels import Floats

_FLOOR = 1e-12
# Newton steps within one M-step: more gain little, the expected counts move anyway.
_INNER_STEPS = 3
# Labels of each class that hold a worker's leaning to everybody's.
_LEANING_PRIOR = 3.0


def _over_labels(counts: Floats) -> Floats:
    """The sum over labels of W x K x S: a quarter of the time that numpy's own takes on a short middle axis."""
    return np.asarray(np.einsum("wls->ws", counts))


def _over_classes(values: Floats) -> Floats:
    """The sum of each row of W x K, as a product for the same reason."""
    return np.asarray(values @ np.ones(values.shape[1]))


class ConfusionErrors:
    """Plain Dawid-Skene: one confusion matrix a worker, each row smoothed by ``smoothing`` labels a class."""

    kinds = 1
    learns_class_shares = True

    def __init__(self, smoothing: float = 0.1) -> None:
        self.smoothing = smoothing

    def learn(self, counts: Floats) -> Floats:
        smoothed = counts + self.smoothing
        return np.asarray(np.log(smoothed) - np.log(_over_labels(smoothed))[:, None])

    def kind_shares(self) -> Floats:
        return np.ones(1)


class BayesianConfusionErrors:
    """iBCC: one confusion matrix a worker, rows with a Dirichlet prior, variational posterior."""

    kinds = 1
    learns_class_shares = True

    def __init__(self, prior: Floats) -> None:
        #: Labels of weight, by label and class.
        self.prior = prior

    def learn(self, counts: Floats) -> Floats:
        weight = counts + self.prior
        return np.asarray(digamma(weight) - digamma(_over_labels(weight))[:, None])

    def kind_shares(self) -> Floats:
        return np.ones(1)


class PooledConfusionErrors:
    """Empirical Bayes: a worker's row of confusion is drawn around everybody's, with a fitted strength."""

    kinds = 1
    learns_class_shares = True

    def __init__(self, strength: float = 10.0) -> None:
        self.strength = strength
        self._strengths: Floats | None = None

    def learn(self, counts: Floats) -> Floats:
        pooled = counts.sum(axis=0) + 0.5
        mean = pooled / pooled.sum(axis=0)
        if self._strengths is None:
            self._strengths = np.full(counts.shape[2], self.strength)
        self._strengths = _better_strengths(counts, mean, self._strengths)
        weight = counts + self._strengths * mean
        return np.asarray(np.log(weight) - np.log(_over_labels(weight))[:, None])

    def kind_shares(self) -> Floats:
        return np.ones(1)


def _better_strengths(counts: Floats, mean: Floats, strengths: Floats) -> Floats:
    """One step of Minka's fixed point for the strength of a Dirichlet-multinomial, each class alone."""
    total = _over_labels(counts)
    up = ((digamma(counts + strengths * mean) - digamma(strengths * mean)) * mean).sum(axis=(0, 1))
    down = (digamma(total + strengths) - digamma(strengths)).sum(axis=0)
    return np.asarray(np.clip(strengths * up / np.maximum(down, _FLOOR), 0.5, 200.0))


class AbilityErrors:
    """Ability x difficulty, and if wanted a leaning: what a worker says when not knowing.

    For worker w, kind of item d with slope b_d (log-normal, by quadrature of ``kinds`` points), class k::

        P(l | k, w, d) ~ e^(a_w b_d [l = k] + c_wl)      a_w ~ N(m, v), m and v fitted

    The leaning c_wl lies around everybody's (shrunk by ``_LEANING_PRIOR`` labels a class); without it
    c = 0, and errors are even. One Newton step of a_w and half a step of iterative scaling of c, thrice.
    """

    def __init__(self, *, kinds: int = 3, spread: float = 1.0, leans: bool) -> None:
        points, weights = np.polynomial.hermite_e.hermegauss(kinds)
        self.kinds = kinds
        self.learns_class_shares = leans
        self._slopes = np.exp(spread * points)
        self._shares = weights / weights.sum()
        self._prior = (1.5, 1.0)
        self._ability = self._variance = self._common = self._own = np.zeros(0)

    def kind_shares(self) -> Floats:
        return np.asarray(self._shares)

    def learn(self, counts: Floats) -> Floats:
        workers, classes = counts.shape[:2]
        by_kind = counts.reshape(workers, classes, self.kinds, classes)
        # Laid out flat, W x (D * K): numpy is slow along short axes, and sums over them are products here.
        right = np.einsum("wkdk->wdk", by_kind).reshape(workers, -1)
        total = _over_labels(counts)
        if len(self._ability) == 0:
            self._ability = np.full(workers, self._prior[0])
            self._common, self._own = np.zeros(classes), np.zeros((workers, classes))
        said = np.einsum("wldk->wl", by_kind) if self.learns_class_shares else None
        for _ in range(_INNER_STEPS):
            weight, others = self._leaning()
            chance = expit(self._logit(weight, others))
            self._climb(right, total, chance)
            if said is not None:
                self._lean(said, total * chance, total, weight, others)
        mean = float(self._ability.mean())
        self._prior = (mean, max(float(((self._ability - mean) ** 2 + self._variance).mean()), 0.05))
        return self._table(classes)

    def _leaning(self) -> tuple[Floats, Floats]:
        """e^c, W x K, and its sum over the other classes."""
        weight = np.exp(self._common + self._own)
        return weight, np.maximum(_over_classes(weight)[:, None] - weight, _FLOOR)

    def _logit(self, weight: Floats, others: Floats) -> Floats:
        """The logit of P(right | w, d, k), W x (D * K)."""
        slopes = np.repeat(self._slopes, weight.shape[1])
        return np.asarray(self._ability[:, None] * slopes + np.tile(np.log(weight / others), self.kinds))

    def _climb(self, right: Floats, total: Floats, chance: Floats) -> None:
        """One Newton step of the abilities, no longer than 1."""
        mean, variance = self._prior
        slopes = np.repeat(self._slopes, right.shape[1] // self.kinds)
        hits = total * chance
        gradient = (right - hits) @ slopes - (self._ability - mean) / variance
        curvature = (hits * (1 - chance)) @ slopes**2 + 1 / variance
        self._ability = self._ability + np.clip(gradient / curvature, -1, 1)
        self._variance = 1 / curvature

    def _lean(self, said: Floats, hits: Floats, total: Floats, weight: Floats, others: Floats) -> None:
        """Half a step of the leanings towards what was said as often as expected."""
        of_class = np.tile(np.eye(weight.shape[1]), (self.kinds, 1))
        missed = (total - hits) @ of_class / others
        expected = hits @ of_class + weight * (_over_classes(missed)[:, None] - missed)
        self._common = self._common + 0.5 * np.log((said.sum(axis=0) + 1) / (expected.sum(axis=0) + 1))
        self._common -= self._common.mean()
        step = 0.5 * np.log((said + _LEANING_PRIOR) / (expected + _LEANING_PRIOR))
        self._own = 0.9 * self._own + step
        self._own -= _over_classes(self._own)[:, None] / len(self._common)

    def _table(self, classes: int) -> Floats:
        """log P(label | state), W x K x S."""
        weight, others = self._leaning()
        logit = self._logit(weight, others)
        # log(1 / (1 + e^-x)): by numpy's vectorized powers in half the time of scipy's.
        hit = np.minimum(logit, 0.0) - np.log1p(np.exp(-np.abs(logit)))
        miss = hit - logit - np.tile(np.log(others), self.kinds)
        result = np.log(weight)[:, :, None] + miss[:, None, :]
        states = np.arange(self.kinds * classes)
        result[:, states % classes, states] = hit
        return np.asarray(result)
