"""What `manage.py verify` finds in payouts."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from payouts.transfers import audit, commands
from payouts.transfers.models import Payout
from tests.payouts.support.story import Story, euros

CHECKS = (audit.find_unattempted_transfers, audit.find_altered_bodies)


def find_all() -> list[str]:
    return [finding.subject.partition(":")[0] for check in CHECKS for finding in check()]


def test_true_payouts_have_no_findings_at_any_step(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    assert find_all() == []
    commands.submit_payout(payout_id=payout.id, now=story.now)
    assert find_all() == []
    story.sweep(hours=0.1)
    assert (Payout.objects.get().state, find_all()) == ("PAID", [])


@pytest.mark.parametrize(
    ("statement", "subject"),
    [
        ("UPDATE payouts_payout SET provider_ref = 'tr_other'", "payout"),
        ("UPDATE payouts_payoutattempt SET body = '{}'", "payout_attempt"),
    ],
)
def test_a_row_changed_behind_our_backs_is_named(story: Story, paid_ada: Any, statement: str, subject: str) -> None:
    payout = story.reserve(paid_ada, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)

    with connection.cursor() as cursor:
        table = "payouts_payoutattempt" if subject == "payout_attempt" else "payouts_payout"
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    assert find_all() == [subject]
