"""The nightly proposing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from celery import shared_task
from celery.schedules import crontab

from common import clock
from quality.policies.commands import propose

# 03:30 UTC: an hour after the refit begins. It reads current estimates, so that a late refit only makes it a day older.
BEAT_SCHEDULE = {
    "quality.propose": {
        "task": "quality.propose",
        "schedule": crontab(hour="3", minute="30"),
    }
}


@shared_task(name="quality.propose")
def propose_all(**kwargs: Any) -> dict[str, int]:
    """Propose what the gates let pass."""
    return asdict(propose(now=clock.now()))
