"""What journeys need beside windows: a payment provider that pages and webhooks reach."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from payouts.rails import registry
from payouts.sandbox.settings import SandboxSettings
from tests.payouts.support.served import Served, serve_stand_in


@pytest.fixture
def provider(live_server: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    """The stand-in for Stripe behind a socket; the real rail sends to it, its signed webhooks come to the live pages."""
    chosen = SandboxSettings(
        api_key=settings.STRIPE_API_KEY,
        webhook_url=f"{live_server.url}/webhooks/stripe/",
        webhook_secret=settings.STRIPE_WEBHOOK_SECRETS[0],
    )
    with serve_stand_in(chosen) as served:
        settings.STRIPE_API_BASE, settings.BASE_URL = served.address, live_server.url
        monkeypatch.setattr(registry, "_rails", {})
        yield served
