"""Reads of reversals."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from payouts.ledger.models import JournalEntry
from payouts.reversals.errors import UnknownReversal
from payouts.reversals.models import REVERSIBLE, Reversal


def find_reversals(user: Any) -> QuerySet[Reversal]:
    """Return the reversals that ``user`` may see, with their people and the entry's lines."""
    rows = Reversal.objects.visible_to(user).select_related("worker", "proposed_by", "decided_by", "entry")
    return rows.prefetch_related("entry__lines")


def get_reversal(user: Any, reversal_id: UUID) -> Reversal:
    """Return a reversal that ``user`` may see.

    Raises:
        UnknownReversal: it does not exist, or not for this person.
    """
    found = find_reversals(user).filter(id=reversal_id).first()
    if found is None:
        raise UnknownReversal
    return found


def is_reversible(entry: JournalEntry) -> bool:
    """Say whether a person may propose to take an entry back."""
    is_taken_back = JournalEntry.objects.filter(reverses=entry).exists()
    return entry.kind in REVERSIBLE and entry.reverses_id is None and not is_taken_back
