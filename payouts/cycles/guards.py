"""What cycles forbid to features that know no cycles: taking an earning back, closing a month."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time

from payouts.cycles.models import CycleLineEarning, PayCycle
from payouts.earnings.errors import EarningInCycle
from payouts.earnings.models import Earning
from payouts.ledger.models import Period


def refuse_earning_in_cycle(earning: Earning) -> None:
    """Return only if no live line pays the earning.

    Raises:
        EarningInCycle: one does.
    """
    if CycleLineEarning.objects.filter(earning=earning, released_at__isnull=True).exists():
        raise EarningInCycle


def cycles_have_ended(period: Period, now: datetime) -> Iterable[str]:
    """Name each cycle that was approved before the month's end and is still being funded or carried out."""
    ends_at = datetime.combine(period.ends_on, time(), tzinfo=UTC)
    running = PayCycle.objects.filter(state__in=[PayCycle.State.FUNDING, PayCycle.State.EXECUTING])
    for cycle in running.filter(approved_at__lt=ends_at).order_by("approved_at", "id"):
        yield f"The {cycle.currency} cycle approved on {cycle.approved_at:%Y-%m-%d} is still being carried out."
