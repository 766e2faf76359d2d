"""Recording evidence from outside: the rows, and the estimates they move, in one transaction."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from quality.estimates.commands.update import update_estimates_online
from quality.evidence import commands as evidence
from quality.evidence.models import Judgment
from quality.evidence.values import (
    NewComparison,
    NewGold,
    NewGoldResult,
    NewJudgment,
    NewLabel,
    NewRating,
    RetirementReason,
)


@transaction.atomic
def record_judgments(*, judgments: Sequence[NewJudgment], now: datetime) -> list[UUID]:
    """This will record judgments and bring the judged workers' estimates up to them; it returns the judgments' ids.

    Again with the same source keys and content it changes nothing.

    Raises:
        InvalidInput: a value, confidence, time or source key is not one; ``problems`` name the row.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    rows = evidence.append_judgments(judgments=judgments)
    _update(rows, now)
    return [row.id for row in rows]


def record_judgment(*, judgment: NewJudgment, now: datetime) -> UUID:
    """This will record one judgment; see ``record_judgments``."""
    return record_judgments(judgments=[judgment], now=now)[0]


@transaction.atomic
def record_ratings(*, ratings: Sequence[NewRating]) -> list[UUID]:
    """This will record scores that workers gave; severity follows with the next refit. It returns the ratings' ids.

    Raises:
        InvalidInput: a value, time or source key is not one.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    return [row.id for row in evidence.append_ratings(ratings=ratings)]


def record_rating(*, rating: NewRating) -> UUID:
    """This will record one score; see ``record_ratings``."""
    return record_ratings(ratings=[rating])[0]


@transaction.atomic
def record_labels(*, labels: Sequence[NewLabel]) -> list[UUID]:
    """This will record classes that workers gave to items; answers and estimates follow with the next refit.

    It returns the labels' ids.

    Raises:
        InvalidInput: a label, time or source key is not one.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    return [row.id for row in evidence.append_labels(labels=labels)]


@transaction.atomic
def record_comparisons(*, comparisons: Sequence[NewComparison]) -> list[UUID]:
    """This will record which of two items workers found better; scores and estimates follow with the next refit.

    It returns the comparisons' ids.

    Raises:
        InvalidInput: an item's name, time or source key is not one.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    return [row.id for row in evidence.append_comparisons(comparisons=comparisons)]


@transaction.atomic
def plant_gold_items(*, items: Sequence[NewGold]) -> list[UUID]:
    """This will plant items whose answer is known; it returns their ids.

    Raises:
        InvalidInput: a weight, time or source key is not one.
        EvidenceAlreadyRecorded: a source key was used with another key; nothing is written.
    """
    return [row.id for row in evidence.append_gold(items=items)]


def plant_gold(*, item: NewGold) -> UUID:
    """This will plant one item; see ``plant_gold_items``."""
    return plant_gold_items(items=[item])[0]


@transaction.atomic
def record_gold_results(*, results: Sequence[NewGoldResult], now: datetime) -> list[UUID]:
    """This will record who found what was planted and update their estimates; it returns the exposures' ids.

    Raises:
        GoldNotFound: a plant is not known.
        InvalidInput: a time or source key is not one.
        EvidenceAlreadyRecorded: a source key was used with other content; nothing is written.
    """
    exposures = evidence.append_gold_results(results=results)
    _update([row.judgment for row in exposures if row.judgment is not None], now)
    return [row.id for row in exposures]


def record_gold_result(*, result: NewGoldResult, now: datetime) -> UUID:
    """This will record one result; see ``record_gold_results``."""
    return record_gold_results(results=[result], now=now)[0]


@transaction.atomic
def supersede_judgment(
    *,
    source_key: str,
    new_source_key: str,
    value: float | None,
    actor_id: UUID | None,
    now: datetime,
) -> UUID:
    """This will replace a judgment's value, or withdraw it (None), update the estimate, and return the new row's id.

    Raises:
        JudgmentNotFound: nothing has ``source_key``.
        JudgmentAlreadySuperseded: it was replaced before, by something else.
        InvalidInput: the value is outside 0..1.
    """
    row = evidence.append_successor(
        source_key=source_key,
        new_source_key=new_source_key,
        value=value,
        actor_id=actor_id,
        now=now,
    )
    _update([row], now)
    return row.id


@transaction.atomic
def withdraw_judgments(*, source_keys: Collection[str], reason_key: str, actor_id: UUID, now: datetime) -> int:
    """This will take back those of the judgments that still count, update the estimates, and return how many they were.

    ``reason_key`` names what they are taken back for; unknown keys and judgments that were replaced are left alone.
    """
    known = Judgment.objects.effective().filter(source_key__in=source_keys).order_by("source_key")
    withdrawn = [
        evidence.append_successor(
            source_key=key, new_source_key=f"{reason_key}:{key}", value=None, actor_id=actor_id, now=now
        )
        for key in known.values_list("source_key", flat=True)
    ]
    _update(withdrawn, now)
    return len(withdrawn)


@transaction.atomic
def retire_gold(*, gold_key: str, reason: RetirementReason, now: datetime) -> set[UUID]:
    """This will use a planted item no more; a wrong key also takes its results back and updates everybody they touched.

    Returns the ids of the workers whose estimates were recomputed.

    Raises:
        GoldNotFound: the plant is not known.
        GoldAlreadyRetired: for another reason.
    """
    _, withdrawn = evidence.retire(gold_key=gold_key, reason=reason, now=now)
    _update(withdrawn, now)
    return {row.worker_id for row in withdrawn}


def _update(judgments: Collection[Judgment], now: datetime) -> None:
    update_estimates_online(pairs={(row.worker_id, row.scope_id) for row in judgments}, now=now)
