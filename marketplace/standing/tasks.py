"""Background work of standing."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from marketplace.standing import commands

BEAT_SCHEDULE = {"standing.decide_late_appeals": {"task": "standing.decide_late_appeals", "schedule": 3600.0}}


@shared_task(name="standing.decide_late_appeals")
def decide_late_appeals(**kwargs: Any) -> int:
    """Decide for the worker what nobody decided in time."""
    return commands.decide_late_appeals(now=clock.now())
