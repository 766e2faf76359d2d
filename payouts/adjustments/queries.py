"""Reads of adjustments."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from payouts.adjustments.errors import UnknownAdjustment
from payouts.adjustments.models import Adjustment


def get_adjustment(user: Any, adjustment_id: UUID) -> Adjustment:
    """Return an adjustment that ``user`` may see.

    Raises:
        UnknownAdjustment: it does not exist, or not for this person.
    """
    rows = Adjustment.objects.visible_to(user).select_related("worker", "proposed_by", "decided_by")
    found = rows.filter(id=adjustment_id).first()
    if found is None:
        raise UnknownAdjustment
    return found
