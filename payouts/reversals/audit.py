"""Reversals against the books: each approved one has its opposite entry."""

from __future__ import annotations

from collections.abc import Iterator

from common.verification import Finding
from payouts.reversals.models import Reversal


def find_unbooked_reversals() -> Iterator[Finding]:
    """Yield each approved reversal whose entry was not taken back."""
    rows = Reversal.objects.filter(state=Reversal.State.APPROVED, entry__reversed_by__isnull=True).order_by("id")
    for reversal_id, entry_id in rows.values_list("id", "entry_id"):
        yield Finding(f"reversal:{reversal_id}", f"was approved, but no entry takes {entry_id} back")
