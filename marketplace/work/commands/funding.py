"""Client money for batches: reserved before work goes out, renewed while it lasts, given back when it rests or is done."""

from __future__ import annotations

import logging
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from common import states
from common.money import Money
from marketplace.projects.models import Opening, Project, RateLine
from marketplace.projects.queries import find_rate_line
from marketplace.work.models import Batch, Task
from payouts import facade as payouts

logger = logging.getLogger(__name__)

#: What a place of a task is paid and billed by. Hours are not reserved: time that was worked is paid whatever is left.
_PLACE_UNITS = (RateLine.Unit.TASK, RateLine.Unit.ACCEPTED_TASK)


def purpose_of(batch: Batch) -> str:
    """Return under which key the money of a batch is reserved."""
    return f"batch:{batch.id}"


def fund_batch(batch: Batch, now: datetime) -> None:
    """Reserve what the undone places of a batch may cost its client, or renew it.

    Raises:
        ClientFundsMissing: the client's money does not cover it.
    """
    places = Task.objects.filter(batch=batch).aggregate(total=Sum(F("wanted") - F("accepted")))["total"] or 0
    payouts.reserve_money(
        client_id=batch.project.organization_id,
        purpose_key=purpose_of(batch),
        units=int(places),
        prices=_prices(batch.project, now),
        now=now,
    )


def give_back(batch: Batch, now: datetime) -> None:
    """Release what is reserved for a batch that rests or is done."""
    payouts.release_money(purpose_key=purpose_of(batch), now=now)


def renew_funding(*, now: datetime) -> list[Batch]:
    """Renew the money of every batch in progress, and pause and return those whose client's money does not cover them.

    Also what the client's prices or balance did since the last time is seen here; work that was claimed can be finished.
    """
    running = Batch.objects.filter(state=Batch.State.IN_PROGRESS, project__state=Project.State.PRODUCTION)
    paused = [_renew(batch_id, now) for batch_id in running.order_by("id").values_list("id", flat=True)]
    return [batch for batch in paused if batch is not None]


@transaction.atomic
def _renew(batch_id: UUID, now: datetime) -> Batch | None:
    batch = Batch.objects.select_for_update(of=("self",)).select_related("project").get(id=batch_id)
    if batch.state != Batch.State.IN_PROGRESS:
        return None
    try:
        fund_batch(batch, now)
    except payouts.ClientFundsMissing:
        states.move(batch, Batch.State.PAUSED, by=None, now=now, reason_code="CLIENT_FUNDS_MISSING")
        give_back(batch, now)
        logger.warning("work.batch.unfunded", extra={"batch_id": str(batch.id)})
        return batch
    return None


def _prices(project: Project, now: datetime) -> list[payouts.UnitPrice]:
    openings = Opening.objects.filter(project=project).values("id")
    lines = RateLine.objects.filter(opening__in=openings, side="PAY", unit__in=_PLACE_UNITS, effective__contains=now)
    prices = []
    for line in lines.order_by("id"):
        bill = find_rate_line(line.opening_id, side="BILL", unit=line.unit, at=now)
        rate = Money(bill.amount_minor, bill.currency) if bill else None
        prices.append(payouts.UnitPrice(rate, Money(line.amount_minor, line.currency)))
    return prices
