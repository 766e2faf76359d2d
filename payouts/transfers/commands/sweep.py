"""One round of the sweep: whatever is due, whoever lost it, does its next step."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from payouts.transfers.commands.follow import refresh_payout
from payouts.transfers.commands.funds import refresh_top_up
from payouts.transfers.commands.news import apply_provider_event
from payouts.transfers.commands.submit import submit
from payouts.transfers.models import Payout, ProviderEvent, TopUp

logger = logging.getLogger(__name__)
_UNSENT = ("RESERVED", "SUBMITTING", "UNKNOWN")


def run_due(*, now: datetime, limit: int = 500) -> int:
    """Do the next step of at most ``limit`` rows of each kind that are due, and return how many were worked on.

    A row that raises is logged and left for the next round; it never keeps the others waiting.
    """
    due = Payout.objects.filter(next_try_at__lte=now, needs_person=False).order_by("next_try_at", "id")
    unsent = due.filter(state__in=_UNSENT).values_list("id", flat=True)[:limit]
    sent = due.exclude(state__in=_UNSENT).values_list("id", flat=True)[:limit]
    top_ups = TopUp.objects.filter(state__in=["REQUESTED", "PENDING"]).order_by("created_at", "id")
    news = ProviderEvent.objects.filter(state="NEW", next_attempt_at__lte=now).order_by("received_at", "id")
    return (
        _each(top_ups.values_list("id", flat=True)[:limit], lambda row: refresh_top_up(top_up_id=row, now=now))
        + _each(unsent, lambda row: submit(payout_id=row, now=now))
        + _each(news.values_list("id", flat=True)[:limit], lambda row: apply_provider_event(event_row_id=row, now=now))
        + _each(sent, lambda row: refresh_payout(payout_id=row, now=now))
    )


def _each(rows: Iterable[UUID], work: Callable[[UUID], object]) -> int:
    count = 0
    for row in list(rows):
        try:
            work(row)
        except Exception:
            logger.exception("payouts.sweep.row_failed", extra={"row_id": str(row)})
        count += 1
    return count
