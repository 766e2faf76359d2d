"""Holds against the books: each expert's held account holds exactly what their active holds say."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_UNLIKE_BOOKS = """
SELECT coalesce(a.code, 'expert:' || h.worker_id || ':held:' || h.currency), coalesce(b.balance_minor, 0),
       coalesce(h.total, 0)
  FROM (SELECT worker_id, currency, sum(held_minor) AS total FROM payouts_hold
         WHERE state = 'ACTIVE' GROUP BY worker_id, currency) AS h
  FULL JOIN (payouts_ledgeraccount a JOIN payouts_ledgerbalance b
             ON b.account_id = a.id AND a.kind = 'EXPERT_HELD')
    ON a.worker_id = h.worker_id AND a.currency = h.currency
 WHERE coalesce(b.balance_minor, 0) <> coalesce(h.total, 0)
 ORDER BY 1
"""


def find_money_held_for_nothing() -> Iterator[Finding]:
    """Yield each expert whose held account is not what their active holds say."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLIKE_BOOKS)
        for code, balance, total in cursor.fetchall():
            yield Finding(f"ledger_account:{code}", f"holds {balance}, the active holds say {total}")
