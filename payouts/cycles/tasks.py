"""Background work of cycles: take up what waits and complete what has ended."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from payouts.cycles import commands

BEAT_SCHEDULE = {"payouts.tick_cycles": {"task": "payouts.tick_cycles", "schedule": 60.0}}


@shared_task(name="payouts.tick_cycles")
def tick_cycles(**kwargs: Any) -> int:
    """Take up cycles that wait for funds and complete those whose payouts have all ended."""
    return len(commands.tick(now=clock.now()))
