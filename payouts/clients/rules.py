"""What work costs a client: a rate for each unit, or what the expert is paid with a margin. Pure."""

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
