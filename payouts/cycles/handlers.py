"""What cycles do about the news of payouts: complete when all have ended, free earnings whose money came back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common.events import subscribe
from payouts.cycles.commands import complete_if_done, release_payout
from payouts.cycles.guards import refuse_earning_in_cycle
from payouts.earnings.commands import register_reversal_guard
from payouts.events import PayoutCancelled, PayoutFailed, PayoutPaid, PayoutReturned


def complete_cycle(payload: Mapping[str, Any], now: datetime) -> None:
    """Complete the payout's cycle if this was its last one."""
    if payload["cycle_id"]:
        complete_if_done(cycle_id=UUID(payload["cycle_id"]), now=now)


def release_earnings(payload: Mapping[str, Any], now: datetime) -> None:
    """Free the earnings of a payout that did not arrive, then complete its cycle if it was the last one."""
    release_payout(payout_id=UUID(payload["payout_id"]), now=now)
    complete_cycle(payload, now)


subscribe(PayoutPaid, complete_cycle)
for _news in (PayoutFailed, PayoutReturned, PayoutCancelled):
    subscribe(_news, release_earnings)
register_reversal_guard(refuse_earning_in_cycle)
