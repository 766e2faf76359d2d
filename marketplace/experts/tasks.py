"""Background work of profiles."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from common import clock
from marketplace.experts import commands

#: Hourly, since a day begins at another hour in each zone; a run that finds nothing costs one query.
BEAT_SCHEDULE = {
    "marketplace.refresh_dated_credentials": {"task": "marketplace.refresh_dated_credentials", "schedule": 3600.0}
}


@shared_task(name="marketplace.refresh_dated_credentials")
def refresh_dated_credentials(**kwargs: Any) -> int:
    """Let credentials that ended leave the search, and those that began enter it."""
    return commands.refresh_dated_credentials(now=clock.now())
