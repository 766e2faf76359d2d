"""One pay cycle in a storm, from a seed: everything that can go wrong between us and the provider, on a virtual clock.

Every third person is paid over Global Payouts, the others over Connect.

The real commands, the real PostgreSQL, the real `stripe` library into the stand-in. The doorbell rings late, twice or never;
webhooks come late, twice, out of order or never; requests are answered late, wrongly or never; our process dies at its
named points; banks send money back. The sweep runs as beat would run it. Same seed, same run.
"""

from __future__ import annotations

import itertools
import math
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from unittest import mock
from uuid import UUID

from celery import current_app
from django.db import connection
from django.test import override_settings

from common import clock, events, faults, identifiers, queue
from common.money import Money
from common.verification import run_checks
from payouts.cycles import commands as cycles
from payouts.cycles.models import PayCycle
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import payable
from payouts.rails import registry
from payouts.reconciliation.commands import reconcile_all
from payouts.reconciliation.queries import list_differences
from payouts.sandbox.core import Request
from payouts.sandbox.faults import Fault, FaultPlan
from payouts.transfers import commands as transfers
from payouts.transfers.models import LIVE_STATES, Payout, PayoutAttempt
from tests.payouts.people import make_person
from tests.payouts.support.story import SECRET, Story

START = datetime(2026, 11, 12, 9, 0, tzinfo=UTC)
PERIOD_END = datetime(2026, 11, 9, tzinfo=UTC)
#: A run must be settled by then, counted from the execution of the cycle.
LIMIT = timedelta(hours=72)
#: Stored 500s cost a day each (a key's life), so they strike only so early that two days are left to mend them.
NO_NEW_KEYS_AFTER = timedelta(hours=20)
STORM = timedelta(hours=48)
#: The longest that nothing is looked at. Beat looks each minute; a cycle that waits for funds must be looked at so often that
#: it comes through by the limit although our process dies at every fourth point of the way.
QUIET = timedelta(hours=2)
#: Beat asks for late returns each day; a storm of two days would leave it one try.
RETURNS_EVERY = timedelta(hours=6)
MOST_TRIES = 60
#: Asked at every round: when the sweep next finds a row that is due.
NEXT_DUE = """
    SELECT LEAST(
        (SELECT min(next_try_at) FROM payouts_payout WHERE NOT needs_person),
        (SELECT min(next_attempt_at) FROM payouts_providerevent),
        (SELECT min(next_attempt_at) FROM common_delivery WHERE delivered_at IS NULL))
"""
GOOD_BANK, BAD_BANKS = "DE02120300000000202051", ("DE62370400440532013001", "DE89370400440532013002")
#: Of Bolivia, over the other rail: how an account behaves is said by its last four digits there too.
BAD_ENDINGS_OVER_GLOBAL = ("1113", "1116", "3335")
CURRENCY = "USD"
#: How many are paid in a cycle: few, since seeds tell more than people do; the third is the first over the other rail.
PEOPLE = (1, 2, 3, 3, 4)
CHANCES = {
    Fault.TIMEOUT_BEFORE: 0.07,
    Fault.TIMEOUT_AFTER: 0.07,
    Fault.KEY_IN_USE: 0.07,
    Fault.RATE_LIMITED: 0.07,
    Fault.ERROR_BEFORE: 0.05,
    Fault.ERROR_AFTER: 0.05,
}
#: Reads are many and can hardly do harm.
SPARED_READS = 0.75
CRASH = 0.06
#: At points that a run visits once or seldom.
RARE_CRASH = 0.25
RARE_POINTS = ("payouts.cycle", "payouts.top_up", "payouts.reversal")


@dataclass(slots=True)
class Report:
    """What a run met and what was wrong in the end."""

    seed: int
    met: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    payouts: int = 0

    @property
    def is_clean(self) -> bool:
        """Nothing was lost, doubled, stuck or adrift."""
        return not self.faults


