"""What the pages of clients' money show in the browser tests: a client that paid in advance, and what waits."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from common import clock
from common.money import Money
from payouts.clients.commands import (
    approve_proposal,
    charge_work,
    draft_invoice,
    open_account,
    propose_credit_note,
    propose_movement,
    propose_terms,
)
from payouts.clients.models import ClientAccount, ClientMovement, Invoice
from payouts.clients.queries import get_funds
from payouts.facade import reverse_earning
from tests.browser import finance_stories
from tests.browser.world import World


def an_account(world: World) -> dict[str, Any]:
    """Leave a client with money, terms and a deposit to approve, and return the account's id."""
    now, emre, fatou = clock.now(), world.people["Emre"], world.people["Fatou"]
    for currency in ("EUR", "JPY"):
        account = open_account(
            client_id=world.organization.id,
            currency=currency,
            billing_name="Meridian Data Ltd",
            billing_address="12 Quay Street\nBristol BS1 4DJ\nUnited Kingdom",
            by=emre,
            now=now,
        )
        paid = _deposit(account, emre, 2_500_000, "CAMT 2026-11-02/0007")
        approve_proposal(kind="movement", proposal_id=paid.id, by=fatou, now=now)
    account = ClientAccount.objects.get(currency="EUR")
    terms = propose_terms(account_id=account.id, credit_limit_minor=500_000, payment_days=30, by=emre, now=now)
    approve_proposal(kind="terms", proposal_id=terms.id, by=fatou, now=now)
    propose_terms(account_id=account.id, credit_limit_minor=900_000, payment_days=45, by=emre, now=now)
    _deposit(account, emre, 120_000, "CAMT 2026-11-12/0031")
    return {"account_id": account.id}


def charged_work(world: World) -> dict[str, Any]:
    """Let Ada have worked for the client, at a price and without one, and return the account's id."""
    account_id: UUID = an_account(world)["account_id"]
    now = clock.now()
    terms = propose_terms(
        account_id=account_id,
        credit_limit_minor=500_000,
        payment_days=30,
        margin_bps=4000,
        by=world.people["Emre"],
        now=now,
    )
    approve_proposal(kind="terms", proposal_id=terms.id, by=world.people["Fatou"], now=now)
    for number in range(3):
        key = f"client:{number}"
        finance_stories.earn(world, "Ada", key, now, quantity=Decimal(number + 2))
    charge_work(now=now)
    reverse_earning(source_key="client:2", reason_code="COUNTED_TWICE", reason_text="Counted twice.", by=None, now=now)
    charge_work(now=now)
    return {"account_id": account_id}


def an_invoice(world: World) -> dict[str, Any]:
    """Leave an invoice that was issued and partly paid, after one that was credited, and return its id."""
    account_id = charged_work(world)["account_id"]
    emre, fatou, now = world.people["Emre"], world.people["Fatou"], clock.now()
    account = ClientAccount.objects.get(id=account_id)
    prepaid = get_funds(account).prepaid.amount_minor
    unused = propose_movement(
        account_id=account_id,
        kind="REFUND",
        money=Money(prepaid - 40_000, "EUR"),
        bank_reference="CAMT 2026-11-20/0002",
        value_date=now.date(),
        by=emre,
        now=now,
    )
    first = _issued(account_id, emre, fatou)
    note = propose_credit_note(invoice_id=first.id, reason_text="The wrong month.", by=emre, now=now)
    approve_proposal(kind="credit_note", proposal_id=note.id, by=fatou, now=now)
    approve_proposal(kind="movement", proposal_id=unused.id, by=fatou, now=now)
    return {"invoice_id": _issued(account_id, emre, fatou).id}


def _issued(account_id: UUID, maker: Any, checker: Any) -> Invoice:
    now = clock.now()
    row = draft_invoice(account_id=account_id, until=(now + timedelta(days=1)).date(), by=maker, now=now)
    approve_proposal(kind="invoice", proposal_id=row.id, by=checker, now=now)
    return row


def some_invoices(world: World) -> dict[str, Any]:
    """Leave two invoices."""
    an_invoice(world)
    return {}


def _deposit(account: ClientAccount, by: Any, amount_minor: int, reference: str) -> ClientMovement:
    now = clock.now()
    return propose_movement(
        account_id=account.id,
        kind="DEPOSIT",
        money=Money(amount_minor, account.currency),
        bank_reference=reference,
        value_date=(now - timedelta(days=1)).date(),
        by=by,
        now=now,
    )


def some_accounts(world: World) -> dict[str, Any]:
    """Leave a client with two accounts."""
    an_account(world)
    return {}


def a_deposit_to_approve(world: World) -> dict[str, Any]:
    """Leave a deposit that waits for Fatou's approval and return it."""
    an_account(world)
    return {"kind": "movement", "proposal_id": ClientMovement.objects.get(state="PROPOSED").id}
