"""A paid payout gets its statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from common.events import subscribe
from payouts.events import PayoutPaid
from payouts.statements.commands import issue_statement


def issue(payload: Mapping[str, Any], now: datetime) -> None:
    """Issue the statement of a payout that a cycle ordered."""
    if payload["cycle_id"]:
        issue_statement(payout_id=UUID(payload["payout_id"]), now=now)


subscribe(PayoutPaid, issue)
