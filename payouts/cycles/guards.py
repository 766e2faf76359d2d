"""What forbids taking an earning back: a live line of a cycle. Registered with earnings, which know no cycles."""

from __future__ import annotations

from payouts.cycles.models import CycleLineEarning
from payouts.earnings.errors import EarningInCycle
from payouts.earnings.models import Earning


def refuse_earning_in_cycle(earning: Earning) -> None:
    """Return only if no live line pays the earning.

    Raises:
        EarningInCycle: one does.
    """
    if CycleLineEarning.objects.filter(earning=earning, released_at__isnull=True).exists():
        raise EarningInCycle
