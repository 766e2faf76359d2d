"""Severity and levels of graded work on public ratings: held-out error, bias, and how long a fit takes.

Run: ``.venv/bin/python -m tests.benchmarks.quality.graded``. ``QUALITY_DATA`` is the folder of the sets (else a
``shared/data/quality`` above this file is looked for); a set that is not there is told as skipped. ``SEEDS=20``: a tenth of the
(item, rater) pairs, over all their criteria, is held out at random each time, and no truth is looked at.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, hstack
from scipy.sparse.linalg import lsqr

from quality.methods.differential_severity import DifferentialSeverity
from quality.methods.severity import SeverityModel
from tests.benchmarks.quality.public_sets import read_rows, say

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


#: Set, and by how much the error must stay under the unit mean's.
ASKED = {"mqm_sxs_ende": 0.20, "essay_ratings2": 0.15, "ttcw_creative": 0.15, "skating_gp": 0.05}


def main() -> None:
    say(f"graded work, {SEEDS} seeds: RMSE of ratings held out")
    say(f"  {'set':<16}{'ours':>8}{'unit mean':>11}{'two-way':>9}{'under':>8}{'asked':>8}{'fit s':>8}")
    for name, asked in ASKED.items():
        ratings = load(name)
        if ratings is None:
            say(f"  {name:<16}skipped: no such set here")
            continue
        ours, unit, two_way, seconds = np.mean(list(hold_out(ratings)), axis=0)
        say(f"  {name:<16}{ours:8.4f}{unit:11.4f}{two_way:9.4f}{1 - ours / unit:8.1%}{asked:8.0%}{seconds:8.3f}")
    whole_fit()
    home_bias()
    plain_numbers()


def load(name: str) -> Ratings | None:
    files = {"mqm_sxs_ende": "segment_scores.csv", "emotion_num": "labels.csv"}
    rows = read_rows(name, files.get(name, "ratings.csv"))
    if rows is None:
        return None
    if name == "mqm_sxs_ende":
        item = ["|".join((row["system"], row["doc"], row["seg"])) for row in rows]
        score = np.log1p([float(row["mqm"]) for row in rows])
        return Ratings(codes(item), codes([row["worker"] for row in rows]), zeros(rows), score, higher_is_better=False)
    item_name, score_name = ("task", "label") if name == "emotion_num" else ("item", "score")
    return Ratings(
        codes([row[item_name] for row in rows]),
        codes([row["worker"] for row in rows]),
        codes([row.get("criterion", "") for row in rows]),
        np.array([float(row[score_name]) for row in rows]),
    )


def codes(names: list[str]) -> np.ndarray:
    return np.unique(names, return_inverse=True)[1]


def zeros(rows: list[dict[str, str]]) -> np.ndarray:
    return np.zeros(len(rows), dtype=np.int64)


def hold_out(ratings: Ratings) -> Iterator[tuple[float, float, float, float]]:
    """RMSE of ours, of the unit mean and of least squares with item and rater effects, and our seconds, for each seed."""
    _, pair = np.unique(ratings.item * (ratings.rater.max() + 1) + ratings.rater, return_inverse=True)
    pairs = int(pair.max()) + 1
    for seed in range(SEEDS):
        drawn = np.zeros(pairs, dtype=bool)
        drawn[np.random.default_rng(seed).choice(pairs, round(pairs / 10), replace=False)] = True
        held = drawn[pair]
        known, asked = ratings[~held], ratings[held]
        started = time.perf_counter()
        model = known.fit()
        seconds = time.perf_counter() - started
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


def whole_fit() -> None:
    ratings = load("skating_gp")
    if ratings is None:
        return
    started, worked = time.perf_counter(), time.process_time()
    model = ratings.fit()
    took, worked = time.perf_counter() - started, time.process_time() - worked
    say(f"  skating_gp, all {len(ratings.score):,} ratings: {took:.2f} s, {worked:.2f} s of processor time")
    say(f"    asked: 1 s; {model.sweeps_} sweeps")


def home_bias() -> None:
    rows = read_rows("skating_gp", "ratings.csv")
    if rows is None:
        return
    ratings = load("skating_gp")
    assert ratings is not None
    home = [row["nation"] == row["judge_country"] for row in rows]
    model = DifferentialSeverity().fit(
        ratings.item, ratings.rater, ratings.score, {"a judge of the skater's country": home}, ratings.criterion
    )
    say(f"  {model.shifts_[0].describe()} (asked: p < 1e-6)")


def plain_numbers() -> None:
    """Numbers whose truth is known: the plain mean is what the product reports."""
    ratings, rows = load("emotion_num"), read_rows("emotion_num", "labels.csv")
    truths = read_rows("emotion_num", "truth.csv")
    if ratings is None or rows is None or truths is None:
        say("  emotion_num      skipped: no such set here")
        return
    names, where = np.unique([row["task"] for row in rows], return_inverse=True)
    truth = {row["task"]: float(row["truth"]) for row in truths}
    expected = np.array([truth[name] for name in names])
    mean = np.bincount(where, ratings.score) / np.bincount(where)
    model = ratings.fit()
    say(f"  emotion_num, MAE: plain mean {np.abs(mean - expected).mean():.2f}, reported as it is;")
    say(f"    the severity model's levels would be {np.abs(model.cell_means_ - expected).mean():.2f}")


if __name__ == "__main__":
    main()
