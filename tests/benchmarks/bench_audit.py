"""How long it takes to compute the books again: each digest, the chain, balances, periods, reversals.

Run: ``LINES=1000000 .venv/bin/pytest tests/benchmarks/bench_audit.py -n 0 -s``. The target is 1,000,000 lines in 5 s.
"""

from __future__ import annotations

import json
import os
import time

from common.identifiers import uuid7
from common.verification import list_checks, run_checks
from marketplace.models import User
from payouts.ledger.models import JournalLine
from tests.benchmarks.full_books import fill_books

LINES = int(os.environ.get("LINES", "100000"))
WORKERS = 500


def test_auditing_the_books(fresh_database: str) -> None:
    users = [User(id=uuid7(), email=f"worker{number}@example.org") for number in range(WORKERS)]
    User.objects.bulk_create(users)
    fill_books(fresh_database, [user.id for user in users], LINES)

    started = time.perf_counter()
    results = run_checks(name for name in list_checks() if name.startswith("payouts.ledger."))
    audit_s = time.perf_counter() - started

    assert JournalLine.objects.count() == LINES
    assert [result.name for result in results if not result.is_ok] == []
    figures = {
        "lines": LINES,
        "audit_s": round(audit_s, 2),
        "ms": {result.name.removeprefix("payouts.ledger."): result.duration_ms for result in results},
    }
    print(json.dumps(figures))  # noqa: T201  # the bench's answer
