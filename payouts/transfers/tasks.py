"""Background work of payouts: each task takes an id, looks at the row and does what is due."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from common import clock
from payouts.transfers import commands

BEAT_SCHEDULE = {
    "payouts.sweep": {"task": "payouts.sweep", "schedule": 60.0},
    "payouts.poll_events": {"task": "payouts.poll_events", "schedule": 3600.0},
    "payouts.find_returns": {"task": "payouts.find_returns", "schedule": 86_400.0},
}


@shared_task(name="payouts.submit_payout")
def submit_payout(payout_id: str, **kwargs: Any) -> str:
    """Send a payout that is due."""
    return commands.submit_payout(payout_id=UUID(payout_id), now=clock.now()).state


@shared_task(name="payouts.refresh_payout")
def refresh_payout(payout_id: str, **kwargs: Any) -> str:
    """Read how far a payout is."""
    return commands.refresh_payout(payout_id=UUID(payout_id), now=clock.now()).state


@shared_task(name="payouts.apply_provider_event")
def apply_provider_event(event_row_id: str, **kwargs: Any) -> str:
    """Do what a webhook hints at."""
    return commands.apply_provider_event(event_row_id=UUID(event_row_id), now=clock.now())


@shared_task(name="payouts.sweep")
def sweep(**kwargs: Any) -> int:
    """Find what is unfinished."""
    return commands.run_due(now=clock.now())


@shared_task(name="payouts.poll_events")
def poll_events(**kwargs: Any) -> int:
    """Read the events whose webhooks may have been lost."""
    return commands.poll_all_events(now=clock.now())


@shared_task(name="payouts.find_returns")
def find_returns(**kwargs: Any) -> int:
    """Find money that banks sent back after it was paid."""
    return commands.find_returns(now=clock.now())
