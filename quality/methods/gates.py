"""Gates: whether what is known of a worker in a scope is enough to propose something to a person.

Nothing here decides. A gate that passes makes a proposal, which a person takes up or turns down.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scipy.special import betainc


class Kind(StrEnum):
    """What can be proposed for a worker in a scope."""

    PROMOTE = "PROMOTE"
    COACH = "COACH"
    PAUSE = "PAUSE"
    RESTORE = "RESTORE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much must be known. Probabilities and bars are shares, the others numbers of answers.

    Source: the quality engine's design, "Removal has due process" (``sure``, ``answers``, ``strong_answers``); the
        others are ours: coaching harms nobody and so needs less, and whoever comes back must have shown it anew.
    """

    sure: float = 0.95
    likely: float = 0.80
    answers: float = 30
    strong_answers: int = 10
    answers_to_coach: float = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one worker in one scope.

    ``mean`` (0..1) and ``strength`` (answers) are those of the estimate's Beta posterior; ``n_eff`` the worker's own
    answers behind it. ``strong_answers`` counts planted items and second-level reviews in this very scope, and
    ``strong_answers_since_pause`` those of them after the pause. ``is_inherited``: nothing is known from this scope.
    """

    mean: float
    strength: float
    n_eff: float
    strong_answers: int
    is_inherited: bool = False
    is_falling: bool = False
    strong_answers_since_pause: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """One condition of a gate: the value found and the least that passes."""

    words: str
    value: float
    least: float

    @property
    def passes(self) -> bool:
        return self.value >= self.least


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate with all its checks, as the snapshot of a proposal keeps them."""

    kind: Kind
    checks: tuple[Check, ...]

    @property
    def passes(self) -> bool:
        return all(check.passes for check in self.checks)


DEFAULT_LIMITS = Limits()


def probability_below(mean: float, strength: float, bar: float) -> float:
    """This will return P(quality < bar) under Beta(strength * mean, strength * (1 - mean)).

    Raises:
        ValueError: mean or bar outside 0..1, or a strength that is not positive.
    """
    if not 0 <= mean <= 1 or not 0 <= bar <= 1 or strength <= 0:
        raise ValueError("mean and bar must be shares, and strength positive")
    if mean in (0.0, 1.0):
        return float(mean < bar)
    return float(betainc(strength * mean, strength * (1 - mean), bar))


def pause_gate(standing: Standing, *, bar: float, limits: Limits = DEFAULT_LIMITS) -> Gate:
    """This will check the three gates before a pause in this scope is proposed: sure, much, and strongly known."""
    return Gate(
        Kind.PAUSE,
        (
            Check("Probability of being below the bar", _below(standing, bar), limits.sure),
            *_known_well(standing, limits),
        ),
    )


def promote_gate(standing: Standing, *, bar: float, limits: Limits = DEFAULT_LIMITS) -> Gate:
    """This will check whether a worker is as surely above a (higher) bar as a pause must be sure of the opposite."""
    return Gate(
        Kind.PROMOTE,
        (
            Check("Probability of being above the bar", 1 - _below(standing, bar), limits.sure),
            *_known_well(standing, limits),
            Check("No fall in progress", float(not standing.is_falling), 1.0),
        ),
    )


def coach_gate(standing: Standing, *, bar: float, limits: Limits = DEFAULT_LIMITS) -> Gate:
    """This will check whether help should be offered: probably below the bar, or falling, and not by a few answers."""
    return Gate(
        Kind.COACH,
        (
            Check(
                "Probability of being below the bar, 1 if quality is falling",
                1.0 if standing.is_falling else _below(standing, bar),
                limits.likely,
            ),
            Check("Answers", 0.0 if standing.is_inherited else standing.n_eff, limits.answers_to_coach),
        ),
    )


def restore_gate(standing: Standing, *, bar: float, limits: Limits = DEFAULT_LIMITS) -> Gate:
    """This will check whether a paused worker has shown, in new strong answers, to be probably above the bar."""
    return Gate(
        Kind.RESTORE,
        (
            Check("Probability of being above the bar", 1 - _below(standing, bar), limits.likely),
            Check(
                "Planted items and second-level reviews since the pause",
                standing.strong_answers_since_pause,
                limits.strong_answers,
            ),
        ),
    )


def lost_ground_gate(standing: Standing, *, bar: float, limits: Limits = DEFAULT_LIMITS) -> Gate:
    """This will check whether a pause has lost its ground, because evidence behind it was withdrawn or corrected.

    It passes as soon as the pause could not be proposed today and the worker is more likely above the bar than below,
    without any new answer being asked of the worker. Call it only when such evidence has changed.
    """
    pause = pause_gate(standing, bar=bar, limits=limits)
    return Gate(
        Kind.RESTORE,
        (
            Check("The pause could not be proposed today", float(not pause.passes), 1.0),
            Check("Probability of being above the bar", 1 - _below(standing, bar), 0.5),
        ),
    )


def propose(standing: Standing, *, bar: float, promote_bar: float, limits: Limits = DEFAULT_LIMITS) -> Gate | None:
    """This will return the one gate that passes for a working (not paused) worker, the gravest first, or None."""
    gates = (
        pause_gate(standing, bar=bar, limits=limits),
        coach_gate(standing, bar=bar, limits=limits),
        promote_gate(standing, bar=promote_bar, limits=limits),
    )
    return next((gate for gate in gates if gate.passes), None)


def _below(standing: Standing, bar: float) -> float:
    return probability_below(standing.mean, standing.strength, bar)


def _known_well(standing: Standing, limits: Limits) -> tuple[Check, Check]:
    """A scope without own evidence has no answers, however much is known elsewhere."""
    return (
        Check("Answers", 0.0 if standing.is_inherited else standing.n_eff, limits.answers),
        Check("Planted items and second-level reviews", standing.strong_answers, limits.strong_answers),
    )
