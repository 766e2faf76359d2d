"""Runs of a year's tax files against their hashes: each document is the one that was prepared, and no number is missing."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from common.verification import Finding

_CHANGED = """
SELECT 'tax_year_run:' || id, 'its document has another sha256' FROM payouts_taxyearrun
 WHERE sha256 <> encode(sha256(convert_to(document, 'UTF8')), 'hex')
UNION ALL
SELECT 'tax_year:' || year, 'runs are missing from 1 to ' || max(number) FROM payouts_taxyearrun
 GROUP BY year HAVING count(*) <> max(number)
 ORDER BY 1
"""


def find_changed_runs() -> Iterator[Finding]:
    """Yield each run whose document is not the one that was prepared, and each year that misses a run's number."""
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [])
        for what, detail in cursor.fetchall():
            yield Finding(what, detail)
