"""Comparisons and rankings: which item is better, on public sets, against crowd-kit and choix.

Run: ``.venv/bin/python -m tests.benchmarks.quality comparisons``. Seconds are the processor's. On convarg_pairs the scores of all
judgments foretell each pair's winner in truth.csv (itself cleaned from these judgments, so a reference and no gold). On wmt12_rank a
tenth of the rankings is held out, DRAWS=3 times.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from quality.methods.pairwise import PairwiseModel
from quality.methods.rankings import RankingModel
from tests.benchmarks.quality import peers
from tests.benchmarks.quality.data import find_folder, read

DRAWS = int(os.environ.get("DRAWS", "3"))
NOISY = "crowd-kit NoisyBradleyTerry"


def main() -> None:
    """Print every figure."""
    folder = find_folder()
    if folder is None:
        say("comparisons: skipped, no public sets found (QUALITY_DATA)")
        return
    if peers.find_python() is None:
        say("peers: skipped, they cannot be installed here (QUALITY_PEERS)")
    print_pairs(folder / "convarg_pairs")
    print_rankings(folder / "wmt12_rank")


def print_pairs(folder: Path) -> None:
    """Share of truth.csv's winners that each method's scores foretell, and seconds."""
    said, truth = read(folder / "pairs.csv"), read(folder / "truth.csv")
    names, a, b = pair_codes(said)
    winner = np.array([{"a1": "a", "a2": "b", "equal": "tie"}[name] for name in said["winner"]])
    place = {name: at for at, name in enumerate(names)}
    asked = [
        (place[f"{topic}|{first}"], place[f"{topic}|{second}"], better == "a1")
        for topic, first, second, better in zip(truth["topic"], truth["a"], truth["b"], truth["truth"], strict=True)
    ]

    def share_right(scores: np.ndarray) -> float:
        return float(np.mean([(scores[first] > scores[second]) == better for first, second, better in asked]))

    started = time.process_time()
    model = PairwiseModel().fit(a, b, said["worker"], winner)
    found = {"ours": (share_right(model.score_), time.process_time() - started)}
    found["share of comparisons won"] = (share_right(share_won(a, b, winner, len(names))), 0.0)
    decided = winner != "tie"
    workers = np.unique(said["worker"], return_inverse=True)[1]
    judgments = np.column_stack([workers, a, b, np.where(winner == "a", a, b)])[decided]
    task = {"items": len(names), "judgments": judgments.tolist(), "rankings": []}
    for row in ask_peers([task | {"slow": True}]):
        if "scores" in row:
            found[row["method"]] = (share_right(np.array(row["scores"])), row["seconds"])
        else:
            say(f"  {row['method']}: {row['problem']}")
    say(f"\nconvarg_pairs: winners of {len(asked):,} pairs foretold from {len(a):,} judgments, seconds")
    for name, (share, seconds) in found.items():
        say(f"  {name:<30}{share:8.4f}{seconds:9.2f}")
    ours = found.pop("ours")
    say(
        f"  ours less the best other: {ours[0] - max(share for share, _ in found.values()):+.4f} (asked: at least -.002)"
    )
    if NOISY in found:
        say(f"  times faster than {NOISY}: {found[NOISY][1] / ours[1]:.0f} (asked: 20)")


@dataclass(frozen=True, slots=True)
class Draw:
    """One split of the rankings: what ours foretold, and what peers are to foretell."""

    task: dict[str, object]
    held: list[list[tuple[int, float]]]
    ours: np.ndarray
    log_loss: float
    seconds: float


def print_rankings(folder: Path) -> None:
    """Share of the decided pairs of held-out rankings whose order the scores foretell."""
    names, rankings, judges = read_rankings(folder)
    draws = [draw_rankings(rankings, judges, len(names), seed) for seed in range(DRAWS)]
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for draw in draws:
        found["ours"].append((share_in_order(draw.ours, draw.held), draw.seconds))
    tasks = [draw.task for draw in draws]
    for row in ask_peers(tasks):
        if "scores" in row:
            held = draws[int(Path(str(row["path"])).stem)].held
            found[row["method"]].append((share_in_order(np.array(row["scores"]), held), row["seconds"]))
        else:
            say(f"  {row['method']}: {row['problem']}")
    say(f"\nwmt12_rank: decided pairs of held-out rankings foretold, mean of {DRAWS} draws, seconds")
    for name, rows in found.items():
        share, seconds = np.mean(rows, axis=0)
        say(f"  {name:<30}{share:8.4f}{seconds:9.2f}")
    say(
        f"  ours, with ties and who judges: {np.mean([draw.log_loss for draw in draws]):.4f} nats a pair (ln 3 = 1.0986)"
    )


def draw_rankings(rankings: list[list[tuple[int, float]]], judges: np.ndarray, items: int, seed: int) -> Draw:
    random = np.random.default_rng(seed)
    held = np.zeros(len(rankings), dtype=bool)
    held[random.choice(len(rankings), len(rankings) // 10, replace=False)] = True
    known = [at for at in range(len(rankings)) if not held[at]]
    rows = [(at, judges[at], item, rank) for at in known for item, rank in rankings[at]]
    started = time.process_time()
    model = RankingModel().fit(*(np.array(column) for column in zip(*rows, strict=True)))
    seconds = time.process_time() - started
    scores = np.zeros(items)
    scores[model.items_] = model.score_
    judgments, orders = [], []
    for at in known:
        # Plackett and Luce know no ties: these are broken by lot.
        orders.append([item for item, _ in sorted(rankings[at], key=lambda place: (place[1], random.random()))])
        judgments += [[int(judges[at]), *sorted(pair), pair[0]] for pair in decided_pairs(rankings[at])]
    task = {"items": items, "judgments": judgments, "rankings": orders, "slow": False}
    asked = [at for at in range(len(rankings)) if held[at]]
    loss = nats_a_pair(model, [rankings[at] for at in asked], judges[asked])
    return Draw(task, [rankings[at] for at in asked], scores, loss, seconds)


def nats_a_pair(model: RankingModel, rankings: list[list[tuple[int, float]]], judges: np.ndarray) -> float:
    rows = [
        (first[0], second[0], judge, 0 if first[1] < second[1] else 1 if first[1] > second[1] else 2)
        for ranking, judge in zip(rankings, judges, strict=True)
        for at, first in enumerate(ranking)
        for second in ranking[at + 1 :]
    ]
    a, b, judge, outcome = (np.array(column) for column in zip(*rows, strict=True))
    chances = model.predict(a, b, judge)
    return float(-np.log(chances[np.arange(len(a)), outcome]).mean())


def read_rankings(folder: Path) -> tuple[list[str], list[list[tuple[int, float]]], np.ndarray]:
    """Names of the systems by language pair; each ranking as (system, rank); and its judge."""
    rows = read(folder / "rankings.csv")
    placed = [
        [(f"{pair}|{part.rpartition('=')[0]}", float(part.rpartition("=")[2])) for part in ranks.split("|") if part]
        for pair, ranks in zip(rows["langpair"], rows["ranks"], strict=True)
    ]
    names = sorted({name for ranking in placed for name, _ in ranking})
    place = {name: at for at, name in enumerate(names)}
    rankings = [[(place[name], rank) for name, rank in ranking] for ranking in placed]
    long = [at for at, ranking in enumerate(rankings) if len(ranking) > 1]
    judges = np.unique(rows["judge"], return_inverse=True)[1]
    return names, [rankings[at] for at in long], judges[long]


def decided_pairs(ranking: list[tuple[int, float]]) -> list[tuple[int, int]]:
    return [(better, worse) for better, low in ranking for worse, high in ranking if low < high]


def share_in_order(scores: np.ndarray, rankings: list[list[tuple[int, float]]]) -> float:
    pairs = [pair for ranking in rankings for pair in decided_pairs(ranking)]
    return float(np.mean([scores[better] > scores[worse] for better, worse in pairs]))


def share_won(a: np.ndarray, b: np.ndarray, winner: np.ndarray, items: int) -> np.ndarray:
    """The plain baseline: wins and half the ties of each item, over its comparisons."""
    points = np.select([winner == "a", winner == "b"], [1.0, 0.0], 0.5)
    won = np.bincount(a, points, minlength=items) + np.bincount(b, 1 - points, minlength=items)
    return won / (np.bincount(a, minlength=items) + np.bincount(b, minlength=items))


def pair_codes(said: dict[str, np.ndarray]) -> tuple[list[str], np.ndarray, np.ndarray]:
    sides = [[f"{topic}|{name}" for topic, name in zip(said["topic"], said[side], strict=True)] for side in ("a", "b")]
    names, codes = np.unique(np.concatenate(sides), return_inverse=True)
    return names.tolist(), codes[: len(sides[0])], codes[len(sides[0]) :]


def ask_peers(tasks: list[dict[str, object]]) -> list[dict[str, object]]:
    """Every peer's scores for every task; the file's name is the task's place."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{at}.json" for at in range(len(tasks))]
        for path, task in zip(paths, tasks, strict=True):
            path.write_text(json.dumps(task))
        return list(peers.run("comparison_peers.py", *map(str, paths)))


def say(words: str) -> None:
    """Print at once: a bench is watched."""
    print(words, flush=True)  # noqa: T201  # the bench's answer