def simulate(seed: int, *, is_judged: bool = True) -> Report:
    """Play one cycle in a database of its own (empty but for migrations) and return what was met and what was wrong.

    ``is_judged``: check every exchange against Stripe's own description of its API, which takes 500 MB of memory.
    """
    report = Report(seed)
    with _same_every_time(seed), ExitStack() as stack:
        run = _Run(seed, report)
        if not is_judged:
            run.story.transport.judge = None
        account = run.story.sandbox.settings.financial_account
        stack.enter_context(override_settings(ALLOW_FAULTS=True, STRIPE_FINANCIAL_ACCOUNT=account))
        rails = {"connect": run.story.rail, "global": run.story.global_rail}
        stack.enter_context(mock.patch.dict(registry._rails, rails))
        stack.enter_context(mock.patch.object(queue, "_send", run.ring))
        stack.enter_context(clock.at(START))
        run.prepare()
        stack.enter_context(faults.dying_at(run.dies_at))
        for step in (run.play, run.calm, run.audit):
            try:
                step()
            except Exception as error:
                report.faults.append(f"the run broke: {type(error).__name__}: {error}")
        run.story.sandbox.close()
    return report


@contextmanager
def _same_every_time(seed: int) -> Iterator[None]:
    """Let identifiers follow from the seed alone."""
    ticks = itertools.count((START.timestamp().__trunc__() * 1000 * 4096) + 1)
    entropy = random.Random(f"ids {seed}")
    with (
        mock.patch.object(identifiers, "_next_tick", ticks.__next__),
        mock.patch.object(identifiers, "os", SimpleNamespace(urandom=entropy.randbytes)),
    ):
        yield


