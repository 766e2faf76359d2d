"""A platform with a stand-in behind its rail, Ada who was paid 60 of 100 EUR, and finance."""

from __future__ import annotations

from typing import Any

import pytest

from payouts.rails import registry
from payouts.transfers import commands
from tests.payouts.people import make_person
from tests.payouts.support.story import Story, euros


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares, and approves what others prepared."""
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def paid(story: Story, ada: Any) -> Any:
    """A payout of 60 EUR to Ada, out of a top-up of 1,000 EUR that we asked for."""
    story.onboard(ada)
    story.earn(ada, euros(100))
    commands.top_up(money=euros(1000), source="pay_cycle:1", by=None, now=story.now)
    payout = story.reserve(ada, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    commands.run_due(now=story.now)
    payout.refresh_from_db()
    return payout
