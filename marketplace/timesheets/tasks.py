"""Background work of timesheets."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from marketplace.timesheets import commands

BEAT_SCHEDULE = {
    "timesheets.close_silent_timers": {"task": "timesheets.close_silent_timers", "schedule": 60.0},
    "timesheets.approve_silently": {"task": "timesheets.approve_silently", "schedule": 3600.0},
}


@shared_task(name="timesheets.close_silent_timers")
def close_silent_timers(**kwargs: Any) -> int:
    """End timers whose device fell silent."""
    return commands.close_silent_timers(now=clock.now())


@shared_task(name="timesheets.approve_silently")
def approve_silently(**kwargs: Any) -> int:
    """Approve what nobody decided on in time."""
    return commands.approve_silently(now=clock.now())
