"""Withheld tax is paid to the authority once, by two people, and never more than was withheld."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import Error, IntegrityError, connection, transaction
from django.test import Client

from common.errors import Conflict, FourEyesRequired, NotPermitted, StaleVersion
from common.money import Money
from common.states import IllegalTransition
from common.verification import run_checks
from payouts.cycles.commands.keep import give_back
from payouts.ledger.errors import PeriodClosed
from payouts.ledger.models import JournalEntry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import bank, tax_withheld
from payouts.taxes import commands
from payouts.taxes.errors import InvalidRemittance, RemittanceExceedsWithheld
from payouts.taxes.models import TaxRemittance
from payouts.taxes.queries import find_due, list_dues
from payouts.taxes.rules import due_on
from tests.payouts.cycles.test_races import at_once
from tests.payouts.people import NOW, make_person, mark_closed
from tests.payouts.support.tampering import tamper
from tests.payouts.taxes.paying import pay

NOVEMBER = date(2026, 11, 1)


def usd(minor: int) -> Money:
    return Money(minor, "USD")


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares and, against the advice, approves too."""
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def withheld(ada: Any, bola: Any) -> None:
    """In November 24.00 USD of Ada for want of a number and 30.00 of Bola, who works in the United States."""
    pay(ada, bola, bps=2400, code="NO_TIN")
    pay(bola, ada, bps=3000, code="US_SOURCE")


def proposed(by: Any, **changes: Any) -> TaxRemittance:
    facts: dict[str, Any] = {
        "form": "945",
        "month": date(2026, 11, 12),
        "money": usd(2400),
        "paid_on": date(2026, 11, 12),
        "reference": "EFT 270641234567890",
    }
    return commands.propose_remittance(**(facts | changes), by=by, now=NOW)


def approved(row: TaxRemittance, by: Any) -> TaxRemittance:
    return commands.approve_remittance(remittance_id=row.id, by=by, now=NOW)


@pytest.mark.usefixtures("withheld")
def test_a_confirmed_payment_leaves_the_tax_account_through_the_bank(amina: Any, chiara: Any) -> None:
    before = list_dues()
    row = proposed(amina)
    assert not JournalEntry.objects.filter(kind="TAX_REMITTED").exists()

    approved(row, chiara)

    assert [(due.form, due.month, due.left) for due in before] == [
        ("1042", NOVEMBER, usd(3000)),
        ("945", NOVEMBER, usd(2400)),
    ]
    assert [(due.form, due.paid, due.left) for due in list_dues()] == [
        ("1042", usd(0), usd(3000)),
        ("945", usd(2400), usd(0)),
    ]
    assert (get_balance(tax_withheld("USD")), get_balance(bank("USD"))) == (usd(3000), usd(-2400))
    entry = JournalEntry.objects.get(kind="TAX_REMITTED")
    assert (entry.effective_on, entry.source, entry.created_by) == (row.paid_on, row.source, chiara)
    assert not any(check.findings for check in run_checks() if check.name.startswith("payouts.taxes"))


def test_tax_is_due_on_the_15th_of_the_month_that_follows() -> None:
    assert due_on(NOVEMBER) == date(2026, 12, 15)
    assert due_on(date(2026, 12, 1)) == date(2027, 1, 15)


@pytest.mark.usefixtures("withheld")
def test_more_than_is_withheld_is_refused_for_the_return_the_month_and_the_currency(amina: Any, chiara: Any) -> None:
    first = proposed(amina, money=usd(1400), reference="first")
    second = proposed(amina, money=usd(1400), reference="second")
    for changes in (
        {"money": usd(2401)},
        {"money": usd(1), "month": date(2026, 10, 1)},
        {"money": Money(1, "EUR")},
        {"form": "1042", "money": usd(3001)},
    ):
        with pytest.raises(RemittanceExceedsWithheld):
            proposed(amina, **changes)
    approved(first, chiara)

    with pytest.raises(RemittanceExceedsWithheld):
        approved(second, chiara)

    second.refresh_from_db()
    assert (second.state, find_due("945", NOVEMBER, "USD").left) == ("PROPOSED", usd(1000))


def test_two_payments_confirmed_at_once_never_exceed_what_was_withheld(fresh_database: str) -> None:
    people = [make_person(name, "FINANCE_APPROVER") for name in ("Chiara", "Dele")]
    amina, ada, bola = make_person("Amina", "FINANCE_PREPARER"), make_person("Ada"), make_person("Bola")
    pay(ada, bola, bps=2400, code="NO_TIN")
    rows = [proposed(amina, money=usd(1400), reference=f"EFT {n}") for n in range(2)]

    outcomes = at_once(*(lambda row=row, by=by: approved(row, by) for row, by in zip(rows, people, strict=True)))

    assert outcomes == ["done", "remittance_exceeds_withheld"]
    assert find_due("945", NOVEMBER, "USD").left == usd(1000)
    connection.close()


