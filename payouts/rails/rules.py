"""When a call may go out, and when a rail is to be left alone: pure.

Source of the figures: Stripe allows 25 requests a second and endpoint (https://docs.stripe.com/rate-limits); 20 a second
with bursts of 5 stay within that in every second.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

#: What a rail is called; the keys are how rows name it.
RAIL_NAMES: Final = {"connect": "Stripe Connect", "global": "Stripe Global Payouts"}

#: Calls that may go out at once after a pause.
BURST: Final = 5
#: Seconds in which a rate that was halved down to nothing would be whole again.
RECOVERY_S: Final = 60.0
SLOWEST_PER_S: Final = 1.0
#: Refusals of one moment halve the rate once.
ONE_MOMENT: Final = timedelta(seconds=1)
LONGEST_WAIT: Final = timedelta(seconds=10)
#: How long an open circuit lets nothing through, and how long a probe may take: longer than both time-outs of a call.
OPEN_FOR: Final = timedelta(seconds=30)
PROBE_FOR: Final = timedelta(seconds=40)


def recovered_rate(slowed_to: float, since: timedelta, limit: float) -> float:
    """Return the calls a second that are allowed some time after the rate was slowed."""
    return min(limit, slowed_to + limit * since.total_seconds() / RECOVERY_S)


def halved_rate(rate: float) -> float:
    """Return the rate after the provider asked for less."""
    return max(SLOWEST_PER_S, rate / 2)


def next_slot(full_at: datetime | None, moment: datetime, rate: float) -> tuple[datetime, datetime]:
    """Return when the next call may go out, and when the bucket will be full again after it.

    A token bucket of ``BURST``, kept as one instant: it holds less the further that lies ahead.
    """
    full = max(full_at or moment, moment)
    step = timedelta(seconds=1 / rate)
    return max(moment, full - (BURST - 1) * step), full + step


def circuit_state(opened_at: datetime | None, moment: datetime) -> str:
    """Return CLOSED, OPEN (nothing goes out) or HALF_OPEN (one probe may)."""
    if opened_at is None:
        return "CLOSED"
    return "OPEN" if moment < opened_at + OPEN_FOR else "HALF_OPEN"
