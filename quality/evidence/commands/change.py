"""Taking evidence back: by newer rows, never by changing old ones."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from common.errors import InvalidInput
from quality.errors import (
    GoldAlreadyRetired,
    GoldNotFound,
    JudgmentAlreadySuperseded,
    JudgmentNotFound,
)
from quality.evidence.commands.store import append
from quality.evidence.models import GoldItem, Judgment
from quality.evidence.values import ActorKind, RetirementReason


@transaction.atomic(savepoint=False)
def append_successor(
    *,
    source_key: str,
    new_source_key: str,
    value: float | None,
    actor_id: UUID | None,
    now: datetime,
) -> Judgment:
    """This will replace a judgment by one of another ``value``, or withdraw it (None).

    Raises:
        JudgmentNotFound: nothing has ``source_key``.
        JudgmentAlreadySuperseded: it was replaced before, by something else.
        InvalidInput: the value is outside 0..1.
    """
    old = Judgment.objects.select_for_update().filter(source_key=source_key).first()
    if old is None:
        raise JudgmentNotFound(f"There is no judgment {source_key}.")
    if value is not None and not 0 <= value <= 1:
        raise InvalidInput.of("/value", "A judgment's value is from 0 to 1.")
    known = Judgment.objects.filter(supersedes=old).first()
    if known is not None:
        if known.source_key == new_source_key and known.value == value:
            return known
        raise JudgmentAlreadySuperseded
    [row] = append(
        [_successor(old, new_source_key, value, actor_id, now)],
        ("value", "supersedes_id"),
    )
    return row


@transaction.atomic(savepoint=False)
def retire(*, gold_key: str, reason: RetirementReason, now: datetime) -> tuple[GoldItem, list[Judgment]]:
    """This will use a planted item no more; a wrong key also withdraws every judgment that came of it.

    Returns the item and the withdrawals.

    Raises:
        GoldNotFound: the plant is not known.
        GoldAlreadyRetired: for another reason; for the same one nothing happens again.
    """
    item = GoldItem.objects.select_for_update().filter(source_key=gold_key).first()
    if item is None:
        raise GoldNotFound(f"There is no planted item {gold_key}.")
    if item.retired_at is not None:
        if item.retired_reason == reason:
            return item, []
        raise GoldAlreadyRetired
    item.retired_at, item.retired_reason = now, reason
    item.save(update_fields=["retired_at", "retired_reason"])
    if reason != RetirementReason.WRONG_KEY:
        return item, []
    return item, _withdraw(Judgment.objects.effective().filter(exposure__gold=item), now)


@transaction.atomic(savepoint=False)
def withdraw_of_actor(*, actor_id: UUID, tenant: str, now: datetime) -> list[Judgment]:
    """This will withdraw every judgment by one person in a tenant that still counts, and return the withdrawals."""
    return _withdraw(Judgment.objects.effective().filter(actor_id=actor_id, tenant=tenant), now)


def _withdraw(rows: QuerySet[Judgment], now: datetime) -> list[Judgment]:
    withdrawals = [_successor(old, f"{old.source_key}#withdrawn", None, None, now) for old in rows.order_by("id")]
    return append(withdrawals, ("value", "supersedes_id"))


def _successor(
    old: Judgment,
    source_key: str,
    value: float | None,
    actor_id: UUID | None,
    now: datetime,
) -> Judgment:
    return Judgment(
        worker_id=old.worker_id,
        actor_id=old.actor_id if value is not None and actor_id is None else actor_id,
        actor_kind=ActorKind.SYSTEM if actor_id is None and value is None else old.actor_kind,
        scope_id=old.scope_id,
        kind=old.kind,
        criterion=old.criterion,
        value=value,
        confidence=old.confidence,
        source_key=source_key,
        supersedes=old,
        at=now,
        tenant=old.tenant,
        project=old.project,
    )
