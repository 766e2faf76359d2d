"""Background work of work."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from marketplace.work.commands import expire_leases

BEAT_SCHEDULE = {"work.expire_leases": {"task": "work.expire_leases", "schedule": 60.0}}


@shared_task(name="work.expire_leases")
def run_expire_leases(**kwargs: Any) -> int:
    """Free the places of claims whose lease has ended."""
    return expire_leases(now=clock.now())
