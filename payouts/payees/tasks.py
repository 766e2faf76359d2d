"""Background work of payees: the nightly look at where the provider sends money, reminders, and screening against new lists."""

from __future__ import annotations

from typing import Any

from celery import shared_task
from celery.schedules import crontab

from common import clock
from payouts.payees import commands

BEAT_SCHEDULE = {
    "payouts.compare_destinations": {
        "task": "payouts.compare_destinations",
        "schedule": crontab(hour="2", minute="40"),
    },
    "payouts.remind_of_tax_forms": {
        "task": "payouts.remind_of_tax_forms",
        "schedule": crontab(hour="6", minute="20"),
    },
    "payouts.screen_payees": {"task": "payouts.screen_payees", "schedule": 600.0},
}


@shared_task(name="payouts.compare_destinations")
def compare_destinations(**kwargs: Any) -> int:
    """Hold every payee whose bank account at the provider is not the one we know."""
    return commands.compare_destinations(now=clock.now())[0]


@shared_task(name="payouts.remind_of_tax_forms")
def remind_of_tax_forms(**kwargs: Any) -> int:
    """Tell payees whose tax form runs out in 60, 30 or 7 days."""
    return commands.remind_of_expiry(now=clock.now())


@shared_task(name="payouts.screen_payees")
def screen_payees(**kwargs: Any) -> int:
    """Screen who was not screened against a list's edition in use, new editions included."""
    return commands.screen_due(now=clock.now())
