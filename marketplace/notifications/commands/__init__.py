"""Verbs of notices and webhooks."""

from marketplace.notifications.commands.notices import mail_due, mark_all_read, mark_read, notify
from marketplace.notifications.commands.webhooks import (
    create_endpoint,
    deliver_due_webhooks,
    deliver_webhook,
    disable_endpoint,
    enqueue_webhooks,
    redeliver,
    rotate_secret,
    send_test_event,
)

__all__ = [
    "create_endpoint",
    "deliver_due_webhooks",
    "deliver_webhook",
    "disable_endpoint",
    "enqueue_webhooks",
    "mail_due",
    "mark_all_read",
    "mark_read",
    "notify",
    "redeliver",
    "rotate_secret",
    "send_test_event",
]