def _end_session() -> None:
    """Let go of all that the dead process held in the database; a new connection would cost more than the step itself."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD ALL")


class _Run:
    """One cycle: its people, its provider, its storm."""

    def __init__(self, seed: int, report: Report) -> None:
        self.rng = random.Random(seed)
        self.report = report
        self.story = Story(START)
        self.plan = FaultPlan(self.rng, CHANCES, self._may_strike)
        self.doorbells: list[tuple[str, tuple[str, ...]]] = []
        self.news: list[dict[str, Any]] = []
        self.is_calm = False
        self.rounds = 0
        self.began = self.returns_due = START
        self.cycle_id: UUID | None = None
        self.workers: dict[UUID, int] = {}
        self.rails: dict[UUID, str] = {}

    # The people and what they are owed

    def prepare(self) -> None:
        """Make the people, what they earned and an approved cycle, in fair weather."""
        self.amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
        lead = make_person("Lead")
        for number in range(self.rng.choice(PEOPLE)):
            worker = make_person(f"Worker{number}")
            self._onboard(worker, number)
            self._earn(worker.id, lead.id)
        self._set_delays()
        for rail in sorted(set(self.rails.values())):
            total = sum(owed for worker_id, owed in self.workers.items() if self.rails[worker_id] == rail)
            money = Money(total if self.rng.random() < 0.6 else max(1, total // 3), CURRENCY)
            self.story.fund(money, rail=rail)
        starts = PERIOD_END - timedelta(days=7)
        cycle = cycles.draft_cycle(starts_at=starts, ends_at=PERIOD_END, currency=CURRENCY, by=self.amina, now=START)
        cycles.calculate(cycle_id=cycle.id, by=self.amina, now=START)
        cycles.submit(cycle_id=cycle.id, by=self.amina, now=START)
        cycles.approve(cycle_id=cycle.id, by=chiara, now=START)
        self.cycle_id = cycle.id

    def _onboard(self, worker: Any, number: int) -> None:
        """Let somebody enter a bank account; every third is one of Bolivia."""
        is_bad = self.rng.random() < 0.2
        # Everybody's own account: one that two people share is held. The last four digits say how the bank behaves.
        if number % 3 == 2:
            ending = self.rng.choice(BAD_ENDINGS_OVER_GLOBAL) if is_bad else f"56{10 + number}"
            payee = self.story.onboard(worker, country="BO", currency=CURRENCY, number=f"1000{number:04d}{ending}")
        else:
            bank = self.rng.choice(BAD_BANKS) if is_bad else GOOD_BANK[:-2] + f"{10 + number}"
            bank = f"{bank[:10]}{number:08d}{bank[-4:]}" if is_bad else bank
            payee = self.story.onboard(worker, currency=CURRENCY, number=bank)
        self.rails[worker.id] = payee.rail

    def _earn(self, worker_id: UUID, approved_by: UUID) -> None:
        posted = PERIOD_END - timedelta(days=2)
        earnings = [
            EarningInput(
                worker_id=worker_id,
                source_key=f"task:{worker_id}:{number}",
                description="A task",
                quantity=Decimal(1),
                unit="ACCEPTED_TASK",
                rate_minor=self.rng.randint(101, 25_000),
                currency=CURRENCY,
                rate_line_key="rate_line:1",
                worked_from=posted - timedelta(hours=2),
                worked_to=posted - timedelta(hours=1),
                approved_by=approved_by,
                tenant="acme",
                project="mqm",
            )
            for number in range(self.rng.randint(1, 3))
        ]
        post_earnings(earnings, now=posted)
        self.workers[worker_id] = sum(earning.rate_minor for earning in earnings)

    def _set_delays(self) -> None:
        hours = self.rng.choice([0, 0, 1, 12])
        self.story.switch(
            "settings",
            availability_seconds=hours * 3600,
            payout_delay_seconds=self.rng.choice([0, 600]),
            arrival_seconds=self.rng.choice([0, 3600, 6 * 3600]),
            topup_seconds=self.rng.choice([0, 900]),
        )

    # The storm

    def play(self) -> None:
        """Execute the cycle and let time pass until the limit."""
        self.story.sandbox.hook = self.plan
        self.began = self.story.now
        self._insist("pay", lambda: cycles.execute(cycle_id=self._cycle(), by=self.amina, now=self.story.now))
        while self.story.now - self.began < LIMIT:
            self._round()
            self._pass_time()

    def _cycle(self) -> UUID:
        assert self.cycle_id is not None
        return self.cycle_id

    def _insist(self, what: str, act: Callable[[], Any]) -> None:
        """Do what a person does: try again until it works."""
        for _ in range(MOST_TRIES):
            try:
                if self._survive(act):
                    return
            except Exception:
                self.report.met[f"{what} refused"] += 1
            self.story.pass_time(seconds=30)
            state = PayCycle.objects.values_list("state", flat=True).get(id=self._cycle())
            if state not in ("APPROVED", "FUNDING"):
                return

    def _survive(self, act: Callable[[], Any]) -> bool:
        try:
            with clock.at(self.story.now):
                act()
        except faults.ProcessDied as death:
            self.report.met[f"crash at {death}"] += 1
            self.doorbells.clear()  # what the dead process had not sent yet
            _end_session()
            return False
        return True

    def _round(self) -> None:
        now = self.story.now
        self.rounds += 1
        self._answer_doorbells()
        self._bring_news()
        self._let_people_and_banks_act()
        for beat in (
            lambda: transfers.run_due(now=now),
            lambda: events.deliver_due(now=now),
            lambda: cycles.tick(now=now),
        ):
            self._survive(beat)
        if now >= self.returns_due:
            self.returns_due = now + RETURNS_EVERY
            self._survive(lambda: transfers.find_returns(now=now))

    def _pass_time(self) -> None:
        """Go to the moment when the sweep, running each minute, next has something to do."""
        now = self.story.now
        if self.doorbells or self.news:
            self.story.pass_time(minutes=self.rng.choice([1, 1, 5]))
            return
        due = [now + QUIET, self.returns_due, *self._due_rows(), *self._due_at_provider()]
        # What hangs is due at every round: the rounds of a run that goes nowhere grow longer.
        minutes = max(1 + self.rounds // 40, math.ceil((min(due) - now).total_seconds() / 60))
        self.story.pass_time(minutes=minutes + self.rng.choice([0, 0, 1, 10]))

    def _due_rows(self) -> list[datetime]:
        with connection.cursor() as cursor:
            cursor.execute(NEXT_DUE)
            (at,) = cursor.fetchone()
        return [] if at is None else [at]

    def _due_at_provider(self) -> list[datetime]:
        at = self.story.sandbox.store.next_due()
        return [] if at is None else [datetime.fromtimestamp(at, UTC)]

    def _may_strike(self, fault: Fault, request: Request) -> bool:
        if self.is_calm or request.path.startswith(("/_sandbox", "/v2/core/")):
            return False
        if request.method != "POST" and self.rng.random() < SPARED_READS:
            return False
        age = self.story.now - self.began
        return age < (NO_NEW_KEYS_AFTER if fault in (Fault.ERROR_BEFORE, Fault.ERROR_AFTER) else STORM)

    def dies_at(self, name: str) -> bool:
        """Say whether our process dies here."""
        return not self.is_calm and self.rng.random() < (RARE_CRASH if name.startswith(RARE_POINTS) else CRASH)

    def ring(self, task_name: str, ids: tuple[str, ...]) -> None:
        """Take a message for a worker: it may be lost or come twice."""
        luck = self.rng.random()
        if luck < 0.3:
            self.report.met["message lost"] += 1
            return
        self.doorbells += [(task_name, ids)] * (2 if luck < 0.5 else 1)

    def _answer_doorbells(self) -> None:
        waiting, self.doorbells = self.doorbells, []
        self.rng.shuffle(waiting)
        for name, ids in waiting:
            if self.rng.random() < 0.2:
                self.doorbells.append((name, ids))
            else:
                self._survive(lambda name=name, ids=ids: self._run_task(name, ids))  # type: ignore[misc]

    def _run_task(self, name: str, ids: tuple[str, ...]) -> None:
        try:
            current_app.tasks[name].run(*ids)
        except Exception as error:
            self.report.met[f"task failed: {type(error).__name__}"] += 1

    def _bring_news(self) -> None:
        for event_id, _, event in self.story.sandbox.next_deliveries():
            self.story.sandbox.record_delivery(event_id, 200, None)
            luck = self.rng.random()
            if luck < 0.3:
                self.report.met["webhook lost"] += 1
            elif luck < 0.5:
                self.report.met["webhook duplicated"] += 1
                self.news += [event, event]
            else:
                self.news.append(event)
        order = list(self.news)
        self.rng.shuffle(order)
        if order != self.news:
            self.report.met["webhooks reordered"] += 1
        self.news = []
        for event in order:
            if self.rng.random() < 0.2:
                self.news.append(event)
            else:
                self._survive(lambda event=event: self._receive(event))  # type: ignore[misc]

    def _receive(self, event: dict[str, Any]) -> None:
        body, signature = self.story.webhook(event)
        transfers.receive_event(body=body, signature=signature, secrets=[SECRET], now=self.story.now)

    def _let_people_and_banks_act(self) -> None:
        """Banks send money back that had arrived; somebody reverses a transfer in the provider's dashboard."""
        if self.rng.random() > 0.05 or self.story.now - self.began > timedelta(hours=36):
            return
        if self.rng.random() < 0.5:
            self._return_a_paid_payout()
        else:
            self._reverse_by_hand()

    def _return_a_paid_payout(self) -> None:
        store = self.story.sandbox.store
        arrived = [
            row
            for account in Payout.objects.order_by("id").values_list("destination", flat=True).distinct()
            for row in store.listed("payout", account)
            if row.body["status"] == "paid"
        ]
        arrived += [row for row in store.listed("outbound_payment", "") if row.body["status"] == "posted"]
        if arrived:
            chosen = self.rng.choice(arrived)
            if chosen.kind == "payout":
                self.story.switch("return_payout", payout=chosen.id)
            else:
                self.story.switch("return_outbound_payment", payment=chosen.id)
            self.report.met["bank returned after paid"] += 1

    def _reverse_by_hand(self) -> None:
        waiting = Payout.objects.filter(state="TRANSFERRED", bank_ref="", rail="connect").order_by("id")
        refs = list(waiting.values_list("provider_ref", flat=True))
        refs += [row["id"] for row in self.story.payments() if row["cancelable"]]
        if not refs:
            return
        quiet, self.is_calm = self.is_calm, True
        try:
            chosen = self.rng.choice(refs)
            if chosen.startswith("obp_"):
                self.story.client.v2.money_management.outbound_payments.cancel(chosen)
            else:
                self.story.client.v1.transfers.reversals.create(chosen, {})
            self.report.met["reversed by hand"] += 1
        except Exception as error:
            self.report.met[f"reversal by hand refused: {type(error).__name__}"] += 1
        finally:
            self.is_calm = quiet

    def calm(self) -> None:
        """End the storm, for the audit."""
        self.is_calm = True
        self.report.met.update({fault.value: count for fault, count in self.plan.struck.items()})

    # What must be true

    def audit(self) -> None:
        """Note what is lost, doubled, stuck or adrift."""
        found = self.report.faults
        payouts = list(Payout.objects.order_by("id"))
        self.report.payouts = len(payouts)
        self.report.met.update(f"payout over {payout.rail}" for payout in payouts)
        found += [f"stuck: {p.id} is {p.state} ({p.failure_code})" for p in payouts if p.state in LIVE_STATES]
        state = PayCycle.objects.values_list("state", flat=True).get(id=self._cycle())
        if not state.startswith("COMPLETED"):
            found.append(f"stuck: the cycle is {state}")
        self._audit_transfers(payouts)
        self._audit_money(payouts)
        self._audit_movements()
        found += [f"drift: {r.name}: {r.findings[0]}" for r in run_checks() if not r.is_ok]

    def _audit_transfers(self, payouts: list[Payout]) -> None:
        net: Counter[str] = Counter()
        for transfer in self.story.transfers():
            left = transfer["amount"] - transfer["amount_reversed"]
            net[transfer["metadata"].get("payout", transfer["id"])] += left
        for payment in self.story.payments():
            is_gone = payment["status"] in ("processing", "posted")
            net[payment["metadata"].get("payout", payment["id"])] += payment["amount"]["value"] if is_gone else 0
        for payout in payouts:
            owed = payout.amount_minor if payout.state in ("TRANSFERRED", "IN_TRANSIT", "PAID") else 0
            sent = net.pop(str(payout.id), 0)
            if sent > owed:
                self.report.faults.append(f"doubled: {sent} sent for {payout.id}, which is {payout.state} ({owed})")
            elif sent < owed:
                self.report.faults.append(f"lost: {sent} sent for {payout.id}, which is {payout.state} ({owed})")
        self.report.faults += [f"doubled: {sent} sent for {ref}" for ref, sent in net.items() if sent]

    def _audit_money(self, payouts: list[Payout]) -> None:
        for worker_id, earned in self.workers.items():
            paid = sum(p.amount_minor for p in payouts if p.worker_id == worker_id and p.state == "PAID")
            owed = get_balance(payable(worker_id, CURRENCY)).amount_minor
            if paid + owed != earned:
                self.report.faults.append(f"lost: {earned} earned, {paid} paid, {owed} still owed to {worker_id}")
        for rail in registry.BALANCE_KINDS:
            ours = get_balance(registry.balance_account(rail, CURRENCY)).amount_minor
            theirs = self.story.held_on(rail, CURRENCY)
            if ours != theirs:
                self.report.faults.append(f"drift: {ours} on {rail} in our books, {theirs} in the provider's")
        self._audit_attempts()

    def _audit_movements(self) -> None:
        """Each movement that a payout or a top-up of ours made is in the books, and each line of theirs is a movement."""
        reconcile_all(by=None, now=self.story.now)
        ours = [row for row in list_differences() if row.reference.startswith(("payout:", "top_up:"))]
        self.report.faults += [f"drift: {row.reference} is {row.amount_minor} apart, {row.side}" for row in ours]

    def _audit_attempts(self) -> None:
        pending = PayoutAttempt.objects.filter(outcome="PENDING").count()
        if pending:
            self.report.faults.append(f"stuck: {pending} attempts without outcome")
