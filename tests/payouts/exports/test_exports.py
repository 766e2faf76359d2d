"""Exports read back as whoever imports them would: balanced, repeatable to the byte, without formulas, for finance alone."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import defaultdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from common.errors import InvalidInput, NotPermitted
from common.money import Money
from payouts.exports.commands import read_export, request_export
from payouts.exports.errors import ExportDiffers
from payouts.exports.models import Export
from payouts.exports.rules import XERO_CODES, account_name
from payouts.facade import post_earnings
from payouts.ledger.commands import post_entry
from payouts.ledger.models import JournalLine
from payouts.ledger.queries import trial_balance
from payouts.ledger.rules import ACCOUNT_KINDS, LineSpec, bank, payable, stripe_balance
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.tampering import tamper
from tests.workbooks import read_workbook

FIRST, END = date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares."""
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def books(ada: Any, bola: Any) -> None:
    """Three earnings of two people on two days, a top-up, and one in yen."""
    chen = make_person("Chen")
    post_earnings([make_earning(ada.id, bola.id, "=HYPERLINK(1)")], now=NOW - timedelta(days=20))
    post_earnings([make_earning(ada.id, bola.id, "t:1"), make_earning(chen.id, bola.id, "t:2")], now=NOW)
    post_earnings([make_earning(ada.id, bola.id, "t:3", currency="JPY", rate_minor=3000)], now=NOW)
    post_entry(
        idempotency_key="top-up",
        kind="TOP_UP",
        effective_on=NOW.date(),
        lines=[LineSpec(stripe_balance("EUR"), bank("EUR"), Money(12345, "EUR"))],
        source="story",
        by=None,
        now=NOW,
    )


def asked(amina: Any, kind: str, currency: str = "EUR", starts_on: date = FIRST, **more: Any) -> Export:
    return request_export(kind=kind, currency=currency, starts_on=starts_on, ends_on=END, by=amina, now=NOW, **more)


def read(export: Export) -> str:
    return content_of(export).decode()


def content_of(export: Export) -> bytes:
    return b"".join(read_export(export=export, now=NOW))


def rows_of(export: Export) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(export))))


def total(rows: list[dict[str, str]], column: str) -> Decimal:
    return sum((Decimal(row[column]) for row in rows if row[column]), start=Decimal(0))


@pytest.mark.usefixtures("books")
def test_the_journal_has_every_line_of_its_days_and_no_formula(amina: Any) -> None:
    export = asked(amina, "JOURNAL", "", date(2026, 10, 1))

    rows = rows_of(export)

    lines = JournalLine.objects.select_related("debit", "credit")
    assert {(row["entry"], row["line"], row["debit"], row["credit"]) for row in rows} == {
        (str(line.entry_id), str(line.line_no), line.debit.code, line.credit.code) for line in lines
    }
    assert len(rows) == 5
    assert [row["amount"] for row in rows if row["currency"] == "JPY"] == ["6000"]
    assert total([row for row in rows if row["currency"] == "EUR"], "amount") == Decimal("273.45")
    assert not any(cell.startswith("=") for row in rows for cell in row.values())
    assert [row["position"] for row in rows] == ["1", "2", "3", "4", "5"]


@pytest.mark.usefixtures("books")
def test_the_trial_balance_opens_and_closes_at_nothing_and_is_that_of_the_books(amina: Any, ada: Any) -> None:
    rows = rows_of(asked(amina, "TRIAL_BALANCE", ""))

    for currency in ("EUR", "JPY"):
        own = [row for row in rows if row["currency"] == currency]
        assert total(own, "opening") == total(own, "closing") == 0
        assert total(own, "debits") == total(own, "credits") > 0
    adas = next(row for row in rows if row["account"] == payable(ada.id, "EUR"))
    assert [Decimal(adas[name]) for name in ("opening", "debits", "credits", "closing")] == [-50, 0, 50, -100]
    closing = {row["account"]: Decimal(row["closing"]) for row in rows}
    for row in trial_balance():
        sign = 1 if row.side == "DEBIT" else -1
        assert closing[row.code] == sign * row.balance.to_major()


