"""Proposing what came from a client's bank or goes back there, and booking what was approved."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit
from common.errors import FieldProblem
from common.money import Money
from common.permissions import require_grant
from payouts.clients.commands.invoices import settle_invoices
from payouts.clients.commands.locks import lock_account
from payouts.clients.errors import BankReferenceUsed, ClientFundsMissing, InvalidProposal
from payouts.clients.models import ClientMovement
from payouts.clients.queries import get_account, get_funds
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, bank, client_prepaid

Kind = ClientMovement.Kind
LONGEST_REFERENCE = 140


def propose_movement(
    *,
    account_id: UUID,
    kind: str,
    money: Money,
    bank_reference: str,
    value_date: date,
    by: Any,
    now: datetime,
) -> ClientMovement:
    """Propose to book a transfer: a DEPOSIT that came, or a REFUND of unused money. Nothing is booked yet.

    Raises:
        NotPermitted: ``by`` does not prepare.
        UnknownClientAccount: there is none, or not for ``by``.
        InvalidProposal: it names each field that cannot be.
        BankReferenceUsed: a live movement of the currency has this reference.
    """
    require_grant(by, "finance.prepare")
    account = get_account(by, account_id)
    reference = bank_reference.strip()
    wrong = (
        ("kind", kind not in Kind.values, f"{kind!r} is neither a deposit nor a refund."),
        ("money", money.currency != account.currency, f"The account is in {account.currency}."),
        ("money", money.amount_minor <= 0, "Must be more than zero."),
        ("bank_reference", not 0 < len(reference) <= LONGEST_REFERENCE, f"Write 1 to {LONGEST_REFERENCE} characters."),
        ("value_date", value_date > now.date(), "Must not lie in the future."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidProposal(problems[0].detail, problems)
    row = ClientMovement(
        account=account,
        kind=kind,
        currency=account.currency,
        amount_minor=money.amount_minor,
        bank_reference=reference,
        value_date=value_date,
        proposed_by=by,
        proposed_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record(action="clientmovement.proposed", target=row, by=by.pk, now=now)
    except IntegrityError as error:
        if "client_movement_bank_reference_once" not in str(error):
            raise
        raise BankReferenceUsed from error
    return row


def book_movement(row: ClientMovement, by: Any, now: datetime) -> None:
    """Book an approved movement between the bank and what the client paid in advance; a deposit pays open invoices at once.

    Raises:
        ClientFundsMissing: a refund of more than is left unused.
        PeriodClosed: the books of today's month are closed.
    """
    account = lock_account(row.account_id)
    client = client_prepaid(str(account.client_id), account.currency)
    if row.kind == Kind.REFUND and get_funds(account).refundable < row.amount:
        raise ClientFundsMissing("Less than this is left unused.")
    came = row.kind == Kind.DEPOSIT
    debit, credit = (bank(row.currency), client) if came else (client, bank(row.currency))
    post_entry(
        idempotency_key=row.source,
        kind=f"CLIENT_{row.kind}",
        effective_on=now.date(),
        lines=[LineSpec(debit, credit, row.amount)],
        source=row.source,
        by=by.pk,
        now=now,
    )
    if came:
        settle_invoices(account, by=by.pk, now=now)
