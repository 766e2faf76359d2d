"""The tree of scopes against crossed random effects: whose shares lie nearer to the truth, whose intervals are honest.

Run: ``.venv/bin/python -m tests.benchmarks.quality scopes``. Without the public sets only simulated networks are compared.
Seeds are fixed. Takes a few minutes: the rivals are prototypes.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit

from quality.methods.shrunken_share import ShrunkenShare
from tests.benchmarks.quality.crossed_effects import TREE, Cells, CrossedShare, Floats, Ints
from tests.benchmarks.quality.data import find_folder

#: Variance on the logit of each family of worker effects, and of scopes themselves.
WORLDS = {
    "tree": ({(): 0.5, (0,): 0.25, (0, 1): 0.15, (0, 1, 2): 0.1}, 0.0),
    "crossed": ({(): 0.35, (0,): 0.2, (1,): 0.15, (2,): 0.2, (0, 1): 0.04, (0, 2): 0.03, (0, 1, 2): 0.03}, 0.0),
    "crossed, scopes unequally hard": (
        {(): 0.35, (0,): 0.2, (1,): 0.15, (2,): 0.2, (0, 1): 0.04, (0, 2): 0.03, (0, 1, 2): 0.03},
        0.4,
    ),
}
# A judge agrees with the panel when the mean of the marks is within this many points of the other judges'.
TOLERANCE = 0.25
_BIG_NATIONS = ("CAN", "JPN", "RUS", "USA")


class TreeShare:
    """The product's method on the path domain > kind > locale."""

    def fit(self, cells: Cells) -> TreeShare:
        self.parents: list[int] = []
        self.places: dict[tuple[int, ...], int] = {}
        scopes = [self._place(path) for path in map(tuple, cells.facets.tolist())]
        # Every scope that may be asked for later must stand in the tree.
        for path in np.ndindex(*(cells.facets.max(axis=0) + 1)):
            self._place(path)
        self.method = ShrunkenShare(self.parents).fit(cells.worker, scopes, cells.found, cells.total)
        return self

    def estimate(self, cells: Cells) -> tuple[Floats, Floats, Floats]:
        scopes = [self._place(path) for path in map(tuple, cells.facets.tolist())]
        result = self.method.estimate(cells.worker, scopes)
        return result.mean, result.low90, result.high90

    def _place(self, path: tuple[int, ...]) -> int:
        if path not in self.places:
            parent = self._place(path[:-1]) if len(path) > 1 else -1
            self.parents.append(parent)
            self.places[path] = len(self.parents) - 1
        return self.places[path]


def rivals() -> dict[str, TreeShare | CrossedShare]:
    return {
        "tree (the product's)": TreeShare(),
        "tree, scopes' own means": CrossedShare(TREE, with_scopes=True),
        "crossed": CrossedShare(),
        "crossed, scopes' own means": CrossedShare(with_scopes=True),
        "crossed, on the logit": CrossedShare(on_logit=True),
    }


def main() -> None:
    """Print every comparison."""
    for world in WORLDS:
        compare_simulated(world)
    folder = find_folder()
    if folder is None:
        print("\nscopes on public sets: skipped, none found (QUALITY_DATA)")  # noqa: T201
        return
    compare_held_out("irony_locale, trained on 15 %", irony(folder), 0.15)
    compare_held_out("skating_gp, trained on 50 %", skating(folder), 0.5)


def compare_simulated(world: str, *, seeds: int = 2) -> None:
    """RMSE against the true shares, and how many of them the 90 % intervals hold, with and without own answers."""
    print(f"\nsimulated, {world}: RMSE and coverage in own cells, in empty ones; falls by a right answer")  # noqa: T201
    sums: dict[str, list[list[float]]] = defaultdict(list)
    for seed in range(seeds):
        random = np.random.default_rng(100 + seed)
        cells, truth = simulate(random, world)
        empty = random.random(len(truth)) < 0.25
        for name, method in rivals().items():
            mean, low, high = method.fit(cells.part(~empty)).estimate(cells)
            held = (low <= truth) & (truth <= high)
            row = [
                figure
                for rows in (~empty, empty)
                for figure in (np.sqrt(np.mean((mean - truth)[rows] ** 2)), held[rows].mean())
            ]
            is_linear = isinstance(method, CrossedShare) and not method.on_logit
            falls = method.lowered_by_a_right_answer() if is_linear else (0.0, 0.0)
            sums[name].append([*map(float, row), *falls])
    for name, rows in sums.items():
        own, own_held, none, none_held, touched, worst = np.mean(rows, axis=0)
        # On the logit the fall is not counted: it has the same sign as on the plain scale.
        falls = "not counted" if "logit" in name else f"{touched:.0%} of workers, by up to {-100 * worst:.2f} points"
        print(f"  {name:<28} {own:.4f} {own_held:.3f}   {none:.4f} {none_held:.3f}   {falls}")  # noqa: T201


