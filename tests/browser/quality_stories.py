"""What the pages of quality show in the browser tests: items that people met, evidence that was taken back, work that fell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from common import clock
from marketplace.work import commands as work
from marketplace.work.models import Task
from quality.facade import (
    Direction,
    GoldKind,
    JudgmentKind,
    NewGold,
    NewGoldResult,
    NewJudgment,
    NewLabel,
    NewRating,
    ScopeCodes,
    list_gold,
    plant_gold_items,
    propose,
    record_gold_results,
    record_judgments,
    record_labels,
    record_ratings,
    refit,
    set_bars,
    withdraw_gold,
    withdraw_reviewer,
)
from tests.browser import portal_stories
from tests.browser.world import World

SCOPE = ScopeCodes("linguistics/translation", "de-DE", "rubric")
WHY = "The key names an omission that the text does not have."


def planted(world: World, project: str = "") -> dict[str, Any]:
    """Plant five items that Ada, Hana and Goran met; nobody found the first. Returns nothing."""
    at, tenant = clock.now() - timedelta(days=2), str(world.organization.id)
    keys = [f"news-{number}" for number in range(5)]
    plant_gold_items(
        items=[
            NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=at, tenant=tenant, project=project) for key in keys
        ]
    )
    results = [
        NewGoldResult(
            gold_key=key,
            worker_id=world.people[name].id,
            scope=SCOPE,
            found=number > place % 2,
            source_key=f"{key}:{name}",
            at=at,
        )
        for number, key in enumerate(keys)
        for place, name in enumerate(("Ada", "Hana", "Goran"))
    ]
    record_gold_results(results=results, now=at)
    return {}


def missed_by_all(world: World, keys: list[str]) -> None:
    """Plant these items; five people find all of them but the first, which nobody finds."""
    at, tenant = clock.now() - timedelta(days=2), str(world.organization.id)
    plant_gold_items(
        items=[NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=at, tenant=tenant) for key in keys]
    )
    results = [
        NewGoldResult(
            gold_key=key,
            worker_id=world.people[name].id,
            scope=SCOPE,
            found=number > 0,
            source_key=f"{key}:{name}",
            at=at,
        )
        for number, key in enumerate(keys)
        for name in ("Ada", "Hana", "Goran", "Emre", "Fatou")
    ]
    record_gold_results(results=results, now=at)


def missed_by_one(world: World, key: str) -> None:
    """Plant an item that Ada alone met, and missed."""
    at, tenant, ada = clock.now() - timedelta(days=2), str(world.organization.id), world.people["Ada"].id
    plant_gold_items(items=[NewGold(item_key=key, kind=GoldKind.HONEYPOT, planted_at=at, tenant=tenant)])
    result = NewGoldResult(gold_key=key, worker_id=ada, scope=SCOPE, found=False, source_key=f"{key}:Ada", at=at)
    record_gold_results(results=[result], now=at)


def a_planted_item(world: World) -> dict[str, Any]:
    """Return the item that nobody found."""
    planted(world)
    return {"gold_id": list_gold(world.people["Chen"]).get(item_key="news-0").id}


def reviewed(world: World) -> dict[str, Any]:
    """Let Dana review Ada's and Goran's work harshly, and return her."""
    at, dana = clock.now() - timedelta(days=1), world.people["Dana"]
    record_judgments(
        judgments=[
            NewJudgment(
                worker_id=world.people[name].id,
                actor_id=dana.id,
                scope=SCOPE,
                kind=JudgmentKind.REVIEW,
                value=0.2,
                source_key=f"review:{name}:{number}",
                at=at,
                tenant=str(world.organization.id),
            )
            for name in ("Ada", "Goran")
            for number in range(6)
        ],
        now=at,
    )
    return {"reviewer_id": dana.id}


def contradicted(world: World) -> dict[str, Any]:
    """Let Dana, Bola and Emre review four people's work, Dana far below the others, and return her."""
    at, tenant = clock.now() - timedelta(days=1), str(world.organization.id)
    record_judgments(
        judgments=[
            NewJudgment(
                worker_id=world.people[name].id,
                actor_id=world.people[reviewer].id,
                scope=SCOPE,
                kind=JudgmentKind.REVIEW,
                value=score - place / 100,
                source_key=f"review:{name}:{reviewer}:{piece}",
                at=at + timedelta(minutes=piece),
                tenant=tenant,
            )
            for place, name in enumerate(("Ada", "Goran", "Hana", "Fatou"))
            for reviewer, score in (("Dana", 0.45), ("Bola", 0.9), ("Emre", 0.91))
            for piece in range(2)
        ],
        now=at,
    )
    return {"reviewer_id": world.people["Dana"].id}


