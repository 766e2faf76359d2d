"""News that goes up: ``publish`` writes it in the caller's transaction, each subscribed handler acts on it once.

Subscriptions stand only in ``handlers.py`` of a feature, imported when its app is ready.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from orjson import loads

from common.identifiers import uuid7
from common.models import Delivery, OutboxEvent
from common.queue import enqueue_on_commit

logger = logging.getLogger(__name__)

# Backoff after a failing handler: 10 s doubling up to one hour; the news is never dropped.
FIRST_RETRY_S = 10
LONGEST_RETRY_S = 3600
SWEEP_LIMIT = 200
BATCH = 1000

type Handler = Callable[[Mapping[str, Any], datetime], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all news: a frozen dataclass of ids, codes and plain values. ``name`` is ``app.subject.happened``."""

    name: ClassVar[str]


_handlers: dict[str, dict[str, Handler]] = {}


def subscribe(event: type[Event], handler: Handler) -> None:
    """Let ``handler(payload, now)`` act on each ``event``; it runs in a transaction of its own, exactly once an event.

    A handler's outside calls belong into a task that it enqueues, never into itself.
    """
    _handlers.setdefault(event.name, {})[f"{handler.__module__}.{handler.__qualname__}"] = handler


def publish(event: Event, *, now: datetime) -> OutboxEvent:
    """Write ``event`` and one pending delivery per subscribed handler in the caller's transaction, and wake a worker."""
    payload = loads(DjangoJSONEncoder().encode(asdict(event)))
    row = OutboxEvent.objects.create(name=event.name, payload=payload, occurred_at=now)
    handlers = _handlers.get(event.name, {})
    if handlers:
        Delivery.objects.bulk_create(
            Delivery(event=row, handler=handler, next_attempt_at=now) for handler in sorted(handlers)
        )
        enqueue_on_commit("common.deliver_event", str(row.id))
    return row


def publish_each(news: Sequence[Event], *, now: datetime) -> None:
    """Write many events, each as ``publish`` would, in two statements, and wake one worker for all of them."""
    rows = [
        OutboxEvent(
            id=uuid7(), name=event.name, payload=loads(DjangoJSONEncoder().encode(asdict(event))), occurred_at=now
        )
        for event in news
    ]
    OutboxEvent.objects.bulk_create(rows, batch_size=BATCH)
    duties = [
        Delivery(event=row, handler=handler, next_attempt_at=now)
        for row in rows
        for handler in sorted(_handlers.get(row.name, {}))
    ]
    if Delivery.objects.bulk_create(duties, batch_size=BATCH):
        enqueue_on_commit("common.deliver_due")


def deliver_event(event_id: UUID | str, *, now: datetime) -> int:
    """Run every pending handler of one event and return how many acted."""
    pending = Delivery.objects.filter(event_id=UUID(str(event_id)), delivered_at__isnull=True).order_by("id")
    return sum(deliver(delivery_id, now=now) for delivery_id in pending.values_list("id", flat=True))


def deliver_due(*, now: datetime) -> int:
    """Run handlers whose time has come, whatever the broker lost, and return how many acted."""
    due = Delivery.objects.filter(delivered_at__isnull=True, next_attempt_at__lte=now).order_by("next_attempt_at", "id")
    return sum(deliver(delivery_id, now=now) for delivery_id in due.values_list("id", flat=True)[:SWEEP_LIMIT])


def deliver(delivery_id: UUID, *, now: datetime) -> bool:
    """Run one handler if nobody else has or is running it; a failure is kept with its next attempt, not raised."""
    try:
        with transaction.atomic():
            row = (
                Delivery.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("event")
                .filter(id=delivery_id, delivered_at__isnull=True)
                .first()
            )
            if row is None:
                return False
            _handlers[row.event.name][row.handler](row.event.payload, now)
            row.delivered_at = now
            row.save(update_fields=["delivered_at"])
    except Exception as error:
        logger.exception("events.handler_failed", extra={"delivery_id": str(delivery_id)})
        _postpone(delivery_id, error, now)
        return False
    return True


def _postpone(delivery_id: UUID, error: Exception, now: datetime) -> None:
    with transaction.atomic():
        row = Delivery.objects.select_for_update().get(id=delivery_id)
        delay_s = min(FIRST_RETRY_S * 2**row.attempts, LONGEST_RETRY_S)
        row.attempts += 1
        row.last_error = f"{type(error).__name__}: {error}"[:2000]
        row.next_attempt_at = now + timedelta(seconds=delay_s)
        row.save(update_fields=["attempts", "last_error", "next_attempt_at"])
