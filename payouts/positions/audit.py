"""Positions computed again from conversions and exchanges, against what the books have on the clearing accounts."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding
from payouts.positions.queries import clearing_balances

_EXPLAINED = """
WITH standing AS (
  SELECT v.from_currency, v.from_minor, v.to_currency, v.to_minor
    FROM payouts_conversion v
    JOIN payouts_journalentry j ON j.idempotency_key = 'cycle_line:' || v.line_id || ':converted'
   WHERE NOT EXISTS (SELECT 1 FROM payouts_journalentry r WHERE r.reverses_id = j.id)
), moved AS (
  SELECT from_currency AS currency, -from_minor AS minor FROM standing
  UNION ALL SELECT to_currency, to_minor FROM standing
  UNION ALL SELECT sold_currency, sold_minor FROM payouts_positionsettlement WHERE state = 'APPROVED'
  UNION ALL SELECT bought_currency, -closed_minor FROM payouts_positionsettlement WHERE state = 'APPROVED'
)
SELECT currency, sum(minor)::bigint FROM moved GROUP BY currency
"""

_UNBOOKED = """
SELECT coalesce(s.source, j.source) FROM (
    SELECT 'settlement:' || id AS source FROM payouts_positionsettlement WHERE state = 'APPROVED') s
  FULL JOIN (SELECT source FROM payouts_journalentry WHERE kind = 'POSITION_SETTLED') j ON j.source = s.source
 WHERE s.source IS NULL OR j.source IS NULL ORDER BY 1
"""


def find_unexplained_positions() -> Iterator[Finding]:
    """Yield each currency whose clearing account is not what conversions and exchanges make of it."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPLAINED)
        explained = dict(cursor.fetchall())
    booked = clearing_balances()
    for currency in sorted(explained.keys() | booked.keys()):
        says, has = explained.get(currency, 0), booked.get(currency, 0)
        if says != has:
            yield Finding(
                f"ledger_account:fx:clearing:{currency}", f"holds {has}, conversions and exchanges make {says}"
            )


def find_unbooked_settlements() -> Iterator[Finding]:
    """Yield each approved exchange without its entry, and each entry of an exchange that nobody approved."""
    with connection.cursor() as cursor:
        cursor.execute(_UNBOOKED)
        for (source,) in cursor.fetchall():
            yield Finding(source, "the books and the approved exchanges do not say the same")
