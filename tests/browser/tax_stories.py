"""What finance's pages of taxes show in the browser tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from common import clock
from common.money import Money
from payouts.taxes.commands import propose_remittance
from payouts.taxyears.commands import prepare_run
from tests.browser.world import World
from tests.payouts.taxes.paying import pay


def some_taxes(world: World) -> dict[str, Any]:
    """Leave withheld tax, of which a payment waits to be confirmed."""
    a_remittance(world)
    return {}


def a_remittance(world: World) -> dict[str, Any]:
    """Leave tax withheld from Ada and Dana, a payment that Emre recorded, and return its id."""
    now, emre = clock.now(), world.people["Emre"]
    pay(world.people["Ada"], emre, bps=2400, code="NO_TIN", at=now)
    pay(world.people["Dana"], emre, bps=3000, code="US_SOURCE", currency="EUR", at=now)
    row = propose_remittance(
        form="945",
        month=now.date(),
        money=Money(2000, "USD"),
        paid_on=now.date(),
        reference="EFT 270641234567890",
        by=emre,
        now=now,
    )
    return {"remittance_id": row.id}


def some_tax_years(world: World) -> dict[str, Any]:
    """Leave a run of a year's tax files."""
    a_tax_year_run(world)
    return {}


def a_tax_year_run(world: World) -> dict[str, Any]:
    """Leave a run, which Emre prepared, over what Ada and Dana were paid less tax, and return its id."""
    emre, paid_at = world.people["Emre"], datetime(2026, 2, 3, tzinfo=UTC)
    pay(world.people["Ada"], emre, bps=2400, code="NO_TIN", at=paid_at)
    pay(world.people["Dana"], emre, bps=3000, code="US_SOURCE", at=paid_at)
    pay(world.people["Bola"], emre, at=paid_at)
    return {"run_id": prepare_run(year=2026, by=emre, now=clock.now()).id}