@pytest.mark.usefixtures("withheld")
def test_raw_sql_cannot_pay_more_than_is_withheld_nor_as_one_person(amina: Any, chiara: Any) -> None:
    row = proposed(amina)
    columns = "form, month, currency, paid_on, proposed_by_id, proposed_at, version, decision_text"
    more = f"""INSERT INTO payouts_taxremittance (id, amount_minor, reference, state, decided_by_id, decided_at, {columns})
        SELECT gen_random_uuid(), 2401, 'other', 'APPROVED', '{chiara.id}', now(), {columns} FROM payouts_taxremittance"""
    alone = "UPDATE payouts_taxremittance SET state = 'APPROVED', decided_by_id = proposed_by_id, decided_at = now()"

    for sql, name in ((more, "tax_remittance_within_withheld"), (alone, "tax_remittance_four_eyes")):
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert refused.value.__cause__.diag.constraint_name == name
    approved(row, chiara)
    for sql in ("UPDATE payouts_taxremittance SET amount_minor = 1", "DELETE FROM payouts_taxremittance"):
        with pytest.raises(Error, match="stands"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


@pytest.mark.usefixtures("withheld")
def test_two_people_are_needed_and_the_words_of_a_refusal(amina: Any, chiara: Any, ada: Any) -> None:
    row = proposed(amina)
    decisions: list[tuple[type[Exception], Callable[..., Any], dict[str, Any]]] = [
        (FourEyesRequired, commands.approve_remittance, {"by": amina}),
        (FourEyesRequired, commands.reject_remittance, {"by": amina, "reason_text": "x"}),
        (NotPermitted, commands.approve_remittance, {"by": make_person("Hana", "AUDITOR")}),
        (StaleVersion, commands.approve_remittance, {"by": chiara, "expected_version": 7}),
        (InvalidRemittance, commands.reject_remittance, {"by": chiara, "reason_text": " "}),
        (NotPermitted, commands.withdraw_remittance, {"by": chiara}),
    ]
    for error, command, arguments in decisions:
        with pytest.raises(error):
            command(remittance_id=row.id, now=NOW, **arguments)
    with pytest.raises(NotPermitted):
        proposed(chiara)

    commands.reject_remittance(remittance_id=row.id, reason_text="Another amount.", by=chiara, now=NOW)

    row.refresh_from_db()
    assert (row.state, row.decision_text) == ("REJECTED", "Another amount.")
    with pytest.raises(IllegalTransition):
        approved(row, chiara)
    again = proposed(amina)
    commands.withdraw_remittance(remittance_id=again.id, by=amina, now=NOW)
    assert not JournalEntry.objects.filter(kind="TAX_REMITTED").exists()


@pytest.mark.usefixtures("withheld")
def test_one_reference_is_one_payment(amina: Any) -> None:
    proposed(amina, money=usd(1))

    with pytest.raises(Conflict):
        proposed(amina, money=usd(2))


@pytest.mark.usefixtures("withheld")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"form": "941"}, "form"),
        ({"month": date(2026, 12, 1)}, "month"),
        ({"money": usd(0)}, "money"),
        ({"paid_on": date(2026, 11, 13)}, "paid_on"),
        ({"paid_on": date(2026, 10, 31)}, "paid_on"),
        ({"reference": " "}, "reference"),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(amina: Any, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRemittance) as refused:
        proposed(amina, **changes)

    assert [problem.pointer for problem in refused.value.problems][:1] == [f"/{field}"]
    assert not TaxRemittance.objects.exists()


def test_pay_that_comes_back_after_its_tax_was_paid_leaves_the_authority_owing_it(
    amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    line = pay(ada, bola, bps=2400, code="NO_TIN")
    approved(proposed(amina), chiara)

    give_back(line, now=NOW)

    assert find_due("945", NOVEMBER, "USD").left == usd(-2400)
    assert get_balance(tax_withheld("USD")) == usd(-2400)


def test_a_closed_month_takes_no_payment(amina: Any, chiara: Any, ada: Any, bola: Any) -> None:
    pay(ada, bola, bps=2400, code="NO_TIN", at=datetime(2026, 10, 20, tzinfo=UTC))
    row = proposed(amina, month=date(2026, 10, 1), paid_on=date(2026, 10, 30))
    mark_closed("2026-10")

    with pytest.raises(PeriodClosed):
        approved(row, chiara)

    row.refresh_from_db()
    assert row.state == "PROPOSED"


@pytest.mark.usefixtures("withheld")
def test_verify_names_a_payment_that_is_not_booked(amina: Any, chiara: Any) -> None:
    row = approved(proposed(amina), chiara)
    tamper(
        "UPDATE payouts_journalline SET amount_minor = 2399 WHERE amount_minor = 2400 AND credit_id = "
        "(SELECT id FROM payouts_ledgeraccount WHERE code = 'bank:USD')"
    )

    [check] = [check for check in run_checks() if check.name == "payouts.taxes.remitted_as_approved"]

    assert [finding.subject for finding in check.findings] == [f"tax_remittance:{row.id}"]


@pytest.mark.usefixtures("withheld")
def test_by_api_and_page_one_records_and_another_confirms(amina: Any, chiara: Any, ada: Any) -> None:
    body = {
        "form": "945",
        "month": "2026-11-01",
        "money": {"amount_minor": 2400, "currency": "USD"},
        "paid_on": "2026-11-12",
        "reference": "EFT 1",
    }
    made = client_of(amina).post(
        "/api/v1/finance/tax-remittances/", body, content_type="application/json", headers={"Idempotency-Key": "k1"}
    )
    page = f"/finance/taxes/remittances/{made.json()['id']}/"
    own = client_of(amina).post(f"{page}approve/", {"expected_version": 1})
    other = client_of(chiara).post(f"{page}approve/", {"expected_version": 1})
    dues = client_of(chiara).get("/api/v1/finance/tax-dues/").json()
    shown = client_of(make_person("Hana", "AUDITOR")).get("/finance/taxes/").content.decode()

    assert (made.status_code, own.status_code, other.status_code) == (201, 403, 302)
    assert [(due["form"], due["left"]["amount_minor"], due["due_on"]) for due in dues] == [
        ("1042", 3000, "2026-12-15"),
        ("945", 0, "2026-12-15"),
    ]
    assert "EFT 1" in shown
    assert client_of(ada).get("/finance/taxes/").status_code == 403
    assert client_of(ada).get("/api/v1/finance/tax-dues/").status_code == 403


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
