"""What the tests of clients' money tell."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.test import Client

from common.money import Money
from payouts.clients.commands import approve_proposal, open_account, propose_movement, propose_terms
from payouts.clients.models import ClientAccount, ClientMovement
from tests.payouts.people import NOW


def euros(amount: int) -> Money:
    """Return whole euros."""
    return Money(amount * 100, "EUR")


def open_euros(organization: Any, by: Any, **changes: Any) -> ClientAccount:
    """Open the organization's account in EUR."""
    facts = {"currency": "EUR", "billing_name": "Acme GmbH", "billing_address": "Hauptstr. 1\nBerlin"}
    return open_account(**({"client_id": organization.id, "by": by, "now": NOW} | facts | changes))


def proposed(account: ClientAccount, by: Any, kind: str = "DEPOSIT", **changes: Any) -> ClientMovement:
    """Propose a transfer of 1,000 EUR, changed as the test says."""
    facts = {"money": euros(1000), "bank_reference": f"REF {uuid4()}", "value_date": NOW.date()}
    return propose_movement(**({"account_id": account.id, "kind": kind, "by": by, "now": NOW} | facts | changes))


def prefund(account: ClientAccount, maker: Any, checker: Any, money: Money) -> None:
    """Let the client's money be there."""
    row = proposed(account, maker, money=money)
    approve_proposal(kind="movement", proposal_id=row.id, by=checker, now=NOW)


def agree(account: ClientAccount, maker: Any, checker: Any, money: Money, days: int = 30) -> None:
    """Let the account be overdrawn by ``money``."""
    row = propose_terms(
        account_id=account.id, credit_limit_minor=money.amount_minor, payment_days=days, by=maker, now=NOW
    )
    approve_proposal(kind="terms", proposal_id=row.id, by=checker, now=NOW)


def as_(person: Any) -> Client:
    """Return a browser in which ``person`` is logged in."""
    client = Client()
    client.force_login(person)
    return client


def post(person: Any, path: str, body: dict[str, Any], version: int | None = None) -> Any:
    """Send a POST to the API as ``person``."""
    headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": f'"{version}"'} if version else {})
    return as_(person).post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)
