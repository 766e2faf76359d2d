"""The books computed again from their lines, independent of the triggers that keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from common.verification import Finding
from payouts.ledger.rules import EntryFacts, entry_digest

_ROWS_A_FETCH = 5_000

_ENTRIES = """
SELECT e.id, e.idempotency_key, e.kind, e.effective_on, e.source, e.reverses_id, e.created_by_id, e.created_at,
       e.sha256, e.line_count, count(l.id),
       coalesce(string_agg(d.code || '|' || c.code || '|' || l.currency || '|' || l.amount_minor || E'\\n',
                           '' ORDER BY l.line_no), '')
  FROM payouts_journalentry e
  LEFT JOIN payouts_journalline l ON l.entry_id = e.id
  LEFT JOIN payouts_ledgeraccount d ON d.id = l.debit_id
  LEFT JOIN payouts_ledgeraccount c ON c.id = l.credit_id
 GROUP BY e.id
"""

_BALANCES = """
WITH summed AS (
  SELECT account_id, sum(amount) AS net FROM (
    SELECT debit_id AS account_id, amount_minor AS amount FROM payouts_journalline
    UNION ALL SELECT credit_id, -amount_minor FROM payouts_journalline
  ) AS movement GROUP BY account_id
)
SELECT a.code, b.balance_minor, (CASE a.side WHEN 'DEBIT' THEN 1 ELSE -1 END) * coalesce(s.net, 0)
  FROM payouts_ledgeraccount a
  LEFT JOIN payouts_ledgerbalance b ON b.account_id = a.id
  LEFT JOIN summed s ON s.account_id = a.id
 WHERE (a.floor_minor IS NOT NULL OR a.worker_id IS NOT NULL)
   AND (b.account_id IS NULL OR b.floor_minor IS DISTINCT FROM a.floor_minor
        OR b.balance_minor <> (CASE a.side WHEN 'DEBIT' THEN 1 ELSE -1 END) * coalesce(s.net, 0))
 ORDER BY a.code
"""

_STRAY_LINES = """
SELECT l.entry_id, l.line_no FROM payouts_journalline l
  LEFT JOIN payouts_journalentry e ON e.id = l.entry_id
  LEFT JOIN payouts_ledgeraccount d ON d.id = l.debit_id AND d.currency = l.currency
  LEFT JOIN payouts_ledgeraccount c ON c.id = l.credit_id AND c.currency = l.currency
 WHERE e.id IS NULL OR d.id IS NULL OR c.id IS NULL OR l.amount_minor <= 0 OR l.debit_id = l.credit_id
 ORDER BY l.entry_id, l.line_no
"""

_PERIODS = """
SELECT e.id, e.effective_on, p.month FROM payouts_journalentry e
  LEFT JOIN payouts_period p ON p.id = e.period_id
 WHERE p.id IS NULL OR e.effective_on < p.starts_on OR e.effective_on >= p.ends_on
    OR (p.closed_at IS NOT NULL AND e.created_at > p.closed_at)
 ORDER BY e.id
"""


def find_altered_entries() -> Iterator[Finding]:
    """Yield each entry whose sha256 or number of lines is not what its rows say now."""
    for row in _stream(_ENTRIES):
        entry_id, key, kind, day, source, reverses, by, at, stored, declared, counted, lines_text = row
        if counted != declared:
            yield Finding(f"journal_entry:{entry_id}", f"declares {declared} lines and has {counted}")
        elif entry_digest(EntryFacts(key, kind, day, source, reverses, by, at), lines_text) != stored:
            yield Finding(f"journal_entry:{entry_id}", "its sha256 is not that of its rows: it was changed")


def find_stray_lines() -> Iterator[Finding]:
    """Yield each line without its entry, without accounts of its currency, or that moves nothing."""
    for entry_id, line_no in _rows(_STRAY_LINES):
        yield Finding(f"journal_entry:{entry_id}", f"line {line_no} has no entry, no fitting accounts or no amount")


def find_drifted_balances() -> Iterator[Finding]:
    """Yield each kept balance that is not the sum of its account's lines."""
    for code, kept, summed in _rows(_BALANCES):
        yield Finding(f"ledger_account:{code}", f"the balance says {kept}, its lines sum to {summed}")


def find_misdated_entries() -> Iterator[Finding]:
    """Yield each entry outside its period, or posted after its period was closed."""
    for entry_id, day, month in _rows(_PERIODS):
        yield Finding(f"journal_entry:{entry_id}", f"is of {day}, outside period {month} or after its close")


def _rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _stream(sql: str) -> Iterator[Any]:
    """Yield rows from a server-side cursor, so that a million entries need no memory."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql)
        while rows := cursor.fetchmany(_ROWS_A_FETCH):
            yield from rows
