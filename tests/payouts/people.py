"""People and facts that the payouts tests tell their stories with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model

from marketplace.identity.models import PlatformGrant
from payouts.facade import EarningInput
from payouts.ledger.models import Period

NOW = datetime(2026, 11, 12, 9, 30, tzinfo=UTC)


def make_person(name: str, *roles: str, granted_at: datetime = NOW - timedelta(days=30), **fields: Any) -> Any:
    """Return a user called ``name`` with platform ``roles`` granted long ago."""
    user = get_user_model().objects.create_user(f"{name.lower()}@example.org", None, full_name=name, **fields)
    for role in roles:
        PlatformGrant.objects.create(user=user, role=role, granted_at=granted_at)
    return user


def make_earning(worker_id: UUID, approved_by: UUID, source_key: str, **changes: Any) -> EarningInput:
    """Return two hours at 25.00 EUR, changed as the test says."""
    facts: dict[str, Any] = {
        "worker_id": worker_id,
        "source_key": source_key,
        "description": "Annotation of 12 segments",
        "quantity": Decimal(2),
        "unit": "HOUR",
        "rate_minor": 2500,
        "currency": "EUR",
        "rate_line_key": "rate_line:1",
        "worked_from": NOW - timedelta(hours=5),
        "worked_to": NOW - timedelta(hours=3),
        "approved_by": approved_by,
        "tenant": "acme",
        "project": "mqm",
    }
    return EarningInput(**(facts | changes))


def mark_closed(month: str, now: datetime = NOW) -> None:
    """Close a month, and each before it, as two people, without asking the checklist."""
    people = get_user_model().objects
    first, second = (people.get_or_create(email=f"{name}@example.org")[0] for name in ("closer", "other.closer"))
    for row in Period.objects.filter(month__lte=month).exclude(state="CLOSED").order_by("starts_on"):
        row.state, row.proposal_text = Period.State.CLOSED, "The test says so."
        row.proposed_by, row.proposed_at, row.closed_by, row.closed_at = first, now, second, now
        row.save()
