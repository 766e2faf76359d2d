"""Pay with tax withheld, as a cycle that was carried out leaves it, without playing the cycle."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from common.identifiers import uuid7
from payouts.cycles.commands.keep import post_withholdings
from payouts.cycles.models import CycleLine, PayCycle
from payouts.facade import post_earnings
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_earning


def pay(
    worker: Any,
    maker: Any,
    *,
    earned_minor: int = 10_000,
    bps: int = 0,
    code: str = "",
    currency: str = "USD",
    at: datetime = NOW,
    recovered_minor: int = 0,
    paid_minor: int = 0,
    paid_currency: str = "",
) -> CycleLine:
    """Earn, withhold ``bps`` of it for the reason ``code``, recover a debt, and pay the rest at ``at``.

    ``paid_minor`` of ``paid_currency`` is what the rest was converted into, if it was.
    """
    key = f"{worker.full_name}:{uuid7()}"
    earning = make_earning(worker.id, maker.id, key, quantity=Decimal(1), rate_minor=earned_minor, currency=currency)
    post_earnings([earning], now=at)
    starts_at = datetime.fromtimestamp(PayCycle.objects.count() * 60, at.tzinfo)
    cycle = PayCycle.objects.create(
        currency=currency,
        maker=maker,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=1),
        expected_pay_on=at.date(),
        created_at=at,
    )
    withheld = earned_minor * bps // 10_000
    payout = Payout.objects.create(
        cycle_id=cycle.id,
        worker=worker,
        currency=paid_currency or currency,
        amount_minor=paid_minor or earned_minor - withheld - recovered_minor,
        rail="connect",
        state="PAID",
        destination="acct_1",
        destination_fingerprint="f",
        provider_ref=f"tr_{uuid7()}",
        created_at=at,
        transferred_at=at,
        paid_at=at,
        ended_at=at,
    )
    line = CycleLine.objects.create(
        cycle=cycle,
        worker=worker,
        currency=currency,
        earned_minor=earned_minor,
        withheld_minor=withheld,
        withholding_bps=bps,
        withholding_code=code,
        recovered_minor=recovered_minor,
        recovery_bps=2500 if recovered_minor else 0,
        amount_minor=earned_minor - withheld - recovered_minor,
        earnings_count=1,
        payout_id=payout.id,
    )
    post_withholdings([line], by=None, now=at)
    return line
