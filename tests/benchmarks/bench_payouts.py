"""How fast a whole cycle is paid against the stand-in in this process, without pacing: from approval to the bank.

Run: ``make bench-payouts PAYOUTS=20000``. It prints one JSON object; times are wall clock, so read them on one machine. The
judge of exchanges is off. Asserted is that everyone was paid once and that the books hold, never a speed.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from common import clock
from common.money import Money
from common.verification import run_checks
from marketplace.models import User
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit, tick
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import stripe_balance
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.transfers.commands import run_due
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_person
from tests.payouts.support.story import Story

PAYOUTS = int(os.environ.get("PAYOUTS", "200"))
EARNED_MINOR = 12_500


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def earned(worker: Any, approver: Any) -> EarningInput:
    return EarningInput(
        worker_id=worker.id,
        source_key=f"task:{worker.id}",
        description="Annotation of a segment",
        quantity=Decimal(100),
        unit="ACCEPTED_TASK",
        rate_minor=125,
        currency="EUR",
        rate_line_key="rate_line:1",
        worked_from=NOW - timedelta(days=3),
        worked_to=NOW - timedelta(days=3),
        approved_by=approver.id,
        tenant="bench",
        project="bench",
    )


def pay_everyone(story: Story) -> None:
    """Sweep as the worker does each minute, until nothing is left to send or to follow."""
    while Payout.objects.exclude(state="PAID").exists():
        run_due(now=story.now, limit=PAYOUTS)
        story.pass_time(minutes=1)


def test_paying_a_cycle(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(NOW):
        story = Story()
        story.transport.judge = None
        monkeypatch.setitem(registry._rails, "connect", story.rail)
        amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
        workers = [
            User(email=f"worker{number}@example.org", full_name=f"Worker {chr(65 + number % 26)}")
            for number in range(PAYOUTS)
        ]
        User.objects.bulk_create(workers)
        onboarding_s = seconds(lambda: [story.onboard(worker) for worker in workers])
        story.fund(Money(PAYOUTS * EARNED_MINOR, "EUR"))
        story.transport.exchanges.clear()
        earnings_s = seconds(
            lambda: post_earnings([earned(one, amina) for one in workers], now=NOW - timedelta(days=2))
        )
        cycle = draft_cycle(
            starts_at=NOW - timedelta(days=8), ends_at=NOW - timedelta(days=1), currency="EUR", by=amina, now=NOW
        )
        calculate_s = seconds(lambda: calculate(cycle_id=cycle.id, by=amina, now=NOW))
        submit(cycle_id=cycle.id, by=amina, now=NOW)
        approve(cycle_id=cycle.id, by=chiara, now=NOW)
        reserve_s = seconds(lambda: execute(cycle_id=cycle.id, by=amina, now=NOW))
        logging.disable(logging.INFO)  # a line for each payout is written to a file elsewhere, not to a terminal
        pay_s = seconds(lambda: pay_everyone(story))
        logging.disable(logging.NOTSET)
        calls = len(story.transport.exchanges)
        done = tick(now=story.now)

        assert done == [cycle.id]
        assert Payee.objects.count() == len(story.transfers()) == PAYOUTS
        assert Payout.objects.filter(state="PAID", amount_minor=EARNED_MINOR).count() == PAYOUTS
        assert get_balance(stripe_balance("EUR")) == Money(0, "EUR")
        assert not [result for result in run_checks() if not result.is_ok]
    whole_s = calculate_s + reserve_s + pay_s
    print(  # noqa: T201 - the figures are the point
        json.dumps(
            {
                "payouts": PAYOUTS,
                "onboarding_s": round(onboarding_s, 1),
                "earnings_s": round(earnings_s, 1),
                "calculate_s": round(calculate_s, 1),
                "reserve_s": round(reserve_s, 1),
                "pay_s": round(pay_s, 1),
                "payouts_per_s": round(PAYOUTS / whole_s, 1),
                "calls_per_payout": round(calls / PAYOUTS, 2),
                "minutes_for_20000": round(20_000 / (PAYOUTS / whole_s) / 60, 1),
            }
        )
    )
