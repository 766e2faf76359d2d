"""What is measured of categorical methods, and how it is laid out in lines."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import spearmanr

from quality.methods.categorical import CategoricalEnsemble

Labels = tuple[np.ndarray, np.ndarray, np.ndarray]
_LEAST_TRUTHS = 10


class Scores:
    """Share right, F1 and seconds by set and method."""

    def __init__(self) -> None:
        self._right: dict[str, dict[str, float]] = defaultdict(dict)
        self._f1: dict[str, dict[str, float]] = defaultdict(dict)
        self._seconds: Counter[str] = Counter()
        self._problems: dict[str, str] = {}

    def add(self, name: str, method: str, answers: dict[int, int], truth: dict[int, int], seconds: float) -> None:
        """Score the answers of one method on one set."""
        self._right[method][name] = float(np.mean([answers.get(task) == right for task, right in truth.items()]))
        self._f1[method][name] = f1_of_rarest(answers, truth)
        self._seconds[method] += seconds

    def refuse(self, name: str, method: str, problem: str) -> None:
        """Keep that a method does not run on a set."""
        self._problems[f"{method} on {name}"] = problem

    def lines(self, sets: tuple[str, ...], rare: tuple[str, ...]) -> Iterator[str]:
        """One line a set, then the means; a method stands beside its column."""
        methods = list(self._right)
        yield f"  {'':<17}" + "".join(f"{method[:13]:>15}" for method in methods) + "   against the best peer"
        for name in sets:
            cells = [self._cell(method, name, name in rare) for method in methods]
            others = [self._right[method][name] for method in methods[1:] if name in self._right[method]]
            gap = f"{self._right[methods[0]][name] - max(others):+.4f}" if others else ""
            yield f"  {name:<17}" + "".join(f"{cell:>15}" for cell in cells) + f"   {gap}"
        # A set on which a method does not run counts for it as nothing right.
        means = [sum(self._right[method].values()) / len(sets) for method in methods]
        yield f"  {'mean':<17}" + "".join(f"{mean:>15.4f}" for mean in means)
        yield f"  {'seconds':<17}" + "".join(f"{self._seconds[method]:>15.1f}" for method in methods)
        for what, problem in self._problems.items():
            yield f"  does not run: {what}: {problem}"

    def _cell(self, method: str, name: str, is_rare: bool) -> str:
        if name not in self._right[method]:
            return "-"
        f1 = f" ({self._f1[method][name]:.3f})" if is_rare else ""
        return f"{self._right[method][name]:.4f}{f1}"


def f1_of_rarest(answers: dict[int, int], truth: dict[int, int]) -> float:
    """F1 of the class that is rarest in the truth."""
    rarest = Counter(truth.values()).most_common()[-1][0]
    hits = sum(answers.get(task) == rarest == right for task, right in truth.items())
    said = sum(answers.get(task) == rarest for task in truth)
    return 2 * hits / (said + sum(right == rarest for right in truth.values()))


@dataclass(frozen=True, slots=True)
class Fit:
    """Figures of one fit, over what was not known to it."""

    rank: float
    error: float
    coverage: float
    width: float
    calibration: float
    is_identifiable: bool
    #: Whether the known items were found unlike the others, by a rule that does not read what they are known to be.
    is_known_unlike: bool


def score_workers(labels: Labels, truth: dict[int, int], gold: dict[int, int]) -> Fit:
    """Fit with ``gold`` known, and score workers and items by the truth of the other items."""
    model = CategoricalEnsemble().fit(*labels, gold=gold)
    places = {task: place for place, task in enumerate(model.tasks_.tolist())}
    other = {task: right for task, right in truth.items() if task not in gold and task in places}
    right, total = _shares(labels, other, model)
    enough = total >= _LEAST_TRUTHS
    share = right[enough] / total[enough]
    low, high, mean = (values[enough] for values in (model.worker_low90_, model.worker_high90_, model.worker_mean_))
    at = np.array([places[task] for task in other])
    posterior = model.posterior_[at]
    is_right = model.answers_[at] == np.array(list(other.values()))
    blind = CategoricalEnsemble().fit(*labels) if gold else model
    return Fit(
        float(spearmanr(mean, share).statistic),
        float(np.abs(mean - share).mean()),
        float(((low <= share) & (share <= high)).mean()),
        float((high - low).mean()),
        calibration_error(posterior.max(axis=1), is_right),
        bool(blind.is_identifiable_.any()),
        bool(model.known_unlike_),
    )


def calibration_error(sureness: np.ndarray, is_right: np.ndarray) -> float:
    """Mean gap between how sure and how often right, over ten bins of equal width."""
    bins = np.minimum((sureness * 10).astype(int), 9)
    gaps = np.bincount(bins, sureness - is_right, minlength=10)
    return float(np.abs(gaps).sum() / len(bins))


def _shares(labels: Labels, truth: dict[int, int], model: CategoricalEnsemble) -> tuple[np.ndarray, np.ndarray]:
    task, worker, label = labels
    answers = np.array([truth.get(item, -1) for item in task.tolist()])
    known = np.array([item in truth for item in task.tolist()])
    who = np.searchsorted(model.workers_, worker)
    count = len(model.workers_)
    right = np.bincount(who[known], (label == answers)[known], minlength=count)
    return right, np.bincount(who[known], minlength=count)


@dataclass(slots=True)
class WorkerScores:
    """Figures of one set without known answers, and of each draw of known ones."""

    name: str
    #: Share of the labels whose item has a truth: where it is small, the shares that intervals should hold are
    #: themselves a sample.
    scored: float
    blind: Fit | None = None
    fifth: list[Fit] = field(default_factory=list)
    twentieth: list[Fit] = field(default_factory=list)

    def figures(self) -> list[float]:
        """Rank, error, coverage and calibration without known answers; of a fifth; calibration of a twentieth."""
        assert self.blind is not None
        fifth = [np.mean([getattr(fit, name) for fit in self.fifth]) for name in ("rank", "error", "coverage")]
        twentieth = np.mean([fit.calibration for fit in self.twentieth])
        own = self.blind
        return [own.rank, own.error, own.coverage, own.calibration, *map(float, fifth), float(twentieth)]

    def line(self) -> str:
        """The set's figures in words."""
        assert self.blind is not None
        told = "told apart" if self.blind.is_identifiable else "not identifiable without known answers"
        unlike = sum(fit.is_known_unlike for fit in self.fifth)
        if unlike:
            told += f"; known items unlike the others in {unlike} of {len(self.fifth)} draws: not identifiable"
        return _line(self.name, self.figures()) + f"   truth of {self.scored:.0%} of the labels, {told}"

    @staticmethod
    def mean_line(rows: list[WorkerScores]) -> str:
        """The means over all sets."""
        return _line("mean", np.mean([row.figures() for row in rows], axis=0).tolist())


def _line(name: str, figures: list[float]) -> str:
    rank, error, coverage, calibration, rank_known, error_known, coverage_known, calibration_known = figures
    return (
        f"  {name:<17} {rank:6.3f} {error:6.3f} {coverage:6.3f} (calibration {calibration:.3f})"
        f"   20 %: {rank_known:6.3f} {error_known:6.3f} {coverage_known:6.3f}   5 %: calibration {calibration_known:.3f}"
    )