def a_withdrawal(world: World) -> dict[str, Any]:
    """Take back the item that nobody found, and return the withdrawal."""
    item = a_planted_item(world)["gold_id"]
    row = withdraw_gold(gold_id=item, words=WHY, by=world.people["Chen"], now=clock.now())
    return {"withdrawal_id": row.id}


def withdrawals(world: World) -> dict[str, Any]:
    """Take back an item and a reviewer. Returns nothing."""
    a_withdrawal(world)
    dana = reviewed(world)["reviewer_id"]
    words = "Went by the guidelines of another project."
    withdraw_reviewer(
        reviewer_id=dana, tenant=world.organization.id, words=words, by=world.people["Chen"], now=clock.now()
    )
    return {}


def fallen_ada(world: World) -> dict[str, Any]:
    """Let Ada's reviewed work fall from about 95 to about 30 in these days, and the night find it. Returns nothing."""
    now, long_ago = clock.now(), clock.now() - timedelta(days=90)
    _review_ada(world, 0.95, count=80, at=long_ago)
    portal_stories.busy_ada(world)
    _review_ada(world, 0.3, count=24, at=now - timedelta(hours=1))
    refit(now=now)
    propose(now=now)
    return {}


def fallen(world: World) -> dict[str, Any]:
    """Return Ada, whose work fell."""
    fallen_ada(world)
    return {"worker_id": world.people["Ada"].id}


def _review_ada(world: World, value: float, *, count: int, at: datetime) -> None:
    record_judgments(
        judgments=[
            NewJudgment(
                worker_id=world.people["Ada"].id,
                actor_id=world.people["Dana"].id,
                scope=SCOPE,
                kind=JudgmentKind.REVIEW,
                value=value,
                source_key=f"review:{at:%m%d%H%M}:{number}",
                at=at,
            )
            for number in range(count)
        ],
        now=at,
    )


def some_bars(world: World) -> dict[str, Any]:
    """Let Goran set bars of translation twice. Returns nothing."""
    for days, bar in ((20, 0.7), (3, 0.75)):
        set_bars(
            scope=SCOPE,
            bar=bar,
            promote_bar=0.95,
            reason="The rubric is new, and nobody has had feedback on it yet.",
            by=world.people["Goran"],
            now=clock.now() - timedelta(days=days),
        )
    return {}


def doubtful(world: World) -> dict[str, Any]:
    """Let two pieces of Ada's work wait for a review, and three people rate and label three tasks unequally. Returns nothing."""
    portal_stories.busy_ada(world)
    now, ada, project = clock.now(), world.people["Ada"], world.things["project"]
    tasks = list(Task.objects.order_by("external_id"))
    for task in tasks[:2]:
        claim = work.claim_task(task_id=task.id, by=ada, now=now)
        work.submit(claim_id=claim.id, content={"errors": []}, by=ada, now=now)
    ratings = [
        NewRating(
            worker_id=world.people[name].id,
            item_key=f"task:{task.id}",
            scope=SCOPE,
            value=3.0 * place + number,
            direction=Direction.PENALTY,
            source_key=f"rating:{name}:{place}",
            at=now,
            tenant=str(world.organization.id),
            project=project.code,
        )
        for place, task in enumerate(tasks)
        for number, name in enumerate(("Ada", "Goran", "Hana")[: 3 - place])
    ]
    record_ratings(ratings=ratings)
    record_labels(
        labels=[
            NewLabel(
                worker_id=world.people[name].id,
                item_key=f"task:{task.id}",
                scope=SCOPE,
                label="flawed" if name == "Hana" and place == 2 else "good",
                source_key=f"label:{name}:{place}",
                at=now,
                tenant=str(world.organization.id),
                project=project.code,
            )
            for place, task in enumerate(tasks)
            for name in ("Ada", "Goran", "Hana")
        ]
    )
    refit(now=now)
    return {}
