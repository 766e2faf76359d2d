"""Severity and levels of graded work on public ratings: held-out error, bias, and how long a fit takes.

Run: ``.venv/bin/python -m tests.benchmarks.quality graded``. SEEDS=20: a tenth of the (item, rater) pairs, over all their criteria, is
held out at random each time. Seconds are the processor's. No truth is looked at: one default configuration fits all.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array, hstack
from scipy.sparse.linalg import lsqr

from quality.methods.differential_severity import DifferentialSeverity
from quality.methods.severity import SeverityModel
from tests.benchmarks.quality.data import Columns, find_folder, read

SEEDS = int(os.environ.get("SEEDS", "20"))


@dataclass(frozen=True, slots=True)
class Ratings:
    item: np.ndarray
    rater: np.ndarray
    criterion: np.ndarray
    score: np.ndarray
    higher_is_better: bool = True

    def __getitem__(self, rows: np.ndarray) -> Ratings:
        parts = (self.item[rows], self.rater[rows], self.criterion[rows], self.score[rows])
        return Ratings(*parts, higher_is_better=self.higher_is_better)

    def fit(self) -> SeverityModel:
        model = SeverityModel(higher_is_better=self.higher_is_better)
        return model.fit(self.item, self.rater, self.score, self.criterion)


FILES = {"mqm_sxs_ende": "segment_scores.csv", "emotion_num": "labels.csv"}
#: Set, and by how much the error must stay under the unit mean's.
ASKED = {"mqm_sxs_ende": 0.20, "essay_ratings2": 0.15, "ttcw_creative": 0.15, "skating_gp": 0.05}


def main() -> None:
    """Print every figure."""
    folder = find_folder()
    if folder is None:
        say("graded: skipped, no public sets found (QUALITY_DATA)")
        return
    say(f"\ngraded work: RMSE of ratings held out, {SEEDS} seeds; under: below the unit mean's; seconds a fit")
    say(f"  {'set':<16}{'ours':>8}{'unit mean':>11}{'two-way':>9}{'under':>8}{'asked':>8}{'seconds':>9}")
    for name, asked in ASKED.items():
        ours, unit, two_way, seconds = np.mean(list(hold_out(load(folder, name))), axis=0)
        say(f"  {name:<16}{ours:8.4f}{unit:11.4f}{two_way:9.4f}{1 - ours / unit:8.1%}{asked:8.0%}{seconds:9.3f}")
    whole_fit(folder)
    home_bias(folder)
    plain_numbers(folder)


def load(folder: Path, name: str) -> Ratings:
    rows = read(folder / name / FILES.get(name, "ratings.csv"))
    if name == "mqm_sxs_ende":
        item = np.array(
            ["|".join(map(str, parts)) for parts in zip(rows["system"], rows["doc"], rows["seg"], strict=True)]
        )
        score = np.log1p(rows["mqm"].astype(float))
        return Ratings(codes(item), codes(rows["worker"]), zeros(rows), score, higher_is_better=False)
    if name == "emotion_num":
        return Ratings(codes(rows["task"]), codes(rows["worker"]), zeros(rows), rows["label"].astype(float))
    score = rows["score"].astype(float)
    return Ratings(codes(rows["item"]), codes(rows["worker"]), codes(rows["criterion"]), score)


def codes(names: np.ndarray) -> np.ndarray:
    return np.unique(names, return_inverse=True)[1]


def zeros(rows: Columns) -> np.ndarray:
    return np.zeros(len(rows["worker"]), dtype=np.int64)


def hold_out(ratings: Ratings) -> Iterator[tuple[float, float, float, float]]:
    """RMSE of ours, of the unit mean and of least squares with item and rater effects, and our seconds, for each seed."""
    _, pair = np.unique(ratings.item * (ratings.rater.max() + 1) + ratings.rater, return_inverse=True)
    pairs = int(pair.max()) + 1
    for seed in range(SEEDS):
        drawn = np.zeros(pairs, dtype=bool)
        drawn[np.random.default_rng(seed).choice(pairs, round(pairs / 10), replace=False)] = True
        held = drawn[pair]
        known, asked = ratings[~held], ratings[held]
        started = time.process_time()
        model = known.fit()
        seconds = time.process_time() - started
        guesses = (
            model.predict(asked.item, asked.rater, asked.criterion),
            unit_means(known, asked),
            two_way(known, asked),
        )
        errors = [float(np.sqrt(np.mean((guess - asked.score) ** 2))) for guess in guesses]
        yield errors[0], errors[1], errors[2], seconds


def unit_means(known: Ratings, asked: Ratings) -> np.ndarray:
    """The mean of the item's other ratings on the criterion; the criterion's mean where there is none."""
    columns = int(max(known.criterion.max(), asked.criterion.max())) + 1
    cells = int(max(known.item.max(), asked.item.max()) + 1) * columns
    cell = known.item * columns + known.criterion
    count, total = np.bincount(cell, minlength=cells), np.bincount(cell, known.score, minlength=cells)
    usual = np.bincount(known.criterion, known.score, minlength=columns) / np.bincount(
        known.criterion, minlength=columns
    )
    wanted = asked.item * columns + asked.criterion
    return np.where(count[wanted] > 0, total[wanted] / np.maximum(count[wanted], 1), usual[asked.criterion])


def two_way(known: Ratings, asked: Ratings) -> np.ndarray:
    """Ordinary least squares with an effect for each item, rater and criterion: severity without shrinkage."""

    def design(part: Ratings) -> coo_array:
        rows, ones = np.arange(len(part.score)), np.ones(len(part.score))
        blocks = []
        for name in ("item", "rater", "criterion"):
            column = getattr(part, name)
            width = int(max(getattr(known, name).max(), getattr(asked, name).max())) + 1
            blocks.append(coo_array((ones, (rows, column)), shape=(len(rows), width)))
        return hstack(blocks).tocsr()

    mean = known.score.mean()
    solution = lsqr(design(known), known.score - mean, atol=1e-8, btol=1e-8, iter_lim=500)[0]
    return mean + design(asked) @ solution


def whole_fit(folder: Path) -> None:
    ratings = load(folder, "skating_gp")
    started, worked = time.perf_counter(), time.process_time()
    model = ratings.fit()
    took, worked = time.perf_counter() - started, time.process_time() - worked
    seconds = f"{took:.2f} s, {worked:.2f} of the processor (asked: 1)"
    say(f"  skating_gp, all {len(ratings.score):,} ratings: {seconds}; {model.sweeps_} sweeps")


def home_bias(folder: Path) -> None:
    """What is said of judges who judge compatriots."""
    rows, ratings = read(folder / "skating_gp" / "ratings.csv"), load(folder, "skating_gp")
    flags = {"a judge of the skater's country": rows["nation"] == rows["judge_country"]}
    model = DifferentialSeverity().fit(ratings.item, ratings.rater, ratings.score, flags, ratings.criterion)
    say(f"  skating_gp: {model.shifts_[0].describe()} (asked: p < 1e-6)")


def plain_numbers(folder: Path) -> None:
    """Numbers whose truth is known: the plain mean is what is reported."""
    ratings, rows = load(folder, "emotion_num"), read(folder / "emotion_num" / "labels.csv")
    truths = read(folder / "emotion_num" / "truth.csv")
    names, where = np.unique(rows["task"], return_inverse=True)
    truth = dict(zip(truths["task"].tolist(), truths["truth"].astype(float).tolist(), strict=True))
    expected = np.array([truth[name] for name in names.tolist()])
    mean = np.bincount(where, ratings.score) / np.bincount(where)
    by_mean, by_model = (np.abs(level - expected).mean() for level in (mean, ratings.fit().cell_means_))
    say(
        f"  emotion_num, MAE: {by_mean:.2f} by the plain mean, which is reported ({by_model:.2f} by the severity model)"
    )


def say(words: str) -> None:
    """Print at once: a bench is watched."""
    print(words, flush=True)  # noqa: T201  # the bench's answer
