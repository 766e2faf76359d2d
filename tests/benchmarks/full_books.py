"""Books with very many entries, written past the triggers in a few statements: what a bench audits or sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import psycopg
from psycopg import conninfo

from common.money import Money
from payouts.ledger.commands import post_entries
from payouts.ledger.rules import FIRST_LINK, EntrySpec, LineSpec, expense, payable, seal_digest
from tests.payouts.people import NOW

_ROWS = """
CREATE TEMP TABLE bulk AS
  SELECT n, uuidv7() AS id, d.id AS debit_id, c.id AS credit_id, d.code AS debit, c.code AS credit, 100 + n %% 900 AS amount
    FROM generate_series(1, %(lines)s) n
    JOIN payouts_ledgeraccount d ON d.code = %(expense)s
    JOIN payouts_ledgeraccount c ON c.code = (%(payables)s::text[])[1 + n %% %(workers)s]
"""
_ENTRIES = """
INSERT INTO payouts_journalentry
  (id, idempotency_key, kind, period_id, effective_on, line_count, source, created_at, sha256)
SELECT b.id, 'earning:task:' || b.n, 'EARNING', p.id, %(day)s, 1, 'task:' || b.n, %(now)s,
       encode(sha256(convert_to(concat('earning:task:', b.n, E'\\nEARNING\\n', %(day)s::date, E'\\ntask:', b.n, E'\\n\\n\\n',
         trunc(extract(epoch FROM %(now)s::timestamptz) * 1000000)::bigint, E'\\n',
         b.debit, '|', b.credit, '|EUR|', b.amount, E'\\n'), 'UTF8')), 'hex')
  FROM bulk b CROSS JOIN payouts_period p
"""
_LINES = """
INSERT INTO payouts_journalline (entry_id, line_no, debit_id, credit_id, currency, amount_minor)
SELECT id, 1, debit_id, credit_id, 'EUR', amount FROM bulk
"""
_BALANCES = """
UPDATE payouts_ledgerbalance b SET balance_minor = s.total
  FROM (SELECT credit_id, sum(amount_minor) AS total FROM payouts_journalline GROUP BY 1) s
 WHERE s.credit_id = b.account_id
"""


def fill_books(database: str, workers: Sequence[UUID], lines: int) -> None:
    """Leave ``lines`` sealed entries of one line each, owed to ``workers`` in turn.

    The first ones, which open accounts and the month, are posted; the rest is written as the database's superuser, with
    triggers off: posting has a bench of its own.
    """
    payables = [payable(worker, "EUR") for worker in workers]
    work = expense("work", "EUR")
    opening = [
        EntrySpec(f"open:{code}", "EARNING", NOW.date(), (LineSpec(work, code, Money(1, "EUR")),), "open")
        for code in payables
    ]
    post_entries(opening, by=None, now=NOW)
    facts: dict[str, Any] = {
        "lines": lines - len(payables),
        "expense": work,
        "payables": payables,
        "workers": len(payables),
        "day": NOW.date(),
        "now": NOW,
    }
    with psycopg.connect(conninfo.make_conninfo(database, user="postgres")) as superuser:
        superuser.execute("SET session_replication_role = replica")
        for statement in (_ROWS, _ENTRIES, _LINES, _BALANCES):
            superuser.execute(statement, facts)
        _seal(superuser)
    with psycopg.connect(conninfo.make_conninfo(database, user="postgres"), autocommit=True) as superuser:
        superuser.execute("VACUUM ANALYZE")


def _seal(superuser: psycopg.Connection[Any]) -> None:
    rows = superuser.execute("SELECT id, sha256 FROM payouts_journalentry ORDER BY id").fetchall()
    digest = FIRST_LINK
    with superuser.cursor().copy("COPY payouts_entryseal (position, entry_id, sha256) FROM STDIN") as copy:
        for position, (entry_id, sha256) in enumerate(rows, start=1):
            digest = seal_digest(digest, entry_id, sha256)
            copy.write_row((position, entry_id, digest))
