"""``manage.py quality fit`` on files: what it writes, and that it needs no database."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from config.services.layout import PROJECT_DIR

Fit = Callable[..., tuple[dict[str, Any], list[dict[str, str]], list[dict[str, str]]]]


def write(path: Path, header: str, rows: Sequence[Sequence[object]]) -> Path:
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def run(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-W", "ignore", "manage.py", "quality", "fit", *map(str, words)]
    nowhere = {**os.environ, "DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none", "DJANGO_SETTINGS_MODULE": ""}
    nowhere["DJANGO_SETTINGS_MODULE"] = "config.settings.test"
    return subprocess.run(
        command, cwd=PROJECT_DIR, capture_output=True, text=True, timeout=120, check=False, env=nowhere
    )


@pytest.fixture
def fit(tmp_path: Path) -> Fit:
    def fit_(kind: str, labels: Path, *more: object) -> tuple[dict[str, Any], list[Any], list[Any]]:
        done = run("--kind", kind, "--labels", labels, "--out", tmp_path / "out", "--json", *more)
        assert done.returncode == 0, done.stderr
        items, workers = (
            list(csv.DictReader((tmp_path / "out" / name).open())) for name in ("items.csv", "workers.csv")
        )
        return json.loads(done.stdout), items, workers

    return fit_


def labels_of(random: np.random.Generator, accuracy: Sequence[float], tasks: int) -> list[tuple[str, str, str]]:
    truth = random.integers(0, 2, tasks)
    return [
        (f"t{task}", f"w{worker}", "yes" if (random.random() < right) == bool(truth[task]) else "no")
        for task in range(tasks)
        for worker, right in enumerate(accuracy)
    ]


def test_categorical_labels_tell_each_items_class_and_each_workers_accuracy(tmp_path: Path, fit: Fit) -> None:
    rows = labels_of(np.random.default_rng(5), [0.95, 0.9, 0.85, 0.8, 0.55], 200)
    labels = write(tmp_path / "labels.csv", "task,worker,label", rows)

    figures, items, workers = fit("categorical", labels)

    assert figures["items"] == len(items) == 200
    assert figures["classes"] == ["no", "yes"]
    assert figures["seconds"] > 0
    assert figures["memory_mb"] > 10
    assert list(items[0]) == ["item", "label", "p_no", "p_yes"]
    assert all(abs(float(row["p_no"]) + float(row["p_yes"]) - 1) < 1e-5 for row in items)
    assert min(workers, key=lambda row: float(row["mean"]))["worker"] == "w4"
    assert all(0 <= float(row["low90"]) <= float(row["mean"]) <= float(row["high90"]) <= 1 for row in workers)


def test_a_known_answer_is_the_items_label_whatever_the_workers_said(tmp_path: Path, fit: Fit) -> None:
    labels = write(
        tmp_path / "labels.csv",
        "task,worker,label,note",
        [(f"t{task}", f"w{worker}", "a" if task % 2 else "b", "x") for task in range(6) for worker in range(3)],
    )
    gold = write(tmp_path / "gold.csv", "task,truth", [("t1", "b"), ("elsewhere", "a")])

    figures, items, _ = fit("categorical", labels, "--gold", gold)

    assert {row["item"]: row["label"] for row in items}["t1"] == "b"
    assert (figures["gold"], figures["gold_of_other_tasks"]) == (1, 1)


def test_known_items_chosen_for_their_class_are_told_to_be_unlike_the_others(tmp_path: Path, fit: Fit) -> None:
    rows = labels_of(np.random.default_rng(6), [0.95, 0.9, 0.85, 0.8], 400)
    labels = write(tmp_path / "labels.csv", "task,worker,label", rows)
    said_yes = [task for task, worker, label in rows if worker == "w0" and label == "yes"]
    gold = write(tmp_path / "gold.csv", "task,truth", [(task, "yes") for task in said_yes[:60]])

    figures, _, workers = fit("categorical", labels, "--gold", gold)
    words = run("--kind", "categorical", "--labels", labels, "--gold", gold, "--out", tmp_path).stdout

    assert {row["feature"] for row in figures["gold_unlike"]} == {"p_no", "p_yes"}
    assert figures["workers_not_identifiable"] == len(workers) == 4
    assert "The known items are unlike the others (" in words
    assert "% of class 'yes' against " in words


def test_ordered_classes_are_taken_in_the_order_of_their_numbers_or_as_said(tmp_path: Path, fit: Fit) -> None:
    rows = [(f"t{task}", f"w{worker}", 2 + 8 * (task % 2)) for task in range(8) for worker in range(3)]
    figures, items, _ = fit("ordinal", write(tmp_path / "numbers.csv", "task,worker,label", rows))
    assert figures["classes"] == ["2", "10"]
    assert list(items[0]) == ["item", "label", "p_2", "p_10"]

    named = [(task, worker, "high" if label == 10 else "low") for task, worker, label in rows]
    labels = write(tmp_path / "names.csv", "task,worker,label", named)
    figures, _, _ = fit("ordinal", labels, "--order", "low,high")
    assert figures["classes"] == ["low", "high"]
    assert "say their order" in run("--kind", "ordinal", "--labels", labels, "--out", tmp_path).stderr


def test_a_strict_worker_has_a_positive_severity_in_numeric_and_rubric_work(tmp_path: Path, fit: Fit) -> None:
    random = np.random.default_rng(7)
    level, severity = random.normal(60, 10, 60), np.array([0.0, 0.0, 8.0, -8.0])
    scores = level[:, None] - severity + random.normal(0, 2, (60, 4))
    numeric = [(f"t{i}", f"w{w}", round(scores[i, w], 3)) for i in range(60) for w in range(4)]

    _, items, workers = fit("numeric", write(tmp_path / "numeric.csv", "task,worker,label", numeric))

    by_worker = {row["worker"]: float(row["severity"]) for row in workers}
    assert by_worker["w2"] > 5 > -5 > by_worker["w3"]
    assert list(items[0]) == ["item", "criterion", "mean", "low90", "high90"]
    assert float({row["item"]: row["mean"] for row in items}["t3"]) == pytest.approx(scores[3].mean(), abs=1e-3)

    rubric = [(t, w, c, s + (c == "style")) for t, w, s in numeric for c in ("style", "facts")]
    _, items, workers = fit("rubric", write(tmp_path / "rubric.csv", "item,worker,criterion,score", rubric))
    assert {row["worker"]: float(row["severity"]) for row in workers}["w2"] > 5
    assert len(items) == 120
    assert all(float(row["low90"]) < float(row["mean"]) < float(row["high90"]) for row in items)


def test_comparisons_and_rankings_score_items(tmp_path: Path, fit: Fit) -> None:
    pairs = [(f"i{a}", f"i{b}", f"w{w}", "b") for a in range(5) for b in range(a + 1, 5) for w in range(6)]
    _, items, workers = fit("pairwise", write(tmp_path / "pairs.csv", "a,b,worker,winner", pairs))
    assert [row["item"] for row in sorted(items, key=lambda row: float(row["score"]))] == [f"i{n}" for n in range(5)]
    assert list(workers[0]) == ["worker", "n", "mean", "low90", "high90", "n_eff", "reliability"]

    places = [(f"s{s}", f"w{w}", f"i{n}", 5 - n) for s in range(4) for w in range(2) for n in range(5)]
    _, items, _ = fit("ranking", write(tmp_path / "ranks.csv", "set,worker,item,rank", places))
    assert [row["item"] for row in sorted(items, key=lambda row: float(row["score"]))] == [f"i{n}" for n in range(5)]


def test_the_same_rows_in_another_order_give_the_same_files(tmp_path: Path, fit: Fit) -> None:
    rows = labels_of(np.random.default_rng(3), [0.9, 0.8, 0.7], 40)
    _, items, workers = fit("categorical", write(tmp_path / "one.csv", "task,worker,label", rows))
    _, again, workers_again = fit("categorical", write(tmp_path / "two.csv", "task,worker,label", rows[::-1]))

    assert items == again
    assert workers == workers_again
