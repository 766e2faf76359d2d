"""How long a big network's night takes: everything read from the database, fitted and written back.

Run: ``make bench-refit`` (LABELS=1000000; judgments are half as many, ratings a fifth). It prints one JSON object: seconds of the
clock and the growth of memory; each figure is of this machine. Only counts are asserted.
"""

from __future__ import annotations

import importlib
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection, transaction

from common.identifiers import uuid7
from marketplace.models import User
from quality.consensus.commands import fit_new_words
from quality.facade import refit
from quality.models import ItemConsensus, QualityEstimate
from quality.scopes.commands import ensure_scopes
from quality.scopes.rules import ScopeCodes

refit_module = importlib.import_module("quality.estimates.commands.refit")
NOW = datetime(2026, 11, 2, 2, 30, tzinfo=UTC)
LABELS = int(os.environ.get("LABELS", "1000000"))
WORKERS, REVIEWERS, PROJECTS, SCOPES, PER_ITEM = max(LABELS // 350, 30) * 7, 100, 40, 20, 5

# Each worker labels in about six projects, and is right in .55 to .97 of cases.
_FILL = {
    "labels": """
        INSERT INTO quality_label (id, worker_id, scope_id, source_key, at, tenant, project, item_key, label)
        SELECT gen_random_uuid(), w.id, s.id, 'label:' || n, %(now)s, 'acme', 'project ' || p, 'item:' || n / %(per_item)s,
               'class ' || (n / %(per_item)s + CASE WHEN random() < w.share THEN 0 ELSE 1 + (random() * 2.99)::int END) %% 4
        FROM (SELECT n, (n / %(per_item)s) %% %(projects)s AS p,
                     7 * floor(random() * %(workers)s / 7)::int + (n / %(per_item)s) %% %(projects)s %% 7 AS place
              FROM generate_series(0, %(labels)s - 1) AS n) AS given
        JOIN bench_worker w USING (place)
        JOIN bench_scope s ON s.place = p %% %(scopes)s""",
    "planted": """
        INSERT INTO quality_judgment
            (id, worker_id, scope_id, source_key, at, tenant, project, actor_kind, kind, criterion, value, confidence)
        SELECT gen_random_uuid(), w.id, s.id, 'planted:' || n, %(now)s, 'acme', '', 'SYSTEM', 'GOLD', '',
               CASE WHEN random() < w.share THEN 1 ELSE 0 END, 1
        FROM (SELECT n, n %% %(workers)s AS place FROM generate_series(0, %(labels)s * 3 / 10 - 1) AS n) AS met
        JOIN bench_worker w USING (place)
        JOIN bench_scope s ON s.place = (w.place + 7 * (n %% 3)) %% %(scopes)s""",
    "reviews": """
        INSERT INTO quality_judgment
            (id, worker_id, scope_id, source_key, at, tenant, project, actor_id, actor_kind, kind, criterion, value, confidence)
        SELECT gen_random_uuid(), w.id, s.id, 'review:' || n, %(now)s, 'acme', '', r.id, 'WORKER', 'REVIEW', '',
               round(least(greatest(w.share + .1 * (random() - .5) - .001 * (r.place - w.count), 0), 1)::numeric, 1), 1
        FROM (SELECT n, n %% %(workers)s AS place, (n * 13 + n / %(workers)s) %% %(reviewers)s AS reviewer
              FROM generate_series(0, %(labels)s / 5 - 1) AS n) AS given
        JOIN bench_worker w USING (place)
        JOIN bench_worker r ON r.place = w.count + reviewer
        JOIN bench_scope s ON s.place = (w.place + 7 * (n %% 3)) %% %(scopes)s""",
    "ratings": """
        INSERT INTO quality_rating
            (id, worker_id, scope_id, source_key, at, tenant, project, item_key, criterion, value, direction)
        SELECT gen_random_uuid(), w.id, s.id, 'rating:' || n, %(now)s, 'acme', 'rated', 'rated:' || n / 3, '',
               round((6 + 2 * sin(n / 3) + 2 * w.share + random())::numeric, 1), 'QUALITY'
        FROM (SELECT n, (n * 7 + n / 3) %% %(workers)s AS place FROM generate_series(0, %(labels)s / 5 - 1) AS n) AS given
        JOIN bench_worker w USING (place)
        JOIN bench_scope s ON s.place = (n / 3) %% %(scopes)s""",
}


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return round(time.perf_counter() - started, 2)


def held_mb(name: str) -> float:
    """Megabytes of this process by the kernel's count: VmRSS now, VmHWM at the peak (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def fill() -> None:
    people = User.objects.bulk_create(
        (User(id=uuid7(), email=f"bench{place}@example.org") for place in range(WORKERS + REVIEWERS)), batch_size=5_000
    )
    wanted = [ScopeCodes(f"domain-{place % 5}", f"locale-{place}", "categorical") for place in range(SCOPES)]
    scopes = ensure_scopes(scopes=wanted)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT setseed(.5)")
        cursor.execute("CREATE TEMP TABLE bench_worker (id uuid, place int, share float, count int) ON COMMIT DROP")
        cursor.execute("CREATE TEMP TABLE bench_scope (id uuid, place int) ON COMMIT DROP")
        cursor.executemany(
            "INSERT INTO bench_worker VALUES (%s, %s, %s, %s)",
            [(person.id, place, 0.55 + 0.42 * (place * 0.618 % 1), WORKERS) for place, person in enumerate(people)],
        )
        cursor.executemany(
            "INSERT INTO bench_scope VALUES (%s, %s)", [(scopes[codes], place) for place, codes in enumerate(wanted)]
        )
        values = {"now": NOW, "labels": LABELS, "workers": WORKERS, "reviewers": REVIEWERS, "projects": PROJECTS}
        for statement in _FILL.values():
            cursor.execute(statement, {**values, "scopes": SCOPES, "per_item": PER_ITEM})
        cursor.execute("ANALYZE")


@pytest.mark.django_db(transaction=True)
def test_bench_refit(monkeypatch: pytest.MonkeyPatch) -> None:
    write, waits = refit_module._write_part, [0.0]
    # From before the locks are taken until they are given back.
    monkeypatch.setattr(refit_module, "_write_part", lambda *given: waits.append(seconds(lambda: write(*given))))
    filled = seconds(fill)
    before = held_mb("VmRSS")
    answered = seconds(lambda: fit_new_words(now=NOW))
    answered_mb = held_mb("VmHWM") - before
    first = seconds(lambda: refit(now=NOW))
    again = seconds(lambda: refit(now=NOW))

    figures = {
        "labels": LABELS,
        "workers": WORKERS,
        "fill_s": filled,
        "answers_s": answered,
        "answers_mb": round(answered_mb),
        "refit_s": first,
        "longest_lock_s": max(waits),
        "refit_mb": round(held_mb("VmHWM") - before),
        "nothing_new_s": again,
        "estimates": QualityEstimate.objects.filter(is_current=True).count(),
    }
    print(json.dumps(figures))  # noqa: T201 -- what a bench is for
    assert ItemConsensus.objects.count() == LABELS // PER_ITEM
