"""What experts are told of a cycle's lines, once: published in the commit that carries the cycle out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from common.events import publish_each
from payouts.cycles.models import CycleLine, PayCycle
from payouts.events import DebtRecovered, PayCarriedOver
from payouts.ledger.queries import get_balances
from payouts.ledger.rules import receivable


def tell_of_lines(cycle: PayCycle, paid: Sequence[CycleLine], *, now: datetime) -> None:
    """Publish what ``paid`` lines recovered of debts, their entries being posted, and who is carried over and why."""
    recovering = [line for line in paid if line.recovered_minor]
    owed = get_balances(receivable(line.worker_id, line.currency) for line in recovering)
    recovered = [
        DebtRecovered(
            worker_id=line.worker_id,
            source_key=line.source,
            currency=line.currency,
            amount_minor=line.recovered_minor,
            owed_minor=owed[receivable(line.worker_id, line.currency)].amount_minor,
        )
        for line in recovering
    ]
    carried = [
        PayCarriedOver(
            worker_id=line.worker_id,
            source_key=line.source,
            currency=line.currency,
            amount_minor=line.carried_minor,
            reason_code=line.reason_code,
            words=line.reason_text,
        )
        for line in cycle.lines.filter(state=CycleLine.State.CARRIED_OVER, carried_minor__gt=0).order_by("worker_id")
    ]
    publish_each([*recovered, *carried], now=now)
