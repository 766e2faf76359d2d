"""`make prove-races`: eight processes pay one cycle at once, and pay meets cancel, hold, bank change and edit in every order.

A schedule pauses one process at a point, lets the other run until it is done or waits for a lock, and resumes the first;
then the other way round, with the other one paused just before its commit. Only legal ends are allowed: paid once or not
at all, never paid and cancelled, and the books hold. The same with a check-then-act shows that the schedules have power.
Run by ``tests.proofs.apart``.
"""

from __future__ import annotations

import argparse
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from common import clock
from common.errors import DomainError
from common.verification import run_checks
from payouts.cycles import commands as cycles
from payouts.cycles.models import CycleLine, CycleLineEarning, PayCycle
from payouts.cycles.queries import compute_digest
from payouts.holds.commands import place_hold
from payouts.payees.commands import accounts
from payouts.payees.models import Payee
from payouts.rails.registry import get_rail
from payouts.transfers import commands as transfers
from payouts.transfers.models import Payout
from tests.proofs.kill import carry_out, find_due, say
from tests.proofs.stage import Stage, fork, stand_in, wait

PROCESSES = 8
NAIVE_ROUNDS = 3
#: Who has not ended by then waits for a lock that the paused one holds.
BLOCKED_AFTER_S = 1.0
POINTS = (
    "payouts.cycle.after_funding",
    "payouts.cycle.before_reserve",
    "payouts.cycle.before_reserve_commit",
    "payouts.cycle.after_reserve",
    "payouts.transfer.before_claim",
    "payouts.transfer.before_claim_commit",
    "payouts.transfer.before_call",
    "payouts.transfer.after_call",
    "payouts.transfer.before_settle_commit",
    "payouts.transfer.after_settle",
)
OTHER_BANK = "DE75512108001245126199"


