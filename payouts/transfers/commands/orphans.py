"""What people do with news of something that nothing of ours had to do with."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import audit
from common.permissions import has_grant, require_grant
from common.queue import enqueue_on_commit
from payouts.transfers.errors import InvalidOrphanWords, NotAnOrphan, UnknownOrphan
from payouts.transfers.models import ProviderEvent

State = ProviderEvent.State


def retry_orphan(*, event_row_id: UUID, by: Any, now: datetime) -> ProviderEvent:
    """Look once more whether something of ours has to do with an event.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        UnknownOrphan, NotAnOrphan
    """
    with transaction.atomic():
        row = _lock(event_row_id, by)
        row.state, row.processed_at, row.next_attempt_at = State.NEW, None, now
        row.save(update_fields=["state", "processed_at", "next_attempt_at"])
        audit.record(action="providerevent.retried", target=row, by=by.pk, now=now)
        enqueue_on_commit("payouts.apply_provider_event", str(row.id))
        return row


def settle_orphan(*, event_row_id: UUID, reason_text: str, by: Any, now: datetime) -> ProviderEvent:
    """Say in words why an event needs nothing of us; it leaves the queue.

    Raises:
        NotPermitted: ``by`` neither prepares nor approves.
        InvalidOrphanWords: no words.
        UnknownOrphan, NotAnOrphan
    """
    with transaction.atomic():
        row = _lock(event_row_id, by)
        if not 0 < len(reason_text.strip()) <= 2000:
            raise InvalidOrphanWords.of("/reason_text", "Write 1 to 2000 characters.")
        row.state = State.IGNORED
        row.save(update_fields=["state"])
        audit.record(action="providerevent.settled", target=row, by=by.pk, now=now, reason_text=reason_text.strip())
        return row


def _lock(event_row_id: UUID, by: Any) -> ProviderEvent:
    if not has_grant(by, "finance.prepare"):
        require_grant(by, "finance.approve")
    row = ProviderEvent.objects.select_for_update().filter(id=event_row_id).first()
    if row is None:
        raise UnknownOrphan
    if row.state != State.ORPHANED:
        raise NotAnOrphan
    return row
