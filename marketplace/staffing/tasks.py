"""Background work of staffing."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from marketplace.staffing.commands import expire_due

BEAT_SCHEDULE = {"staffing.expire_due": {"task": "staffing.expire_due", "schedule": 300.0}}


@shared_task(name="staffing.expire_due")
def run_expire_due(**kwargs: Any) -> int:
    """Expire invitations and offers whose time has passed."""
    return expire_due(now=clock.now())
