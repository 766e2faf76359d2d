"""Figures that pages derive: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import erf, sqrt
from typing import Final

#: A 90 % interval of a normal distribution reaches this many standard errors to each side.
NINETY: Final = 1.6449
#: Where no project names a bar, maps are colored by this share.
USUAL_BAR: Final = 0.8
#: How EarningState's states fall into the four of the chart: held money is approved and waits.
CHART_STATES: Final = {"PAID": "paid", "IN_CYCLE": "in_cycle", "APPROVED": "approved", "HELD": "approved"}


def chance_above(mean: float, low90: float, high90: float, bar: float) -> float:
    """Return the chance (0..1) that a share lies above ``bar``, reading its 90 % interval as a normal one's.

    The wider side counts: an interval near 1 is cut off there.
    """
    error = max(high90 - mean, mean - low90) / NINETY
    if error <= 0:
        return float(mean > bar)
    return 0.5 * (1 + erf((mean - bar) / (error * sqrt(2))))


def sum_by_chart_state(by_state: Mapping[str, int]) -> dict[str, int]:
    """Return minor units by state of the chart; reversed ones are left out."""
    sums = dict.fromkeys(("paid", "in_cycle", "approved"), 0)
    for state, amount in by_state.items():
        if state in CHART_STATES:
            sums[CHART_STATES[state]] += amount
    return sums


def last_of_each_week[T](points: Sequence[tuple[date, T]], weeks: int) -> list[tuple[date, T]]:
    """Return the last of ``points`` (by day, oldest first) in each of the ``weeks`` newest weeks that have one."""
    by_week = {day - timedelta(days=day.weekday()): point for day, point in points}
    return sorted(by_week.items())[-weeks:]
