"""How fast a whole cycle is paid against the stand-in: without pacing from approval to the bank, and at the pace of
STRIPE_CALLS_PER_SECOND as a multiple of the time in which the transfers could go out at the earliest.

Run: ``make bench-payouts PAYOUTS=20000 PACED=600``. Each prints one JSON object; times are wall clock, so read them on one machine.
Without pacing PAYERS processes (as many as there are cores) take the payouts one by one, as those of a worker do, and speak HTTP
to the stand-in in this process. The judge of exchanges is off.
Asserted is that everyone was paid once and that the books hold, never a speed.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import Any
from uuid import UUID

import pytest
import stripe
from django.db import connection
from django.test import override_settings

from common import clock
from common.money import Money
from common.verification import run_checks
from marketplace.models import User
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit, tick
from payouts.cycles.models import PayCycle
from payouts.cycles.queries import approvals_missing
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import stripe_balance
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.rails.connect import ConnectRail
from payouts.rails.gate import GatedClient
from payouts.sandbox.server import start_server
from payouts.sandbox.settings import SandboxSettings
from payouts.transfers.commands import refresh_payout, run_due, submit_payout
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_person
from tests.payouts.support.story import Story

PAYOUTS = int(os.environ.get("PAYOUTS", "200"))
PACED = int(os.environ.get("PACED", "200"))
PAYERS = int(os.environ.get("PAYERS") or os.cpu_count() or 1)
CALLS_PER_SECOND = 20.0
SWEEPERS = 3
EARNED_MINOR = 12_500
UNSENT = ("RESERVED", "SUBMITTING", "UNKNOWN")


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


def speak_to(address: str) -> None:
    """Let this process pay through the stand-in at ``address``."""
    client = stripe.StripeClient(
        SandboxSettings().api_key,
        base_addresses={"api": address},
        max_network_retries=0,
        http_client=stripe.RequestsClient(),
    )
    registry._rails["connect"] = ConnectRail(client)


def take_step(payout_id: UUID, is_sent: bool, now: datetime) -> None:
    """Do the next step of one payout, as the task that was enqueued for it would."""
    with clock.at(now):
        if is_sent:
            refresh_payout(payout_id=payout_id, now=now)
        else:
            submit_payout(payout_id=payout_id, now=now)


def pay_everyone_by_processes(story: Story) -> int:
    """Let processes take every step that is due, each minute, until all is paid; return how many requests the stand-in had."""
    requests: list[str] = []
    story.sandbox.hook = lambda point, request: requests.append(request.path) if point == "received" else None
    connection.close()  # a process of its own needs a connection of its own
    server = start_server(story.sandbox, "127.0.0.1", 0)
    with get_context("fork").Pool(PAYERS, speak_to, [f"http://127.0.0.1:{server.server_port}"]) as payers:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        while Payout.objects.exclude(state="PAID").exists():
            due = Payout.objects.filter(next_try_at__lte=story.now, needs_person=False).order_by("next_try_at", "id")
            steps = [(row, state not in UNSENT, story.now) for row, state in due.values_list("id", "state")]
            payers.starmap(take_step, steps, chunksize=20)
            story.pass_time(minutes=1)
        server.shutdown()
    server.server_close()
    return len(requests)


def pay_everyone(story: Story) -> None:
    """Sweep as the worker does each minute, until nothing is left to send or to follow."""
    while Payout.objects.exclude(state="PAID").exists():
        run_due(now=story.now, limit=PAYOUTS)
        story.pass_time(minutes=1)


@pytest.fixture
def story(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    with clock.at(NOW):
        story = Story()
        story.transport.judge = None
        monkeypatch.setitem(registry._rails, "connect", story.rail)
        yield story


def approve_a_cycle(story: Story, payouts: int) -> tuple[PayCycle, Any, dict[str, float]]:
    """Onboard workers, let each earn, and return an approved cycle, its preparer and how many seconds each step took."""
    amina = make_person("Amina", "FINANCE_PREPARER")
    approvers = [make_person("Chiara", "FINANCE_APPROVER"), make_person("Deniz", "FINANCE_APPROVER")]
    workers = [
        User(email=f"worker{number}@example.org", full_name=f"Worker {chr(65 + number % 26)}")
        for number in range(payouts)
    ]
    User.objects.bulk_create(workers)
    # The last four digits say how the stand-in's bank behaves: these take money.
    onboarding_s = seconds(
        lambda: [story.onboard(worker, number=f"DE89370400{n:08d}0000") for n, worker in enumerate(workers)]
    )
    story.fund(Money(payouts * EARNED_MINOR, "EUR"))
    story.transport.exchanges.clear()
    earnings_s = seconds(lambda: post_earnings([earned(one, amina) for one in workers], now=NOW - timedelta(days=2)))
    cycle = draft_cycle(
        starts_at=NOW - timedelta(days=8), ends_at=NOW - timedelta(days=1), currency="EUR", by=amina, now=NOW
    )
    calculate_s = seconds(lambda: calculate(cycle_id=cycle.id, by=amina, now=NOW))
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    # 20,000 payouts are above the limit from which a second approver is needed.
    for approver in approvers[: approvals_missing(PayCycle.objects.get(id=cycle.id))]:
        approve(cycle_id=cycle.id, by=approver, now=NOW)
    return cycle, amina, {"onboarding_s": onboarding_s, "earnings_s": earnings_s, "calculate_s": calculate_s}


def assert_paid_once(story: Story, payouts: int) -> None:
    assert Payee.objects.count() == len(story.transfers()) == payouts
    assert Payout.objects.filter(state="PAID", amount_minor=EARNED_MINOR).count() == payouts
    assert get_balance(stripe_balance("EUR")) == Money(0, "EUR")
    assert not [result for result in run_checks() if not result.is_ok]


def say(figures: dict[str, float]) -> None:
    print(json.dumps({name: round(figure, 2) for name, figure in figures.items()}))  # noqa: T201 - figures are the point


def test_paying_a_cycle(story: Story) -> None:
    cycle, amina, spent = approve_a_cycle(story, PAYOUTS)
    reserve_s = seconds(lambda: execute(cycle_id=cycle.id, by=amina, now=NOW))
    logging.disable(logging.INFO)  # a line for each payout is written to a file elsewhere, not to a terminal
    calls: list[int] = []
    pay_s = seconds(lambda: calls.append(pay_everyone_by_processes(story)))
    logging.disable(logging.NOTSET)

    assert tick(now=story.now) == [cycle.id]
    assert_paid_once(story, PAYOUTS)
    whole_s = spent["calculate_s"] + reserve_s + pay_s
    rates = {
        "payouts_per_s": PAYOUTS / whole_s,
        "calls_per_payout": calls[0] / PAYOUTS,
        "minutes_for_20000": 20_000 / (PAYOUTS / whole_s) / 60,
        "peak_mb_with_stand_in": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    say({"payouts": PAYOUTS, "payers": PAYERS, **spent, "reserve_s": reserve_s, "pay_s": pay_s, **rates})


def test_paying_a_cycle_at_the_pace_of_the_provider(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    cycle, amina, _ = approve_a_cycle(story, PACED)
    monkeypatch.setattr(story.client._requestor, "_client", GatedClient(story.transport, "connect"))
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    logging.disable(logging.INFO)
    with override_settings(STRIPE_CALLS_PER_SECOND=CALLS_PER_SECOND):
        transfers_s = seconds(lambda: send_together(story))
    pay_everyone(story)
    logging.disable(logging.NOTSET)

    assert tick(now=story.now) == [cycle.id]
    assert_paid_once(story, PACED)
    floor_s = PACED / CALLS_PER_SECOND
    say({"paced": PACED, "transfers_s": transfers_s, "floor_s": floor_s, "multiple": transfers_s / floor_s})


def send_together(story: Story) -> None:
    """Send every reserved payout, by several workers that share one pace."""

    def sweep() -> None:
        with clock.at(story.now):
            for payout_id in iter(next_unsent, None):
                submit_payout(payout_id=payout_id, now=story.now)
        connection.close()

    lock, waiting = threading.Lock(), list(Payout.objects.filter(state="RESERVED").values_list("id", flat=True))

    def next_unsent() -> Any:
        with lock:
            return waiting.pop() if waiting else None

    with ThreadPoolExecutor(SWEEPERS) as pool:
        for done in [pool.submit(sweep) for _ in range(SWEEPERS)]:
            done.result()
