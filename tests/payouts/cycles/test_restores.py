"""A database that does not know what the provider has pays nobody; `make drill` restores real dumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from common.verification import run_checks
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, recover, submit
from payouts.cycles.models import CycleLine, PayCycle
from payouts.facade import post_earnings
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.transfers.commands import run_due
from payouts.transfers.errors import ReconcileFirst
from payouts.transfers.models import Payout, TrustedDatabase
from tests.payouts.people import NOW, make_earning
from tests.payouts.support.story import Story, euros
from tests.proofs.apart import run_here

END = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def approved(story: Story, amina: Any, chiara: Any, ada: Any, bola: Any) -> PayCycle:
    """A cycle that owes Ada 50 EUR."""
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    return approve(cycle_id=cycle.id, by=chiara, now=NOW)


def transferred_elsewhere(story: Story, worker: Any, amount_minor: int, **metadata: str) -> None:
    """Let the provider have a transfer of ours that this database knows nothing of."""
    destination = Payee.objects.get(worker=worker).account_id
    params: Any = {
        "amount": amount_minor,
        "currency": "eur",
        "destination": destination,
        "transfer_group": f"payout_{uuid4()}",
        "metadata": metadata,
    }
    story.client.v1.transfers.create(params)


def test_what_the_provider_alone_knows_of_a_cycle_is_taken_over_and_not_paid_again(
    story: Story, approved: PayCycle, amina: Any, ada: Any
) -> None:
    transferred_elsewhere(story, ada, 5000, cycle=str(approved.id))

    with pytest.raises(ReconcileFirst):
        execute(cycle_id=approved.id, by=amina, now=NOW)
    assert PayCycle.objects.get().state == "APPROVED"
    assert not Payout.objects.exists()
    assert recover(now=NOW) == (1, 0)
    assert recover(now=NOW) == (0, 0)
    run_due(now=NOW)
    execute(cycle_id=approved.id, by=amina, now=NOW)

    payout = Payout.objects.get()
    assert (payout.state, payout.cycle_id) == ("PAID", approved.id)
    assert CycleLine.objects.get().payout_id == payout.id
    assert len(story.transfers()) == 1
    assert story.balances(ada) == (0, 0, 95_000)
    assert story.is_even()
    assert [check.name for check in run_checks() if not check.is_ok] == []


def test_what_cannot_be_taken_over_keeps_everything_closed(
    story: Story, approved: PayCycle, amina: Any, ada: Any
) -> None:
    transferred_elsewhere(story, ada, 5001)

    assert recover(now=NOW) == (0, 1)
    with pytest.raises(ReconcileFirst):
        execute(cycle_id=approved.id, by=amina, now=NOW)
    assert len(story.transfers()) == 1
    assert not Payout.objects.exists()


def test_a_transfer_that_is_not_ours_closes_nothing(story: Story, approved: PayCycle, amina: Any, ada: Any) -> None:
    destination = Payee.objects.get(worker=ada).account_id
    story.client.v1.transfers.create({"amount": 100, "currency": "eur", "destination": destination})

    assert execute(cycle_id=approved.id, by=amina, now=NOW).state == "EXECUTING"


def test_a_database_that_paid_elsewhere_sends_nothing(story: Story, approved: PayCycle, amina: Any) -> None:
    execute(cycle_id=approved.id, by=amina, now=NOW)
    with connection.cursor() as cursor:
        # As in a restored one: the row came along, the name that PostgreSQL gave the table did not.
        cursor.execute("ALTER TABLE payouts_trusteddatabase DISABLE TRIGGER USER")
        cursor.execute("UPDATE payouts_trusteddatabase SET table_oid = table_oid + 1")
        cursor.execute("ALTER TABLE payouts_trusteddatabase ENABLE TRIGGER USER")

    run_due(now=NOW)
    before = Payout.objects.get().state, len(story.transfers())
    recover(now=NOW)
    run_due(now=NOW)

    assert before == ("RESERVED", 0)
    assert Payout.objects.get().state == "PAID"
    assert TrustedDatabase.objects.count() == 2


def test_a_dump_from_before_a_pay_run_pays_nobody_twice(fresh_database: str) -> None:
    connections.close_all()
    ran = run_here(["drill", "--moment", "before the run"], fresh_database, quiet=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "refused, 3 taken over" in ran.stdout
    assert "without the gate: 3 second payments" in ran.stdout
