"""`make prove-crash`: PostgreSQL crashes, its connections and the answers of its COMMITs are lost, the broker dies.

In a PostgreSQL of its own that keeps what it committed. A runner that pays a cycle is paused at a named point; then the
server is shut down immediately, as a crash would leave it, or the runner's connection ended; it is started and the runner
goes on. Other runners, and the posting of earnings, speak through a proxy that loses answers of COMMITs. There is no
broker but in the last part, where it is killed with tasks in its queue. Each cycle must then end by sweeps alone: each
line has one transfer, the books have what the provider has, ``verify`` finds nothing. Run by ``tests.proofs.apart``.
"""

from __future__ import annotations

import argparse
import logging
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from celery import current_app
from django.db import connection, connections

from common.verification import run_checks
from config.services.binaries import find_account, find_postgres
from config.services.layout import DATABASE_NAME, SHORT_ROOT
from config.services.postgres import PostgresServer, claim_folder
from config.services.valkey import ValkeyServer
from payouts.earnings.errors import EarningAlreadyPosted
from payouts.earnings.models import Earning
from payouts.transfers.models import Payout
from tests.proofs.cutting import Cutter, cutter
from tests.proofs.kill import carry_out, find_due, is_completed, say
from tests.proofs.stage import Stage, fork, stand_in, wait

POINTS = (
    "payouts.cycle.before_reserve_commit",
    "payouts.transfer.before_call",
    "payouts.transfer.after_call",
    "payouts.transfer.before_settle_commit",
    "payouts.cycle.after_reserve",
)
#: Sweeps that find something due, until a cycle has to be complete.
MOST_TICKS = 4
#: Sweeps that a cycle may need when only the broker is lost.
MOST_TICKS_WITHOUT_BROKER = 2
#: Longer than a claim lasts.
STEP = timedelta(minutes=2)
_NOT_SHUT_DOWN = "database system was not properly shut down"


