"""What becomes of claims and time entries when each request looks first and writes then: the races that others pass by constraint.

``test_of_200_claims_of_one_task_at_once_one_wins`` and ``test_of_50_overlapping_entries_at_once_one_is_stored`` fire at the same
moment; here is what they would see if nothing but a look stood between a request and its row.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

AT_ONCE = 20
CLAIMS = ("CREATE TABLE naive (taken_by int)", "SELECT count(*) FROM naive", "INSERT INTO naive VALUES (%s)")
ENTRIES = (
    "CREATE TABLE naive (during tstzrange)",
    "SELECT count(*) FROM naive WHERE during && tstzrange('2026-11-12 09:00Z', '2026-11-12 10:00Z')",
    "INSERT INTO naive SELECT tstzrange('2026-11-12 09:00Z', '2026-11-12 10:00Z') WHERE %s >= 0",
)


@pytest.mark.parametrize(("table", "look", "write"), [CLAIMS, ENTRIES], ids=["claims", "overlapping entries"])
def test_whoever_looks_before_anybody_wrote_writes_too(fresh_database: str, table: str, look: str, write: str) -> None:
    with psycopg.connect(fresh_database, autocommit=True) as control:
        control.execute(table)
        everybody_looked = threading.Barrier(AT_ONCE, timeout=60)

        def look_then_write(number: int) -> bool:
            with psycopg.connect(fresh_database, autocommit=True) as connection:
                is_free = connection.execute(look).fetchone() == (0,)
                everybody_looked.wait()
                if is_free:
                    connection.execute(write, [number])
                return is_free

        with ThreadPoolExecutor(AT_ONCE) as pool:
            winners = sum(pool.map(look_then_write, range(AT_ONCE)))

        assert winners == AT_ONCE
        assert control.execute("SELECT count(*) FROM naive").fetchone() == (AT_ONCE,)
