"""What the pages of exchange show in the browser tests: rates, a chosen currency, positions and an exchange to decide."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from common import clock
from common.money import Money
from payouts.fx.commands import choose_pay_currency, import_rates, propose_rate
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, expense, fx_clearing, payable
from payouts.positions.commands import propose_settlement
from tests.browser.finance_stories import submitted_cycle
from tests.browser.world import World


def some_rates(world: World) -> dict[str, Any]:
    """Leave the rates of a file and one that was typed."""
    a_typed_rate(world)
    return {}


def a_typed_rate(world: World) -> dict[str, Any]:
    """Leave a typed rate beside the rates of a file, and return its id."""
    now, emre = clock.now(), world.people["Emre"]
    yesterday = now - timedelta(days=1)
    data = f"Date,USD,JPY,GBP,HUF\n{yesterday:%Y-%m-%d},1.0832,162.47,0.8391,401.2\n".encode()
    import_rates(data=data, file_name="eurofxref.csv", source="ECB", by=emre, now=now)
    row = propose_rate(
        base="EUR",
        quote="KES",
        rate=Decimal("140.25"),
        as_of=yesterday,
        source_text="Central Bank of Kenya, indicative rates of the day",
        by=emre,
        now=now,
    )
    return {"rate_proposal_id": row.id}


def a_chosen_currency(world: World) -> dict[str, Any]:
    """Let Ada be paid in dollars, with a rate for it and something earned in euros."""
    a_typed_rate(world)
    submitted_cycle(world)
    ada = world.people["Ada"]
    choose_pay_currency(worker_id=ada.id, currency="USD", by=ada, now=clock.now())
    return {}


def some_positions(world: World) -> dict[str, Any]:
    """Leave two positions, rates for them, and an exchange to decide."""
    an_exchange(world)
    return {}


def an_exchange(world: World) -> dict[str, Any]:
    """Leave what a conversion left to exchange, and an exchange of it; return the exchange's id."""
    a_typed_rate(world)
    now, ada = clock.now(), world.people["Ada"]
    moved = [
        LineSpec(expense("work", "EUR"), fx_clearing("EUR"), Money(5000, "EUR")),
        LineSpec(fx_clearing("USD"), payable(ada.id, "USD"), Money(5416, "USD")),
    ]
    facts = {"kind": "CURRENCY_CONVERTED", "effective_on": now.date(), "source": "story", "by": None, "now": now}
    post_entry(idempotency_key="a-conversion", lines=moved, **facts)
    row = propose_settlement(
        sold=Money(5000, "EUR"),
        bought=Money(5430, "USD"),
        closed=Money(5416, "USD"),
        reference_text="FX-20261121-1",
        by=world.people["Emre"],
        now=now,
    )
    return {"settlement_id": row.id}
