"""Stopping a rail on which the provider refuses the platform itself, and letting it go on."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import transaction

from common import audit
from common.permissions import require_grant
from payouts.transfers.models import RailStop

logger = logging.getLogger(__name__)


def is_stopped(rail: str) -> bool:
    """Say whether nothing may be submitted on a rail."""
    return RailStop.objects.filter(rail=rail, lifted_at__isnull=True).exists()


def stop_rail(rail: str, reason: str, *, now: datetime) -> None:
    """Submit nothing more on a rail; the caller holds the transaction."""
    RailStop.objects.bulk_create([RailStop(rail=rail, reason=reason, began_at=now)], ignore_conflicts=True)
    logger.error("payouts.rail.stopped", extra={"rail": rail})


def lift_stop(*, rail: str, by: Any, now: datetime) -> bool:
    """Let a rail go on, and say whether it was stopped.

    Raises:
        NotPermitted: ``by`` does not approve payments.
    """
    require_grant(by, "finance.approve")
    with transaction.atomic():
        stop = RailStop.objects.select_for_update().filter(rail=rail, lifted_at__isnull=True).first()
        if stop is None:
            return False
        stop.lifted_at, stop.lifted_by_id = now, by.pk
        stop.save(update_fields=["lifted_at", "lifted_by_id"])
        audit.record(action="rail.stop_lifted", target=stop, by=by.pk, now=now)
        return True
