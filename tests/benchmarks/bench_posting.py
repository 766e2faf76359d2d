"""How fast books are written: earnings in one set, entries against a bare insert, one reviewer's queue by eight at once.

Run: ``EARNINGS=200000 .venv/bin/pytest tests/benchmarks/bench_posting.py -n 0 -s``. Rates are ratios of one run on one
machine. The targets: 200,000 earnings in 15 s; 0.35 of the bare ``INSERT … SELECT`` of the same entries and lines into
tables with the same keys, checks and foreign keys and no trigger.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import time
from pathlib import Path
from uuid import UUID

from django.db import connection, connections, transaction

from common.identifiers import uuid7
from config.testpg import run_server
from marketplace.models import User
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.commands import post_entries
from payouts.ledger.models import JournalEntry
from tests.benchmarks.bench_ledger import NOW, earnings, entries, seconds

EARNINGS = int(os.environ.get("EARNINGS", "20000"))
WORKERS, APPROVALS, AT_ONCE = 200, 400, 8

_BARE = """
CREATE TABLE bare_entry (LIKE payouts_journalentry INCLUDING ALL,
  FOREIGN KEY (period_id) REFERENCES payouts_period, FOREIGN KEY (created_by_id) REFERENCES marketplace_user,
  FOREIGN KEY (reverses_id) REFERENCES bare_entry);
CREATE TABLE bare_line (LIKE payouts_journalline INCLUDING ALL,
  FOREIGN KEY (entry_id) REFERENCES bare_entry,
  FOREIGN KEY (debit_id, currency) REFERENCES payouts_ledgeraccount (id, currency),
  FOREIGN KEY (credit_id, currency) REFERENCES payouts_ledgeraccount (id, currency));
"""
_COPY_ALL = (
    "INSERT INTO bare_entry SELECT * FROM payouts_journalentry",
    "INSERT INTO bare_line OVERRIDING SYSTEM VALUE SELECT * FROM payouts_journalline",
)


def people(count: int) -> list[UUID]:
    users = [User(id=uuid7(), email=f"worker{number}@example.org") for number in range(count)]
    User.objects.bulk_create(users)
    return [user.id for user in users]


def show(**figures: float) -> None:
    print(json.dumps(figures))  # noqa: T201  # the bench's answer


def test_earnings_in_one_set(fresh_database: str) -> None:
    approver, *workers = people(WORKERS + 1)
    owed = earnings(workers, approver, EARNINGS, "set")

    before = _cpu_seconds()
    took = seconds(lambda: post_earnings(owed, now=NOW))
    cpu = _cpu_seconds() - before

    assert JournalEntry.objects.count() == EARNINGS
    show(earnings=EARNINGS, seconds=round(took, 2), per_s=round(EARNINGS / took), cpu_seconds=round(cpu, 2))


def _cpu_seconds() -> float:
    """Return what this process and its connection's have used: on a busy machine it tells more than the clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    used = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
    return time.process_time() + sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def test_entries_against_a_bare_insert(fresh_database: str) -> None:
    specs = entries(people(WORKERS), EARNINGS)

    ours = seconds(lambda: post_entries(specs, by=None, now=NOW))
    with connection.cursor() as cursor:
        cursor.execute(_BARE)
        bare = sum(seconds(lambda sql=sql: cursor.execute(sql)) for sql in _COPY_ALL)  # type: ignore[misc]
        cursor.execute("SELECT (SELECT count(*) FROM bare_entry), (SELECT count(*) FROM bare_line)")
        counted = cursor.fetchone()

    assert counted == (EARNINGS, EARNINGS)
    show(entries=EARNINGS, per_s=round(EARNINGS / ours), bare_per_s=round(EARNINGS / bare), ratio=round(bare / ours, 2))


def test_one_reviewers_queue_by_many_connections(fresh_database: str) -> None:
    approver, *workers = people(WORKERS + 1)
    post_earnings(earnings(workers, approver, WORKERS, "open"), now=NOW)
    _log_lock_waits()

    alone, _ = _approve(earnings(workers, approver, APPROVALS, "alone"), 1)
    together, waits = _approve(earnings(workers, approver, APPROVALS, "together"), AT_ONCE)
    naive, naive_waits = _approve(earnings(workers, approver, APPROVALS, "naive"), AT_ONCE, hot_row=True)

    assert JournalEntry.objects.count() == WORKERS + 3 * APPROVALS
    assert waits == 0
    assert naive_waits > 0  # the control: so the counter sees a hot row where there is one
    show(
        per_s_by_one=round(alone),
        per_s_by_eight=round(together),
        per_s_by_eight_on_a_hot_row=round(naive),
        waits_for_rows=waits,
        waits_on_a_hot_row=naive_waits,
    )


def _log_lock_waits() -> None:
    """Let every connection from now on log each wait for a row or a transaction above a millisecond."""
    name = connection.settings_dict["NAME"]
    with run_server().connect() as control:
        for setting in ("log_lock_waits = on", "deadlock_timeout = '1ms'"):
            control.execute(f'ALTER DATABASE "{name}" SET {setting}')
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE hot_row AS SELECT 0::bigint AS total_minor")


def _count_row_waits() -> int:
    waits = re.findall(r"still waiting for \w+ on (?:transaction|tuple)", run_server().log.read_text())
    return len(waits)


def _approve(queue: list[EarningInput], processes: int, *, hot_row: bool = False) -> tuple[float, int]:
    """Post each of the queue in a transaction of its own, over so many processes; return how many a second, and waits.

    With ``hot_row`` each also adds to one total, as a balance of the platform's expense account would be kept.
    """
    context = multiprocessing.get_context("fork")
    start = context.Barrier(processes + 1)
    connections.close_all()  # a connection is not shared over a fork
    waited = _count_row_waits()

    def work(part: int) -> None:
        connection.ensure_connection()
        start.wait()
        for earning in queue[part::processes]:
            with transaction.atomic():
                if hot_row:
                    with connection.cursor() as cursor:
                        cursor.execute("UPDATE hot_row SET total_minor = total_minor + %s", [earning.rate_minor])
                post_earnings([earning], now=NOW)

    workers = [context.Process(target=work, args=(part,)) for part in range(processes)]
    for worker in workers:
        worker.start()
    start.wait()
    took = seconds(lambda: [worker.join() for worker in workers])
    assert [worker.exitcode for worker in workers] == [0] * processes
    return len(queue) / took, _count_row_waits() - waited
