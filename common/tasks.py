"""Background work of the kernel."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.schedules import crontab

from common import clock, erasure, events, idempotency

BEAT_SCHEDULE = {
    "common.deliver_due": {"task": "common.deliver_due", "schedule": 10.0},
    "common.purge_keys": {"task": "common.purge_keys", "schedule": 3600.0},
    "common.end_kept_terms": {"task": "common.end_kept_terms", "schedule": crontab(hour="4", minute="10")},
}


@shared_task(name="common.deliver_event")
def deliver_event(event_id: str, **kwargs: Any) -> int:
    """Run the pending handlers of one event."""
    return events.deliver_event(event_id, now=clock.now())


@shared_task(name="common.deliver_due")
def deliver_due(**kwargs: Any) -> int:
    """Run whatever handlers are due."""
    return events.deliver_due(now=clock.now())


@shared_task(name="common.purge_keys")
def purge_keys(**kwargs: Any) -> int:
    """Forget requests whose keys have outlived their time."""
    return idempotency.purge_keys(now=clock.now())


@shared_task(name="common.end_kept_terms")
def end_kept_terms(**kwargs: Any) -> int:
    """Let go what law had us keep of erased people and does no more."""
    return erasure.end_kept_terms(now=clock.now())
