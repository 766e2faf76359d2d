"""What work costs a client: a rate for each unit, or what the expert is paid with a margin; how overdue it is. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from common.money import Money

#: Basis points in a whole.
WHOLE_BPS: Final = 10_000
#: Ten times the cost; what is more is a mistake.
LARGEST_MARGIN_BPS: Final = 90_000


def by_rate(rate: Money, quantity: Decimal) -> Money:
    """Return ``quantity`` units at ``rate``, rounded half to even to the minor unit."""
    return rate.times(quantity)


def by_margin(cost: Money, margin_bps: int) -> Money:
    """Return the cost with the margin (basis points of the cost), rounded half to even to the minor unit."""
    return cost.times(Decimal(WHOLE_BPS + margin_bps) / WHOLE_BPS)


#: By how many days what is open is overdue: not at all, then up to each bound, then beyond.
AGES: Final = ("not due", "1-30 days", "31-60 days", "61-90 days", "over 90 days")
_BOUNDS: Final = (0, 30, 60, 90)


def age_of(overdue_days: int) -> int:
    """Return the place in ``AGES`` of what is overdue by so many days (negative: not due yet)."""
    return sum(overdue_days > bound for bound in _BOUNDS)
