"""A stand-in on a clock that stands still until a test moves it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from payouts.sandbox.core import Sandbox
from payouts.sandbox.settings import SandboxSettings
from tests.payouts.support.transport import hosted_form, make_client


@dataclass
class Clock:
    """A clock that a test moves."""

    instant: datetime = field(default_factory=lambda: datetime(2026, 3, 2, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.instant

    def pass_hours(self, hours: float) -> None:
        self.instant += timedelta(hours=hours)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return Sandbox(SandboxSettings(webhook_url="http://platform/webhooks/stripe/"), clock=clock)


@pytest.fixture
def client(sandbox: Sandbox) -> stripe.StripeClient:
    return make_client(sandbox)


ACCOUNT: dict[str, Any] = {
    "contact_email": "ada@example.org",
    "display_name": "Ada Obi",
    "dashboard": "express",
    "identity": {"country": "us", "entity_type": "individual"},
    "defaults": {
        "currency": "usd",
        "responsibilities": {"fees_collector": "application", "losses_collector": "application"},
    },
    "configuration": {"recipient": {"capabilities": {"stripe_balance": {"stripe_transfers": {"requested": True}}}}},
    "include": ["configuration.recipient", "requirements", "identity", "defaults"],
}
LINK: dict[str, Any] = {
    "type": "account_onboarding",
    "account_onboarding": {"refresh_url": "http://platform/again", "return_url": "http://platform/done"},
}


@pytest.fixture
def ada(sandbox: Sandbox, client: stripe.StripeClient) -> str:
    """The id of an account whose owner has filled in the hosted form."""
    account = client.v2.core.accounts.create(ACCOUNT)
    link = client.v2.core.account_links.create({"account": account.id, "use_case": LINK})
    assert hosted_form(sandbox, link.url).status == 303
    return account.id


def transfer_params(account: str, **changes: Any) -> dict[str, Any]:
    return {
        "amount": 2500,
        "currency": "usd",
        "destination": account,
        "transfer_group": "payout_1",
        "metadata": {"payout": "1"},
        **changes,
    }
