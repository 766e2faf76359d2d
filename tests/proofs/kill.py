"""`make prove-kill`: kill -9 at every named point of the payout path, two runners at once: every line is paid once.

Each cycle is paid by two processes at once, as two operators or two workers would (`manage.py payouts pay` and `tick`,
delivery of news), against the Stripe stand-in in a third process. Armed ones die by SIGKILL at a point and are started
again. Then unarmed ticks must end the cycle. A seed fixes the amounts and which points are armed in which order; how the
system interleaves the two processes it does not. Run by ``tests.proofs.apart``.
"""

from __future__ import annotations

import argparse
import io
import logging
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import redirect_stdout, suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.core.management import call_command
from django.db.models import Min

from common import clock, events
from common.faults import list_crash_points
from common.verification import run_checks
from payouts.cycles.models import PayCycle
from payouts.transfers.models import Payout
from tests.proofs.stage import BAD_BANK, Stage, fork, stand_in, wait

LEAST_OF_EACH = 3
RUNNERS = 2
#: Blows that a cycle takes before it is left in peace.
BLOWS = (3, 8)
#: Rounds of both runners in which nothing died, before the cycle is left in peace all the same.
MOST_IDLE = 3
#: Sweeps that find something due, until a cycle has to be complete.
MOST_TICKS = 3
#: Visited only until a cycle is executing.
EARLY = ("payouts.cycle.after_funding", "payouts.cycle.before_reserve", "payouts.cycle.after_reserve", "payouts.top_up")
#: Longer than a claim lasts.
STEP = timedelta(minutes=2)
#: Visited once by a runner, the others for each payout.
ONCE = ("payouts.cycle", "payouts.top_up", "payouts.reversal")


