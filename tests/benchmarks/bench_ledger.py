"""How fast what is owed is posted and the books are verified, on a throwaway PostgreSQL.

Run: ``.venv/bin/pytest tests/benchmarks/bench_ledger.py -n 0 -s``. It prints one JSON object; times are wall clock, so
read them as ratios of one run on one machine. Asserted are the counts and that the books hold, never a speed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from common.identifiers import uuid7
from common.money import Money
from common.verification import run_checks
from marketplace.models import User
from payouts.facade import EarningInput, post_earnings
from payouts.ledger.commands import post_entries
from payouts.ledger.models import JournalEntry
from payouts.ledger.rules import EntrySpec, LineSpec, expense, payable

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORKERS, ENTRIES, EARNINGS, SINGLE = 200, 20_000, 20_000, 200


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def entries(workers: list[UUID], count: int) -> list[EntrySpec]:
    return [
        EntrySpec(
            f"bench:{number}",
            "BENCH",
            NOW.date(),
            (LineSpec(expense("work", "EUR"), payable(workers[number % len(workers)], "EUR"), Money(125, "EUR")),),
            "bench",
        )
        for number in range(count)
    ]


def earnings(workers: list[UUID], approver: UUID, count: int, tag: str) -> list[EarningInput]:
    return [
        EarningInput(
            worker_id=workers[number % len(workers)],
            source_key=f"{tag}:{number}",
            description="Annotation of a segment",
            quantity=Decimal(1),
            unit="ACCEPTED_TASK",
            rate_minor=125,
            currency="EUR",
            rate_line_key="rate_line:1",
            worked_from=NOW,
            worked_to=NOW,
            approved_by=approver,
            tenant="bench",
            project="bench",
        )
        for number in range(count)
    ]


def test_posting_and_verifying(fresh_database: str) -> None:
    users = [User(id=uuid7(), email=f"worker{number}@example.org") for number in range(WORKERS + 1)]
    User.objects.bulk_create(users)
    approver, *workers = (user.id for user in users)
    set_of_entries = entries(workers, ENTRIES)
    set_of_earnings = earnings(workers, approver, EARNINGS, "set")
    singles = earnings(workers, approver, SINGLE, "single")

    entries_s = seconds(lambda: post_entries(set_of_entries, by=None, now=NOW))
    earnings_s = seconds(lambda: post_earnings(set_of_earnings, now=NOW))
    singles_s = seconds(lambda: [post_earnings([one], now=NOW) for one in singles])
    results = []
    verify_s = seconds(lambda: results.extend(run_checks()))

    assert JournalEntry.objects.count() == ENTRIES + EARNINGS + SINGLE
    unexpected = [result.name for result in results if not result.is_ok]
    assert unexpected == []
    set_based, single = EARNINGS / earnings_s, SINGLE / singles_s
    figures = {
        "entries_posted_per_s_set_based": round(ENTRIES / entries_s),
        "earnings_posted_per_s_set_based": round(set_based),
        "earnings_posted_per_s_single": round(single),
        "set_based_over_single": round(set_based / single, 1),
        "entries_verified_per_s": round(JournalEntry.objects.count() / verify_s),
    }
    print(json.dumps(figures))  # noqa: T201  # the bench's answer
