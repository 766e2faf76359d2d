"""A paid payout gets its statement, one whose money came back the correcting one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common.events import subscribe
from payouts.events import PayoutPaid, PayoutReturned
from payouts.statements.commands import correct_statement, issue_statement


def issue(payload: Mapping[str, Any], now: datetime) -> None:
    """Issue the statement of a payout that a cycle ordered."""
    if payload["cycle_id"]:
        issue_statement(payout_id=UUID(payload["payout_id"]), now=now)


def correct(payload: Mapping[str, Any], now: datetime) -> None:
    """Take back the statement of a payout that a cycle ordered, if it ever was paid."""
    if payload["cycle_id"]:
        correct_statement(payout_id=UUID(payload["payout_id"]), now=now)


subscribe(PayoutPaid, issue)
subscribe(PayoutReturned, correct)
