"""Entries and lines as rows, copied into the books. Only ``payouts.ledger.commands`` calls this."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from common.copying import copy_rows
from common.identifiers import uuid7
from payouts.ledger.rules import EntryFacts, EntrySpec, entry_digest, line_text

_ENTRY_COLUMNS = (
    "id",
    "idempotency_key",
    "kind",
    "period_id",
    "effective_on",
    "reverses_id",
    "line_count",
    "source",
    "created_by_id",
    "created_at",
    "sha256",
)
_LINE_COLUMNS = ("entry_id", "line_no", "debit_id", "credit_id", "currency", "amount_minor")


def insert_entries(entries: Sequence[EntrySpec], periods: dict[str, int], by: UUID | None, now: datetime) -> list[UUID]:
    """Write the entries, each with its digest, and return their ids; ``periods`` maps months to periods."""
    ids = [uuid7() for _ in entries]
    written_at = now.isoformat()  # once: turning an instant into text for each row is dearer than most of its columns
    months = {day: periods[f"{day:%Y-%m}"] for day in {entry.effective_on for entry in entries}}
    rows = (
        (
            entry_id,
            entry.idempotency_key,
            entry.kind,
            months[entry.effective_on],
            entry.effective_on,
            entry.reverses,
            len(entry.lines),
            entry.source,
            by,
            written_at,
            _digest(entry, by, now),
        )
        for entry_id, entry in zip(ids, entries, strict=True)
    )
    copy_rows("payouts_journalentry", _ENTRY_COLUMNS, rows)
    return ids


def _digest(entry: EntrySpec, by: UUID | None, now: datetime) -> str:
    facts = EntryFacts(
        entry.idempotency_key,
        entry.kind,
        entry.effective_on,
        entry.source,
        entry.reverses,
        by,
        now,
    )
    return entry_digest(
        facts,
        "".join(
            line_text(line.debit, line.credit, line.money.currency, line.money.amount_minor) for line in entry.lines
        ),
    )


def insert_lines(entries: Sequence[EntrySpec], ids: Sequence[UUID], accounts: dict[str, int]) -> None:
    """Write the lines of the entries; ``accounts`` maps codes to accounts."""
    rows = (
        (
            entry_id,
            number,
            accounts[line.debit],
            accounts[line.credit],
            line.money.currency,
            line.money.amount_minor,
        )
        for entry_id, entry in zip(ids, entries, strict=True)
        for number, line in enumerate(entry.lines, start=1)
    )
    copy_rows("payouts_journalline", _LINE_COLUMNS, rows)
