"""A platform that pays over Global Payouts too, and Lucia in Bolivia, who is owed dollars."""

from __future__ import annotations

from typing import Any

import pytest

from common.money import Money
from payouts.rails import registry
from tests.payouts.people import make_person
from tests.payouts.support.story import Story


def dollars(amount: int) -> Money:
    return Money(amount * 100, "USD")


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Story:
    made = Story()
    settings.STRIPE_FINANCIAL_ACCOUNT = made.sandbox.settings.financial_account
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    monkeypatch.setitem(registry._rails, "global", made.global_rail)
    return made


@pytest.fixture
def lucia(story: Story) -> Any:
    """Lucia has signed up and entered her bank account."""
    person = make_person("Lucia")
    story.onboard(person, country="BO", currency="USD", number="100012345678")
    return person


@pytest.fixture
def paid_lucia(story: Story, lucia: Any) -> Any:
    """Lucia has earned 100 USD; the financial account holds 1,000 USD."""
    story.fund(dollars(1000), rail="global")
    story.earn(lucia, dollars(100))
    return lucia


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares."""
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")
