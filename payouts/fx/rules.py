"""Arithmetic of exchange: exact fractions, rounded once, half to even. Pure."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

#: An imported rate that is further from the last than this, in percent, is no news but a mistake, or a fraud.
LARGEST_STEP_PERCENT: Final = 15


def age_words(age: timedelta) -> str:
    """Return an age as people say it."""
    parts = ((age.days, "day"), (age.seconds // 3600, "hour"))
    told = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in parts if count]
    return " and ".join(told) or "less than an hour"


def is_a_leap(before: Decimal, now: Decimal) -> bool:
    """Say whether a rate is too far from the one before to be taken without a second person."""
    return abs(now - before) * 100 > before * LARGEST_STEP_PERCENT


def price_of(from_rate: Decimal | None, to_rate: Decimal | None) -> Fraction:
    """Return how many units of one currency one unit of another buys, by what one unit of a third buys of each.

    None stands for the third itself.
    """
    return Fraction(to_rate or 1) / Fraction(from_rate or 1)
