"""Background work of notifications."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from celery import shared_task

from common import clock
from marketplace.notifications import commands

BEAT_SCHEDULE = {
    "notifications.mail_due": {"task": "notifications.mail_due", "schedule": 30.0},
    "notifications.deliver_due_webhooks": {"task": "notifications.deliver_due_webhooks", "schedule": 15.0},
}


@shared_task(name="notifications.mail_due")
def mail_due(**kwargs: Any) -> int:
    """Send mail that is due."""
    return commands.mail_due(now=clock.now())


@shared_task(name="notifications.deliver_webhook")
def deliver_webhook(delivery_id: str, **kwargs: Any) -> bool:
    """Try one message to a client."""
    return commands.deliver_webhook(delivery_id=UUID(delivery_id), now=clock.now())


@shared_task(name="notifications.deliver_due_webhooks")
def deliver_due_webhooks(**kwargs: Any) -> int:
    """Try every message to clients whose time has come."""
    return commands.deliver_due_webhooks(now=clock.now())
