"""Recording evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.db import transaction

from common.errors import InvalidInput
from quality.errors import (
    GoldNotFound,
)
from quality.evidence.commands.checks import (
    check_instant,
    check_judgment,
    check_keys,
)
from quality.evidence.commands.store import append
from quality.evidence.models import Comparison, GoldExposure, GoldItem, Judgment, Label, Rating
from quality.evidence.values import (
    ActorKind,
    JudgmentKind,
    NewComparison,
    NewGold,
    NewGoldResult,
    NewJudgment,
    NewLabel,
    NewRating,
    RetirementReason,
)
from quality.scopes.commands import ensure_scopes

LONGEST_LABEL = 200


@transaction.atomic(savepoint=False)
def append_judgments(*, judgments: Sequence[NewJudgment]) -> list[Judgment]:
    """This will record judgments, in the order given.

    Raises:
        InvalidInput: a value, confidence or time is not one, or a source key is twice in the list.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    for place, judgment in enumerate(judgments):
        check_judgment(place, judgment)
    rows = [
        Judgment(
            **shared,
            actor_id=new.actor_id,
            actor_kind=new.actor_kind,
            kind=new.kind,
            criterion=new.criterion,
            value=float(new.value),
            confidence=float(new.confidence),
        )
        for new, shared in zip(judgments, _shared_columns(judgments), strict=True)
    ]
    return append(rows, ("worker_id", "actor_id", "scope_id", "kind", "criterion", "value"))


@transaction.atomic(savepoint=False)
def append_ratings(*, ratings: Sequence[NewRating]) -> list[Rating]:
    """This will record ratings, in the order given.

    Raises:
        InvalidInput: a value or time is not one, or a source key is twice in the list.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    for place, rating in enumerate(ratings):
        if not math.isfinite(rating.value) or abs(rating.value) > 1e9:
            raise InvalidInput.of(f"/{place}/value", "A rating is a finite number.")
        check_instant(f"/{place}/at", rating.at)
    rows = [
        Rating(
            **shared,
            item_key=new.item_key,
            criterion=new.criterion,
            value=float(new.value),
            direction=new.direction,
        )
        for new, shared in zip(ratings, _shared_columns(ratings), strict=True)
    ]
    return append(rows, ("worker_id", "scope_id", "item_key", "criterion", "value"))


@transaction.atomic(savepoint=False)
def append_labels(*, labels: Sequence[NewLabel]) -> list[Label]:
    """This will record labels, in the order given.

    Raises:
        InvalidInput: a label is empty or longer than 200 characters, a time is none, or a source key is twice in the list.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    for place, label in enumerate(labels):
        if not 0 < len(label.label) <= LONGEST_LABEL:
            raise InvalidInput.of(f"/{place}/label", f"A label has 1 to {LONGEST_LABEL} characters.")
        check_instant(f"/{place}/at", label.at)
    rows = [
        Label(
            **shared,
            item_key=new.item_key,
            label=new.label,
        )
        for new, shared in zip(labels, _shared_columns(labels), strict=True)
    ]
    return append(rows, ("worker_id", "scope_id", "item_key", "label"))


@transaction.atomic(savepoint=False)
def append_comparisons(*, comparisons: Sequence[NewComparison]) -> list[Comparison]:
    """This will record comparisons, in the order given.

    Raises:
        InvalidInput: an item's name is empty, longer than 200 characters or the other's, a time is none, or a source key is
            twice in the list.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    for place, new in enumerate(comparisons):
        for name, item in (("first", new.first), ("second", new.second)):
            if not 0 < len(item) <= LONGEST_LABEL:
                raise InvalidInput.of(f"/{place}/{name}", f"An item's name has 1 to {LONGEST_LABEL} characters.")
        if new.first == new.second:
            raise InvalidInput.of(f"/{place}/second", "An item is not compared with itself.")
        check_instant(f"/{place}/at", new.at)
    rows = [
        Comparison(
            **shared,
            first=new.first,
            second=new.second,
            winner=new.winner,
        )
        for new, shared in zip(comparisons, _shared_columns(comparisons), strict=True)
    ]
    return append(rows, ("worker_id", "scope_id", "first", "second", "winner"))


@transaction.atomic(savepoint=False)
def append_gold(*, items: Sequence[NewGold]) -> list[GoldItem]:
    """This will plant items whose answer is known, in the order given.

    Raises:
        InvalidInput: a weight outside (0, 1], a naive time, or a source key twice in the list.
        EvidenceAlreadyRecorded: a source key was used with another key; nothing is written.
    """
    for place, item in enumerate(items):
        if not 0 < item.weight <= 1:
            raise InvalidInput.of(f"/{place}/weight", "A weight is above 0 and at most 1.")
        check_instant(f"/{place}/planted_at", item.planted_at)
    rows = [
        GoldItem(
            item_key=new.item_key,
            source_key=new.source_key or new.item_key,
            kind=new.kind,
            answer=dict(new.answer),
            weight=float(new.weight),
            tenant=new.tenant,
            project=new.project,
            planted_at=new.planted_at,
        )
        for new in items
    ]
    check_keys([row.source_key for row in rows])
    return append(rows, ("item_key", "kind", "answer", "weight"))


@transaction.atomic(savepoint=False)
def append_gold_results(*, results: Sequence[NewGoldResult]) -> list[GoldExposure]:
    """This will record who found what was planted, each with its judgment of 1 (found) or 0.

    A result for a key that was withdrawn as wrong is kept as an exposure alone: it says nothing of the worker.

    Raises:
        GoldNotFound: a plant is not known.
        InvalidInput: a naive time, or a source key twice in the list.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    check_keys([result.source_key for result in results])
    keys = {result.gold_key for result in results}
    gold = {item.source_key: item for item in GoldItem.objects.filter(source_key__in=keys)}
    if missing := sorted(keys - set(gold)):
        raise GoldNotFound(f"There is no planted item {missing[0]}.")
    counted = [result for result in results if gold[result.gold_key].retired_reason != RetirementReason.WRONG_KEY]
    judgments = append_judgments(judgments=[_gold_judgment(result, gold[result.gold_key]) for result in counted])
    by_key = {judgment.source_key: judgment for judgment in judgments}
    rows = [
        GoldExposure(
            gold=gold[result.gold_key],
            worker_id=result.worker_id,
            first_seen_at=result.at,
            found=result.found,
            source_key=result.source_key,
            judgment=by_key.get(result.source_key),
        )
        for result in results
    ]
    return append(rows, ("gold_id", "worker_id", "found"))


def _gold_judgment(result: NewGoldResult, item: GoldItem) -> NewJudgment:
    return NewJudgment(
        worker_id=result.worker_id,
        scope=result.scope,
        kind=JudgmentKind.GOLD,
        value=1.0 if result.found else 0.0,
        confidence=item.weight,
        source_key=result.source_key,
        at=result.at,
        actor_kind=ActorKind.SYSTEM,
        tenant=item.tenant,
        project=item.project,
    )


def _shared_columns(given: Sequence[NewJudgment | NewRating | NewLabel | NewComparison]) -> list[dict[str, Any]]:
    """Return for each new row what every row of evidence says (``Evidence``); keys are checked and scopes made first."""
    check_keys([new.source_key for new in given])
    scopes = ensure_scopes(scopes={new.scope for new in given})
    return [
        {
            "worker_id": new.worker_id,
            "scope_id": scopes[new.scope],
            "source_key": new.source_key,
            "at": new.at,
            "tenant": new.tenant,
            "project": new.project,
        }
        for new in given
    ]
