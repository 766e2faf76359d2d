"""How often the rules that decide about people and money are wrong, in made-up worlds whose truth is known.

Run: ``.venv/bin/python -m tests.benchmarks.quality decisions``. Seeds are fixed: the same figures every time, in under a
minute of one processor.
Each figure is printed with what is asked of it, and with a control that fails.
"""

from __future__ import annotations

import time

import numpy as np

from quality.methods.adverse_impact import AdverseImpact, Finding
from quality.methods.drift import DriftState, FallDetector
from tests.quality.methods.simulations import (
    Experiment,
    Network,
    find_falls,
    play_experiment,
    play_quarter,
    spend_on_judgments,
)


def main() -> None:
    """Print every figure."""
    for figures in (experiments, drift, gates, judgment_value, adverse_impact):
        print(f"\n{figures.__name__.replace('_', ' ')}")  # noqa: T201  # the bench's answer
        for words, value, asked in figures():
            print(f"  {words:<88} {value:>8}   {asked}")  # noqa: T201


type Figures = list[tuple[str, str, str]]


def experiments() -> Figures:
    """A/A and A/B experiments of 80 workers an arm, 28 days, looked at every day (``Experiment`` tells the rest)."""
    random, design = np.random.default_rng(2026), Experiment()
    none = [play_experiment(random, design, 0.0) for _ in range(1_000)]
    better = [play_experiment(random, design, 0.04) for _ in range(500)]
    few = [play_experiment(random, Experiment(workers_per_arm=20, correlation=0.3), 0.0) for _ in range(300)]
    easy = [play_experiment(random, Experiment(workers_per_arm=40, accuracy=0.95), 0.0) for _ in range(300)]
    small = [play_experiment(random, Experiment(workers_per_arm=40), 0.04) for _ in range(500)]

    def rate(courses: list[object], name: str) -> str:
        return percent(np.mean([getattr(course, name) for course in courses]))

    return [
        ("A/A, always-valid with CUPED: false positives", rate([*none], "always_valid"), "at most 5 %"),
        ("A/A, always-valid without CUPED: false positives", rate([*none], "without_before"), "at most 5 %"),
        ("A/A, 20 workers an arm, correlation .3, with CUPED", rate([*few], "always_valid"), "at most 5 %"),
        ("A/A, 40 workers an arm at 95 %, with CUPED", rate([*easy], "always_valid"), "at most 5 %"),
        ("A/A, z-test per judgment: false positives", rate([*none], "per_judgment"), "control"),
        ("+4 points, with CUPED: power", rate([*better], "always_valid"), "at least 65 %"),
        ("+4 points, without CUPED: power", rate([*better], "without_before"), "control"),
        ("+4 points, 40 workers an arm, with CUPED: power", rate([*small], "always_valid"), "told"),
    ]


def drift() -> Figures:
    """Right and wrong answers at 90 %, which fall to 75 % or don't."""
    random = np.random.default_rng(2026)
    detector = FallDetector(0.9)
    fall = {"before": 0.9, "after": 0.75}
    at_once, _ = find_falls(random, detector, runs=4_000, values=600, fall_at=0, **fall)
    later, changes = find_falls(random, detector, runs=4_000, values=900, fall_at=300, **fall)
    steady, _ = find_falls(random, detector, runs=20_000, values=500, before=0.9, after=0.9, fall_at=0)
    at_mean, cautious, delays = [], [], []
    for _ in range(4_000):
        mean = (random.binomial(200, 0.9) + 9) / 210
        careful, values = FallDetector.from_estimate(mean, 210), random.random(500)
        at_mean.append(FallDetector(mean).fit(values < 0.9).alarm_ is not None)
        cautious.append(careful.fit(values < 0.9).alarm_ is not None)
        delays.append(careful.fit(values < 0.75).alarm_ or 500)
    caught = later > 300
    state, values = DriftState(), (random.random(50_000) < 0.9).astype(float).tolist()
    started = time.process_time()
    for value in values:
        state = detector.update(state, value)
    each = (time.process_time() - started) / len(values)
    off = np.abs(changes[caught] - 300)
    return [
        (
            "fall .90 to .75 from the first answer: median answers until found",
            f"{np.median(at_once):.0f}",
            "at most 64",
        ),
        (
            "fall after 300 steady answers: median answers until found",
            f"{np.median(later[caught]) - 300:.0f}",
            "at most 64",
        ),
        ("steady at .90: false alarms in 500 answers", percent((steady > 0).mean()), "at most 3 %"),
        (
            "baseline estimated from 200 answers and taken at its mean: false alarms",
            percent(np.mean(at_mean)),
            "control",
        ),
        ("the same baseline taken with caution: false alarms", percent(np.mean(cautious)), "told"),
        ("the same: median answers until the fall is found", f"{np.median(delays):.0f}", "told"),
        ("estimated change point: median answers off", f"{np.median(off):.0f}", "told"),
        ("one update, microseconds of the processor", f"{1e6 * each:.1f}", "at most 50"),
    ]


