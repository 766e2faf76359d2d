"""Reads of holds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from payouts.holds.errors import UnknownHold
from payouts.holds.models import Hold


def get_hold(user: Any, hold_id: UUID) -> Hold:
    """Return a hold that ``user`` may see.

    Raises:
        UnknownHold: it does not exist, or not for this person.
    """
    rows = Hold.objects.visible_to(user).select_related("worker", "placed_by", "released_by")
    found = rows.filter(id=hold_id).first()
    if found is None:
        raise UnknownHold
    return found


def find_active(worker_ids: Iterable[UUID], currency: str) -> dict[UUID, Hold]:
    """Return the active hold that says most for each worker: one on everything before one on a part, then the longest."""
    rows = Hold.objects.active().filter(worker_id__in=list(worker_ids), currency=currency)
    found: dict[UUID, Hold] = {}
    for hold in sorted(rows, key=lambda hold: (hold.is_on_all, hold.ends_at, hold.id)):
        found[hold.worker_id] = hold
    return found


def find_hold_on_all(worker_id: UUID, currency: str) -> Hold | None:
    """Return the active hold because of which nothing of a currency may be paid to a worker, if there is one."""
    rows = Hold.objects.active().filter(worker_id=worker_id, currency=currency, amount_minor__isnull=True)
    return rows.order_by("-ends_at", "-id").first()
