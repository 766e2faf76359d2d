"""Invoices: every charge on one of them, numbered without gaps, paid from what was there in advance, credited in whole."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from common.errors import FourEyesRequired
from common.states import IllegalTransition
from common.verification import run_checks
from payouts.clients import rates
from payouts.clients.commands import (
    approve_proposal,
    charge_work,
    draft_invoice,
    propose_credit_note,
    reject_proposal,
    withdraw_proposal,
)
from payouts.clients.errors import (
    InvalidProposal,
    InvoiceDraftWaits,
    InvoiceNotCreditable,
    NothingToInvoice,
)
from payouts.clients.models import ClientAccount, CreditNote, Invoice, InvoicedUsage, InvoiceSettlement, UsageLine
from payouts.clients.queries import get_funds, list_ageing, list_standings
from payouts.clients.rules import age_of
from payouts.facade import post_earnings, reverse_earning
from tests.marketplace import people
from tests.payouts.clients.stories import agree, as_, euros, open_euros, post, prefund
from tests.payouts.clients.test_usage import forty_an_hour
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_earning, make_person

TOMORROW = NOW.date() + timedelta(days=1)


@pytest.fixture(autouse=True)
def hourly(monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour is billed at 40.00 EUR."""
    monkeypatch.setattr(rates, "_providers", [forty_an_hour])


def charge(account: ClientAccount, worker: Any, by: Any, *keys: str, **changes: Any) -> None:
    """Charge two hours, 80.00 EUR, for each key."""
    tenant = str(account.client_id)
    earnings = [make_earning(worker.id, by.id, key, **{"tenant": tenant} | changes) for key in keys]
    post_earnings(earnings, now=NOW)
    charge_work(now=NOW)


def draft(account: ClientAccount, by: Any, until: date = TOMORROW) -> Invoice:
    return draft_invoice(account_id=account.id, until=until, by=by, now=NOW)


def issued(account: ClientAccount, maker: Any, checker: Any) -> Invoice:
    row = draft(account, maker)
    approve_proposal(kind="invoice", proposal_id=row.id, by=checker, now=NOW)
    row.refresh_from_db()
    return row


def credited(invoice: Invoice, maker: Any, checker: Any) -> CreditNote:
    note = propose_credit_note(invoice_id=invoice.id, reason_text="Wrong month.", by=maker, now=NOW)
    approve_proposal(kind="credit_note", proposal_id=note.id, by=checker, now=NOW)
    note.refresh_from_db()
    return note


def standing(invoice: Invoice) -> str:
    invoice.refresh_from_db()
    return list_standings([invoice])[0].code


