"""Made-up experiments, careers and networks whose truth is known, small in the tests and large in the bench."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.methods.drift import FallDetector
from quality.methods.gates import Standing, pause_gate
from quality.methods.judgment_value import JudgmentValue
from quality.methods.sequential import Floats, Ints, SequentialTest
from quality.methods.shrunken_share import ShrunkenShare

Random = np.random.Generator


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """160 workers, half in each arm, 5 judged answers a day for 28 days after 8 days without an experiment.

    How much a worker does is Gamma distributed (shape 2) around those means. A worker's accuracy is Beta distributed around
    ``accuracy`` with intraclass correlation ``correlation``, and is the same before and during the experiment.
    """

    workers_per_arm: int = 80
    days: int = 28
    days_before: int = 8
    judgments_a_day: float = 5.0
    accuracy: float = 0.8
    correlation: float = 0.1


@dataclass(frozen=True, slots=True)
class Course:
    """Whether each rule has rejected by the last day, looking every day."""

    always_valid: bool
    without_before: bool
    per_judgment: bool


def play_experiment(random: Random, design: Experiment, effect: float) -> Course:
    """Run one experiment in which arm 1 is better by ``effect`` (a share), and look at it every day."""
    count = 2 * design.workers_per_arm
    arm = np.repeat([0, 1], design.workers_per_arm)
    strength = 1 / design.correlation - 1
    skill = random.beta(design.accuracy * strength, (1 - design.accuracy) * strength, count)
    rate = random.gamma(2.0, design.judgments_a_day / 2, count)
    count_before = random.poisson(design.days_before * rate)
    total_before = random.binomial(count_before, skill)
    counts = random.poisson(rate, (design.days, count)).cumsum(axis=0)
    daily = np.diff(counts, axis=0, prepend=0)
    totals = random.binomial(daily, np.minimum(skill + effect * arm, 1.0)).cumsum(axis=0)
    adjusted, plain = SequentialTest(expected_effect=0.04), SequentialTest(expected_effect=0.04)
    naive = False
    for total, judged in zip(totals, counts, strict=True):
        adjusted.look(arm, total, judged, total_before, count_before)
        plain.look(arm, total, judged)
        naive = naive or bool(abs(judgment_z(arm, total, judged)) > 1.96)
    return Course(adjusted.looks_[-1].p <= 0.05, plain.looks_[-1].p <= 0.05, naive)


def judgment_z(arm: Ints, total: Ints, count: Ints) -> float:
    """Two shares compared as if every judgment were a person of its own: the control that must fail."""
    sizes = np.bincount(arm, count)
    shares = np.bincount(arm, total) / sizes
    pooled = total.sum() / count.sum()
    return float((shares[1] - shares[0]) / np.sqrt(max(pooled * (1 - pooled), 1e-9) * (1 / sizes).sum()))


def find_falls(
    random: Random, detector: FallDetector, *, runs: int, values: int, before: float, after: float, fall_at: int
) -> tuple[Ints, Ints]:
    """Right and wrong answers that fall from ``before`` to ``after``: when the alarm came (0: never), and the estimated fall."""
    alarms, changes = np.zeros(runs, dtype=np.int64), np.zeros(runs, dtype=np.int64)
    share = np.where(np.arange(values) < fall_at, before, after)
    for run in range(runs):
        detector.fit(random.random(values) < share)
        alarms[run] = detector.alarm_ or 0
        changes[run] = detector.state_.change_point
    return alarms, changes


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network in a quarter: 13 weeks, refitted and looked at every week.

    Six scopes (two domains, three kinds of task each); everybody works in one to three of them. A worker's quality is Beta
    (strength 12) around 0.85, that in a scope Beta (strength 60) around the worker's. About 8 checked answers a week and worker,
    Gamma distributed (shape 2) and split evenly over the worker's scopes; one in four is a planted item.
    """

    workers: int = 2_000
    weeks: int = 13
    bar: float = 0.75
    quality: float = 0.85
    answers_a_week: float = 8.0
    planted: float = 0.25


@dataclass(frozen=True, slots=True)
class Quarter:
    """Shares of the workers proposed for a pause at any look, of those ..."""

    good: int
    #: ... at or above the bar in every scope of theirs, by the gates.
    good_proposed: float
    #: ... the same people, by a plain share under the bar after 30 answers.
    good_below_plainly: float
    bad: int
    #: ... at least 10 points under the bar in some scope, by the gates.
    bad_proposed: float


# Two domains under the root, three kinds of task under each.
_PARENTS = np.array([-1, -1, 0, 0, 0, 1, 1, 1])
_LEAVES = np.arange(2, 8)


