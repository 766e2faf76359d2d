"""The people of finance, and the rates that a test makes up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from common.money import Money
from payouts.facade import post_earnings
from payouts.fx.commands import RateImport, choose_pay_currency, import_rates
from payouts.rails import registry
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story

#: The end of the week that the cycles here pay, when it was worked, and the rate of that time.
END = datetime(2026, 11, 9, tzinfo=UTC)
POSTED = END - timedelta(days=2)
RATE = "1.0833"

type Publish = Callable[..., RateImport]


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares, and approves what others prepared."""
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def publish(amina: Any) -> Publish:
    """Import one day's rates of one euro, in the ECB's form."""

    def run(day: date = date(2026, 11, 11), now: datetime = NOW, **rates: str) -> RateImport:
        data = f"Date,{','.join(rates)}\n{day.isoformat()},{','.join(rates.values())}\n".encode()
        return import_rates(data=data, file_name="eurofxref.csv", source="ECB", by=amina, now=now)

    return run


@pytest.fixture
def chen(db: None) -> Any:
    """Chen works."""
    return make_person("Chen")


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def chosen(story: Story, ada: Any, bola: Any, publish: Publish) -> Any:
    """Ada banks in Germany, has earned 50 EUR and wants dollars; there is a rate."""
    story.onboard(ada)
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    choose_pay_currency(worker_id=ada.id, currency="USD", by=ada, now=NOW)
    publish(USD=RATE, GBP="0.8391", HUF="401.2")
    story.fund(Money(100_000, "USD"))
    return ada