def gates() -> Figures:
    """2,000 workers in a quarter, looked at every week (``Network`` tells the rest)."""
    quarter = play_quarter(np.random.default_rng(2026), Network())
    # A "week" of the simulation is what lies between two looks: here a night.
    nightly = play_quarter(np.random.default_rng(2027), Network(workers=1_000, weeks=91, answers_a_week=8 / 7))
    return [
        ("workers at or above the bar in every scope", f"{quarter.good:,}", ""),
        ("of them proposed for a pause by the gates", percent(quarter.good_proposed), "under 1 %"),
        ("the same, another 1,000 workers looked at every night", percent(nightly.good_proposed), "under 1 %"),
        ("of them under the bar by a plain share of 30 answers", percent(quarter.good_below_plainly), "control"),
        ("workers 10 points under the bar somewhere", f"{quarter.bad:,}", ""),
        ("of them proposed for a pause by the gates", percent(quarter.bad_proposed), "told"),
    ]


def judgment_value() -> Figures:
    """3,000 items with two judgments each and money for 0.3 or 1 more; harm missed costs ten times (``spend_on_judgments``)."""
    figures: Figures = []
    for budget in (900, 3_000):
        for policy, words in (
            ("random", "any item"),
            ("uncertain", "the most uncertain items"),
            ("value", "the items and reviewers of most value"),
        ):
            costs = [
                spend_on_judgments(np.random.default_rng(seed), policy, items=3_000, budget=budget) for seed in range(3)
            ]
            told = "told" if policy == "value" else "control"
            figures.append((f"cost of error left an item, {budget:,} spent on {words}", f"{np.mean(costs):.4f}", told))
    return figures


def adverse_impact() -> Figures:
    """Four groups of 40 to 300 people, 2,000 draws; then one of them is treated worse."""
    random, sizes, names = np.random.default_rng(2026), np.array([40, 80, 150, 300]), ["a", "b", "c", "d"]

    def found(rates: list[float], *, draws: int = 2_000) -> float:
        hits = 0
        for _ in range(draws):
            impacts = AdverseImpact().fit(names, random.binomial(sizes, rates), sizes).impacts_
            hits += any(impact.finding == Finding.ADVERSE for impact in impacts)
        return hits / draws

    def below_four_fifths(draws: int = 2_000) -> float:
        rates = random.binomial(sizes, 0.5, (draws, 4)) / sizes
        return float((rates.min(axis=1) < 0.8 * rates.max(axis=1)).mean())

    return [
        ("all groups hired at 50 %: some group called adverse", percent(found([0.5] * 4)), "at most 5 %"),
        ("the same by the four-fifths rule alone", percent(below_four_fifths()), "control"),
        ("150 people hired at 30 % and the others at 50 %: found", percent(found([0.5, 0.5, 0.3, 0.5])), "told"),
        ("all kept at 98 %: some group called adverse", percent(found([0.98] * 4)), "at most 5 %"),
        ("150 people kept at 90 % and the others at 98 %: found", percent(found([0.98, 0.98, 0.9, 0.98])), "told"),
    ]


def percent(share: float) -> str:
    return f"{100 * float(share):.1f} %"


if __name__ == "__main__":
    main()
