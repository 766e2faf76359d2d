"""How fast judgments are recorded and everything is refitted, on a throwaway PostgreSQL.

Run: ``.venv/bin/pytest tests/benchmarks/bench_quality.py -n 0 -s``. It prints one JSON object; times are wall clock, so
read them as ratios of one run on one machine. No number is asserted but the counts: a bench that fails on a busy
machine tells nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pytest

from marketplace.models import User
from quality.consensus.commands import fit_new_words
from quality.facade import (
    JudgmentKind,
    NewJudgment,
    NewLabel,
    NewRating,
    ScopeCodes,
    quality_of,
    record_judgment,
    record_judgments,
    record_labels,
    record_ratings,
    refit,
)
from quality.methods.severity import SeverityModel
from quality.models import ItemConsensus, Judgment, QualityEstimate

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
WORKERS, SCOPES, JUDGMENTS, SINGLE, RATINGS = 1_000, 20, 20_000, 200, 9_000
LABELS, PROJECTS = 50_000, 10


def seconds(run: Callable[[], object]) -> float:
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def draw(workers: list[UUID], count: int, tag: str) -> list[NewJudgment]:
    random = np.random.default_rng(7)
    share = random.beta(8, 2, len(workers))
    chosen, scopes = random.integers(0, len(workers), count), random.integers(0, SCOPES, count)
    found = random.random(count) < share[chosen]
    return [
        NewJudgment(
            worker_id=workers[worker],
            scope=ScopeCodes(f"domain-{scope % 5}", f"locale-{scope}", "rubric"),
            kind=JudgmentKind.GOLD,
            value=float(hit),
            source_key=f"bench:{tag}:{place}",
            at=NOW,
        )
        for place, (worker, scope, hit) in enumerate(zip(chosen, scopes, found, strict=True))
    ]


def draw_ratings(workers: list[UUID]) -> list[NewRating]:
    random = np.random.default_rng(8)
    return [
        NewRating(
            worker_id=workers[(place * 7) % 300],
            item_key=f"item:{place // 3}",
            scope=ScopeCodes("domain-0", "locale-0", "rubric"),
            value=float(random.normal(7, 1)),
            source_key=f"bench:rating:{place}",
            at=NOW,
        )
        for place in range(RATINGS)
    ]


def draw_labels(workers: list[UUID]) -> list[NewLabel]:
    random = np.random.default_rng(9)
    share = random.beta(8, 2, len(workers))
    labels = []
    for place in range(LABELS):
        item = place // 5
        worker = int(random.integers(len(workers)))
        wrong = 0 if random.random() < share[worker] else int(random.integers(1, 4))
        labels.append(
            NewLabel(
                worker_id=workers[worker],
                item_key=f"item:{item}",
                scope=ScopeCodes("domain-1", "locale-1", "categorical"),
                label=f"class {(item + wrong) % 4}",
                source_key=f"bench:label:{place}",
                at=NOW,
                tenant="acme",
                project=f"project {item % PROJECTS}",
            )
        )
    return labels


def severity_fit() -> None:
    random = np.random.default_rng(3)
    item = np.repeat(np.arange(1_726), 45)
    rater = (np.repeat(np.arange(1_726) * 7, 45) + np.tile(np.repeat(np.arange(9), 5), 1_726)) % 214
    criterion = np.tile(np.arange(5), 1_726 * 9)
    SeverityModel().fit(item, rater, random.normal(7, 1, len(item)), criterion)


@pytest.mark.django_db
def test_bench_quality() -> None:
    people = User.objects.bulk_create(User(email=f"bench{place}@example.org") for place in range(WORKERS))
    workers = [person.id for person in people]
    many, single = draw(workers, JUDGMENTS, "many"), draw(workers, SINGLE, "single")
    ratings = draw_ratings(workers)

    labels = draw_labels(workers)

    labeled = seconds(lambda: record_labels(labels=labels))
    answered = seconds(lambda: fit_new_words(now=NOW))
    at_rest = seconds(lambda: fit_new_words(now=NOW))
    recorded = seconds(lambda: record_judgments(judgments=many, now=NOW))
    rated = seconds(lambda: record_ratings(ratings=ratings))
    first = seconds(lambda: refit(now=NOW))
    one_by_one = seconds(lambda: [record_judgment(judgment=judgment, now=NOW) for judgment in single])
    again = seconds(lambda: refit(now=NOW))
    scope = ScopeCodes("domain-1", "locale-1", "rubric")
    read = seconds(lambda: quality_of(worker_ids=workers, scope=scope))

    figures = {
        "judgments_per_second_set_based": round(JUDGMENTS / recorded),
        "judgments_per_second_single": round(SINGLE / one_by_one),
        "ratings_per_second_set_based": round(RATINGS / rated),
        "labels_per_second_set_based": round(LABELS / labeled),
        "answers_of_50000_labels_seconds": round(answered, 2),
        "answers_without_new_labels_ms": round(1_000 * at_rest, 1),
        "refit_seconds": [round(first, 2), round(again, 2)],
        "estimates_current": QualityEstimate.objects.filter(is_current=True).count(),
        "figures_of_1000_workers_ms": round(1_000 * read, 1),
        "severity_77670_ratings_seconds": round(seconds(severity_fit), 3),
    }
    print(json.dumps(figures))  # noqa: T201 -- what a bench is for
    assert ItemConsensus.objects.count() == LABELS // 5
    assert Judgment.objects.count() == JUDGMENTS + SINGLE
