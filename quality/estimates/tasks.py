"""The nightly refit."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.schedules import crontab

from common import clock
from quality.errors import RefitRunning
from quality.estimates.commands import refit

# 02:30 UTC: after the day of the Americas' evening work has mostly come in, before Europe's morning.
BEAT_SCHEDULE = {
    "quality.refit": {
        "task": "quality.refit",
        "schedule": crontab(hour="2", minute="30"),
    }
}


@shared_task(name="quality.refit")
def refit_all(**kwargs: Any) -> str:
    """Refit every estimate from all evidence; while another does, leave it to that one."""
    try:
        return str(refit(now=clock.now()).fit_run_id)
    except RefitRunning:
        return "another refit is running"
