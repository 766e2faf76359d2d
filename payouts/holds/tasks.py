"""Background work of holds: end those whose time is over."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from payouts.holds import commands

BEAT_SCHEDULE = {"payouts.end_due_holds": {"task": "payouts.end_due_holds", "schedule": 60.0}}


@shared_task(name="payouts.end_due_holds")
def end_due_holds(**kwargs: Any) -> int:
    """End the holds whose time is over."""
    return commands.end_due_holds(now=clock.now())
