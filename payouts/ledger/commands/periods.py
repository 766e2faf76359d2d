"""Closing the books of a month."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from common import audit
from common.errors import NotFound
from payouts.ledger.errors import PeriodClosed
from payouts.ledger.models import Period


def close_period(*, month: str, by: UUID, now: datetime) -> Period:
    """Close the books of ``month`` (``2026-11``) for good. It waits for postings that are under way.

    Raises:
        NotFound: nothing was ever posted in that month.
        PeriodClosed: it is closed already.
    """
    with transaction.atomic():
        period = Period.objects.select_for_update().filter(month=month).first()
        if period is None:
            raise NotFound(f"There is no period {month}.")
        if period.closed_at is not None:
            raise PeriodClosed(f"{month} is closed already.")
        period.closed_at, period.closed_by_id = now, by
        period.save(update_fields=["closed_at", "closed_by"])
        audit.record(action="period.closed", target=period, by=by, now=now)
        return period
