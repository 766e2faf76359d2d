"""Categorical judgments: accuracy of items, honesty about workers, and speed.

Run: ``.venv/bin/python -m tests.benchmarks.quality categorical``. SEEDS=10 draws of known answers for each set; LABELS=10000000
for the large fit (0: none). Seconds are the processor's. Truth is read by the scores alone: one default configuration fits all.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np

from quality.methods.categorical import CategoricalEnsemble
from tests.benchmarks.quality import peers
from tests.benchmarks.quality.categorical_scores import Scores, WorkerScores, score_workers
from tests.benchmarks.quality.categorical_speed import print_speed
from tests.benchmarks.quality.data import find_folder, read

SETS = (
    "cf_weather5", "cf_weather5_amt", "sp_polarity", "sp_polarity_amt", "product_er",
    "face4", "relevance4", "bluebird", "dog4", "rte",
)  # fmt: skip
RARE = ("product_er",)
SEEDS = int(os.environ.get("SEEDS", "10"))


def main() -> None:
    """Print every figure."""
    folder = find_folder()
    if folder is None:
        say("categorical: skipped, no public sets found (QUALITY_DATA)")
        return
    print_items(folder)
    print_workers(folder)
    print_speed(say)


def print_items(folder: Path) -> None:
    """Accuracy of every method on every set, and their means."""
    scores = Scores()
    for name in SETS:
        labels, truth = read_set(folder, name)
        started = time.process_time()
        model = CategoricalEnsemble().fit(*labels)
        seconds = time.process_time() - started
        scores.add(name, "ours", dict(zip(model.tasks_.tolist(), model.answers_.tolist(), strict=True)), truth, seconds)
    for row in peers.run("categorical_peers.py", *(str(folder / name / "labels.csv") for name in SETS)):
        name = Path(row["path"]).parent.name
        _, truth = read_set(folder, name)
        if "answers" in row:
            scores.add(name, row["method"], dict(map(tuple, row["answers"])), truth, row["seconds"])
        else:
            scores.refuse(name, row["method"], row["problem"])
    if peers.find_python() is None:
        say("peers: skipped, they cannot be installed here (QUALITY_PEERS)")
    say("\ncategorical items: share right (F1 of the rarer class), seconds")
    for line in scores.lines(SETS, RARE):
        say(line)


def print_workers(folder: Path) -> None:
    """How near the workers' accuracies are, and how honest the intervals, on workers with ten truths or more."""
    say(
        "\nworkers' accuracies: rank correlation, mean error, coverage of 90 % intervals, told apart without known answers;"
    )
    say(f"with 20 % known: the same of the other items, {SEEDS} draws; with 5 % known: calibration error of the items")
    rows: list[WorkerScores] = []
    for name in SETS:
        labels, truth = read_set(folder, name)
        row = WorkerScores(name, scored=float(np.isin(labels[0], list(truth)).mean()))
        row.blind = score_workers(labels, truth, {})
        for seed in range(SEEDS):
            tasks = np.array(sorted(truth))
            for share, into in ((0.2, row.fifth), (0.05, row.twentieth)):
                chosen = np.random.default_rng(seed).choice(tasks, round(share * len(tasks)), replace=False)
                into.append(score_workers(labels, truth, {int(task): truth[int(task)] for task in chosen}))
        rows.append(row)
        say(row.line())
    say(WorkerScores.mean_line(rows))


def read_set(folder: Path, name: str) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray], dict[int, int]]:
    """Labels (task, worker, label), and the truth of each task that has one."""
    labels, truth = read(folder / name / "labels.csv"), read(folder / name / "truth.csv")
    pairs = zip(truth["task"].tolist(), truth["truth"].tolist(), strict=True)
    return (labels["task"], labels["worker"], labels["label"]), dict(pairs)


def say(words: str) -> None:
    """Print at once: a bench is watched."""
    print(words, flush=True)  # noqa: T201  # the bench's answer
