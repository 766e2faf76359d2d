"""From what the methods found to a judgement, and to words that people read before they take evidence back."""

from __future__ import annotations

from math import floor
from typing import Final

#: Of ten keys that are called wrong nine should be.
LIKELY_WRONG: Final = 0.9
#: Two people who miss the same item may be two who were tired.
LEAST_MET: Final = 3
#: How often fair reviewers of an organization may see even one of them named.
FALSE_ALARMS: Final = 0.05
#: A difference below a step on a scale of ten, in shares of a full score, is corrected by the estimates and is nobody's fault.
LEAST_DIFFERENCE: Final = 0.1


def is_likely_wrong(*, chance_wrong: float, met: int) -> bool:
    """Say whether a key should be looked at."""
    return met >= LEAST_MET and chance_wrong >= LIKELY_WRONG


def stands_out(*, difference: float, p: float) -> bool:
    """Say whether a reviewer differs from the others beyond chance, and enough to matter."""
    return p < FALSE_ALARMS and abs(difference) >= LEAST_DIFFERENCE


def describe_key(*, met: int, found: int, expected: float, chance_wrong: float) -> str:
    """This will say in words what speaks against a planted item's key; empty when too little does."""
    if not is_likely_wrong(chance_wrong=chance_wrong, met=met):
        return ""
    return (
        f"The key is likely wrong: {found} of {met} people found what it names, where {expected:.1f} were to be expected "
        f"from what the same people find elsewhere. The chance that it is wrong is {floor(100 * chance_wrong)} of 100."
    )


def describe_reviewer(*, difference: float, low90: float, high90: float, p: float) -> str:
    """This will say in words how a reviewer differs from the others; empty when chance can explain it or it is small."""
    if not stands_out(difference=difference, p=p):
        return ""
    verb, sign = ("Stricter", 1) if difference > 0 else ("Milder", -1)
    low, high = sorted((100 * sign * low90, 100 * sign * high90))
    rarely = f"P = {p:.3f}" if p >= 0.001 else "P < 0.001"
    return (
        f"{verb} than the middle reviewer of the same people’s work by {100 * abs(difference):.0f} points of 100 "
        f"(90 % interval {low:.0f} to {high:.0f}), beyond chance ({rarely})."
    )
