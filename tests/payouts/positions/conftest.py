"""Somebody who was paid in dollars for euros, and the people of finance."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.cycles.commands import execute
from tests.payouts.fx.conftest import amina, chen, chiara, chosen, publish, story
from tests.payouts.fx.test_conversions import approved
from tests.payouts.people import NOW

__all__ = ["amina", "chen", "chiara", "chosen", "converted", "publish", "story"]


@pytest.fixture
def converted(chosen: Any, amina: Any, chiara: Any) -> Any:
    """50.00 EUR of Ada's are on their way to her as 54.16 USD, at 1.0833."""
    cycle = approved(amina, chiara)
    return execute(cycle_id=cycle.id, by=amina, now=NOW)
