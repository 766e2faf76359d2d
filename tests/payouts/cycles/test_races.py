"""Two at once over the same money: each earning in one line, each cycle carried out once, paid or cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from common import clock
from common.errors import DomainError
from payouts.cycles.commands import approve, calculate, cancel, draft_cycle, execute, submit
from payouts.cycles.models import CycleLineEarning, PayCycle
from payouts.facade import post_earnings, reverse_earning
from payouts.ledger.models import JournalEntry
from payouts.rails import registry
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


def at_once(*acts: Callable[[], Any]) -> list[str]:
    """Run every act in its own thread and connection, started together; return "done" or the refusal's code."""
    start, outcomes = threading.Barrier(len(acts)), []

    def run(act: Callable[[], Any]) -> None:
        start.wait()
        try:
            with clock.at(NOW):
                act()
            outcomes.append("done")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


@pytest.mark.usefixtures("waiting")
def test_two_cycles_calculated_at_once_share_no_earning(fresh_database: str) -> None:
    amina, bola = make_person("Amina", "FINANCE_PREPARER"), make_person("Bola")
    workers = [make_person(name) for name in ("Ada", "Chen", "Dele")]
    post_earnings(
        [make_earning(worker.id, bola.id, f"{worker.full_name}:{n}") for worker in workers for n in range(5)],
        now=END - timedelta(days=1),
    )
    cycles = [
        draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW, kind=kind)
        for kind in ("REGULAR", "EXTRA")
    ]

    outcomes = at_once(*(lambda cycle=cycle: calculate(cycle_id=cycle.id, by=amina, now=NOW) for cycle in cycles))

    assert outcomes == ["done", "done"]
    assert CycleLineEarning.objects.count() == 15
    assert sorted(cycle.lines.count() for cycle in cycles) == [0, 3]


@pytest.mark.usefixtures("waiting")
def test_an_earning_calculated_and_taken_back_at_once_is_in_the_cycle_or_reversed_never_both(
    fresh_database: str,
) -> None:
    amina, bola, ada = make_person("Amina", "FINANCE_PREPARER"), make_person("Bola"), make_person("Ada")
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)

    outcomes = at_once(
        lambda: calculate(cycle_id=cycle.id, by=amina, now=NOW),
        lambda: reverse_earning(source_key="t:1", reason_code="X", reason_text="x", by=bola.id, now=NOW),
    )

    held = CycleLineEarning.objects.count()
    reversed_entries = JournalEntry.objects.filter(kind="EARNING_REVERSED").count()
    assert outcomes == (["done", "earning_in_cycle"] if held else ["done", "done"])
    assert held + reversed_entries == 1


def test_a_cycle_paid_twice_and_cancelled_at_once_is_paid_once_or_cancelled(
    fresh_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story()
    monkeypatch.setitem(registry._rails, "connect", story.rail)
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    ada, bola = make_person("Ada"), make_person("Bola")
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=END - timedelta(days=1))
    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    approve(cycle_id=cycle.id, by=chiara, now=NOW)

    at_once(
        lambda: execute(cycle_id=cycle.id, by=amina, now=NOW),
        lambda: cancel(cycle_id=cycle.id, reason_text="Stop.", by=amina, now=NOW),
        lambda: execute(cycle_id=cycle.id, by=amina, now=NOW),
    )

    state = PayCycle.objects.get().state
    assert (state, Payout.objects.count()) in (("EXECUTING", 1), ("CANCELLED", 0))
    assert CycleLineEarning.objects.filter(released_at__isnull=True).count() == (1 if state == "EXECUTING" else 0)
    connection.close()