def main(words: Sequence[str]) -> int:
    """Kill; 0 means that every line was paid once and, in a long run, that every point was hit often enough."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=300, help="how many processes have to die")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(words)
    logging.disable(logging.CRITICAL)
    with stand_in() as address:
        return Killing(Stage(address), seed=asked.seed, kills=asked.kills).run()


class Killing:
    """The blows, whom they hit, and what must be true in the end."""

    def __init__(self, stage: Stage, *, seed: int, kills: int) -> None:
        self.stage = stage
        self.rng = random.Random(seed)
        self.wanted = kills
        self.points = [name for name in list_crash_points() if name.startswith("payouts.")]
        self.killed: Counter[str] = Counter()
        self.faults: list[str] = []
        self.cycles = self.forks = self.slowest = 0

    def run(self) -> int:
        """Pay cycles until enough processes died, then audit."""
        began = time.monotonic()
        experts = [self.stage.hire(name) for name in ("Ada", "Bola", "Chen")]
        while self.killed.total() < self.wanted and not self.faults:
            self._pay_a_cycle(experts)
            say(f"\r{self.killed.total()}/{self.wanted} kills, {self.cycles} cycles, {time.monotonic() - began:.0f} s")
        say("\n")
        self._audit()
        return self._conclude(time.monotonic() - began)

    def _pay_a_cycle(self, experts: Sequence[Any]) -> None:
        self.cycles += 1
        now = self.stage.next_day()
        # Whose bank sends the money back; after that they cannot be paid until they enter another account.
        for expert in [*experts, self.stage.hire(f"Dele{self.cycles}", BAD_BANK)]:
            amount = self.rng.randint(101, 25_000)
            self.stage.earn(expert, amount, f"task:{self.cycles}:{expert.id}", ends_at=now)
        cycle_id = self.stage.approved_cycle(now)
        target = min(self.wanted, self.killed.total() + self.rng.randint(*BLOWS))
        idle = 0
        while self.killed.total() < target and idle < MOST_IDLE and not is_completed(cycle_id):
            before = self.killed.total()
            self._round(cycle_id, [self._choose(cycle_id) for _ in range(RUNNERS)], now)
            idle = 0 if self.killed.total() > before else idle + 1
            now += STEP
        self._leave_in_peace(cycle_id, now)

    def _leave_in_peace(self, cycle_id: UUID, now: datetime) -> None:
        ticks = 0
        while not is_completed(cycle_id) and ticks < MOST_TICKS:
            now, ticks = max(now, find_due() or now), ticks + 1
            self._round(cycle_id, [""] * RUNNERS, now)
            now += STEP
        self.slowest = max(self.slowest, ticks)
        if not is_completed(cycle_id):
            self.faults.append(f"cycle {self.cycles} is not complete after {ticks} ticks in peace")

    def _choose(self, cycle_id: UUID) -> str:
        """Arm one of the points ahead that fewest died at, at one of its first visits."""
        ahead = [name for name in self.points if not (name.startswith(EARLY) and is_executing(cycle_id))]
        rarest = sorted(ahead, key=lambda name: (self.killed[name], self.rng.random()))
        name = rarest[self.rng.randrange(4)]
        visit = 1 if name.startswith(ONCE) else self.rng.choice([1, 1, 2, 3])
        return f"{name}:{visit}:kill"

    def _round(self, cycle_id: UUID, armed: Sequence[str], now: datetime) -> None:
        """Let the runners work at once, each armed or not, and count who died."""
        act = partial(carry_out, cycle_id, self.stage.amina.email)
        running = [(fork(act, fault=fault, now=now), fault) for fault in armed]
        self.forks += len(running)
        for pid, fault in running:
            end = wait(pid)
            if end == -signal.SIGKILL and fault:
                self.killed[fault.partition(":")[0]] += 1
            elif end != 0:
                self.faults.append(f"a runner armed with {fault or 'nothing'} ended with {end}")

    def _audit(self) -> None:
        self.faults += self.stage.audit_transfers()
        self.faults += self.stage.audit_earnings()
        self.faults += [f"verify: {check.name}: {check.findings[0]}" for check in run_checks() if not check.is_ok]
        if self.wanted >= LEAST_OF_EACH * len(self.points):
            rare = [name for name in self.points if self.killed[name] < LEAST_OF_EACH]
            self.faults += [f"only {self.killed[name]} died at {name}" for name in rare]

    def _conclude(self, seconds: float) -> int:
        for name in self.points:
            say(f"  {self.killed[name]:6}  killed at {name}\n")
        for fault in self.faults[:20]:
            say(f"WRONG: {fault}\n")
        say(
            f"{self.killed.total()} of {self.forks} processes killed in {seconds:.0f} s; {self.cycles} cycles, "
            f"{self.stage.summary()}; at most {self.slowest} ticks in peace; {len(self.faults)} wrong\n"
        )
        return 1 if self.faults else 0


def carry_out(cycle_id: UUID, email: str) -> None:
    """Do once what an operator and beat do: pay the cycle, take the steps that are due, deliver the news."""
    for words in (("pay", str(cycle_id), "--as", email, "--json"), ("tick", "--json")):
        # Whoever comes second to `pay` is refused with exit 1, as an operator would be.
        with suppress(SystemExit), redirect_stdout(io.StringIO()):
            call_command("payouts", *words)
    events.deliver_due(now=clock.now())


def find_due() -> datetime | None:
    """Return when the sweep next has something to do; sweeps until then do nothing."""
    return Payout.objects.aggregate(at=Min("next_try_at"))["at"]


def is_executing(cycle_id: UUID) -> bool:
    """Say whether a cycle's payouts are reserved."""
    return PayCycle.objects.filter(id=cycle_id, state="EXECUTING").exists()


def is_completed(cycle_id: UUID) -> bool:
    """Say whether a cycle came to its end."""
    return PayCycle.objects.values_list("state", flat=True).get(id=cycle_id).startswith("COMPLETED")


def say(words: str) -> None:
    """Tell how far it is."""
    sys.stdout.write(words)
    sys.stdout.flush()
