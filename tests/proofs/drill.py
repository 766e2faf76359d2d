"""`make drill`: restore a dump from before a pay run while the provider keeps its transfers: nobody is paid twice.

For each moment a dump can be from: pay, restore, try to pay and to sweep (refused, nothing sent), reconcile, pay on. The
same without the gate shows what it is for. Run by ``tests.proofs.apart``.
"""

from __future__ import annotations

import argparse
import io
import json
import logging
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import UUID

import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from common import clock, events
from common.money import Money
from common.verification import run_checks
from config.services.binaries import find_postgres
from payouts.transfers.commands import top_up
from tests.proofs.kill import carry_out, is_completed, say
from tests.proofs.stage import Stage, fork, stand_in, wait

#: Where the pay run stands when the dump is taken: nothing done, payouts reserved, the first attempt written, one sent.
MOMENTS = {
    "before the run": "",
    "before the first run ever": "",
    "payouts reserved": "payouts.cycle.after_reserve:1:kill",
    "first attempt written": "payouts.transfer.before_call:1:kill",
    "first transfer made": "payouts.transfer.after_call:1:kill",
}
FIRST_EVER = "before the first run ever"
_GATES = (
    "payouts.transfers.commands.identity.is_trusted",
    "payouts.transfers.commands.submit.is_trusted",
    "payouts.transfers.commands.follow.is_trusted",
)
_MORE_GATES = ("payouts.cycles.commands.execute.require_all_known",)
MOST_ROUNDS = 4


