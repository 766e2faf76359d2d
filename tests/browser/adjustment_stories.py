"""What the pages of files of adjustments and of reversals show in the browser tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from common import clock
from common.money import Money
from payouts.adjustments.commands import import_adjustments
from payouts.ledger.models import JournalEntry
from payouts.reversals.commands import propose_reversal
from tests.browser.finance_stories import earn
from tests.browser.world import World


def an_import(world: World) -> dict[str, Any]:
    """Let Emre send a file of two adjustments for Ada, and return the import's id."""
    now = clock.now()
    earn(world, "Ada", "i:1", now - timedelta(days=1))
    email = world.people["Ada"].email
    rows = (
        "reference,kind,worker,amount,date,reason_code,reason_text",
        f"REF-0017,BONUS,{email},45.00,{now.date()},REFERRAL,Brought Dana to the project.",
        f"REF-0018,CLAWBACK,{email},12.50,{now.date()},TWICE,Paid twice in May.",
    )
    row, _ = import_adjustments(
        file_name="bonuses-november.csv",
        data="\n".join(rows).encode(),
        control_total=Money(5750, "EUR"),
        by=world.people["Emre"],
        now=now,
    )
    return {"import_id": row.id}


def a_proposed_import(world: World) -> dict[str, Any]:
    """Leave a file of adjustments to decide."""
    an_import(world)
    return {}


def a_reversal(world: World) -> dict[str, Any]:
    """Let Emre propose to take an earning of Ada's back, and return the reversal's id."""
    now = clock.now()
    earn(world, "Ada", "r:1", now - timedelta(days=1))
    row = propose_reversal(
        entry_id=JournalEntry.objects.get(kind="EARNING", source="r:1").id,
        reason_code="DUPLICATE",
        reason_text="The task was counted twice.",
        by=world.people["Emre"],
        now=now,
    )
    return {"reversal_id": row.id}


def a_proposed_reversal(world: World) -> dict[str, Any]:
    """Leave a reversal to decide."""
    a_reversal(world)
    return {}
