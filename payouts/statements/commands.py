"""Issuing statements: one for each paid payout, and one that takes it back where the money came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from django.db import transaction

from common.errors import NotFound
from payouts.cycles.models import CycleLine
from payouts.statements.models import Statement, StatementCounter, StatementLine
from payouts.transfers.models import Payout

Kind = StatementLine.Kind
_CAME_BACK = (Payout.State.RETURNED, Payout.State.REVERSED)


def issue_statement(*, payout_id: UUID, now: datetime) -> Statement:
    """Number and write the statement of a payout; the one that is there already is returned as it is.

    What came back meanwhile is taken back by a correcting statement each, so that an earning paid again stands on one
    live statement only. The database refuses a statement unless its lines are their earnings and sum to the payout.

    Raises:
        NotFound: no line of a cycle ordered the payout.
    """
    with transaction.atomic():
        counter = _lock_counter()
        statement = Statement.objects.filter(payout_id=payout_id, corrects__isnull=True).first()
        if statement is None:
            statement = _issue(payout_id, counter, now)
        _take_back_what_returned(statement, counter, now)
        return statement


def correct_statement(*, payout_id: UUID, now: datetime) -> Statement | None:
    """Take back the statement of a payout whose money came back, and return the correcting one; None if it was never paid.

    Raises:
        NotFound: no line of a cycle ordered the payout.
    """
    if not Payout.objects.filter(id=payout_id, paid_at__isnull=False).exists():
        return None
    issue_statement(payout_id=payout_id, now=now)
    return Statement.objects.filter(payout_id=payout_id, corrects__isnull=False).first()


def _issue(payout_id: UUID, counter: StatementCounter, now: datetime) -> Statement:
    line = CycleLine.objects.filter(payout_id=payout_id).first()
    if line is None:
        raise NotFound(f"No cycle ordered the payout {payout_id}.")
    statement = Statement(
        payout_id=payout_id,
        cycle_id=line.cycle_id,
        worker_id=line.worker_id,
        currency=line.currency,
        amount_minor=line.amount_minor,
    )
    return _write(statement, list(_parts(line)), counter, now)


def _take_back_what_returned(issued: Statement, counter: StatementCounter, now: datetime) -> None:
    """Correct each statement of the expert whose payout came back; also one whose news is not delivered yet."""
    came_back = Payout.objects.filter(worker_id=issued.worker_id, state__in=_CAME_BACK)
    wrong = Statement.objects.filter(
        worker_id=issued.worker_id,
        currency=issued.currency,
        corrects__isnull=True,
        correction__isnull=True,
        payout_id__in=came_back.values("id"),
    )
    for original in wrong.order_by("number"):
        lines = original.lines.order_by("line_no").values_list("kind", "earning_id", "amount_minor")
        statement = Statement(
            corrects=original,
            payout_id=original.payout_id,
            cycle_id=original.cycle_id,
            worker_id=original.worker_id,
            currency=original.currency,
            amount_minor=-original.amount_minor,
        )
        _write(statement, [(kind, earning_id, -minor) for kind, earning_id, minor in lines], counter, now)


def _write(
    statement: Statement, parts: list[tuple[str, UUID | None, int]], counter: StatementCounter, now: datetime
) -> Statement:
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    statement.number, statement.line_count, statement.issued_at = counter.last_number, len(parts), now
    statement.save(force_insert=True)
    rows = (
        StatementLine(statement=statement, line_no=line_no, kind=kind, earning_id=earning_id, amount_minor=amount_minor)
        for line_no, (kind, earning_id, amount_minor) in enumerate(parts, start=1)
    )
    StatementLine.objects.bulk_create(rows, batch_size=5000)
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
        (Kind.WITHHELD, line.withheld_minor),
        (Kind.HELD_BACK, line.holdback_minor),
        (Kind.RECOVERED, line.recovered_minor),
        (Kind.CARRIED_FORWARD, line.carried_minor),
    ):
        if kept_minor:
            yield kind, None, -kept_minor
