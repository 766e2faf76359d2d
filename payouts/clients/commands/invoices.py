"""Drafting, issuing and crediting invoices, and paying them from what the client paid in advance.

Lock order: the proposal, then the counter of its series, then the client's account, then the books.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from common import audit
from common.identifiers import uuid7
from common.money import Money
from common.permissions import require_grant
from payouts.clients.commands.locks import lock_account
from payouts.clients.errors import (
    InvalidProposal,
    InvoiceDraftWaits,
    InvoiceNotCreditable,
    NothingToInvoice,
)
from payouts.clients.models import (
    ClientAccount,
    CreditNote,
    DocumentCounter,
    Invoice,
    InvoicedUsage,
    InvoiceLine,
    InvoiceSettlement,
    UsageLine,
)
from payouts.clients.queries import find_terms, get_account, get_funds, get_invoice, list_open
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, client_prepaid, client_receivable

Series = DocumentCounter.Series
LONGEST_REASON = 300


def draft_invoice(*, account_id: UUID, until: date, by: Any, now: datetime) -> Invoice:
    """Draft the invoice of everything charged for work approved before the day ``until`` (UTC) and not invoiced yet.

    Charges of one project, unit and rate are one line. Nothing is owed by it before another person issues it.

    Raises:
        NotPermitted: ``by`` does not prepare.
        UnknownClientAccount: there is none, or not for ``by``.
        InvalidProposal: ``until`` lies after tomorrow.
        NothingToInvoice: nothing was charged, or as much was taken back.
        InvoiceDraftWaits: a draft for this account waits for its decision.
    """
    require_grant(by, "finance.prepare")
    account = get_account(by, account_id)
    if until > now.date() + timedelta(days=1):
        raise InvalidProposal.of("/until", "Must not lie after tomorrow.")
    with transaction.atomic():
        lock_account(account.id)
        usage = list(_find_uninvoiced(account, until))
        total_minor = sum(line.amount_minor for line in usage)
        if total_minor <= 0:
            raise NothingToInvoice
        groups = _group(usage)
        row = Invoice(
            account=account,
            currency=account.currency,
            starts_on=min(line.approved_at for line in usage).astimezone(UTC).date(),
            until=until,
            total_minor=Money(total_minor, account.currency).amount_minor,
            line_count=len(groups),
            proposed_by=by,
            proposed_at=now,
        )
        _insert_draft(row)
        _write_lines(row, groups)
        audit.record(action="invoice.proposed", target=row, by=by.pk, now=now)
        return row


def _find_uninvoiced(account: ClientAccount, until: date) -> Any:
    end = datetime.combine(until, time(), tzinfo=UTC)
    standing = InvoicedUsage.objects.filter(released_at__isnull=True, usage__account=account)
    rows = UsageLine.objects.filter(account=account, approved_at__lt=end)
    return rows.exclude(id__in=standing.values("usage_id")).order_by("id")


def _insert_draft(row: Invoice) -> None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if "invoice_one_draft_per_account" not in str(error):
            raise
        raise InvoiceDraftWaits from error


def _group(usage: Sequence[UsageLine]) -> list[list[UsageLine]]:
    groups: dict[tuple[str, str, str, int], list[UsageLine]] = {}
    for line in usage:
        groups.setdefault((line.project, line.unit, line.method, line.rate_minor or 0), []).append(line)
    return [groups[key] for key in sorted(groups)]


def _write_lines(invoice: Invoice, groups: Sequence[Sequence[UsageLine]]) -> None:
    rows = [
        InvoiceLine(
            invoice=invoice,
            line_no=line_no,
            project=group[0].project,
            unit=group[0].unit,
            method=group[0].method,
            rate_minor=group[0].rate_minor,
            quantity=sum(line.quantity for line in group),
            amount_minor=sum(line.amount_minor for line in group),
        )
        for line_no, group in enumerate(groups, start=1)
    ]
    InvoiceLine.objects.bulk_create(rows)
    links = (InvoicedUsage(line=row, usage=line) for row, group in zip(rows, groups, strict=True) for line in group)
    InvoicedUsage.objects.bulk_create(links, batch_size=5000)


def issue_invoice(row: Invoice, by: Any, now: datetime) -> dict[str, Any]:
    """Return the number and days that an approved draft gets."""
    terms = find_terms(row.account_id)
    due_on = now.date() + timedelta(days=terms.payment_days if terms else 0)
    return {"number": _next_number(Series.INVOICE), "issued_on": now.date(), "due_on": due_on}


def after_issue(row: Invoice, by: Any, now: datetime) -> None:
    """Pay an invoice from what the client paid in advance, as far as that goes."""
    settle_invoices(lock_account(row.account_id), by=by.pk, now=now)


def credit_invoice(row: CreditNote, by: Any, now: datetime) -> dict[str, Any]:
    """Return the number and day that an approved credit note gets."""
    return {"number": _next_number(Series.CREDIT_NOTE), "issued_on": now.date()}


def after_credit(row: CreditNote, by: Any, now: datetime) -> None:
    """Leave the charges of a credited invoice to a later one, and give back what was paid of it."""
    account = lock_account(row.account_id)
    release_charges(row.invoice_id, now)
    paid = sum(row.invoice.settlements.values_list("amount_minor", flat=True))
    if paid:
        _settle(account, row.invoice, -paid, by.pk, now)
    settle_invoices(account, by=by.pk, now=now)


def release_charges(invoice_id: UUID, now: datetime) -> None:
    """Leave the charges of an invoice that was refused or credited to a later one."""
    InvoicedUsage.objects.filter(line__invoice_id=invoice_id, released_at__isnull=True).update(released_at=now)


def settle_invoices(account: ClientAccount, *, by: UUID | None, now: datetime) -> int:
    """Pay a client's open invoices, oldest number first, from what they paid in advance; return how many were paid of.

    The account is locked by the caller.
    """
    left = get_funds(account).prepaid.amount_minor
    paid = 0
    for standing in list_open(account):
        amount_minor = min(left, standing.open.amount_minor)
        if amount_minor <= 0:
            break
        _settle(account, standing.invoice, amount_minor, by, now)
        left, paid = left - amount_minor, paid + 1
    return paid


def _settle(account: ClientAccount, invoice: Invoice, amount_minor: int, by: UUID | None, now: datetime) -> None:
    client, settlement_id = str(account.client_id), uuid7()
    prepaid, owed = client_prepaid(client, account.currency), client_receivable(client, account.currency)
    debit, credit = (prepaid, owed) if amount_minor > 0 else (owed, prepaid)
    entry = post_entry(
        idempotency_key=f"invoice_settlement:{settlement_id}",
        kind="CLIENT_SETTLEMENT",
        effective_on=now.date(),
        lines=[LineSpec(debit, credit, Money(abs(amount_minor), account.currency))],
        source=f"invoice:{invoice.id}",
        by=by,
        now=now,
    )
    InvoiceSettlement.objects.create(
        id=settlement_id, invoice_id=invoice.id, amount_minor=amount_minor, entry=entry, created_at=now
    )


def propose_credit_note(*, invoice_id: UUID, reason_text: str, by: Any, now: datetime) -> CreditNote:
    """Propose to take back an issued invoice in whole.

    Raises:
        NotPermitted: ``by`` does not prepare.
        UnknownInvoice: there is none, or not for ``by``.
        InvalidProposal: no reason.
        InvoiceNotCreditable: it is not issued, or a credit note for it stands or waits.
    """
    require_grant(by, "finance.prepare")
    invoice = get_invoice(by, invoice_id)
    reason = reason_text.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidProposal.of("/reason_text", f"Say why, in 1 to {LONGEST_REASON} characters.")
    if invoice.state != Invoice.State.APPROVED:
        raise InvoiceNotCreditable("It is not issued: reject or take back the draft.")
    row = CreditNote(account=invoice.account, invoice=invoice, reason_text=reason, proposed_by=by, proposed_at=now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            audit.record(action="creditnote.proposed", target=row, by=by.pk, now=now)
    except IntegrityError as error:
        if "credit_note_one_per_invoice" not in str(error):
            raise
        raise InvoiceNotCreditable from error
    return row


def _next_number(series: str) -> int:
    DocumentCounter.objects.bulk_create([DocumentCounter(series=series, last_number=0)], ignore_conflicts=True)
    counter = DocumentCounter.objects.select_for_update().get(series=series)
    counter.last_number += 1
    counter.save(update_fields=["last_number"])
    return counter.last_number
