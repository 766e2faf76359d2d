"""What outside checks may rely on."""

from __future__ import annotations

import pytest
from django.db import connection

from marketplace.identity.models import User


@pytest.mark.parametrize(
    ("view", "columns"),
    [
        ("time_entries", ["id", "expert_id", "starts_at", "ends_at", "state"]),
        ("claims", ["task_id", "expert_id", "state"]),
        ("audit", ["at", "actor", "action", "object", "ok"]),
    ],
)
def test_a_contract_view_has_the_promised_columns(olga: User, view: str, columns: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM contract.{view}")
        assert [column.name for column in cursor.description or ()] == columns


def test_the_audit_view_tells_who_registered(olga: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT actor, action, object, ok FROM contract.audit WHERE action = 'user.registered'")
        assert cursor.fetchall() == [(olga.id, "user.registered", f"marketplace.user:{olga.id}", True)]