@pytest.mark.usefixtures("books")
def test_quickbooks_gets_balanced_journals_a_day_by_account_name(amina: Any) -> None:
    rows = rows_of(asked(amina, "QUICKBOOKS"))

    assert {(row["JournalNo"], row["JournalDate"]) for row in rows} == {("MUSTER-2026-11-12-EUR", "11/12/2026")}
    sides = {row["AccountName"]: (row["Debits"], row["Credits"]) for row in rows}
    assert sides == {
        "Platform expense work": ("100.00", ""),
        "Expert payable": ("", "100.00"),
        "Stripe balance": ("123.45", ""),
        "Bank": ("", "123.45"),
    }
    assert total(rows, "Debits") == total(rows, "Credits") == Decimal("223.45")


@pytest.mark.usefixtures("books")
def test_xero_gets_signed_amounts_that_sum_to_nothing_a_journal(amina: Any) -> None:
    rows = rows_of(asked(amina, "XERO", starts_on=date(2026, 10, 1)))

    journals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows:
        journals[row["*Narration"], row["*Date"]] += Decimal(row["*Amount"])
    assert journals == {
        ("Muster payouts 2026-10-23 EUR", "23/10/2026"): 0,
        ("Muster payouts 2026-11-12 EUR", "12/11/2026"): 0,
    }
    assert [row["*AccountCode"] for row in rows[:2]] == ["2100", "5000"]
    assert {row["*TaxRate"] for row in rows} == {"Tax Exempt"}


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("kind", ["JOURNAL", "TRIAL_BALANCE", "QUICKBOOKS"])
def test_a_workbook_has_the_rows_of_the_csv_as_numbers_and_days(amina: Any, kind: str) -> None:
    currency = "EUR" if kind == "QUICKBOOKS" else ""
    lines = list(csv.reader(io.StringIO(read(asked(amina, kind, currency)))))
    export = asked(amina, kind, currency, format="XLSX")

    content = content_of(export)
    [sheet] = read_workbook(content)

    export.refresh_from_db()
    assert (export.state, export.sha256, export.row_count) == (
        "MADE",
        hashlib.sha256(content).hexdigest(),
        len(lines) - 1,
    )
    assert (sheet.formulas, sheet.links) == (0, 0)
    assert [[as_text(cell, kind) for cell in row] for row in sheet.rows] == [
        [as_number(cell) for cell in line[: len(row)]] for line, row in zip(lines, sheet.rows, strict=True)
    ]
    assert content_of(export) == content


def as_text(cell: Any, kind: str) -> Any:
    if isinstance(cell, datetime):
        return f"{cell.isoformat()}+00:00"
    if isinstance(cell, date):
        return cell.strftime("%m/%d/%Y") if kind == "QUICKBOOKS" else cell.isoformat()
    return "" if cell is None else cell


def as_number(text: str) -> Any:
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


@pytest.mark.usefixtures("books")
def test_an_amount_in_a_workbook_shows_the_decimals_of_its_currency(amina: Any) -> None:
    [sheet] = read_workbook(content_of(asked(amina, "JOURNAL", "", format="XLSX")))

    column = sheet.rows[0].index("amount")
    shown = {row[column + 1]: formats[column] for row, formats in zip(sheet.rows, sheet.formats, strict=True)}
    assert shown == {"currency": "", "EUR": "#,##0.00", "JPY": "#,##0"}


def test_every_account_kind_has_a_name_and_codes_are_apart() -> None:
    assert len(set(XERO_CODES.values())) == len(XERO_CODES)
    assert set(XERO_CODES) <= {kind.name for kind in ACCOUNT_KINDS}
    assert account_name("PLATFORM_EXPENSE", "platform:expense:work:EUR") == "Platform expense work"
    assert account_name("CLIENT_RECEIVABLE", "") == "Client receivable"


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize("kind", ["JOURNAL", "TRIAL_BALANCE", "QUICKBOOKS", "XERO"])
def test_a_file_is_the_same_to_the_byte_however_the_books_went_on(amina: Any, ada: Any, bola: Any, kind: str) -> None:
    export = asked(amina, kind)
    first = read(export)
    post_earnings([make_earning(ada.id, bola.id, "later")], now=NOW)

    again = read(export)

    assert again == first
    export.refresh_from_db()
    assert (export.state, export.sha256) == ("MADE", hashlib.sha256(first.encode()).hexdigest())
    assert export.row_count == len(list(csv.reader(io.StringIO(first)))) - 1
    assert len(read(asked(amina, kind))) > len(first) or kind != "JOURNAL"


