"""How fast and how lean the categorical models are on made-up labels."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from quality.methods.categorical import CategoricalEnsemble
from quality.methods.categorical.em import fit_em
from quality.methods.categorical.errors import ConfusionErrors
from quality.methods.categorical.labels import LabelTable
from tests.benchmarks.quality import peers

_PER_ITEM, _CLASSES = 5, 5


def draw(labels: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Five labels of five classes an item by workers who are right in 40 to 95 % of cases, 200 labels each."""
    random = np.random.default_rng(7)
    workers = max(labels // 200, 50)
    task = np.repeat(np.arange(labels // _PER_ITEM, dtype=np.int32), _PER_ITEM)
    worker = random.integers(0, workers, len(task), dtype=np.int32)
    share = random.uniform(0.4, 0.95, workers)
    truth = random.integers(0, _CLASSES, len(task) // _PER_ITEM, dtype=np.int32)[task]
    wrong = (truth + random.integers(1, _CLASSES, len(task), dtype=np.int32)) % _CLASSES
    return task, worker, np.where(random.random(len(task)) < share[worker], truth, wrong)


def print_speed(say: Callable[[str], None]) -> None:
    """Seconds of the processor for one confusion model and the ensemble, memory, and single judgments."""
    say("\nspeed, seconds of the processor (of the clock)")
    rows = draw(1_000_000)
    say(f"  1,000,000 labels, one confusion model: {_one_model(*rows)}")
    say(f"  1,000,000 labels, the ensemble: {_timed(lambda: CategoricalEnsemble().fit(*rows))}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.npy"
        np.save(path, np.array(rows))
        theirs = next(iter(peers.run("categorical_peers.py", "--iteration", str(path))), None)
    if theirs is None:
        say("  crowd-kit's Dawid-Skene: skipped")
    else:
        ours = _iteration(*rows)
        for names, seconds in theirs.items():
            say(
                f"  one iteration: ours {ours:.4f}, crowd-kit's {seconds:.4f} with names as {names}, {seconds / ours:.0f} x"
            )
    say(f"  one judgment online: {_online(*rows):.1f} microseconds")
    if large := int(os.environ.get("LABELS", "10000000")):
        say(f"  {large:,} labels, one confusion model: {_apart(large)}")


def _apart(labels: int) -> str:
    """Fit in a process of its own, so that its peak of memory is the fit's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.npy"
        np.save(path, np.array(draw(labels)))
        command = [sys.executable, "-m", "tests.benchmarks.quality.categorical_speed", str(path)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def _one_model(task: np.ndarray, worker: np.ndarray, label: np.ndarray) -> str:
    iterations: list[int] = []

    def run() -> None:
        table = LabelTable.of(task, worker, label)
        fitted = fit_em(table, ConfusionErrors(), max_iterations=100, tolerance=5e-4)
        fitted.full_posterior(table)
        iterations.append(fitted.iterations)

    return _timed(run) + f", {iterations[0]} iterations"


def _iteration(task: np.ndarray, worker: np.ndarray, label: np.ndarray) -> float:
    """The fastest of three, like the peer's."""
    table = LabelTable.of(task, worker, label)
    return (min(_seconds(table, 6) for _ in range(3)) - min(_seconds(table, 1) for _ in range(3))) / 5


def _seconds(table: LabelTable, iterations: int) -> float:
    started = time.process_time()
    fit_em(table, ConfusionErrors(), max_iterations=iterations, tolerance=1e-300)
    return time.process_time() - started


def _online(task: np.ndarray, worker: np.ndarray, label: np.ndarray) -> float:
    rows = slice(0, 50_000)
    online = CategoricalEnsemble(updatable=True).fit(task[rows], worker[rows] % 250, label[rows]).online()
    later = slice(50_000, 52_000)
    columns = (task[later] - task[later][0], worker[later] % 250, label[later])
    judgments = list(zip(*(column.tolist() for column in columns), strict=True))
    started = time.process_time()
    for judgment in judgments:
        online.update(*judgment)
    return (time.process_time() - started) / len(judgments) * 1e6


def _timed(run: Callable[[], object]) -> str:
    processor, clock = time.process_time(), time.perf_counter()
    run()
    return f"{time.process_time() - processor:.2f} ({time.perf_counter() - clock:.2f})"


def _memory(name: str) -> float:
    """Megabytes of this process by the kernel's count: VmRSS now, VmHWM at the peak (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def _large(path: str) -> None:
    rows = np.load(path)
    before = _memory("VmRSS")
    told = _one_model(*rows)
    grown = _memory("VmHWM") - before
    print(f"{told}, memory grew by {grown:.0f} MB")  # noqa: T201  # read by the bench


if __name__ == "__main__":
    _large(sys.argv[1])
