"""Severity of raters: how far a rater scores below what others give the same work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from quality.methods.facets import VARIANCE_FLOOR, Facet, Noise, Units
from quality.methods.severity_errors import measure_beyond, measure_uncertainty

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_Z90 = 1.6448536269514722
# The variance of slopes is learned with this many raters' worth of a usual one (a standard deviation
# of a fifth): from ten raters alone it comes out as nothing or as anything.
_SLOPE_VARIANCE, _SLOPE_RATERS = 0.04, 5.0
# A rater who turned good and poor around would be no scale of the same thing.
_SLOPE_LIMITS = (0.1, 3.0)


class SeverityModel:
    """This will fit a linear many-facet model of scores and learn each rater's severity.

    For the rating of item i by rater w on criterion c, with o = +1 where a high score is
    good and o = -1 where scores are penalties::

        o * y_iwc = m_c + g_w (a_i + b_ic) - s_w - t_wc + h_iw + e_iwc
        a_i ~ N(0, V_item)           b_ic ~ N(0, V_item:criterion)
        s_w ~ N(0, V_rater)          t_wc ~ N(0, V_rater:criterion)      g_w ~ N(1, V_slope)
        h_iw ~ N(0, f_w V_halo)      e_iwc ~ N(0, f_w V)

    ``m_c`` is a fixed criterion mean. The interactions b and t exist only with more than one criterion,
    the halo h only where a rater gave an item more than one score: it is what these have in
    common. ``g_w`` is how far a rater pulls good and poor work apart; its spread, like every other,
    is learned. ``f_w`` is the rater's noise against the usual one, shrunk towards 1 (inverse gamma worth
    ``precision_prior`` ratings), so that an erratic rater weighs less.

    Severity is positive for a strict rater: one who scores below the item's level, or, for
    penalties (``higher_is_better=False``), one who writes more penalty than others on the same
    work. It is in the units of ``score``; take ``log1p`` of a heavy-tailed penalty before fitting.

    Method: empirical Bayes. Each sweep replaces all items' effects (vectors over the criteria, with
    the halo integrated out), then all raters', by their Gaussian posterior given the others, and
    takes an EM step of every variance. Sweeps end when no variance moves by more than ``tolerance``
    of the variance of a score, and no severity by more than ten times that of its standard
    deviation. The raters' slopes and noise are learned once the rest has nearly settled: from a cold
    start a rater who is merely very strict would pass for an erratic one. Errors of severity and
    levels know that items, raters and mean were all estimated (``severity_errors``).

    Shapes: ``item``, ``rater``, ``criterion`` and ``score`` are of length N.
    Complexity: O(N + sum of squared criteria a unit) a sweep, a unit being what one rater gave one
    item, and O(W^3) once for the errors of W raters (W <= 1,000).
    Rows are put in one order first: the same ratings in any order give the same bytes.

    Learned attributes:
        items_: labels of the items, sorted. item_levels_: their level ``a_i`` plus the grand mean,
            in the units and direction of ``score``.
        cell_items_, cell_criteria_, cell_means_, cell_se_, cell_low90_, cell_high90_: one row for each
            (item, criterion) seen, sorted: what raters at large would give it on average,
            ``m_c + a_i + b_ic``, its posterior standard deviation and 90 % interval.
        raters_, rating_counts_: labels of the raters, sorted, and their ratings. severity_,
            severity_se_: one number a rater, the mean of ``s_w + t_wc`` over the criteria they used,
            and its posterior standard deviation against the average rater here.
        slopes_: ``g_w``, one a rater; below 1 for who keeps to the middle of the scale.
        reliability_, reliability_low90_, reliability_high90_: what share of the variance of one
            score by this rater, severity apart, is the item's own; n_eff_: ratings behind it,
            net of what the levels took.
        criteria_, criterion_means_: labels and means, in the direction of ``score``.
        residual_variance_: ``V``; rater_variance_: ``f_w V``, one a rater.
        variances_: variance of each family of effects by name. sweeps_: sweeps made.

    Source: Linacre, Many-Facet Rasch Measurement (1989); Patz, Junker, Johnson and Mariano, J. Educ.
        Behav. Stat. 27 (2002), doi:10.3102/10769986027004341; Robinson, Statist. Sci. 6 (1991),
        doi:10.1214/ss/1177011926 (BLUP); Dempster, Laird and Rubin, J. R. Stat. Soc. B 39 (1977),
        doi:10.1111/j.2517-6161.1977.tb01600.x; Uto and Ueno,
        Behaviormetrika 47 (2020), doi:10.1007/s41237-020-00115-7 (raters' slopes and consistency).
    """

    def __init__(
        self,
        *,
        higher_is_better: bool = True,
        precision_prior: float = 50.0,
        max_sweeps: int = 500,
        tolerance: float = 5e-4,
    ) -> None:
        if precision_prior <= 0 or max_sweeps < 1 or tolerance <= 0:
            raise ValueError("precision_prior, max_sweeps and tolerance must be positive")
        self.higher_is_better = higher_is_better
        self.precision_prior = precision_prior
        self.max_sweeps = max_sweeps
        self.tolerance = tolerance

    def fit(
        self,
        item: ArrayLike,
        rater: ArrayLike,
        score: ArrayLike,
        criterion: ArrayLike | None = None,
    ) -> Self:
        """This will learn the effects from N ratings.

        Raises:
            ValueError: no rating, unequal lengths, or a score that is not finite.
        """
        values = np.asarray(score, dtype=np.float64)
        items, raters = np.asarray(item), np.asarray(rater)
        criteria = np.zeros(len(values), dtype=np.int64) if criterion is None else np.asarray(criterion)
        if not (len(values) == len(items) == len(raters) == len(criteria)):
            raise ValueError("item, rater, score and criterion must have the same length")
        if len(values) == 0 or not np.isfinite(values).all():
            raise ValueError("at least one rating, and finite scores only")

        self.items_, item_index = _codes(items)
        self.raters_, rater_index = _codes(raters)
        self.criteria_, criterion_index = _codes(criteria)
        self._sign = 1.0 if self.higher_is_better else -1.0
        self._ends = (float(values.min()), float(values.max()))
        order = np.lexsort((values, criterion_index, rater_index, item_index))
        self._start(self._sign * values[order], item_index[order], rater_index[order], criterion_index[order])
        self._sweep_until_stable()
        self._publish()
        return self

    def predict(self, item: ArrayLike, rater: ArrayLike, criterion: ArrayLike | None = None) -> Floats:
        """This will return the expected score of each (item, rater, criterion), in score units.

        An item, rater or criterion never seen counts as average. A score beyond all that were seen is never expected: most
        scales end, and the lowest and highest score given are what is known of where.
        """
        items, raters = np.asarray(item), np.asarray(rater)
        if criterion is None:
            at_criterion = np.full(len(items), 0 if len(self.criteria_) == 1 else -1)
        else:
            at_criterion = _positions(self.criteria_, np.asarray(criterion))
        total = np.append(self._means, self._means.mean())[at_criterion]
        at_rater = _positions(self.raters_, raters)
        slope = np.append(self.slopes_, 1.0)[at_rater]
        total = total + slope * _expected(self._items, _positions(self.items_, items), at_criterion)
        total = total - _expected(self._raters, at_rater, at_criterion)
        return np.asarray(np.clip(self._sign * total, *self._ends))

    def _start(self, oriented: Floats, item: Ints, rater: Ints, criterion: Ints) -> None:
        """Lay out the facets; the variances start as plain fractions of the variance of all scores."""
        columns = len(self.criteria_)
        self._units = Units.of(item, rater, criterion)
        self._criterion = criterion
        # Scores that are all alike still need a scale to be sure of.
        total = max(float(np.var(oriented)), 1e-12)
        self._floor = VARIANCE_FLOOR * total
        self._items = Facet(item, criterion, columns, self._units, total / 4)
        self._raters = Facet(rater, criterion, columns, self._units, total / 12)
        halo = total / 12 if self._units.size.max() > 1 else 0.0
        ones = np.ones(len(self.raters_))
        self._noise = Noise(total / 4, halo, ones, ones, np.zeros(len(ones)), _SLOPE_VARIANCE)
        self._means = np.bincount(criterion, oriented) / np.bincount(criterion)
        self._residual = oriented - self._means[criterion]

    def _sweep_until_stable(self) -> None:
        """Sweeps until no variance moves by more than ``tolerance`` of their sum, the raters' noise learned last."""
        nearly_settled = False
        for sweep in range(1, self.max_sweeps + 1):
            before, severity = self._variance_vector(), self._raters.mean.copy()
            self._update_effects(learns_slopes=nearly_settled)
            of_items, of_raters = measure_beyond(self._items, self._raters, self._units, self._noise)
            self._items.learn(self._floor, of_items)
            self._raters.learn(self._floor, of_raters)
            self._learn_noise(learns_scale=nearly_settled)
            after = self._variance_vector()
            self.sweeps_ = sweep
            # Where few raters link two panels the variances settle before the effects do.
            moved = np.abs(self._raters.mean - severity).max() / np.sqrt(after.sum())
            change = max(np.abs(after - before).max() / after.sum(), moved / 10)
            if nearly_settled and change < self.tolerance:
                break
            nearly_settled = nearly_settled or change < 10 * self.tolerance

    def _update_effects(self, *, learns_slopes: bool) -> None:
        units, noise = self._units, self._noise
        tie = noise.tie(units.size)
        weight = 1 / (noise.scale[units.rater] * noise.within)
        pairs = units.alone * weight[units.owner] - units.times * (tie * weight)[units.owner]

        def weighted(values: Floats) -> Floats:
            """The noise's precision matrix times the values."""
            return (values - (tie * units.sum(values))[units.index]) * weight[units.index]

        slope = noise.slope[units.rater]
        for facet, load, sign in ((self._items, slope, 1.0), (self._raters, -np.ones_like(slope), -1.0)):
            loads = load[units.index]
            without = self._residual + loads * facet.mean[facet.cell]
            facet.update(loads * weighted(without), pairs * (load**2)[units.owner])
            shift = sign * facet.center()
            self._means += shift
            self._residual = without - loads * facet.mean[facet.cell] - shift[self._criterion]
        if learns_slopes:
            self._update_slopes(weighted, pairs)
        pull = np.bincount(self._criterion, weighted(self._residual))
        shift = pull / np.bincount(self._criterion, weight[units.index])
        self._means += shift
        self._residual -= shift[self._criterion]

    def _update_slopes(self, weighted: Callable[[Floats], Floats], pairs: Floats) -> None:
        """Posterior of each rater's slope given the items' levels, whose own uncertainty counts too; EM step of V_slope."""
        units, noise, items = self._units, self._noise, self._items
        level, rater = items.mean[items.cell], units.rater[units.index]
        without = self._residual + noise.slope[rater] * level
        pull = np.bincount(rater, level * weighted(without)) + 1 / noise.slope_prior
        unsure = np.bincount(units.rater, np.bincount(units.owner, pairs * items.covariance[items.place]))
        stiffness = np.bincount(rater, level * weighted(level)) + unsure + 1 / noise.slope_prior
        noise.slope = np.clip(pull / stiffness, *_SLOPE_LIMITS)
        noise.slope_variance = 1 / stiffness
        moved = (noise.slope - 1) ** 2 + noise.slope_variance
        known = _SLOPE_RATERS * _SLOPE_VARIANCE
        noise.slope_prior = float((moved.sum() + known) / (len(moved) + _SLOPE_RATERS))
        self._residual = without - noise.slope[rater] * level

    def _pair_variance(self) -> Floats:
        """Posterior covariance of what ratings on two criteria of a unit are expected to be, pair by pair."""
        units, noise, items, raters = self._units, self._noise, self._items, self._raters
        slope, unsure = noise.slope[units.rater], noise.slope_variance[units.rater]
        swing = np.sqrt(unsure)[units.index] * items.mean[items.cell]
        spread = (slope**2 + unsure)[units.owner] * items.covariance[items.place] + raters.covariance[raters.place]
        return np.asarray(spread + swing[units.left] * swing[units.right])

    def _learn_noise(self, *, learns_scale: bool) -> None:
        """EM step of ``V``, ``V_halo`` and, once the rest has settled, ``f_w``."""
        units, noise = self._units, self._noise
        spread = self._pair_variance()
        squares = units.sum(self._residual**2) + np.bincount(units.owner, spread * units.alone)
        crossed = units.sum(self._residual) ** 2 + np.bincount(units.owner, spread * units.times)
        tie, scale = noise.tie(units.size), noise.scale[units.rater]
        halo = tie**2 * crossed + scale * tie * noise.within
        inner = squares - 2 * tie * crossed + units.size * halo
        if learns_scale:
            energy = np.bincount(units.rater, (squares - tie * crossed) / noise.within)
            ratings = np.bincount(units.rater, units.size)
            noise.scale = (energy + self.precision_prior) / (ratings + self.precision_prior)
        noise.within = max(float((inner / scale).sum() / units.size.sum()), self._floor)
        if noise.halo:
            noise.halo = max(float((halo / scale).mean()), self._floor)

    def _variance_vector(self) -> Floats:
        return np.array(
            [
                self._items.main,
                self._items.interaction,
                self._raters.main,
                self._raters.interaction,
                self._noise.halo,
                self._noise.within,
            ]
        )

    def _publish(self) -> None:
        items, raters, noise = self._items, self._raters, self._noise
        names = ("item", "item:criterion", "rater", "rater:criterion", "halo", "residual")
        self.variances_ = dict(zip(names, self._variance_vector().tolist(), strict=True))
        self.variances_["slope"], self.slopes_ = noise.slope_prior, noise.slope
        self.residual_variance_, self.rater_variance_ = noise.within, noise.scale * noise.within
        self.criterion_means_ = self._sign * self._means
        self.item_levels_ = self._sign * (self._means.mean() + items.main_effect())
        self.severity_ = np.bincount(raters.entity, raters.mean) / raters.size
        uncertainty = measure_uncertainty(items, raters, self._units, noise)
        self.severity_se_ = np.sqrt(uncertainty.severity)
        self.cell_items_ = self.items_[items.entity]
        self.cell_criteria_ = self.criteria_[items.criterion]
        self.cell_means_ = self._sign * (self._means[items.criterion] + items.mean)
        self.cell_se_ = np.sqrt(uncertainty.cell)
        self.cell_low90_ = self.cell_means_ - _Z90 * self.cell_se_
        self.cell_high90_ = self.cell_means_ + _Z90 * self.cell_se_
        self._publish_reliability()

    def _publish_reliability(self) -> None:
        """Reliability, with the raters' noise shrunk by how much it differs among them, and its interval on the logit."""
        units, noise = self._units, self._noise
        self.rating_counts_ = np.bincount(units.rater, units.size).astype(np.int64)
        tie = noise.tie(units.size)
        pairs = units.alone - units.times * tie[units.owner]
        taken = np.bincount(units.rater, np.bincount(units.owner, self._pair_variance() * pairs)) / noise.within
        self.n_eff_ = np.clip(self.rating_counts_ - taken / noise.scale, 1.0, None)
        own = units.sum(self._residual**2) - tie * units.sum(self._residual) ** 2
        energy = np.bincount(units.rater, own) / noise.within
        prior = _learn_prior_degrees(energy, self.n_eff_, self.precision_prior)
        degrees = self.n_eff_ + prior
        signal = (self._items.main + self._items.interaction) * noise.slope**2
        usual = noise.within + noise.halo
        odds = np.log(signal / usual) - np.log((energy + prior) / degrees)
        # Both variances are themselves known from so many items and ratings only.
        common = 2 / len(self.items_) + 2 / self.n_eff_.sum()
        error = np.sqrt(special.polygamma(1, degrees / 2) + common)
        self.reliability_ = special.expit(odds)
        self.reliability_low90_ = special.expit(odds - _Z90 * error)
        self.reliability_high90_ = special.expit(odds + _Z90 * error)


def _learn_prior_degrees(energy: Floats, degrees: Floats, default: float) -> float:
    """This will return how many ratings the prior of the raters' noise is worth, from how much it differs among them.

    With n degrees of freedom ``log(energy / n)`` has variance ``trigamma(n / 2)`` by chance; what exceeds it
    is the prior's own, ``trigamma(prior / 2)`` or about 2 / prior. Five raters' worth of the default is mixed in.
    """
    half = degrees / 2
    logs = np.log(np.maximum(energy, 1e-9) / degrees) - special.digamma(half) + np.log(half)
    chance = special.polygamma(1, half)
    weight = 1 / (chance + 0.1) ** 2
    # One rater who is far off shall not make all others' noise look different.
    distance = np.minimum((logs - np.average(logs, weights=weight)) ** 2, 9 * (chance + 0.1))
    mixed = 5 * float(weight.max())
    excess = float(weight @ (distance - chance)) + mixed * 2 / default
    return 2 / max(excess / (float(weight.sum()) + mixed), 0.01)


def _expected(facet: Facet, entity: Ints, criterion: Ints) -> Floats:
    """The facet's effect on each (entity, criterion): the cell's where seen, else the entity's main one, else 0."""
    keys = facet.entity * facet.columns + facet.criterion
    at = _positions(keys, np.where(criterion < 0, -1, entity * facet.columns + criterion))
    main = np.append(facet.main_effect(), 0.0)[entity]
    return np.where((at >= 0) & (entity >= 0), facet.mean[at], main)


def _codes(labels: NDArray[np.generic]) -> tuple[NDArray[np.generic], Ints]:
    """The sorted distinct labels, and the position of each label among them."""
    distinct, index = np.unique(labels, return_inverse=True)
    return distinct, index.astype(np.int64)


def _positions(known: NDArray[np.generic], labels: NDArray[np.generic]) -> Ints:
    """The position of each label in ``known`` (sorted), or -1 where it is not there."""
    at = np.minimum(np.searchsorted(known, labels), len(known) - 1)
    return np.where(known[at] == labels, at, -1)
