"""The people of finance, and the rates that a test makes up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from payouts.fx.commands import RateImport, import_rates
from tests.payouts.people import NOW, make_person

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
