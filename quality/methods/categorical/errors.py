"""Models of how workers err, each an M-step: expected counts in, log P(label | state) out."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, log_expit

from quality.methods.categorical.labels import Floats

_FLOOR = 1e-12
# Newton steps within one M-step: more gain little, the expected counts move anyway.
_INNER_STEPS = 3
# Labels of each class that hold a worker's leaning to everybody's.
_LEANING_PRIOR = 3.0


def _over_labels(counts: Floats) -> Floats:
    """The sum over labels of W x K x S: a quarter of the time that numpy's own takes on a short middle axis."""
    return np.asarray(np.einsum("wls->ws", counts))


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
        right = np.einsum("wkdk->wdk", by_kind)
        total = by_kind.sum(axis=1)
        said = by_kind.sum(axis=(2, 3))
        if len(self._ability) == 0:
            self._ability = np.full(workers, self._prior[0])
            self._common, self._own = np.zeros(classes), np.zeros((workers, classes))
        for _ in range(_INNER_STEPS):
            chance = self._right(self._ability)
            self._climb(right, total, chance)
            if self.learns_class_shares:
                self._lean(said, total, chance)
        mean = float(self._ability.mean())
        self._prior = (mean, max(float(((self._ability - mean) ** 2 + self._variance).mean()), 0.05))
        return self._table(by_kind)

    def _leaning(self) -> tuple[Floats, Floats]:
        """e^c, W x K, and its sum over the other classes."""
        weight = np.exp(self._common + self._own)
        return weight, np.maximum(weight.sum(axis=1, keepdims=True) - weight, _FLOOR)

    def _logit(self, ability: Floats) -> Floats:
        weight, others = self._leaning()
        return np.asarray(ability[:, None, None] * self._slopes[:, None] + np.log(weight / others)[:, None, :])

    def _right(self, ability: Floats) -> Floats:
        """P(right | w, d, k)."""
        return np.asarray(expit(self._logit(ability)))

    def _climb(self, right: Floats, total: Floats, chance: Floats) -> None:
        """One Newton step of the abilities, no longer than 1."""
        mean, variance = self._prior
        slopes = self._slopes[:, None]
        gradient = ((right - total * chance) * slopes).sum(axis=(1, 2)) - (self._ability - mean) / variance
        curvature = (total * chance * (1 - chance) * slopes**2).sum(axis=(1, 2)) + 1 / variance
        self._ability = self._ability + np.clip(gradient / curvature, -1, 1)
        self._variance = 1 / curvature

    def _lean(self, said: Floats, total: Floats, chance: Floats) -> None:
        """Half a step of the leanings towards what was said as often as expected."""
        weight, others = self._leaning()
        hits = total * chance
        missed = (total - hits).sum(axis=1) / others
        expected = hits.sum(axis=1) + weight * (missed.sum(axis=1, keepdims=True) - missed)
        self._common = self._common + 0.5 * np.log((said.sum(axis=0) + 1) / (expected.sum(axis=0) + 1))
        self._common -= self._common.mean()
        step = 0.5 * np.log((said + _LEANING_PRIOR) / (expected + _LEANING_PRIOR))
        self._own = 0.9 * self._own + step
        self._own -= self._own.mean(axis=1, keepdims=True)

    def _table(self, by_kind: Floats) -> Floats:
        """log P(label | state), W x K x S."""
        weight, others = self._leaning()
        logit = self._logit(self._ability)
        hit, miss = log_expit(logit), log_expit(-logit) - np.log(others)[:, None, :]
        result = np.log(weight)[:, :, None, None] + miss[:, None, :, :]
        every = np.arange(by_kind.shape[1])
        result[:, every, :, every] = hit.transpose(2, 0, 1)
        return np.asarray(result.reshape(len(result), len(every), -1))