def main(words: Sequence[str]) -> int:
    """Race and schedule; 0 means that only legal ends were met, and that the controls met illegal ones."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50, help="of eight processes at one cycle")
    parser.add_argument(
        "--points", type=int, default=len(POINTS), help="only so many points of paying in the schedules"
    )
    asked = parser.parse_args(words)
    logging.disable(logging.CRITICAL)
    with stand_in() as address, tempfile.TemporaryDirectory() as folder:
        races = Races(Stage(address), Path(folder))
        races.race(asked.rounds)
        races.race_naively()
        races.schedule(POINTS[:: max(1, len(POINTS) // asked.points)])
        races.schedule_naively()
        races.audit()
    for fault in races.faults[:20]:
        say(f"WRONG: {fault}\n")
    say(f"{len(races.faults)} wrong\n")
    return 1 if races.faults else 0


class Races:
    """The processes that meet, and what came of it."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder
        self.faults: list[str] = []
        self.people = 0
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE naive_payment (line_id uuid NOT NULL)")

    def race(self, rounds: int) -> None:
        """Let eight processes pay one cycle at once, each round with another cycle of three experts."""
        experts = [self.stage.hire(name) for name in ("Ada", "Bola", "Chen")]
        for number in range(1, rounds + 1):
            cycle_id, now = self._approved(experts)
            self._at_once(partial(carry_out, cycle_id, self.stage.amina.email), now)
            self._settle(cycle_id, now)
            lines = CycleLine.objects.filter(cycle_id=cycle_id, payout_id__isnull=False).count()
            earnings = CycleLineEarning.objects.filter(line__cycle_id=cycle_id).count()
            if (lines, earnings) != (3, 3):
                self.faults.append(f"round {number}: {lines} lines with {earnings} earnings for 3")
            say(f"\r{number}/{rounds} rounds of {PROCESSES} processes")
        say(f": {self.stage.summary()}\n")
        self.faults += self.stage.audit_transfers()

    def race_naively(self) -> None:
        """Show that the same start makes a check-then-act pay twice."""
        experts = [self.stage.hire(name) for name in ("Nadia", "Nils", "Noor")]
        self.stage.switch("fund", amount=100_000_000, currency="eur")
        doubled = 0
        for _ in range(NAIVE_ROUNDS):
            cycle_id, now = self._approved(experts)
            self._at_once(partial(pay_naively, self.stage, cycle_id), now)
            doubled += len(self.stage.naive_transfers(cycle_id)) - len(experts)
            cycles.cancel(cycle_id=cycle_id, reason_text="A control.", by=self.stage.amina, now=now)
        say(f"control, check-then-act: {doubled} second payments in {NAIVE_ROUNDS} rounds\n")
        if doubled <= 0:
            self.faults.append("the naive control paid nobody twice: the race proves nothing")

    def schedule(self, points: Sequence[str]) -> None:
        """Let pay meet each other act in both orders at each point."""
        for name, act in ACTS.items():
            ends: dict[str, int] = {}
            for point in (*points, ""):
                end = self._meet(name, act, point)
                ends[end] = ends.get(end, 0) + 1
            say(f"pay and {name}: {', '.join(f'{count} x {end}' for end, count in sorted(ends.items()))}\n")
        self._approve_and_edit()

    def _meet(self, name: str, act: Callable[..., None], point: str) -> str:
        self.people += 1
        expert = self.stage.hire(f"Expert{self.people}")
        cycle_id, now = self._approved([expert])
        pay = partial(carry_out, cycle_id, self.stage.amina.email)
        other = act(self.stage, expert, cycle_id)
        with self._resume() as resume:
            if point:
                first = fork(pay, fault=f"{point}:1:pause", resume=resume, now=now)
                second = partial(fork, other, now=now)
            else:
                first = fork(partial(_pause_before_commit, other, resume), now=now)
                second = partial(fork, pay, now=now)
            self._run_between(first, second, resume)
        self._settle(cycle_id, now)
        return self._judge(f"pay and {name} at {point or 'its commit'}", expert, cycle_id)

    def _run_between(self, first: int, second: Callable[[], int], resume: Path) -> None:
        deadline = time.monotonic() + 20
        while not resume.with_name(f"{resume.name}.paused").exists():
            if time.monotonic() > deadline:
                self.faults.append(f"nobody paused for {resume.name}")
                break
            time.sleep(0.005)
        between, deadline = second(), time.monotonic() + BLOCKED_AFTER_S
        ended = None
        while ended is None and time.monotonic() < deadline:
            pid, status = os.waitpid(between, os.WNOHANG)
            ended = os.waitstatus_to_exitcode(status) if pid else None
            time.sleep(0.005)
        resume.touch()
        codes = wait(first), wait(between) if ended is None else ended
        if codes != (0, 0):
            self.faults.append(f"{resume.name}: the processes ended with {codes}")

    def _judge(self, words: str, expert: Any, cycle_id: UUID) -> str:
        """Return how it ended, and note an end that is not legal."""
        state = PayCycle.objects.values_list("state", flat=True).get(id=cycle_id)
        payout = Payout.objects.filter(worker=expert).first()
        sent = [
            row for row in self.stage.transfers() if payout and row.metadata.to_dict().get("payout") == str(payout.id)
        ]
        end = payout.state if payout else ("CANCELLED" if state == "CANCELLED" else "NOT PAID")
        if len(sent) != (1 if end == "PAID" else 0):
            self.faults.append(f"{words}: {end} with {len(sent)} transfers")
        if state == "CANCELLED" and payout is not None:
            self.faults.append(f"{words}: the cycle is cancelled and has a payout")
        if end not in ("PAID", "HELD", "NOT PAID", "CANCELLED"):
            self.faults.append(f"{words}: ended {end}")
        if payout is not None and end == "HELD":
            # Only one cycle of a currency is carried out at a time: this one has to end.
            at = payout.created_at + timedelta(hours=1)
            transfers.cancel_payout(payout_id=payout.id, reason_text="Enough.", by=self.stage.chiara, now=at)
            self._settle(cycle_id, at)
        return end.lower()

    def _approve_and_edit(self) -> None:
        """Let approving meet sending back with another calculation, in both orders."""
        ends = []
        for approve_first in (True, False):
            self.people += 1
            expert = self.stage.hire(f"Expert{self.people}")
            cycle_id, now = self._approved([expert], approve=False)
            acts = [partial(approve, self.stage, cycle_id), partial(edit, self.stage, cycle_id)]
            first, second = acts if approve_first else acts[::-1]
            with self._resume() as resume:
                pid = fork(partial(_pause_before_commit, first, resume), now=now)
                self._run_between(pid, partial(fork, second, now=now), resume)
            cycle = PayCycle.objects.get(id=cycle_id)
            ends.append(cycle.state.lower())
            if cycle.state not in ("APPROVED", "CALCULATED") or compute_digest(cycle) != cycle.lines_hash:
                self.faults.append(f"approve and edit: {cycle.state}, and the lines are not those of the hash")
            cycles.cancel(cycle_id=cycle_id, reason_text="Enough.", by=self.stage.amina, now=now)
        say(f"approve and edit: {', '.join(ends)}\n")

    def schedule_naively(self) -> None:
        """Show that the schedule finds a pay that looked at the state without a lock."""
        expert = self.stage.hire("Nena")
        cycle_id, now = self._approved([expert])
        with self._resume() as resume:
            pay = partial(pay_what_was_approved, self.stage, cycle_id, resume)
            first = fork(pay, now=now)
            self._run_between(first, partial(fork, cancel(self.stage, expert, cycle_id), now=now), resume)
        state = PayCycle.objects.values_list("state", flat=True).get(id=cycle_id)
        is_found = state == "CANCELLED" and bool(self.stage.naive_transfers(cycle_id))
        say(f"control, a look without a lock: {'paid and cancelled' if is_found else 'not found'}\n")
        if not is_found:
            self.faults.append("the naive control was not both paid and cancelled: the schedule proves nothing")

    def audit(self) -> None:
        """Look at the books when all is over."""
        self.faults += [f"verify: {check.name}: {check.findings[0]}" for check in run_checks() if not check.is_ok]

    def _approved(self, experts: Sequence[Any], *, approve: bool = True) -> tuple[UUID, datetime]:
        ends_at = self.stage.next_day()
        for expert in experts:
            self.stage.earn(expert, 5000, f"task:{self.stage.days}:{expert.id}", ends_at=ends_at)
        return self.stage.approved_cycle(ends_at, approve=approve), ends_at

    def _at_once(self, act: Callable[[], None], now: datetime) -> None:
        """Start eight processes with one shot; note if they did not run at the same time."""
        reads, writes = os.pipe()
        spans = self.folder / f"spans{self.stage.days}"
        pids = [fork(partial(_wait_and_run, act, reads, writes, spans), now=now) for _ in range(PROCESSES)]
        time.sleep(0.05)
        os.close(writes)
        codes = {wait(pid) for pid in pids}
        os.close(reads)
        began, ended = zip(*(map(float, line.split()) for line in spans.read_text().splitlines()), strict=True)
        if codes != {0} or max(began) > min(ended):
            self.faults.append(f"the {PROCESSES} processes ended with {codes} or were not at it at once")

    def _settle(self, cycle_id: UUID, now: datetime) -> None:
        for _ in range(3):
            now = max(now + timedelta(minutes=2), find_due() or now)
            if not PayCycle.objects.filter(id=cycle_id, state__in=["FUNDING", "EXECUTING"]).exists():
                return
            with clock.at(now):
                carry_out(cycle_id, self.stage.amina.email)

    @contextmanager
    def _resume(self) -> Iterator[Path]:
        yield self.folder / f"resume-{uuid4()}"


