"""Background work of the books: the sealer."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from payouts.ledger import commands

BEAT_SCHEDULE = {"payouts.seal_entries": {"task": "payouts.seal_entries", "schedule": 60.0}}


@shared_task(name="payouts.seal_entries")
def seal_entries(**kwargs: Any) -> int:
    """Append what was posted since to the chain."""
    return commands.seal_entries()
