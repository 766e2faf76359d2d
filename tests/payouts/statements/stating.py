"""Paid payouts to state, and raw SQL to be refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import Error, connection, transaction

from common.identifiers import uuid7
from payouts.cycles.models import CycleLine, CycleLineEarning, PayCycle
from payouts.facade import post_earnings
from payouts.statements.commands import issue_statement
from payouts.statements.models import Statement
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_earning


def paid(worker: Any, approver: Any, *, brought: int = 0, residue: int = 0, **changes: Any) -> UUID:
    """Return a payout, with its cycle's line, for two earnings of ``worker``."""
    key = f"{worker.full_name}:{uuid7()}"
    views = post_earnings([make_earning(worker.id, approver.id, f"{key}:{n}", **changes) for n in (1, 2)], now=NOW)
    earned = sum(view.amount.amount_minor for view in views)
    currency = views[0].amount.currency
    cycle, _ = PayCycle.objects.get_or_create(
        currency=currency,
        defaults={
            "maker": approver,
            "starts_at": NOW.replace(day=1),
            "ends_at": NOW,
            "expected_pay_on": NOW.date(),
            "created_at": NOW,
        },
    )
    payout = Payout.objects.create(
        cycle_id=cycle.id,
        worker=worker,
        currency=currency,
        amount_minor=earned + brought - residue,
        rail="connect",
        state="PAID",
        destination="acct_1",
        destination_fingerprint="f",
        provider_ref=f"tr_{uuid7()}",
        created_at=NOW,
        transferred_at=NOW,
        paid_at=NOW,
        ended_at=NOW,
    )
    line = CycleLine.objects.create(
        cycle=cycle,
        worker=worker,
        currency=currency,
        earned_minor=earned,
        brought_minor=brought,
        carried_minor=residue,
        amount_minor=payout.amount_minor,
        earnings_count=2,
        payout_id=payout.id,
    )
    CycleLineEarning.objects.bulk_create(CycleLineEarning(line=line, earning_id=view.id) for view in views)
    return payout.id


def issued(payout_id: UUID) -> Statement:
    """Issue a statement and let the triggers of the commit look at it."""
    statement = issue_statement(payout_id=payout_id, now=NOW)
    look_now()
    return statement


def look_now() -> None:
    """Let the triggers of the commit run."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def came_back(payout_id: UUID) -> None:
    """Let the bank return a payout: its earnings are free again."""
    Payout.objects.filter(id=payout_id).update(state="RETURNED", reversed_minor=1, failure_code="account_closed")
    CycleLineEarning.objects.filter(line__payout_id=payout_id).update(released_at=NOW)
    CycleLine.objects.filter(payout_id=payout_id).update(released_at=NOW)


def refusal(sql: str) -> str:
    with pytest.raises(Error) as caught:
        run_to_its_end(sql)
    diagnostics = caught.value.__cause__.diag
    return diagnostics.constraint_name or diagnostics.message_primary


def run_to_its_end(sql: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for part in sql.split("; "):
            cursor.execute(part)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
