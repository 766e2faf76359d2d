"""Severity of raters: how far a rater scores below what others give the same work."""

from __future__ import annotations

from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from quality.methods.facets import VARIANCE_FLOOR, Facet, Noise, Units
from quality.methods.severity_errors import measure_beyond, measure_uncertainty

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_Z90 = 1.6448536269514722


class SeverityModel:
    """This will fit a linear many-facet model of scores and learn each rater's severity.

    For the rating of item i by rater w on criterion c, with o = +1 where a high score is
    good and o = -1 where scores are penalties::

        o * y_iwc = m_c + a_i + b_ic - s_w - t_wc + h_iw + e_iwc
        a_i ~ N(0, V_item)           b_ic ~ N(0, V_item:criterion)
        s_w ~ N(0, V_rater)          t_wc ~ N(0, V_rater:criterion)
        h_iw ~ N(0, f_w V_halo)      e_iwc ~ N(0, f_w V)

    ``m_c`` is a fixed criterion mean. The interactions b and t exist only with more than one criterion,
    the halo h only where a rater gave an item more than one score: it is what these have in
    common. ``f_w`` is the rater's noise against the usual one, shrunk towards 1 (inverse gamma worth
    ``precision_prior`` ratings), so that an erratic rater weighs less.

    Severity is positive for a strict rater: one who scores below the item's level, or, for
    penalties (``higher_is_better=False``), one who writes more penalty than others on the same
    work. It is in the units of ``score``; take ``log1p`` of a heavy-tailed penalty before fitting.

    Method: empirical Bayes. Each sweep replaces all items' effects (vectors over the criteria, with
    the halo integrated out), then all raters', by their Gaussian posterior given the others, and
    takes an EM step of every variance. Sweeps end when no variance moves by more than ``tolerance``
    of the variance of a score. The raters' noise is learned once the rest has nearly settled: from a
    cold start a rater who is merely very strict would pass for an erratic one. Errors of
    severity and levels know that items, raters and mean were all estimated (``severity_errors``).

    Shapes: ``item``, ``rater``, ``criterion`` and ``score`` are of length N.
    Complexity: O(sum of squared ratings a unit) a sweep, a unit being what one rater gave one
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
        reliability_, reliability_low90_, reliability_high90_: what share of the variance of one
            score by this rater, severity apart, is the item's own; n_eff_: ratings behind it,
            net of what the levels took.
        criteria_, criterion_means_: labels and means, in the direction of ``score``.
        residual_variance_: ``V``; rater_variance_: ``f_w V``, one a rater.
        variances_: variance of each family of effects by name. sweeps_: sweeps made.

    Source: Linacre, Many-Facet Rasch Measurement (1989); Patz, Junker, Johnson and Mariano, J. Educ.
        Behav. Stat. 27 (2002), doi:10.3102/10769986027004341; Robinson, Statist. Sci. 6 (1991),
        doi:10.1214/ss/1177011926 (BLUP); Dempster, Laird and Rubin, J. R. Stat. Soc. B 39 (1977),
        doi:10.1111/j.2517-6161.1977.tb01600.x; Menictas, Di Credico and Wand, J. Comput. Graph. Stat.
        32 (2023), doi:10.1080/10618600.2022.2096622 (variational crossed random effects).
    """

    def __init__(
        self,
        *,
        higher_is_better: bool = True,
        precision_prior: float = 50.0,
        max_sweeps: int = 500,
        tolerance: float = 2e-4,
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
        order = np.lexsort((values, criterion_index, rater_index, item_index))
        self._start(self._sign * values[order], item_index[order], rater_index[order], criterion_index[order])
        self._sweep_until_stable()
        self._publish()
        return self

    def predict(self, item: ArrayLike, rater: ArrayLike, criterion: ArrayLike | None = None) -> Floats:
        """This will return the expected score of each (item, rater, criterion), in score units.

        An item, rater or criterion never seen counts as average.
        """
        items, raters = np.asarray(item), np.asarray(rater)
        if criterion is None:
            at_criterion = np.full(len(items), 0 if len(self.criteria_) == 1 else -1)
        else:
            at_criterion = _positions(self.criteria_, np.asarray(criterion))
        total = np.append(self._means, self._means.mean())[at_criterion]
        total = total + _expected(self._items, _positions(self.items_, items), at_criterion)
        total = total - _expected(self._raters, _positions(self.raters_, raters), at_criterion)
        return np.asarray(self._sign * total)

    def _start(self, oriented: Floats, item: Ints, rater: Ints, criterion: Ints) -> None:
        """Lay out the facets; the variances start as plain fractions of the variance of all scores."""
        columns = len(self.criteria_)
        self._units = Units.of(item, rater)
        self._criterion = criterion
        # Scores that are all alike still need a scale to be sure of.
        total = max(float(np.var(oriented)), 1e-12)
        self._floor = VARIANCE_FLOOR * total
        self._items = Facet(item, criterion, columns, self._units, total / 4)
        self._raters = Facet(rater, criterion, columns, self._units, total / 12)
        halo = total / 12 if self._units.size.max() > 1 else 0.0
        self._noise = Noise(total / 4, halo, np.ones(len(self.raters_)))
        self._means = np.bincount(criterion, oriented) / np.bincount(criterion)
        self._residual = oriented - self._means[criterion]

    def _sweep_until_stable(self) -> None:
        """Sweeps until no variance moves by more than ``tolerance`` of their sum, the raters' noise learned last."""
        learns_scale = False
        for sweep in range(1, self.max_sweeps + 1):
            before = self._variance_vector()
            self._update_effects()
            of_items, of_raters = measure_beyond(self._items, self._raters, self._units, self._noise)
            self._items.learn(self._floor, of_items)
            self._raters.learn(self._floor, of_raters)
            self._learn_noise(learns_scale=learns_scale)
            after = self._variance_vector()
            self.sweeps_ = sweep
            change = np.abs(after - before).max() / after.sum()
            if learns_scale and change < self.tolerance:
                break
            learns_scale = learns_scale or change < 10 * self.tolerance

    def _update_effects(self) -> None:
        units, noise = self._units, self._noise
        tie = noise.tie(units.size)
        weight = 1 / (noise.scale[units.rater] * noise.within)
        pair_unit = units.index[units.left]
        pairs = ((units.left == units.right) - tie[pair_unit]) * weight[pair_unit]

        def weighted(values: Floats) -> Floats:
            """The noise's precision matrix times the values."""
            return (values - (tie * units.sum(values))[units.index]) * weight[units.index]

        for facet, sign in ((self._items, 1.0), (self._raters, -1.0)):
            without = self._residual + sign * facet.mean[facet.cell]
            facet.update(sign * weighted(without), pairs)
            shift = sign * facet.center()
            self._means += shift
            self._residual = without - sign * facet.mean[facet.cell] - shift[self._criterion]
        pull = np.bincount(self._criterion, weighted(self._residual))
        shift = pull / np.bincount(self._criterion, weight[units.index])
        self._means += shift
        self._residual -= shift[self._criterion]

    def _learn_noise(self, *, learns_scale: bool) -> None:
        """EM step of ``V``, ``V_halo`` and, once the rest has settled, ``f_w``."""
        units, noise = self._units, self._noise
        unit = units.index[units.left]
        spread = self._items.covariance[self._items.place] + self._raters.covariance[self._raters.place]
        squares = units.sum(self._residual**2) + np.bincount(unit, spread * (units.left == units.right))
        crossed = units.sum(self._residual) ** 2 + np.bincount(unit, spread)
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
        """Reliability and its interval: ``f_w`` is inverse gamma, with the ratings and the prior as its degrees."""
        units, noise = self._units, self._noise
        self.rating_counts_ = np.bincount(units.rater, units.size).astype(np.int64)
        unit = units.index[units.left]
        spread = self._items.covariance[self._items.place] + self._raters.covariance[self._raters.place]
        tie = noise.tie(units.size)
        taken = np.bincount(unit, spread * ((units.left == units.right) - tie[unit]))
        taken = np.bincount(units.rater, taken / noise.within) / noise.scale
        self.n_eff_ = np.maximum(self.rating_counts_ - taken, 0.0)
        degrees = self.n_eff_ + self.precision_prior
        signal = self._items.main + self._items.interaction
        usual = noise.within + noise.halo

        def share(scale: Floats) -> Floats:
            return np.asarray(signal / (signal + scale * usual))

        self.reliability_ = share(noise.scale)
        self.reliability_low90_ = share(noise.scale * degrees / stats.chi2.ppf(0.05, degrees))
        self.reliability_high90_ = share(noise.scale * degrees / stats.chi2.ppf(0.95, degrees))


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