@pytest.mark.usefixtures("books")
def test_a_file_over_changed_books_breaks_off(amina: Any) -> None:
    export = asked(amina, "JOURNAL")
    read(export)
    tamper("UPDATE payouts_journalline SET amount_minor = amount_minor + 1")

    with pytest.raises(ExportDiffers):
        read(export)


@pytest.mark.usefixtures("books")
def test_a_file_that_was_not_read_to_its_end_is_not_made(amina: Any) -> None:
    export = asked(amina, "JOURNAL")

    next(read_export(export=export, now=NOW))

    export.refresh_from_db()
    assert (export.state, export.sha256, export.row_count) == ("REQUESTED", "", None)


@pytest.mark.usefixtures("books")
@pytest.mark.parametrize(
    "change",
    ["sha256 = repeat('0', 64)", "ends_on = '2027-01-01'", "state = 'REQUESTED'", "format = 'XLSX'"],
    ids=["file", "days", "state", "format"],
)
def test_what_was_given_out_stands(amina: Any, change: str) -> None:
    read(asked(amina, "JOURNAL"))

    for statement in (f"UPDATE payouts_export SET {change}", "DELETE FROM payouts_export"):
        with pytest.raises(Error, match="stands"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"ends_on": FIRST}, "/ends_on"),
        ({"ends_on": date(2040, 1, 1)}, "/ends_on"),
        ({"kind": "XERO", "currency": ""}, "/currency"),
        ({"kind": "QUICKBOOKS", "currency": ""}, "/currency"),
        ({"kind": "XERO", "format": "XLSX"}, "/format"),
    ],
)
def test_an_impossible_request_names_its_field(amina: Any, change: dict[str, Any], pointer: str) -> None:
    facts: dict[str, Any] = {"kind": "JOURNAL", "currency": "EUR", "starts_on": FIRST, "ends_on": END} | change

    with pytest.raises(InvalidInput) as refused:
        request_export(**facts, by=amina, now=NOW)

    assert [problem.pointer for problem in refused.value.problems] == [pointer]
    assert not Export.objects.exists()


@pytest.mark.usefixtures("books")
def test_finance_asks_auditors_read_and_nobody_else_either(amina: Any, ada: Any) -> None:
    hana, body = make_person("Hana", "AUDITOR"), {"kind": "JOURNAL", "starts_on": "2026-11-01", "ends_on": "2026-12-01"}
    addresses = ["/api/v1/finance/exports/", f"/api/v1/finance/exports/{asked(amina, 'XERO').id}/", "/finance/exports/"]
    answers = {}
    for person in (amina, hana, ada):
        client = Client()
        client.force_login(person)
        posted = client.post(addresses[0], body, content_type="application/json").status_code
        answers[person.full_name] = [posted, *(client.get(address).status_code for address in addresses)]

    assert answers == {"Amina": [201, 200, 200, 200], "Hana": [403, 200, 200, 200], "Ada": [403, 403, 403, 403]}
    with pytest.raises(NotPermitted):
        request_export(kind="JOURNAL", starts_on=FIRST, ends_on=END, by=hana, now=NOW)


@pytest.mark.usefixtures("books")
def test_the_page_asks_for_a_file_and_links_it(amina: Any) -> None:
    client = Client()
    client.force_login(amina)
    form = {
        "kind": "QUICKBOOKS",
        "format": "XLSX",
        "currency": "EUR",
        "first_day": "2026-11-01",
        "last_day": "2026-11-30",
    }

    refused = client.post("/finance/exports/", form | {"currency": ""})
    accepted = client.post("/finance/exports/", form)
    export = Export.objects.get()
    answer = client.get(f"/api/v1/finance/exports/{export.id}/file/")
    content = b"".join(answer.streaming_content)

    assert (refused.status_code, accepted.status_code) == (422, 302)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="quickbooks-EUR-2026-11-01-2026-12-01.xlsx"'
    assert read_workbook(content)[0].name == "QuickBooks journal entries"
    assert hashlib.sha256(content).hexdigest() == Export.objects.get().sha256
    assert str(export.id) in client.get("/finance/exports/").content.decode()