def main(words: Sequence[str]) -> int:
    """Play every moment with the gate, and the first without; 0 means none paid twice, and the control did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--moment", choices=MOMENTS, action="append", help="only this one (repeatable)")
    asked = parser.parse_args(words)
    logging.disable(logging.CRITICAL)
    faults = []
    for moment in asked.moment or MOMENTS:
        with Drill(moment) as drill:
            found = drill.play()
            say(f"dump from {moment}: {drill.words()}; {len(found)} wrong\n")
        faults += found
    with Drill("before the run") as control, _without_gate():
        doubled = control.play_without_gate()
    say(f"without the gate: {doubled} second payments\n")
    for fault in faults:
        say(f"WRONG: {fault}\n")
    return 1 if faults or not doubled else 0


@contextmanager
def _without_gate() -> Iterator[None]:
    with ExitStack() as stack:
        for name in _GATES:
            stack.enter_context(mock.patch(name, return_value=True))
        for name in _MORE_GATES:
            stack.enter_context(mock.patch(name))
        yield


class Drill:
    """One restore: a database that pays, and the one that comes out of its dump."""

    def __init__(self, moment: str) -> None:
        self.moment = moment
        self.database = connections["default"].settings_dict["NAME"]
        self.paying, self.restored = f"{self.database}_paying", f"{self.database}_restored"
        self._stack = ExitStack()
        self.seconds: dict[str, float] = {}
        self.faults: list[str] = []

    def __enter__(self) -> Drill:
        self._copy(self.database, self.paying)
        self._enter(self.paying)
        self.stage = Stage(self._stack.enter_context(stand_in()))
        self.folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        self.folder.chmod(0o755)
        return self

    def __exit__(self, *error: object) -> None:
        self._enter(self.database)
        with self._control() as control:
            for name in (self.paying, self.restored):
                control.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        self._stack.close()

    def play(self) -> list[str]:
        """Pay, restore, and return what went wrong."""
        cycle_id, now = self._pay_and_restore()
        before = len(self.stage.transfers())
        refused = self._manage("pay", str(cycle_id), "--as", self.stage.amina.email, now=now)
        if not MOMENTS[self.moment]:
            self._expect(refused.get("code") == "reconcile_first", f"pay answered {refused}")
        for minutes in (2, 4, 60 * 24 * 3):
            self._manage("tick", now=now + timedelta(minutes=minutes))
        self._expect(len(self.stage.transfers()) == before, "something was sent before reconciling")
        answer = self._manage("reconcile", now=now + timedelta(days=3, minutes=1))
        self.found = answer["found"]
        self._expect(answer["not_taken_over"] == 0, f"reconcile answered {answer}")
        self._finish(cycle_id, now + timedelta(days=3))
        self._expect(len(self.stage.transfers()) == before, "there are second payments")
        return self.faults + self._audit()

    def play_without_gate(self) -> int:
        """Pay again from the restored database, and return how many second payments that made."""
        cycle_id, now = self._pay_and_restore()
        before = len(self.stage.transfers())
        self._finish(cycle_id, now)
        return len(self.stage.transfers()) - before

    def words(self) -> str:
        """Return the figures of the restore."""
        return (
            f"dumped in {self.seconds['dump']:.2f} s, restored in {self.seconds['restore']:.2f} s, refused, "
            f"{self.found} taken over, {self.stage.summary()}"
        )

    def _pay_and_restore(self) -> tuple[UUID, datetime]:
        experts = [self.stage.hire(name) for name in ("Ada", "Bola", "Chen")]
        ends_at = self.stage.next_day()
        top_up(money=Money(10_000_000, "EUR"), source="drill", by=None, now=ends_at)
        if self.moment != FIRST_EVER:
            self._finish(self._approved(experts, ends_at), ends_at)
            ends_at = self.stage.next_day()
        cycle_id = self._approved(experts, ends_at)
        if fault := MOMENTS[self.moment]:
            act = partial(carry_out, cycle_id, self.stage.amina.email)
            self._expect(wait(fork(act, fault=fault, now=ends_at)) == -9, f"nobody died at {fault}")
        self._dump()
        self._finish(cycle_id, ends_at)
        self._restore()
        return cycle_id, ends_at + timedelta(hours=4)

    def _approved(self, experts: Sequence[Any], ends_at: datetime) -> UUID:
        for number, expert in enumerate(experts):
            self.stage.earn(expert, 1000 + 100 * number, f"task:{self.stage.days}:{number}", ends_at=ends_at)
        return self.stage.approved_cycle(ends_at)

    def _finish(self, cycle_id: UUID, now: datetime) -> None:
        for _ in range(MOST_ROUNDS):
            with clock.at(now):
                carry_out(cycle_id, self.stage.amina.email)
                events.deliver_due(now=now)
            if is_completed(cycle_id):
                return
            now += timedelta(hours=2)
        self._expect(False, "the cycle did not come to its end")

    def _manage(self, *words: str, now: datetime) -> dict[str, Any]:
        out = io.StringIO()
        try:
            with clock.at(now):
                call_command("payouts", *words, "--json", stdout=out)
        except SystemExit:
            pass
        answer: dict[str, Any] = json.loads(out.getvalue())
        return answer

    def _audit(self) -> list[str]:
        faults = self.stage.audit_transfers() + self.stage.audit_earnings()
        return faults + [f"verify: {check.name}: {check.findings[0]}" for check in run_checks() if not check.is_ok]

    def _expect(self, is_so: bool, words: str) -> None:
        if not is_so:
            self.faults.append(f"dump from {self.moment}: {words}")

    # The databases

    def _dump(self) -> None:
        self._run("dump", "pg_dump", "-Fc", "-f", str(self.folder / "dump"), "-d", self.paying)

    def _restore(self) -> None:
        self._copy("template0", self.restored)
        self._run("restore", "pg_restore", "-d", self.restored, str(self.folder / "dump"))
        self._enter(self.restored)

    def _run(self, what: str, program: str, *words: str) -> None:
        began = time.monotonic()
        host = connections["default"].settings_dict["HOST"]
        command = [str(find_postgres(None) / program), "-h", str(host), "-U", "postgres", *words]
        subprocess.run(command, check=True)
        self.seconds[what] = time.monotonic() - began

    def _enter(self, name: str) -> None:
        connections.close_all()
        connections.settings["default"]["NAME"] = connections["default"].settings_dict["NAME"] = name

    def _copy(self, source: str, name: str) -> None:
        connections.close_all()
        owner = connections["default"].settings_dict["USER"]
        with self._control() as control:
            control.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            control.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                    sql.Identifier(name), sql.Identifier(owner), sql.Identifier(source)
                )
            )

    def _control(self) -> psycopg.Connection[tuple[Any, ...]]:
        host = connections["default"].settings_dict["HOST"]
        return psycopg.connect(host=str(host), user="postgres", dbname="postgres", autocommit=True)
