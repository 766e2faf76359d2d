"""Background work of clients' money: charge approved work, give back what nobody renews."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from payouts.clients import commands

BEAT_SCHEDULE = {
    "payouts.charge_work": {"task": "payouts.charge_work", "schedule": 60.0},
    "payouts.release_expired_reservations": {"task": "payouts.release_expired_reservations", "schedule": 60.0},
}


@shared_task(name="payouts.charge_work")
def charge_work(**kwargs: Any) -> int:
    """Charge clients for what was approved since."""
    return commands.charge_work(now=clock.now())


@shared_task(name="payouts.release_expired_reservations")
def release_expired_reservations(**kwargs: Any) -> int:
    """Give back what was reserved and is not renewed any more."""
    return commands.release_expired(now=clock.now())
