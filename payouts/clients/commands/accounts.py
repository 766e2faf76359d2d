"""Opening a client's account and proposing its terms (``finance.prepare``)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from common import audit
from common.currencies import get_currency
from common.errors import FieldProblem
from common.money import LARGEST_AMOUNT_MINOR
from common.permissions import require_grant
from payouts.clients.directory import find_client
from payouts.clients.errors import ClientAccountExists, InvalidClientAccount, InvalidProposal
from payouts.clients.models import ClientAccount, ClientTerms
from payouts.clients.queries import get_account
from payouts.clients.rules import LARGEST_MARGIN_BPS

LONGEST_NAME, LONGEST_ADDRESS, LATEST_PAYMENT = 200, 500, 365


def open_account(
    *, client_id: UUID, currency: str, billing_name: str, billing_address: str, by: Any, now: datetime
) -> ClientAccount:
    """Open the account of a client in one currency; without terms the client pays in advance.

    Raises:
        NotPermitted: ``by`` does not prepare.
        InvalidClientAccount: it names each field that cannot be.
        ClientAccountExists: there is one.
    """
    require_grant(by, "finance.prepare")
    name, address = billing_name.strip(), billing_address.strip()
    wrong = (
        ("client_id", find_client(str(client_id)) is None, "There is no such client."),
        ("currency", not _is_currency(currency), "Is no currency in use."),
        ("billing_name", not 0 < len(name) <= LONGEST_NAME, f"Write 1 to {LONGEST_NAME} characters."),
        ("billing_address", not 0 < len(address) <= LONGEST_ADDRESS, f"Write 1 to {LONGEST_ADDRESS} characters."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidClientAccount(problems[0].detail, problems)
    row = ClientAccount(
        client_id=client_id,
        currency=currency,
        billing_name=name,
        billing_address=address,
        opened_by=by,
        opened_at=now,
    )
    with transaction.atomic():
        # The second of two at once waits here for the first, and then finds its row.
        ClientAccount.objects.bulk_create([row], ignore_conflicts=True)
        if not ClientAccount.objects.filter(id=row.id).exists():
            raise ClientAccountExists
        audit.record(action="client_account.opened", target=row, by=by.pk, now=now)
        return row


def _is_currency(code: str) -> bool:
    try:
        return get_currency(code).code == code
    except ValueError:
        return False


def propose_terms(
    *,
    account_id: UUID,
    credit_limit_minor: int,
    payment_days: int,
    by: Any,
    now: datetime,
    margin_bps: int | None = None,
) -> ClientTerms:
    """Propose how far an account may be overdrawn (minor units; 0 = it pays in advance) and when invoices are due.

    ``margin_bps`` (basis points) is put on what experts are paid where no bill line prices the work; None = not charged.

    Raises:
        NotPermitted: ``by`` does not prepare.
        UnknownClientAccount: there is none, or not for ``by``.
        InvalidProposal: it names each figure that cannot be.
    """
    require_grant(by, "finance.prepare")
    account = get_account(by, account_id)
    wrong = (
        ("credit_limit", not 0 <= credit_limit_minor <= LARGEST_AMOUNT_MINOR, "Must not be negative, nor so large."),
        ("payment_days", not 0 <= payment_days <= LATEST_PAYMENT, f"Must be from 0 to {LATEST_PAYMENT} days."),
        ("margin_bps", not 0 <= (margin_bps or 0) <= LARGEST_MARGIN_BPS, f"Must be from 0 to {LARGEST_MARGIN_BPS}."),
    )
    problems = [FieldProblem(f"/{field}", "invalid", detail) for field, is_wrong, detail in wrong if is_wrong]
    if problems:
        raise InvalidProposal(problems[0].detail, problems)
    with transaction.atomic():
        row = ClientTerms.objects.create(
            account=account,
            credit_limit_minor=credit_limit_minor,
            payment_days=payment_days,
            margin_bps=margin_bps,
            proposed_by=by,
            proposed_at=now,
        )
        audit.record(action="clientterms.proposed", target=row, by=by.pk, now=now)
        return row
