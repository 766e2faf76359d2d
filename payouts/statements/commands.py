"""Issuing statements: one for each paid payout, by the news that it was paid."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.errors import NotFound
from payouts.cycles.models import CycleLine
from payouts.statements.models import Statement, StatementCounter, StatementLine

Kind = StatementLine.Kind


def issue_statement(*, payout_id: UUID, now: datetime) -> Statement:
    """Number and write the statement of a payout; the one that is there already is returned as it is.

    The database refuses it unless its lines sum to the payout.

    Raises:
        NotFound: no line of a cycle ordered the payout.
    """
    with transaction.atomic():
        counter = _lock_counter()
        issued = Statement.objects.filter(payout_id=payout_id).first()
        if issued is not None:
            return issued
        line = CycleLine.objects.filter(payout_id=payout_id).first()
        if line is None:
            raise NotFound(f"No cycle ordered the payout {payout_id}.")
        parts = list(_parts(line))
        counter.last_number += 1
        counter.save(update_fields=["last_number"])
        statement = Statement.objects.create(
            number=counter.last_number,
            payout_id=payout_id,
            cycle_id=line.cycle_id,
            worker_id=line.worker_id,
            currency=line.currency,
            amount_minor=line.amount_minor,
            line_count=len(parts),
            issued_at=now,
        )
        StatementLine.objects.bulk_create(
            [
                StatementLine(
                    statement=statement, line_no=number, kind=kind, earning_id=earning_id, amount_minor=amount_minor
                )
                for number, (kind, earning_id, amount_minor) in enumerate(parts, start=1)
            ],
            batch_size=5000,
        )
        return statement


def _lock_counter() -> StatementCounter:
    StatementCounter.objects.bulk_create([StatementCounter(id=1, last_number=0)], ignore_conflicts=True)
    return StatementCounter.objects.select_for_update().get(id=1)


def _parts(line: CycleLine) -> Iterator[tuple[str, UUID | None, int]]:
    members = line.earnings.order_by("earning__worked_from", "earning_id")
    for earning_id, amount_minor in members.values_list("earning_id", "earning__amount_minor"):
        yield Kind.EARNING, earning_id, amount_minor
    if line.brought_minor:
        yield Kind.BROUGHT_FORWARD, None, line.brought_minor
    for kind, kept_minor in (
        (Kind.HELD, line.held_minor),
        (Kind.HELD_BACK, line.holdback_minor),
        (Kind.RECOVERED, line.recovered_minor),
        (Kind.CARRIED_FORWARD, line.carried_minor),
    ):
        if kept_minor:
            yield kind, None, -kept_minor