def compare_held_out(words: str, judgments: Judgments, part: float, *, seeds: int = 2) -> None:
    """Log loss a judgment on the items left out: cells with answers of their own, and (one in five) without."""
    print(f"\n{words}: log loss a judgment held out, in cells with own answers and in cells without")  # noqa: T201
    sums: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(seeds):
        train, test = split(np.random.default_rng(seed), judgments, part)
        seen = {tuple(row) for row in np.column_stack([train.worker, train.facets]).tolist()}
        own = np.array([tuple(row) in seen for row in np.column_stack([test.worker, test.facets]).tolist()])
        known = np.isin(test.worker, train.worker)
        for name, method in rivals().items():
            mean = np.clip(method.fit(train).estimate(test)[0], 0.005, 0.995)
            loss = -(test.found * np.log(mean) + (test.total - test.found) * np.log(1 - mean))
            for place, rows in (("own", own), ("none", ~own & known)):
                if rows.any():
                    sums[name, place].append(float(loss[rows].sum() / test.total[rows].sum()))
    for name in rivals():
        losses = [f"{np.mean(sums[name, place]):.4f}" if (name, place) in sums else "-" for place in ("own", "none")]
        print(f"  {name:<28} {'   '.join(losses)}")  # noqa: T201


def simulate(random: np.random.Generator, world: str, *, workers: int = 300) -> tuple[Cells, Floats]:
    """300 workers in 2 to 8 of 48 scopes (4 domains, 3 kinds, 4 locales), 3 to 39 answers in each; and the true shares."""
    variances, hardness = WORLDS[world]
    scope_effect = random.normal(0, hardness, (4, 3, 4)) if hardness else np.zeros((4, 3, 4))
    worker: list[int] = []
    facets: list[tuple[int, ...]] = []
    eta: list[float] = []
    for who in range(workers):
        drawn: dict[tuple[object, ...], float] = defaultdict(random.normal)
        for number in random.choice(48, random.integers(2, 9), replace=False):
            scope = tuple(int(place) for place in np.unravel_index(number, (4, 3, 4)))
            level = 1.6 + scope_effect[scope]
            for family, variance in variances.items():
                level += np.sqrt(variance) * drawn[family, *(scope[place] for place in family)]
            worker.append(who)
            facets.append(scope)
            eta.append(level)
    truth = expit(np.array(eta))
    total = random.integers(3, 40, len(truth))
    found = random.binomial(total, truth)
    return Cells(np.array(worker), np.array(facets), found.astype(float), total.astype(float)), truth


@dataclass(frozen=True, slots=True)
class Judgments:
    """One row a judgment: who, where, on which item, and whether it agrees with the others."""

    worker: Ints
    facets: Ints
    item: Ints
    agrees: Floats


def split(random: np.random.Generator, judgments: Judgments, part: float) -> tuple[Cells, Cells]:
    """A part of the items to learn from, without one cell in five of those who have several; the other items to score."""
    cell = np.column_stack([judgments.worker, judgments.facets])
    _, place = np.unique(cell, axis=0, return_inverse=True)
    learned = (random.random(judgments.item.max() + 1) < part)[judgments.item]
    has_several = len(np.unique(place)) > len(np.unique(judgments.worker))
    left_out = (random.random(place.max() + 1) < (0.2 if has_several else 0.0))[place]
    return _summed(judgments, learned & ~left_out), _summed(judgments, ~learned)


def _summed(judgments: Judgments, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Cells:
    table = np.column_stack([judgments.worker, judgments.facets])[rows]
    cells, place = np.unique(table, axis=0, return_inverse=True)
    place = place.ravel()
    found = np.bincount(place, judgments.agrees[rows])
    return Cells(cells[:, 0], cells[:, 1:], found, np.bincount(place).astype(float))


def irony(folder: Path) -> Judgments:
    """Whether a label agrees with the majority of the item's others: language and country, one of each a worker."""
    by_item: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    for row in _read(folder / "irony_locale" / "labels.csv"):
        by_item[row["lang"], row["item"]].append(row)
    rows = []
    for item, labels in by_item.items():
        ironic = sum(int(row["label"]) for row in labels)
        for row in labels:
            lead = 2 * (ironic - int(row["label"])) - (len(labels) - 1)
            if len(labels) > 2 and lead:
                agrees = (lead > 0) == (row["label"] == "1")
                rows.append((row["worker"], row["lang"], "", row["country"], "|".join(item), float(agrees)))
    return _coded(rows)


def skating(folder: Path) -> Judgments:
    """Whether a judge's mean mark of a performance is within 0.25 of the others': discipline, program and skater's nation."""
    marks: dict[tuple[str, str, str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for row in _read(folder / "skating_gp" / "ratings.csv"):
        nation = row["nation"] if row["nation"] in _BIG_NATIONS else "other"
        marks[row["event"], row["program"], row["item"], nation][row["worker"]].append(float(row["score"]))
    rows = []
    for (event, program, item, nation), by_judge in marks.items():
        means = {judge: float(np.mean(values)) for judge, values in by_judge.items()}
        if len(means) < 4:
            continue
        discipline = program.replace("JUNIOR ", "").split(" SHORT")[0].split(" FREE")[0]
        for judge, mean in means.items():
            others = (sum(means.values()) - mean) / (len(means) - 1)
            kind = "short" if "SHORT" in program else "free"
            agrees = float(abs(mean - others) <= TOLERANCE)
            rows.append((judge, discipline, kind, nation, f"{event}|{program}|{item}", agrees))
    return _coded(rows)


def _coded(rows: list[tuple[str, str, str, str, str, float]]) -> Judgments:
    columns = [np.unique([row[place] for row in rows], return_inverse=True)[1] for place in range(5)]
    agrees = np.array([row[5] for row in rows])
    return Judgments(columns[0], np.column_stack(columns[1:4]), columns[4], agrees)


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from csv.DictReader(lines)


if __name__ == "__main__":
    main()
