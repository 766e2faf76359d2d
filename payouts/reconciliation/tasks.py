"""Background work of reconciliation: a run each hour."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from payouts.reconciliation import commands

BEAT_SCHEDULE = {"payouts.reconcile": {"task": "payouts.reconcile", "schedule": 3600.0}}


@shared_task(name="payouts.reconcile")
def reconcile(**kwargs: Any) -> str:
    """Compare the provider's balances with the books."""
    return ", ".join(str(run.id) for run in commands.reconcile_all(by=None, now=clock.now()))