def play_quarter(random: Random, network: Network) -> Quarter:
    """Let everybody work for a quarter and see whom the gates would propose to pause."""
    count = network.workers
    worker, scope, truth, rate = _careers(random, network)
    seen, found, planted = (np.zeros(len(worker), dtype=np.int64) for _ in range(3))
    proposed, plainly = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for _ in range(network.weeks):
        answers = random.poisson(rate)
        seen += answers
        found += random.binomial(answers, truth)
        planted += random.binomial(answers, network.planted)
        has = seen > 0
        method = ShrunkenShare(_PARENTS).fit(worker[has], scope[has], found[has], seen[has])
        result = method.estimate(worker, scope)
        for row in np.flatnonzero(planted >= 10):
            standing = Standing(
                mean=float(result.mean[row]),
                strength=float(result.strength[row]),
                n_eff=float(result.n_eff[row]),
                strong_answers=int(planted[row]),
                is_inherited=bool(result.is_inherited[row]),
            )
            proposed[worker[row]] |= pause_gate(standing, bar=network.bar).passes
        plainly[worker[(seen >= 30) & (found < network.bar * seen)]] = True
    lowest = np.ones(count)
    np.minimum.at(lowest, worker, truth)
    good, bad = lowest >= network.bar, lowest < network.bar - 0.1
    return Quarter(
        int(good.sum()),
        float(proposed[good].mean()),
        float(plainly[good].mean()),
        int(bad.sum()),
        float(proposed[bad].mean()),
    )


def _careers(random: Random, network: Network) -> tuple[Ints, Ints, Floats, Floats]:
    """One row a worker and scope: worker, scope, true quality there, answers a week there."""
    person = random.beta(12 * network.quality, 12 * (1 - network.quality), network.workers)
    busy = random.gamma(2.0, network.answers_a_week / 2, network.workers)
    chosen = random.integers(1, 4, network.workers)
    worker = np.repeat(np.arange(network.workers), chosen)
    scope = np.concatenate([random.choice(_LEAVES, size, replace=False) for size in chosen])
    level = np.clip(person[worker], 1e-3, 1 - 1e-3)
    return worker, scope, random.beta(60 * level, 60 * (1 - level)), busy[worker] / chosen[worker]


#: Two kinds of reviewer, their prices, and what it costs to decide d (row) when k is true: harm missed is dear.
REVIEWERS = np.array(
    [
        [[0.8, 0.12, 0.08], [0.15, 0.75, 0.1], [0.15, 0.15, 0.7]],
        [[0.95, 0.03, 0.02], [0.05, 0.92, 0.03], [0.04, 0.04, 0.92]],
    ]
)
PRICES = np.array([1.0, 3.0])
COSTS = np.array([[0.0, 1.0, 10.0], [1.0, 0.0, 10.0], [2.0, 2.0, 0.0]])
CLASSES = np.array([0.75, 0.2, 0.05])


def spend_on_judgments(random: Random, policy: str, *, items: int, budget: float, rounds: int = 20) -> float:
    """Buy further judgments after two cheap ones an item, and return what errors still cost, a mean per item.

    ``policy``: "random" items, the most "uncertain" ones (entropy), both by cheap reviewers, or those of most "value".
    """
    truth = random.choice(3, items, p=CLASSES)
    belief = np.tile(CLASSES, (items, 1))
    for _ in range(2):
        belief = _judged(random, belief, truth, np.arange(items), np.zeros(items, dtype=np.int64))
    for _ in range(rounds):
        reviewer = np.zeros(items, dtype=np.int64)
        if policy == "random":
            queue = random.permutation(items)
        elif policy == "uncertain":
            queue = np.argsort((belief * np.log(belief + 1e-300)).sum(axis=1), kind="stable")
        else:
            fit = JudgmentValue(cost=COSTS).fit(belief, REVIEWERS, PRICES)
            queue, reviewer = fit.queue_, fit.reviewer_
        bought = queue[PRICES[reviewer[queue]].cumsum() <= budget / rounds]
        belief = _judged(random, belief, truth, bought, reviewer[bought])
    # The beliefs are exact here, so that their expected cost is the true one with less noise than the errors made.
    return float((belief @ COSTS.T).min(axis=1).mean())


def _judged(random: Random, belief: Floats, truth: Ints, items: Ints, reviewer: Ints) -> Floats:
    """The beliefs after one judgment of each of ``items``."""
    chances = REVIEWERS[reviewer, truth[items]].cumsum(axis=1)
    label = (random.random((len(items), 1)) > chances).sum(axis=1).clip(max=2)
    after = belief.copy()
    after[items] *= REVIEWERS[reviewer, :, label]
    return np.asarray(after / after.sum(axis=1, keepdims=True))
