"""`make prove-disk`: the database's disk is full: the API says so, what was answered 201 is there, no cycle is half done.

The database lies on a small file system of its own, which takes the right to mount one (root). It is filled amid a pay run;
once there is room again the cycle comes to its end. Run by ``tests.proofs.apart``.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
from django.db import DatabaseError, connection, connections
from knox.models import AuthToken
from psycopg import sql

from common import clock
from common.money import Money
from common.verification import run_checks
from payouts.adjustments.models import Adjustment
from payouts.transfers.commands import top_up
from tests.proofs.kill import carry_out, is_completed, say
from tests.proofs.stage import Stage, stand_in
from tests.racing import serve

SIZE = "128m"
MOST_ROUNDS = 6
MOST_REQUESTS = 3000
DISK_FULL = "53100"


def main(words: Sequence[str]) -> int:
    """Fill the disk amid a pay run; 0 means that nothing was lost, half done or answered wrongly."""
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args(words)
    logging.disable(logging.CRITICAL)
    if os.getuid() != 0:
        say("skipped: only root may mount the small file system that is to be filled\n")
        return 0
    with _small_disk() as address, stand_in() as provider, serve(address) as web:
        proof = Proof(Stage(provider), web)
        proof.play()
    for fault in proof.faults:
        say(f"WRONG: {fault}\n")
    say(f"{len(proof.faults)} wrong\n")
    return 1 if proof.faults else 0


class Proof:
    """One pay run on a disk that is full for a while."""

    def __init__(self, stage: Stage, web: str) -> None:
        self.stage, self.web = stage, web
        self.faults: list[str] = []
        self.answers: Counter[int] = Counter()
        _, self.secret = AuthToken.objects.create(user=stage.amina)

    def play(self) -> None:
        """Approve a cycle, fill the disk, ask and pay in vain, make room, and ask and pay again."""
        now = self.stage.next_day()
        self.experts = [self.stage.hire(name) for name in ("Ada", "Bola", "Chen")]
        top_up(money=Money(10_000_000, "EUR"), source="disk", by=None, now=now)
        for number, expert in enumerate(self.experts):
            self.stage.earn(expert, 1000 + 100 * number, f"task:{number}", ends_at=now)
        cycle_id = self.stage.approved_cycle(now)

        _fill_disk()
        self._ask_until_refused()
        refused = self._pay(cycle_id, now)
        self._expect(refused > 0, "paying never met the full disk")
        say(f"disk full: answers {dict(self.answers)}, {refused} steps of paying refused\n")
        _make_room()

        self._expect(self._propose() == 201, "with room again the API refuses still")
        for round_ in range(MOST_ROUNDS):
            if is_completed(cycle_id):
                break
            self._pay(cycle_id, now + timedelta(hours=6 * round_))
        self._expect(is_completed(cycle_id), "the cycle did not come to its end")
        self._expect(
            Adjustment.objects.count() == self.answers[201],
            f"{self.answers[201]} were answered 201, {Adjustment.objects.count()} are there",
        )
        self.faults += self.stage.audit_transfers() + self.stage.audit_earnings()
        self.faults += [f"verify: {check.name}: {check.findings[0]}" for check in run_checks() if not check.is_ok]
        say(f"with room again: {self.stage.summary()}\n")

    def _ask_until_refused(self) -> None:
        for _ in range(MOST_REQUESTS):
            if self._propose() != 201:
                break
        for _ in range(5):
            self._propose()
        self._expect(self.answers[503] > 0, "no request met the full disk")
        self._expect(set(self.answers) <= {201, 503}, f"the answers were {dict(self.answers)}")

    def _propose(self) -> int:
        """Propose a bonus over HTTP and return the status of the answer."""
        body = {
            "kind": "BONUS",
            "worker": str(self.experts[0].id),
            "money": {"amount_minor": 100, "currency": "EUR"},
            "reason_code": "REFERRAL",
            "reason_text": "Brought a friend. " * 10,
        }
        headers = {
            "Authorization": f"Token {self.secret}",
            "Content-Type": "application/json",
            "Idempotency-Key": str(uuid4()),
        }
        request = urllib.request.Request(
            f"{self.web}/api/v1/finance/adjustments/", json.dumps(body).encode(), headers, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, problem = answer.status, {}
        except urllib.error.HTTPError as error:
            status, problem = error.code, json.loads(error.read())
        self.answers[status] += 1
        if status == 503:
            self._expect("no room left on its disk" in problem["detail"], f"503 says {problem}")
        return int(status)

    def _pay(self, cycle_id: Any, now: datetime) -> int:
        """Pay and sweep as far as it goes; return how many steps the full disk refused."""
        refused = 0
        for minutes in range(3):
            try:
                with clock.at(now + timedelta(minutes=minutes)):
                    carry_out(cycle_id, self.stage.amina.email)
            except DatabaseError as error:
                self._expect(getattr(error.__cause__, "sqlstate", "") == DISK_FULL, f"paying ended with {error}")
                refused += 1
        return refused

    def _expect(self, is_so: bool, words: str) -> None:
        if not is_so:
            self.faults.append(words)


def _fill_disk() -> None:
    """Write until nothing goes any more, at last row by row."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filler (x text)")
        for width in (1_000_000, 10_000, 100):
            try:
                while True:
                    cursor.execute(
                        "INSERT INTO filler SELECT repeat(md5(n::text), %s) FROM generate_series(1, 100) n",
                        [width // 32],
                    )
            except DatabaseError:
                continue


def _make_room() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE filler")


@contextmanager
def _small_disk() -> Iterator[str]:
    """Move the database to a file system of ``SIZE``; yield its address."""
    settings = connections["default"].settings_dict
    name, host = str(settings["NAME"]), str(settings["HOST"])
    owner = Path(host).stat()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/var/tmp")))
        folder.chmod(0o755)
        disk = folder / "disk"
        disk.mkdir()
        options = f"size={SIZE},uid={owner.st_uid},gid={owner.st_gid},mode=700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)], check=True)
        stack.callback(subprocess.run, ["umount", "-l", str(disk)], check=True)
        connections.close_all()
        control = stack.enter_context(psycopg.connect(host=host, user="postgres", dbname="postgres", autocommit=True))
        control.execute(sql.SQL("CREATE TABLESPACE small LOCATION {}").format(sql.Literal(str(disk))))
        stack.callback(control.execute, "DROP TABLESPACE small")
        database = sql.Identifier(name)
        control.execute(sql.SQL("ALTER DATABASE {} SET TABLESPACE small").format(database))
        stack.callback(control.execute, sql.SQL("ALTER DATABASE {} SET TABLESPACE pg_default").format(database))
        stack.callback(connections.close_all)
        yield f"postgresql://{settings['USER']}@/{name}?host={host}"