def main(words: Sequence[str]) -> int:
    """Crash, end, cut and kill; 0 means that all of it happened, and that every line was paid once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crashes", type=int, default=5, help="of the server")
    parser.add_argument("--ended", type=int, default=20, help="connections ended amid paying")
    parser.add_argument("--cuts", type=int, default=50, help="answers of COMMITs lost")
    asked = parser.parse_args(words)
    logging.disable(logging.CRITICAL)
    with own_server() as server, stand_in() as address, cutter(server.sockets / ".s.PGSQL.5432") as proxy:
        crashing = Crashing(server, Stage(address), proxy)
        crashing.play(crashes=asked.crashes, ended=asked.ended, cuts=asked.cuts)
        crashing.lose_the_broker()
        crashing.audit()
    for fault in crashing.faults[:20]:
        say(f"WRONG: {fault}\n")
    say(f"{len(crashing.faults)} wrong\n")
    return 1 if crashing.faults else 0


@contextmanager
def own_server() -> Iterator[PostgresServer]:
    """Start a server that survives crashes, with a copy of the database at hand, and let Django work in that."""
    account = find_account()
    folder = Path(tempfile.mkdtemp(prefix="muster-crash-", dir=SHORT_ROOT))
    claim_folder(folder, account)
    server = PostgresServer(data=folder / "data", sockets=folder)
    source = connections["default"].settings_dict
    at_hand = [f"--host={source['HOST']}", "--username=postgres", source["NAME"]]
    try:
        server.start()
        server.ensure_database()
        dump = subprocess.run([find_postgres() / "pg_dump", *at_hand], capture_output=True, check=True)
        into = ["--host", server.sockets, "--username=postgres", "--quiet", "--set=ON_ERROR_STOP=1", DATABASE_NAME]
        subprocess.run([find_postgres() / "psql", *into], input=dump.stdout, stdout=subprocess.DEVNULL, check=True)
        connections.close_all()
        source["HOST"], source["NAME"] = str(server.sockets), DATABASE_NAME
        current_app.conf.broker_url = f"redis+socket://{folder}/valkey.sock"  # nobody listens there yet
        yield server
    finally:
        connections.close_all()
        server.stop(mode="immediate")
        shutil.rmtree(folder, ignore_errors=True)


def _struck(act: Callable[[], None]) -> Callable[[], None]:
    """Return ``act`` without a word of the error that it is to end with."""

    def run() -> None:
        with Path(os.devnull).open("w") as nowhere:
            sys.stderr = nowhere
            act()

    return run


class Crashing:
    """The blows, and what must be true after them."""

    def __init__(self, server: PostgresServer, stage: Stage, proxy: Cutter) -> None:
        self.server, self.stage, self.proxy = server, stage, proxy
        self.experts = [stage.hire(name) for name in ("Ada", "Bola", "Chen")]
        self.faults: list[str] = []
        self.crashes = self.ended = self.errors_seen = self.slowest = 0

    def play(self, *, crashes: int, ended: int, cuts: int) -> None:
        """Pay cycles under blows of one kind after the other."""
        while self.crashes < crashes and not self.faults:
            self._pay(partial(self._strike_paused, POINTS[self.crashes % len(POINTS)], self._crash))
            say(f"\r{self.crashes}/{crashes} crashes")
        say("\n")
        while self.ended < ended and not self.faults:
            self._pay(partial(self._strike_paused, POINTS[self.ended % len(POINTS)], self._end_connections))
            say(f"\r{self.ended}/{ended} connections ended")
        say("\n")
        while self.proxy.cuts < cuts and not self.faults:
            self._pay(self._pay_through_proxy, earn=self._earn_through_proxy)
            say(f"\r{self.proxy.cuts}/{cuts} answers of COMMITs lost, {self.errors_seen} processes ended by an error")
        say("\n")

    def _pay(
        self, strike: Callable[[UUID, datetime], None], earn: Callable[..., None] | None = None, most: int = MOST_TICKS
    ) -> None:
        now = self.stage.next_day()
        for number, expert in enumerate(self.experts):
            (earn or self.stage.earn)(expert, 1_000 + number, f"task:{self.stage.days}:{number}", ends_at=now)
        cycle_id = self.stage.approved_cycle(now)
        strike(cycle_id, now)
        ticks = 0
        while not is_completed(cycle_id) and ticks < most:
            now, ticks = max(now + STEP, find_due() or now), ticks + 1
            self._expect(wait(self._runner(cycle_id, now)) == 0, "a runner in peace did not come to its end")
        self.slowest = max(self.slowest, ticks)
        self._expect(is_completed(cycle_id), f"the cycle of day {self.stage.days} is not complete after {ticks} ticks")

    def _runner(self, cycle_id: UUID, now: datetime, **armed: Any) -> int:
        act = partial(carry_out, cycle_id, self.stage.amina.email)
        return fork(_struck(act) if armed else act, now=now, **armed)

    # The server and its connections

    def _strike_paused(self, point: str, blow: Callable[[], None], cycle_id: UUID, now: datetime) -> None:
        with tempfile.TemporaryDirectory() as folder:
            resume = Path(folder, point)
            runner = self._runner(cycle_id, now, fault=f"{point}:1:pause", resume=resume)
            deadline = time.monotonic() + 20
            while not resume.with_name(f"{resume.name}.paused").exists() and time.monotonic() < deadline:
                time.sleep(0.005)
            self._expect(time.monotonic() < deadline, f"nobody paused at {point}")
            blow()
            resume.touch()
            self.errors_seen += wait(runner) != 0

    def _crash(self) -> None:
        before, noted = self._started_at(), self.server.log.read_text().count(_NOT_SHUT_DOWN)
        connections.close_all()
        self.server.stop(mode="immediate")
        self.server.start()
        self.crashes += 1
        self._expect(self._started_at() > before, "the server was not started again")
        self._expect(
            self.server.log.read_text().count(_NOT_SHUT_DOWN) == noted + 1, "the server was shut down properly"
        )

    def _started_at(self) -> datetime:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_postmaster_start_time()")
            (at,) = cursor.fetchone()
        return datetime.fromisoformat(str(at))

    def _end_connections(self) -> None:
        with self.server.connect() as control:
            ended = control.execute(
                "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = %s",
                [DATABASE_NAME],
            ).fetchone()
        connections.close_all()
        count = int(ended[0]) if ended else 0
        self._expect(count > 0, "there was no connection to end")
        self.ended += count

    # The answers of COMMITs

    def _pay_through_proxy(self, cycle_id: UUID, now: datetime) -> None:
        for interval in (3, 4, 2, 5):
            self.proxy.cut_every(interval)
            act = self._through_proxy(partial(carry_out, cycle_id, self.stage.amina.email))
            self.errors_seen += wait(fork(act, now=now)) != 0
            now += STEP

    def _earn_through_proxy(self, worker: Any, amount_minor: int, key: str, *, ends_at: datetime) -> None:
        """Post an earning whose answer is lost, and again as its client would: it is there, once."""
        self.proxy.cut_every(1)
        cuts = self.proxy.cuts
        post = partial(self.stage.earn, worker, amount_minor, key, ends_at=ends_at)
        code = wait(fork(self._through_proxy(post), now=ends_at))
        self._expect(code != 0, f"whoever posted {key} saw no error")
        self._expect(self.proxy.cuts == cuts + 1, f"no answer of {key} was cut")
        self._expect(Earning.objects.filter(source_key=key).count() == 1, f"{key} is not there after its COMMIT")
        try:
            post()
        except EarningAlreadyPosted:
            self.stage.earned[worker.id] = self.stage.earned.get(worker.id, 0) + amount_minor
        else:
            self.faults.append(f"{key} was posted twice")

    def _through_proxy(self, act: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            connections["default"].settings_dict |= {"HOST": "127.0.0.1", "PORT": str(self.proxy.port)}
            act()

        return _struck(run)

    # The broker

    def lose_the_broker(self) -> None:
        """Pay with a broker that has tasks and no worker, kill it and what it kept; sweeps end the cycle all the same."""
        data = self.server.sockets / "queue"
        valkey = ValkeyServer(data=data, sockets=self.server.sockets)
        valkey.start()

        def strike(cycle_id: UUID, now: datetime) -> None:
            act = partial(carry_out, cycle_id, self.stage.amina.email)
            wait(fork(act, fault="payouts.cycle.after_reserve:1:kill", now=now))
            queued = self._queue_length(valkey)
            pid = valkey.pid()
            self._expect(queued > 0 and pid is not None, f"{queued} tasks stood in the queue of the broker")
            os.kill(pid or 0, signal.SIGKILL)
            shutil.rmtree(data)
            while valkey.is_running():
                time.sleep(0.05)
            say(f"broker killed with {queued} tasks\n")

        self._pay(strike, most=MOST_TICKS_WITHOUT_BROKER)

    def _queue_length(self, valkey: ValkeyServer) -> int:
        import redis  # noqa: PLC0415 - for this alone

        with redis.Redis(unix_socket_path=str(valkey.socket)) as client:
            return int(client.llen("celery"))  # type: ignore[arg-type]  # typed for asyncio too

    # The end

    def audit(self) -> None:
        """Compare transfers, lines, books and earnings, and tell."""
        self.faults += self.stage.audit_transfers()
        self.faults += self.stage.audit_earnings()
        self.faults += [f"verify: {check.name}: {check.findings[0]}" for check in run_checks() if not check.is_ok]
        live = Payout.objects.exclude(state="PAID").count()
        self._expect(live == 0, f"{live} payouts are not paid")
        say(
            f"{self.crashes} crashes, {self.ended} connections ended, {self.proxy.cuts} answers of COMMITs lost; "
            f"{self.stage.days} cycles, {self.stage.summary()}; at most {self.slowest} ticks in peace\n"
        )

    def _expect(self, is_so: bool, words: str) -> None:
        if not is_so:
            self.faults.append(words)
