"""Arithmetic of exchange: exact fractions, rounded once, half to even. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final

from common.currencies import get_currency
from common.money import Money

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


def shown_price(price: Fraction) -> Decimal:
    """Return a price to show: seven significant digits, never used to convert."""
    return Decimal(f"{Decimal(price.numerator) / Decimal(price.denominator):.7g}")


@dataclass(frozen=True, slots=True)
class Converted:
    """What an amount becomes in another currency, in minor units.

    ``from_minor`` of it is converted; that is worth ``exact``, rounded half to even ``to_minor``, of which ``paid_minor`` is
    paid. Where a payout may be any amount, all is converted and paid. Where it must be a multiple, ``paid_minor`` is one,
    ``from_minor`` is what it costs, to the nearest minor unit, and the rest of the amount stays as it was.
    """

    from_minor: int
    exact: Fraction
    to_minor: int
    paid_minor: int

    @property
    def rounding_minor(self) -> int:
        """What is worth more (positive) or less than it pays: less than half a minor unit of what is given."""
        return self.to_minor - self.paid_minor


def convert(money: Money, currency: str, price: Fraction) -> Converted:
    """Return what ``money`` (not negative) becomes in ``currency``, one unit of its own being worth ``price`` units."""
    given, wanted = get_currency(money.currency), get_currency(currency)
    factor = price * Fraction(10) ** wanted.exponent / Fraction(10) ** given.exponent
    worth = round(money.amount_minor * factor)
    paid = worth - worth % wanted.payout_multiple
    if paid == worth:
        return Converted(money.amount_minor, money.amount_minor * factor, worth, paid)
    cost = round(paid / factor)
    return Converted(cost, cost * factor, round(cost * factor), paid)
