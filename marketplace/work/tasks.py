"""Background work of work."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from common import clock
from marketplace.work import commands

BEAT_SCHEDULE = {
    "work.expire_leases": {"task": "work.expire_leases", "schedule": 60.0},
    "work.renew_funding": {"task": "work.renew_funding", "schedule": 600.0},
    "work.carry_out_waiting": {"task": "work.carry_out_waiting", "schedule": 30.0},
}


@shared_task(name="work.expire_leases")
def run_expire_leases(**kwargs: Any) -> int:
    """Free the places of claims whose lease has ended."""
    return commands.expire_leases(now=clock.now())


@shared_task(name="work.renew_funding")
def run_renew_funding(**kwargs: Any) -> int:
    """Renew the client money of running batches and pause those that it does not cover."""
    return len(commands.renew_funding(now=clock.now()))


@shared_task(name="work.carry_out_acceptance")
def carry_out_acceptance(order_id: str, **kwargs: Any) -> bool:
    """Accept what an order names."""
    return commands.carry_out_acceptance(order_id=UUID(order_id), now=clock.now())


@shared_task(name="work.carry_out_waiting")
def carry_out_waiting(**kwargs: Any) -> int:
    """Accept what orders name that the broker lost."""
    return commands.carry_out_waiting(now=clock.now())