def execute(*statements: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def wrong() -> list[str]:
    return [f.subject for result in run_checks() for f in result.findings]


def test_an_invoice_is_every_charge_in_one_line_a_project_unit_and_rate(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    agree(account, amina, chiara, euros(0), days=14)
    charge(account, ada, bola, "t:1", "t:2")
    charge(account, ada, bola, "t:3", project="law", quantity=Decimal("0.5"))

    row = issued(account, amina, chiara)

    lines = row.lines.order_by("line_no").values_list("project", "unit", "quantity", "rate_minor", "amount_minor")
    assert list(lines) == [("law", "HOUR", Decimal("0.5"), 4000, 2000), ("mqm", "HOUR", Decimal(4), 4000, 16000)]
    assert (row.reference, row.total, row.starts_on, row.due_on) == (
        "INV-000001",
        euros(180),
        NOW.date(),
        NOW.date() + timedelta(days=14),
    )
    assert (InvoicedUsage.objects.count(), standing(row)) == (3, "ISSUED")
    with pytest.raises(NothingToInvoice):
        draft(account, amina)
    assert wrong() == []


def test_what_was_paid_in_advance_is_applied_first_and_later_money_to_the_oldest(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    prefund(account, amina, chiara, euros(100))
    charge(account, ada, bola, "t:1")
    first = issued(account, amina, chiara)
    charge(account, ada, bola, "t:2")
    second = issued(account, amina, chiara)
    charge(account, ada, bola, "t:3")
    third = issued(account, amina, chiara)
    before = [standing(row) for row in (first, second, third)]

    prefund(account, amina, chiara, euros(70))

    assert before == ["PAID", "PARTLY_PAID", "ISSUED"]
    assert [standing(row) for row in (first, second, third)] == ["PAID", "PAID", "PARTLY_PAID"]
    funds = get_funds(account)
    assert (funds.prepaid, funds.owed, funds.refundable) == (euros(0), euros(70), -euros(70))
    assert [row.number for row in (first, second, third)] == [1, 2, 3]
    assert wrong() == []


def test_a_credit_note_takes_back_the_whole_and_leaves_its_charges_to_a_later_invoice(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    prefund(account, amina, chiara, euros(100))
    charge(account, ada, bola, "t:1", "t:2")
    row = issued(account, amina, chiara)
    reverse_earning(source_key="t:2", reason_code="WRONG", reason_text="Never done.", by=bola.id, now=NOW)
    charge_work(now=NOW)

    note = credited(row, amina, chiara)
    paid_back = get_funds(account)
    again = issued(account, amina, chiara)

    assert (note.reference, standing(row), standing(again)) == ("CN-000001", "CREDITED", "PAID")
    assert (paid_back.prepaid, paid_back.owed) == (euros(100), euros(80))
    assert (again.number, again.total, get_funds(account).prepaid) == (2, euros(80), euros(20))
    assert list(InvoiceSettlement.objects.order_by("id").values_list("amount_minor", flat=True)) == [
        10000,
        -10000,
        8000,
    ]
    with pytest.raises(InvoiceNotCreditable):
        credited(row, amina, chiara)
    assert wrong() == []


def test_a_refused_draft_leaves_no_number_and_its_charges_to_the_next(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    charge(account, ada, bola, "t:1")
    first = draft(account, amina)
    charge(account, ada, bola, "t:2")
    with pytest.raises(InvoiceDraftWaits):
        draft(account, amina)
    reject_proposal(kind="invoice", proposal_id=first.id, reason_text="Not yet.", by=chiara, now=NOW)
    second = draft(account, amina)
    withdraw_proposal(kind="invoice", proposal_id=second.id, by=amina, now=NOW)

    third = issued(account, amina, chiara)

    assert (first.number, third.number, third.total) == (None, 1, euros(160))
    assert (standing(first), standing(second)) == ("DISCARDED", "DISCARDED")
    with pytest.raises(IllegalTransition):
        approve_proposal(kind="invoice", proposal_id=first.id, by=chiara, now=NOW)
    with pytest.raises(InvoiceNotCreditable):
        credited(second, amina, chiara)
    assert wrong() == []


def test_who_drafted_it_does_not_issue_it_nor_credit_what_they_proposed(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    charge(account, ada, bola, "t:1")
    row = draft(account, amina)
    with pytest.raises(FourEyesRequired):
        approve_proposal(kind="invoice", proposal_id=row.id, by=amina, now=NOW)
    approve_proposal(kind="invoice", proposal_id=row.id, by=chiara, now=NOW)
    note = propose_credit_note(invoice_id=row.id, reason_text="Wrong.", by=amina, now=NOW)
    with pytest.raises(FourEyesRequired):
        approve_proposal(kind="credit_note", proposal_id=note.id, by=amina, now=NOW)

    assert standing(row) == "ISSUED"


def test_nothing_is_invoiced_that_was_taken_back_or_lies_ahead(
    account: ClientAccount, amina: Any, ada: Any, bola: Any
) -> None:
    charge(account, ada, bola, "t:1")
    with pytest.raises(NothingToInvoice):
        draft(account, amina, until=NOW.date())
    with pytest.raises(InvalidProposal):
        draft(account, amina, until=TOMORROW + timedelta(days=1))
    reverse_earning(source_key="t:1", reason_code="WRONG", reason_text="Never done.", by=bola.id, now=NOW)
    charge_work(now=NOW)

    with pytest.raises(NothingToInvoice):
        draft(account, amina)
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE payouts_invoice SET total_minor = 7999", "client_proposal_stands"),
        ("UPDATE payouts_invoice SET number = 7", "client_proposal_stands"),
        ("DELETE FROM payouts_invoice", "client_proposal_stands"),
        ("UPDATE payouts_invoicedusage SET released_at = now()", "invoiced_usage_stands"),
        ("DELETE FROM payouts_invoicedusage", "invoiced_usage_stands"),
        (
            "INSERT INTO payouts_invoiceline (invoice_id, line_no, project, unit, method, quantity, amount_minor)"
            " SELECT id, 2, 'x', 'HOUR', 'RATE', 1, 1 FROM payouts_invoice",
            "invoice_sealed",
        ),
        (
            "INSERT INTO payouts_invoicedusage (line_id, usage_id, released_at)"
            " SELECT line_id, usage_id, now() FROM payouts_invoicedusage",
            "invoice_sealed",
        ),
        (
            "INSERT INTO payouts_invoicesettlement (id, invoice_id, amount_minor, entry_id, created_at)"
            " SELECT gen_random_uuid(), i.id, 8001, e.id, now() FROM payouts_invoice i, payouts_journalentry e LIMIT 1",
            "invoice_settled_within_total",
        ),
    ],
)
def test_raw_sql_changes_no_issued_invoice(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any, statement: str, constraint: str
) -> None:
    charge(account, ada, bola, "t:1")
    issued(account, amina, chiara)

    with pytest.raises(IntegrityError) as caught:
        execute("SET CONSTRAINTS ALL IMMEDIATE", statement)

    assert caught.value.__cause__.diag.constraint_name == constraint


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("total_minor = 7999", "invoice_sums_to_total"),
        ("line_count = 2", "invoice_sums_to_total"),
        ("state = 'APPROVED', number = 1", "invoice_begins_as_proposal"),
    ],
)
def test_raw_sql_drafts_no_invoice_that_is_not_its_charges(
    account: ClientAccount, amina: Any, ada: Any, bola: Any, change: str, constraint: str
) -> None:
    charge(account, ada, bola, "t:1")
    row = draft(account, amina)
    withdraw_proposal(kind="invoice", proposal_id=row.id, by=amina, now=NOW)
    fresh = {"id": "gen_random_uuid()", "state": "'PROPOSED'", "decided_by_id": "NULL", "decided_at": "NULL"}
    changed = fresh | dict(part.split(" = ") for part in change.split(", "))
    columns = [field.column for field in Invoice._meta.concrete_fields]
    chosen = ", ".join(changed.get(column, column) for column in columns)

    copy = f"INSERT INTO payouts_invoice ({', '.join(columns)}) SELECT {chosen} FROM payouts_invoice"
    with pytest.raises(IntegrityError) as caught:
        execute(copy, "SET CONSTRAINTS ALL IMMEDIATE")

    assert caught.value.__cause__.diag.constraint_name == constraint


def test_a_number_that_leaves_a_gap_is_refused_and_one_that_is_gone_is_found(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    charge(account, ada, bola, "t:1")
    row = draft(account, amina)
    decided = {"decided_by": chiara, "decided_at": NOW, "issued_on": NOW.date(), "due_on": NOW.date()}
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        Invoice.objects.filter(id=row.id).update(state="APPROVED", number=2, **decided)
    assert caught.value.__cause__.diag.constraint_name == "invoice_without_gap"
    approve_proposal(kind="invoice", proposal_id=row.id, by=chiara, now=NOW)

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("UPDATE payouts_documentcounter SET last_number = 2")

    assert wrong() == ["invoice:2"]


def test_what_is_open_is_listed_by_how_long_it_is_overdue(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    agree(account, amina, chiara, euros(0), days=30)
    charge(account, ada, bola, "t:1")
    issued(account, amina, chiara)

    (row,) = list_ageing(amina, NOW.date() + timedelta(days=65))

    assert [age_of(days) for days in (-1, 0, 1, 30, 31, 60, 61, 90, 91)] == [0, 0, 1, 1, 2, 2, 3, 3, 4]
    assert (row.total, dict(row.ages)["31-60 days"], dict(row.ages)["not due"]) == (euros(80), euros(80), euros(0))
    prefund(account, amina, chiara, euros(80))
    assert list_ageing(amina, NOW.date()) == []


def test_pdf_csv_and_json_say_the_same_and_only_to_the_client(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any, owner: Any
) -> None:
    charge(account, ada, bola, "t:1", project="=cmd")
    waiting = draft(account, amina)
    path = f"/api/v1/client-invoices/{waiting.id}/"
    hidden = [as_(owner).get(url).status_code for url in (path, f"{path}pdf/", f"/billing/invoices/{waiting.id}/")]
    undocumented = as_(amina).get(f"{path}pdf/").status_code
    approve_proposal(kind="invoice", proposal_id=waiting.id, by=chiara, now=NOW)
    note = credited(waiting, amina, chiara)
    other = people.make_user("Kofi Other")
    open_euros(people.make_organization(other, "Other"), amina)

    shown = as_(owner).get(path).json()
    pdf, again = (as_(owner).get(f"{path}pdf/").content for _ in range(2))
    csv = as_(owner).get(f"{path}csv/").content.decode()
    credit = as_(owner).get(f"/api/v1/client-credit-notes/{note.id}/pdf/")

    assert (hidden, undocumented) == ([404, 404, 404], 404)
    assert (shown["reference"], shown["standing"], shown["lines"][0]["amount"]["amount_minor"]) == (
        "INV-000001",
        "CREDITED",
        8000,
    )
    assert (pdf[:5], pdf == again, credit.content[:5]) == (b"%PDF-", True, b"%PDF-")
    assert ("'=cmd" in csv, "80.00" in csv, "25.00" in csv) == (True, True, False)
    for url in (path, f"{path}pdf/", f"{path}csv/", f"/api/v1/client-credit-notes/{note.id}/pdf/"):
        assert as_(other).get(url).status_code == 404
        assert as_(ada).get(url).status_code == 403
    assert as_(other).get("/api/v1/client-invoices/").json()["results"] == []
    assert as_(owner).get("/api/v1/client-receivables/").json() == []


def test_the_pages_draft_issue_and_credit(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any, owner: Any
) -> None:
    charge(account, ada, bola, "t:1")
    page = f"/billing/{account.id}/invoices/"
    bad = as_(amina).post(page, {"until": "2027-01-01"})
    sent = as_(amina).post(page, {"until": f"{TOMORROW:%Y-%m-%d}"})
    row = Invoice.objects.get()
    own = as_(amina).post(f"/finance/clients/invoice/{row.id}/approve/", {"expected_version": 1})
    done = as_(chiara).post(f"/finance/clients/invoice/{row.id}/approve/", {"expected_version": 1})
    shown = as_(owner).get(f"/billing/invoices/{row.id}/").content.decode()
    credit = as_(amina).post(f"/billing/invoices/{row.id}/credit/", {"reason_text": "Wrong month."})
    twice = as_(amina).post(f"/billing/invoices/{row.id}/credit/", {"reason_text": "Wrong month."})

    assert (bad.status_code, sent.status_code, own.status_code, done.status_code) == (422, 302, 403, 302)
    assert ("INV-000001" in shown, "80.00" in shown, "Take it back" in shown) == (True, True, False)
    assert (credit.status_code, twice.status_code) == (302, 422)
    assert as_(owner).post(page, {"until": "2026-11-01"}).status_code == 403
    for person in (owner, chiara):
        assert as_(person).get("/billing/invoices/").status_code == 200


def test_the_api_drafts_issues_and_credits(
    account: ClientAccount, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    charge(account, ada, bola, "t:1")
    path = f"client-accounts/{account.id}/invoices/"
    drafted = post(amina, path, {"until": f"{TOMORROW:%Y-%m-%d}"})
    waits = post(amina, path, {"until": f"{TOMORROW:%Y-%m-%d}"})
    invoice = f"client-invoices/{drafted.json()['id']}/"
    early = post(amina, f"{invoice}credit-notes/", {"reason_text": "Wrong."})
    done = post(chiara, f"{invoice}approve/", {}, 1)
    note = post(amina, f"{invoice}credit-notes/", {"reason_text": "Wrong."})
    taken = post(chiara, f"client-credit-notes/{note.json()['id']}/approve/", {}, 1)

    assert (drafted.status_code, waits.json()["code"]) == (201, "nothing_to_invoice")
    assert (early.json()["code"], done.json()["state"]) == ("invoice_not_creditable", "APPROVED")
    assert (note.status_code, taken.json()["state"]) == (201, "APPROVED")
    assert as_(chiara).get(f"/api/v1/{invoice}").json()["standing"] == "CREDITED"


def test_invoices_issued_at_once_get_numbers_without_gaps_and_spend_prepaid_money_once(
    fresh_database: str,
) -> None:
    amina, chiara = make_person("Amina", "FINANCE_PREPARER"), make_person("Chiara", "FINANCE_APPROVER")
    ada, bola = make_person("Ada"), make_person("Bola")
    accounts = [
        open_euros(people.make_organization(people.make_user(f"Olu {name}"), f"Client {name}"), amina)
        for name in ("A", "B", "C", "D", "E", "F", "G", "H")
    ]
    for number, account in enumerate(accounts):
        charge(account, ada, bola, f"t:{number}")
    drafts = [draft(account, amina) for account in accounts]

    outcomes = at_once(
        *(lambda row=row: approve_proposal(kind="invoice", proposal_id=row.id, by=chiara, now=NOW) for row in drafts),
    )

    assert outcomes == ["done"] * 8
    assert sorted(Invoice.objects.values_list("number", flat=True)) == list(range(1, 9))
    assert UsageLine.objects.count() == InvoicedUsage.objects.count() == 8
