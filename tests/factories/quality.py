"""Evidence for the tests of quality: planted items met, work reviewed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

from marketplace.models import User
from quality.facade import (
    GoldKind,
    JudgmentKind,
    NewGold,
    NewGoldResult,
    NewJudgment,
    ScopeCodes,
    plant_gold_items,
    record_gold_results,
    record_judgments,
)

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
LAW = ScopeCodes("law/tax", "es-BO", "rubric")

type MakeWorker = Callable[[str], User]


def give_gold(
    worker_id: UUID, found: int, missed: int, *, scope: ScopeCodes = LAW, at: datetime = NOW, tag: str = ""
) -> None:
    """Let a worker meet planted errors in a scope."""
    keys = [f"task:{worker_id}:{scope}:{at:%m%d%H%M}:{tag}:{place}" for place in range(found + missed)]
    plant_gold_items(items=[NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=at) for key in keys])
    results = [
        NewGoldResult(
            gold_key=key, worker_id=worker_id, scope=scope, found=place < found, source_key=f"answer:{key}", at=at
        )
        for place, key in enumerate(keys)
    ]
    record_gold_results(results=results, now=at)


def give_reviews(
    worker_id: UUID, reviewer_id: UUID, values: list[float], *, scope: ScopeCodes = LAW, at: datetime = NOW
) -> None:
    """Let a reviewer score a worker's pieces of work."""
    record_judgments(
        judgments=[
            NewJudgment(
                worker_id=worker_id,
                actor_id=reviewer_id,
                scope=scope,
                kind=JudgmentKind.REVIEW,
                value=value,
                source_key=f"review:{worker_id}:{reviewer_id}:{scope}:{at:%m%d%H%M}:{place}",
                at=at,
            )
            for place, value in enumerate(values)
        ],
        now=at,
    )
