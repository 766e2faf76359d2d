"""A database that does not know what the provider has pays nobody; `make drill` restores real dumps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections

from common import clock
from common.verification import run_checks
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, recover, submit
from payouts.cycles.models import CycleLine, PayCycle
from payouts.facade import post_earnings
from payouts.ledger.models import JournalEntry
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.transfers.commands import restores, run_due
from payouts.transfers.errors import ReconcileFirst
from payouts.transfers.models import Payout, PayoutAttempt, TrustedDatabase
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros
from tests.proofs.apart import run_here

END = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def approved(story: Story, amina: Any, chiara: Any, ada: Any) -> PayCycle:
    """A cycle that owes Ada 50 EUR."""
    return approved_cycle(story, amina, chiara, [ada])


def approved_cycle(story: Story, amina: Any, chiara: Any, workers: Sequence[Any]) -> PayCycle:
    """Return a cycle that owes each of the workers 50 EUR."""
    story.fund(euros(1000))
    for number, worker in enumerate(workers):
        story.onboard(worker, number=f"DE8937040044053201{number:02d}00")
        earning = make_earning(worker.id, chiara.id, f"t:{worker.full_name}")
        post_earnings([earning], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - timedelta(days=7), ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    return approve(cycle_id=cycle.id, by=chiara, now=NOW)


def transferred_elsewhere(
    story: Story, worker: Any, amount_minor: int, payout_id: str | None = None, **metadata: str
) -> None:
    """Let the provider have a transfer of ours that this database knows nothing of."""
    destination = Payee.objects.get(worker=worker).account_id
    params: Any = {
        "amount": amount_minor,
        "currency": "eur",
        "destination": destination,
        "transfer_group": f"payout_{payout_id or uuid4()}",
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


@pytest.mark.parametrize("is_reserved", [True, False], ids=["reserved here", "unknown here"])
def test_reconciliations_at_once_agree_and_each_transfer_is_taken_over_once(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch, is_reserved: bool
) -> None:
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    workers = [make_person(name) for name in ("Ada", "Chen")]
    cycle = approved_cycle(story, amina, chiara, workers)
    groups = [str(uuid4()), str(uuid4())]
    if is_reserved:
        execute(cycle_id=cycle.id, by=amina, now=NOW)
        groups = [str(Payout.objects.get(worker=worker).id) for worker in workers]
    for worker, group in zip(workers, groups, strict=True):
        transferred_elsewhere(story, worker, 5000, payout_id=group, cycle=str(cycle.id))
    find, everybody_has_found = restores._find_unknown, threading.Barrier(4)

    def find_together(**pages: Any) -> Any:
        found = find(**pages)
        everybody_has_found.wait()
        return found

    with monkeypatch.context() as patched:
        patched.setattr(restores, "_find_unknown", find_together)
        answers = in_threads(4, lambda: recover(now=NOW))
    run_due(now=NOW)

    assert answers == [(2, 0)] * 4
    assert sorted(PayoutAttempt.objects.values_list("payout__worker__full_name", "number")) == [("Ada", 1), ("Chen", 1)]
    assert JournalEntry.objects.filter(kind="PAYOUT_RESERVED").count() == 2
    assert {payout.state for payout in Payout.objects.all()} == {"PAID"}
    assert len(story.transfers()) == 2
    assert [check.name for check in run_checks() if not check.is_ok] == []


def in_threads(count: int, act: Callable[[], Any]) -> list[Any]:
    def run(number: int) -> Any:
        try:
            with clock.at(NOW):
                return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_a_dump_from_before_a_pay_run_pays_nobody_twice(fresh_database: str) -> None:
    connections.close_all()
    ran = run_here(["drill", "--moment", "before the run"], fresh_database, quiet=True)

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "refused, 3 taken over" in ran.stdout
    assert "without the gate: 3 second payments" in ran.stdout