def _wait_and_run(act: Callable[[], None], reads: int, writes: int, spans: Path) -> None:
    os.close(writes)
    os.read(reads, 1)
    began = time.monotonic()
    act()
    with spans.open("a") as out:
        out.write(f"{began} {time.monotonic()}\n")


def _pause_before_commit(act: Callable[[], None], resume: Path) -> None:
    with transaction.atomic():
        act()
        resume.with_name(f"{resume.name}.paused").touch()
        while not resume.exists():
            time.sleep(0.005)


def _unless_refused(act: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        with suppress(DomainError), transaction.atomic():
            act()

    return run


def cancel(stage: Stage, expert: Any, cycle_id: UUID) -> Callable[[], None]:
    """Cancel the cycle, if that is still allowed."""
    return _unless_refused(
        lambda: cycles.cancel(cycle_id=cycle_id, reason_text="Stop.", by=stage.amina, now=clock.now())
    )


def hold(stage: Stage, expert: Any, cycle_id: UUID) -> Callable[[], None]:
    """Put everything of the expert on hold."""
    words: dict[str, Any] = {"currency": "EUR", "money": None, "reason_code": "DISPUTE", "reason_text": "We look."}
    return _unless_refused(
        lambda: place_hold(
            worker_id=expert.id, ends_at=clock.now() + timedelta(days=30), by=stage.chiara, now=clock.now(), **words
        )
    )


def change_bank(stage: Stage, expert: Any, cycle_id: UUID) -> Callable[[], None]:
    """Take over that the expert's bank account at the provider is another one; it was read before."""
    payee = Payee.objects.get(worker=expert)
    stage.switch("change_bank", account=payee.account_id, account_number=OTHER_BANK)
    facts = get_rail().retrieve_account(payee.account_id)
    return _unless_refused(lambda: accounts._take_over(payee.id, payee.version, facts, clock.now()))


ACTS: dict[str, Callable[[Stage, Any, UUID], Callable[[], None]]] = {
    "cancel": cancel,
    "hold": hold,
    "bank change": change_bank,
}


def approve(stage: Stage, cycle_id: UUID) -> None:
    """Approve, if it is still submitted."""
    with suppress(DomainError):
        cycles.approve(cycle_id=cycle_id, by=stage.chiara, now=clock.now())


def edit(stage: Stage, cycle_id: UUID) -> None:
    """Send the cycle back and calculate it again, if it is not approved yet."""
    with suppress(DomainError):
        cycles.send_back(cycle_id=cycle_id, reason_text="Look again.", by=stage.amina, now=clock.now())
        cycles.calculate(cycle_id=cycle_id, by=stage.amina, now=clock.now())


def pay_naively(stage: Stage, cycle_id: UUID) -> None:
    """Pay as many systems did: look whether it was paid, pay, write it down."""
    for line in CycleLine.objects.filter(cycle_id=cycle_id, state="INCLUDED").order_by("id"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM naive_payment WHERE line_id = %s", [line.id])
            if cursor.fetchone() is None:
                stage.transfer_naively(line)
                cursor.execute("INSERT INTO naive_payment VALUES (%s)", [line.id])


def pay_what_was_approved(stage: Stage, cycle_id: UUID, resume: Path) -> None:
    """Look at the state without a lock, then pay."""
    if PayCycle.objects.get(id=cycle_id).state == "APPROVED":
        resume.with_name(f"{resume.name}.paused").touch()
        while not resume.exists():
            time.sleep(0.005)
        for line in CycleLine.objects.filter(cycle_id=cycle_id, state="INCLUDED"):
            stage.transfer_naively(line)
