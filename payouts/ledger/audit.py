"""The books computed again from their lines, independent of the triggers that keep them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction

from common.verification import MOST_FINDINGS, Finding

#: The parts of an entry's digest before its lines; ``payouts.ledger.rules.entry_digest`` says the same in Python.
_HEAD = """e.idempotency_key, E'\\n', e.kind, E'\\n', e.effective_on, E'\\n', e.source, E'\\n', e.reverses_id, E'\\n',
         e.created_by_id, E'\\n', trunc(extract(epoch FROM e.created_at) * 1000000)::bigint, E'\\n'"""

#: Nearly every entry has one line: those are computed by joins alone, which several processes share, and only the
#: others by gathering their lines. No LIMIT and no subquery in these: either makes the planner leave it to one process.
_SUSPECTS = (
    f"""
SELECT e.id
  FROM payouts_journalentry e
  LEFT JOIN payouts_journalline l ON l.entry_id = e.id AND l.line_no = 1
  LEFT JOIN payouts_ledgeraccount d ON d.id = l.debit_id
  LEFT JOIN payouts_ledgeraccount c ON c.id = l.credit_id
 WHERE e.line_count = 1 AND (l.id IS NULL OR e.sha256 <> encode(sha256(convert_to(concat(
         {_HEAD}, d.code, '|', c.code, '|', l.currency, '|', l.amount_minor, E'\\n'), 'UTF8')), 'hex'))
""",  # noqa: S608 - texts of our own
    """
SELECT e.id FROM payouts_journalline l JOIN payouts_journalentry e ON e.id = l.entry_id
 WHERE l.line_no <> 1 AND e.line_count = 1
""",
    f"""
SELECT e.id
  FROM payouts_journalentry e
  LEFT JOIN payouts_journalline l ON l.entry_id = e.id
  LEFT JOIN payouts_ledgeraccount d ON d.id = l.debit_id
  LEFT JOIN payouts_ledgeraccount c ON c.id = l.credit_id
 WHERE e.line_count <> 1
 GROUP BY e.id
HAVING count(l.id) <> e.line_count OR e.sha256 <> encode(sha256(convert_to(concat(
         {_HEAD}, string_agg(
           d.code || '|' || c.code || '|' || l.currency || '|' || l.amount_minor || E'\\n', '' ORDER BY l.line_no)
       ), 'UTF8')), 'hex')
""",  # noqa: S608 - texts of our own
)

_TOLD = """
SELECT e.id, e.line_count, count(l.id), string_agg(
         d.code || '|' || c.code || '|' || l.currency || '|' || l.amount_minor || E'\\n', '' ORDER BY l.line_no)
  FROM payouts_journalentry e
  LEFT JOIN payouts_journalline l ON l.entry_id = e.id
  LEFT JOIN payouts_ledgeraccount d ON d.id = l.debit_id
  LEFT JOIN payouts_ledgeraccount c ON c.id = l.credit_id
 WHERE e.id = ANY(%s)
 GROUP BY e.id ORDER BY e.id
"""

#: Each link is compared with the stored one before it, so that one broken link names one entry. A join by position, not
#: a window over all: several processes share it.
_CHAIN = """
SELECT s.position, s.entry_id, e.id IS NULL, b.position IS NULL AND s.position <> 1,
       (SELECT coalesce(max(p.position), 0) FROM payouts_entryseal p WHERE p.position < s.position)
  FROM payouts_entryseal s
  LEFT JOIN payouts_entryseal b ON b.position = s.position - 1
  LEFT JOIN payouts_journalentry e ON e.id = s.entry_id
 WHERE e.id IS NULL OR (b.position IS NULL AND s.position <> 1) OR s.sha256 <> encode(sha256(convert_to(
         coalesce(b.sha256, repeat('0', 64)) || E'\\n' || s.entry_id || E'\\n' || e.sha256, 'UTF8')), 'hex')
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
    suspects = sorted({entry_id for sql in _SUSPECTS for (entry_id,) in _rows(sql)})
    # One more than are listed, so that it shows that there are more.
    for entry_id, declared, counted, text in _rows(_TOLD, suspects[: MOST_FINDINGS + 1]) if suspects else ():
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
    for position, entry_id, is_gone, is_apart, before in _rows(_CHAIN):
        if is_gone:
            detail = f"seal {position} covers it, and it is gone"
        elif is_apart:
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


#: For a pass over all rows: hashes of whole tables in memory, and several processes on one query.
_WIDE = (
    "SET LOCAL work_mem = '256MB'",
    "SET LOCAL max_parallel_workers_per_gather = 4",
    "SET LOCAL parallel_setup_cost = 100",
    "SET LOCAL parallel_tuple_cost = 0.001",
    "SET LOCAL jit = off",
)


def _rows(sql: str, *parameters: Any) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        for setting in _WIDE:
            cursor.execute(setting)
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
