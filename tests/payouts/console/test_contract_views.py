"""The views that outside checks trust, read as the application's role."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import Error, connection, transaction

from payouts.facade import post_earnings
from tests.payouts.people import NOW, make_earning

COLUMNS = {
    "postings": ["entry_id", "account", "currency", "amount_minor", "posted_at"],
    "payout_items": [
        "id",
        "cycle_id",
        "expert_id",
        "currency",
        "amount_minor",
        "state",
        "idempotency_key",
        "provider_ref",
        "destination",
    ],
    "cycles": ["id", "state", "maker_id", "checker_id", "lines_hash"],
}


def as_application(statement: str) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE muster_app")
        cursor.execute(statement)
        return cursor.fetchall()


@pytest.mark.parametrize("view", sorted(COLUMNS))
def test_a_contract_view_has_the_promised_columns_and_is_read_only(db: None, view: str) -> None:
    found = as_application(
        "SELECT column_name FROM information_schema.columns"
        f" WHERE table_schema = 'contract' AND table_name = '{view}' ORDER BY ordinal_position"
    )

    assert [name for (name,) in found] == COLUMNS[view]
    with pytest.raises(Error, match=r"permission denied|cannot delete"):
        as_application(f"DELETE FROM contract.{view}")


def test_every_entry_of_the_postings_sums_to_zero(ada: Any, bola: Any) -> None:
    post_earnings([make_earning(ada.id, bola.id, f"t:{n}") for n in range(3)], now=NOW)

    rows = as_application(
        "SELECT entry_id, count(*), sum(amount_minor), max(amount_minor) FROM contract.postings GROUP BY entry_id"
    )

    assert [row[1:] for row in rows] == [(2, 0, 5000)] * 3
