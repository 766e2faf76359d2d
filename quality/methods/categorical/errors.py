"""Five models of how workers err, each an M-step: expected counts in, log P(label | state) out."""

from __future__ import annotations

import numpy as np
from scipy.special import digamma, expit, log_expit

from quality.methods.categorical.labels import Floats

_FLOOR = 1e-12


class ConfusionErrors:
    """Plain Dawid-Skene: one confusion matrix a worker, each row smoothed by ``smoothing`` labels a class."""

    kinds = 1
    learns_class_shares = True

    def __init__(self, smoothing: float = 0.01) -> None:
        self.smoothing = smoothing

    def learn(self, counts: Floats) -> Floats:
        smoothed = counts + self.smoothing
        return np.asarray(np.log(smoothed) - np.log(smoothed.sum(axis=1, keepdims=True)))

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
        return np.asarray(digamma(weight) - digamma(weight.sum(axis=1, keepdims=True)))

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
        return np.asarray(np.log(weight) - np.log(weight.sum(axis=1, keepdims=True)))

    def kind_shares(self) -> Floats:
        return np.ones(1)


def _better_strengths(counts: Floats, mean: Floats, strengths: Floats) -> Floats:
    """One step of Minka's fixed point for the strength of a Dirichlet-multinomial, each class alone."""
    total = counts.sum(axis=1)
    up = ((digamma(counts + strengths * mean) - digamma(strengths * mean)) * mean).sum(axis=(0, 1))
    down = (digamma(total + strengths) - digamma(strengths)).sum(axis=0)
    return np.asarray(np.clip(strengths * up / np.maximum(down, _FLOOR), 0.5, 200.0))


class OneCoinErrors:
    """Hierarchical one-coin: a worker is right with p ~ Beta(a, b), whatever the class; errors are even."""

    kinds = 1
    learns_class_shares = False

    def learn(self, counts: Floats) -> Floats:
        classes = counts.shape[1]
        right = np.einsum("wkk->w", counts)
        total = counts.sum(axis=(1, 2))
        mean, strength = beta_moments(right, total)
        share = (right + mean * strength) / (total + strength)
        share = np.clip(share, 1e-6, 1 - 1e-6)
        result = np.empty_like(counts)
        result[:] = np.log((1 - share) / max(classes - 1, 1))[:, None, None]
        every = np.arange(classes)
        result[:, every, every] = np.log(share)[:, None]
        return result

    def kind_shares(self) -> Floats:
        return np.ones(1)


def beta_moments(right: Floats, total: Floats) -> tuple[float, float]:
    """Mean and strength of the Beta law of the workers' shares, by moments weighted with the labels."""
    weight = total.sum()
    mean = (right.sum() + 1.0) / (weight + 2.0)
    share = right / np.maximum(total, _FLOOR)
    spread = (total * (share - mean) ** 2).sum()
    noise = mean * (1 - mean)
    between = (spread - (len(total) - 1) * noise) / max(weight - (total**2).sum() / weight, _FLOOR)
    strength = noise / max(between, _FLOOR) - 1
    return float(mean), float(np.clip(strength, 1.0, 200.0))


class AbilityErrors:
    """Ability x difficulty: right with e^(a_w b_d) / (e^(a_w b_d) + K - 1), b_d log-normal by quadrature."""

    learns_class_shares = False

    def __init__(self, kinds: int = 3, spread: float = 1.0) -> None:
        points, weights = np.polynomial.hermite_e.hermegauss(kinds)
        self.kinds = kinds
        self._slopes = np.exp(spread * points)
        self._shares = weights / weights.sum()
        self._ability: Floats | None = None

    def kind_shares(self) -> Floats:
        return np.asarray(self._shares)

    def learn(self, counts: Floats) -> Floats:
        classes = counts.shape[1]
        by_kind = counts.reshape(len(counts), classes, self.kinds, classes)
        right = np.einsum("wkdk->wd", by_kind)
        total = by_kind.sum(axis=(1, 3))
        chance = np.log(max(classes - 1, 1))
        if self._ability is None:
            self._ability = np.full(len(counts), 1.5)
            self._prior = (1.5, 1.0)
        ability = self._ability
        mean, variance = self._prior
        for _ in range(3):
            logit = ability[:, None] * self._slopes - chance
            p = expit(logit)
            gradient = ((right - total * p) * self._slopes).sum(axis=1) - (ability - mean) / variance
            curvature = (total * p * (1 - p) * self._slopes**2).sum(axis=1) + 1 / variance
            ability = ability + np.clip(gradient / curvature, -1, 1)
        self._ability = ability
        mean = float(ability.mean())
        variance = float(((ability - mean) ** 2 + 1 / curvature).mean())
        self._prior = (mean, max(variance, 0.05))
        logit = ability[:, None] * self._slopes - chance
        hit, miss = log_expit(logit), log_expit(-logit) - chance
        result = np.empty_like(by_kind)
        result[:] = miss[:, None, :, None]
        for k in range(classes):
            result[:, k, :, k] = hit
        return result.reshape(counts.shape)
