"""The books computed again from their lines, independent of the triggers that keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection

from common.verification import Finding

_ALTERED = """
WITH told AS (
  SELECT l.entry_id, count(*) AS lines,
         string_agg(d.code || '|' || c.code || '|' || l.currency || '|' || l.amount_minor || E'\\n',
                    '' ORDER BY l.line_no) AS text
    FROM payouts_journalline l
    JOIN payouts_ledgeraccount d ON d.id = l.debit_id
    JOIN payouts_ledgeraccount c ON c.id = l.credit_id
   GROUP BY l.entry_id
)
SELECT e.id, e.line_count, coalesce(t.lines, 0), t.text
  FROM payouts_journalentry e LEFT JOIN told t ON t.entry_id = e.id
 WHERE t.lines IS DISTINCT FROM e.line_count OR e.sha256 <> encode(sha256(convert_to(concat(
         e.idempotency_key, E'\\n', e.kind, E'\\n', e.effective_on, E'\\n', e.source, E'\\n', e.reverses_id, E'\\n',
         e.created_by_id, E'\\n', trunc(extract(epoch FROM e.created_at) * 1000000)::bigint, E'\\n', t.text), 'UTF8')), 'hex')
 ORDER BY e.id
"""

#: Each link is compared with the stored one before it, so that one broken link names one entry.
_CHAIN = """
SELECT s.position, s.entry_id, s.before, e.id IS NULL
  FROM (SELECT position, entry_id, sha256, lag(position, 1, 0::bigint) OVER w AS before,
               lag(sha256, 1, repeat('0', 64)::varchar) OVER w AS before_sha256
          FROM payouts_entryseal WINDOW w AS (ORDER BY position)) AS s
  LEFT JOIN payouts_journalentry e ON e.id = s.entry_id
 WHERE e.id IS NULL OR s.before <> s.position - 1 OR s.sha256 <> encode(sha256(convert_to(
         s.before_sha256 || E'\\n' || s.entry_id || E'\\n' || e.sha256, 'UTF8')), 'hex')
 ORDER BY s.position
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


_UNMIRRORED = """
SELECT r.entry_id, r.reverses_id
  FROM (SELECT e.id AS entry_id, e.reverses_id, e.line_count FROM payouts_journalentry e
         WHERE e.reverses_id IS NOT NULL) r
  LEFT JOIN payouts_journalentry o ON o.id = r.reverses_id
 WHERE o.id IS NULL OR o.reverses_id IS NOT NULL OR o.line_count <> r.line_count OR EXISTS (
       SELECT 1 FROM payouts_journalline a JOIN payouts_journalline b ON b.entry_id = r.entry_id AND b.line_no = a.line_no
        WHERE a.entry_id = r.reverses_id AND (a.debit_id, a.credit_id, a.currency, a.amount_minor)
              IS DISTINCT FROM (b.credit_id, b.debit_id, b.currency, b.amount_minor))
 ORDER BY r.entry_id
"""


def find_altered_entries() -> Iterator[Finding]:
    """Yield each entry whose sha256 or number of lines is not what its rows say now."""
    for entry_id, declared, counted, text in _rows(_ALTERED):
        told = f"it was changed, and says now {_in_words(text)}" if text else "its lines are gone"
        what = (
            f"declares {declared} lines and has {counted}" if counted != declared else "its sha256 is not of its rows"
        )
        yield Finding(f"journal_entry:{entry_id}", f"{what}: {told}")


def _in_words(text: str) -> str:
    lines = (line.split("|") for line in text.splitlines())
    return "; ".join(
        f"{number}: {debit} from {credit} {amount_minor} {currency}"
        for number, (debit, credit, currency, amount_minor) in enumerate(lines, start=1)
    )


def find_broken_links() -> Iterator[Finding]:
    """Yield each seal whose entry is gone, or that does not follow from the seal before and its entry."""
    for position, entry_id, before, is_gone in _rows(_CHAIN):
        if is_gone:
            detail = f"seal {position} covers it, and it is gone"
        elif before != position - 1:
            detail = f"its seal {position} comes after seal {before}: the seals between are gone"
        else:
            detail = f"seal {position} does not follow from the one before and this entry: it was changed or swapped"
        yield Finding(f"journal_entry:{entry_id}", detail)


def find_stray_lines() -> Iterator[Finding]:
    """Yield each line without its entry, without accounts of its currency, or that moves nothing."""
    for entry_id, line_no in _rows(_STRAY_LINES):
        yield Finding(f"journal_entry:{entry_id}", f"line {line_no} has no entry, no fitting accounts or no amount")


def find_drifted_balances() -> Iterator[Finding]:
    """Yield each kept balance that is not the sum of its account's lines."""
    for code, kept, summed in _rows(_BALANCES):
        yield Finding(f"ledger_account:{code}", f"the balance says {kept}, its lines sum to {summed}")


def find_unmirrored_reversals() -> Iterator[Finding]:
    """Yield each reversal that is not the opposite of its entry, line by line, or that reverses a reversal."""
    for entry_id, reversed_id in _rows(_UNMIRRORED):
        yield Finding(
            f"journal_entry:{entry_id}", f"it is not the opposite of the entry {reversed_id} that it reverses"
        )


def find_misdated_entries() -> Iterator[Finding]:
    """Yield each entry outside its period, or posted after its period was closed."""
    for entry_id, day, month in _rows(_PERIODS):
        yield Finding(f"journal_entry:{entry_id}", f"is of {day}, outside period {month} or after its close")


def _rows(sql: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
