"""A year's tax files: over what was paid in the year, prepared by one person, approved by another, corrected by another run."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import Error, connection, transaction
from django.test import Client

from common.errors import Conflict, FourEyesRequired, NotFound, NotPermitted
from common.money import Money
from common.verification import run_checks
from payouts.fx.models import ExchangeRate
from payouts.ledger.commands import post_entry
from payouts.ledger.rules import LineSpec, expense, receivable
from payouts.payees.models import TaxForm
from payouts.taxyears import commands
from payouts.taxyears.documents import file_names, file_of
from payouts.taxyears.errors import InvalidRun, RatesMissing, RunOutOfDate
from payouts.taxyears.models import TaxYearRun
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_person
from tests.payouts.taxes.paying import pay
from tests.workbooks import read_workbook

AFTER = datetime(2027, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def amina(db: None) -> Any:
    """Amina prepares and, against the advice, approves too."""
    return make_person("Amina", "FINANCE_PREPARER", "FINANCE_APPROVER")


@pytest.fixture
def chiara(db: None) -> Any:
    """Chiara approves."""
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def year(ada: Any, bola: Any, amina: Any) -> None:
    """In 2026 Ada (W-9) was paid 2,500.00 USD and Bola, who works in the United States, 100.00 less 30 %; Dana, abroad, 40.00."""
    dana = make_person("Dana")
    accepted(ada, amina, form="W9", tax_country="US")
    accepted(bola, amina, works_in_us=True)
    accepted(dana, amina)
    pay(ada, bola, earned_minor=250_000)
    pay(bola, ada, bps=3000, code="US_SOURCE")
    pay(dana, ada, earned_minor=4000)


def accepted(worker: Any, reviewer: Any, **changes: Any) -> TaxForm:
    facts: dict[str, Any] = {
        "form": "W8BEN",
        "legal_name": f"{worker.full_name} =Obi",
        "tax_country": "DE",
        "tin_last4": "8901",
        "tin_hash": "h",
        "works_in_us": False,
        "signed_on": NOW.date(),
        "submitted_at": NOW,
        "state": "VALID",
        "reviewed_by": reviewer,
        "reviewed_at": NOW,
        "review_text": "In order.",
    }
    facts |= changes
    expires_on = None if facts["form"] == "W9" else date(2029, 12, 31)
    version = TaxForm.objects.filter(worker=worker).count() + 1
    return TaxForm.objects.create(worker=worker, version=version, expires_on=expires_on, **facts)


def prepared(by: Any, year: int = 2026, now: datetime = AFTER) -> TaxYearRun:
    return commands.prepare_run(year=year, by=by, now=now)


def approved(run: TaxYearRun, by: Any) -> TaxYearRun:
    return commands.approve_run(run_id=run.id, by=by, now=AFTER)


def totals(run: TaxYearRun) -> list[tuple[str, str, str, str]]:
    return [(row["form"], row["name"], row["gross"], row["withheld"]) for row in run.content["returns"]]


@pytest.mark.usefixtures("year")
def test_a_run_says_who_gets_which_form_and_who_none_and_why(amina: Any, chiara: Any) -> None:
    run = approved(prepared(amina), chiara)

    assert totals(run) == [
        ("1042-S", "Bola =Obi", "100.00", "30.00"),
        ("1099-NEC", "Ada =Obi", "2500.00", "0.00"),
    ]
    assert [(row["name"], row["gross"], row["reason_code"]) for row in run.content["not_reported"]] == [
        ("Dana =Obi", "40.00", "FOREIGN_SOURCE")
    ]
    assert (run.reference, run.corrects, run.return_count, run.state) == ("2026-1", None, 2, "APPROVED")
    assert run.sha256 == hashlib.sha256(run.document.encode()).hexdigest()
    assert (run.content["time_zone"], run.content["threshold_usd"]) == ("UTC", "2000")


@pytest.mark.usefixtures("year")
def test_the_files_carry_the_figures_the_codes_and_no_formula(amina: Any, settings: Any) -> None:
    settings.LEGAL_ENTITY, settings.LEGAL_ENTITY_EIN = "=Muster Inc.", "12-3456789"
    run = prepared(amina)

    [nec] = read_csv(run, "1099-nec.csv")
    [foreign] = read_csv(run, "1042-s.csv")

    filled = {name: value for name, value in nec.items() if value}
    account = filled.pop("Form Account Number")
    assert len(account) == 20
    assert filled == {
        "Form Type": "1099-NEC",
        "Tax Year": "2026",
        "Payer TIN Type": "EIN",
        "Payer Taxpayer ID Number": "12-3456789",
        "Payer Name Type": "B",
        "Payer Business or Entity Name Line 1": "'=Muster Inc.",
        "Recipient Business or Entity Name Line 1": "Ada =Obi",
        "Recipient Country": "US",
        "2nd TIN Notice": "N",
        "Box 1 - Nonemployee Compensation": "2500.00",
        "Box 2 - Payer made direct sales totaling $5000 or more of consumer products to a recipient for resale": "N",
        "Combined Federal/State Filing": "N",
    }
    assert len(nec) == 54
    assert {
        name: value for name, value in foreign.items() if name.startswith(("unique", "amended", "box_", "tin_last4"))
    } == {
        "unique_form_identifier": "0000000001",
        "amended": "0",
        "box_1_income_code": "17",
        "box_2_gross_income": "100",
        "box_3_chapter_indicator": "3",
        "box_3a_exemption_code": "00",
        "box_3b_tax_rate": "30.00",
        "box_4a_exemption_code": "16",
        "box_4b_tax_rate": "00.00",
        "box_7a_federal_tax_withheld": "30",
        "box_10_total_withholding_credit": "30",
        "box_12a_withholding_agent_ein": "12-3456789",
        "box_12d_withholding_agent_name": "'=Muster Inc.",
        "box_13a_recipient_name": "Bola =Obi",
        "box_13f_chapter_3_status_code": "16",
        "box_13g_chapter_4_status_code": "",
        "box_13j_lob_code": "",
        "box_13k_recipient_account_number": foreign["box_13k_recipient_account_number"],
        "tin_last4": "8901",
    }
    [sheet] = read_workbook(file_of(run, "1099-nec.xlsx").content)
    assert (sheet.rows[1][1:5], sheet.formulas) == (["Ada =Obi", Decimal(2500), Decimal(0), "8901"], 0)
    assert json.loads(file_of(run, "run.json").content) == run.content


def read_csv(run: TaxYearRun, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file_of(run, name).content.decode())))


@pytest.mark.usefixtures("year")
def test_every_file_has_the_same_bytes_each_time_and_is_a_draft_until_approved(amina: Any, chiara: Any) -> None:
    run = prepared(amina)
    drafts = {name: file_of(run, name) for name in file_names()}

    final = approved(run, chiara)

    for name, draft in drafts.items():
        again = file_of(final, name)
        assert (draft.name, again.name) == (f"draft-2026-1-{name}", f"2026-1-{name}")
        assert again.content == draft.content
    for missing in (("other.csv", None), ("1099-nec.csv", 2)):
        with pytest.raises(NotFound):
            file_of(final, *missing)
    assert file_of(final, "1099-nec.csv", 1).content == drafts["1099-nec.csv"].content


def test_the_year_is_that_of_payment_where_the_legal_entity_is(ada: Any, bola: Any, amina: Any, settings: Any) -> None:
    accepted(ada, amina, form="W9", tax_country="US")
    midnight = datetime(2026, 1, 1, tzinfo=UTC)
    pay(ada, bola, earned_minor=70_000, at=midnight - timedelta(microseconds=1))
    pay(ada, bola, earned_minor=300_000, at=midnight)

    by_utc = [totals(commands.prepare_run(year=year, by=amina, now=AFTER)) for year in (2025, 2026)]
    for run in TaxYearRun.objects.all():
        commands.reject_run(
            run_id=run.id, reason_text="x", by=make_person(f"C{run.year}", "FINANCE_APPROVER"), now=AFTER
        )
    settings.LEGAL_ENTITY_TIME_ZONE = "America/New_York"
    in_new_york = [totals(commands.prepare_run(year=year, by=amina, now=AFTER)) for year in (2025, 2026)]

    assert [[row[2] for row in rows] for rows in by_utc] == [["700.00"], ["3000.00"]]
    assert [[row[2] for row in rows] for rows in in_new_york] == [["3700.00"], []]


@pytest.mark.usefixtures("year")
def test_a_payout_that_came_back_leaves_the_year_it_was_paid_in_by_a_run_that_says_so(
    amina: Any, chiara: Any, ada: Any
) -> None:
    first = approved(prepared(amina), chiara)
    Payout.objects.filter(worker=ada).update(state="RETURNED")

    second = prepared(amina)

    assert (second.reference, second.corrects) == ("2026-2", first)
    assert totals(second) == [("1042-S", "Bola =Obi", "100.00", "30.00")]
    assert [(row["name"], row["was"], row["is"]) for row in second.content["changes"]] == [
        ("Ada =Obi", {"gross": "2500.00", "withheld": "0.00"}, None)
    ]
    assert [row["unique_id"] for row in second.content["returns"]] == ["0000000001"]


@pytest.mark.usefixtures("year")
def test_two_people_are_needed_and_the_books_must_not_move_in_between(
    amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    run = prepared(amina)
    with pytest.raises(FourEyesRequired):
        approved(run, amina)
    with pytest.raises(NotPermitted):
        approved(run, make_person("Hana", "AUDITOR"))
    with pytest.raises(NotPermitted):
        prepared(chiara)
    with pytest.raises(Conflict):
        prepared(amina)
    with pytest.raises(InvalidRun):
        commands.reject_run(run_id=run.id, reason_text=" ", by=chiara, now=AFTER)
    pay(ada, bola, earned_minor=100)

    with pytest.raises(RunOutOfDate):
        approved(run, chiara)

    commands.reject_run(run_id=run.id, reason_text="Ada was paid more.", by=chiara, now=AFTER)
    assert approved(prepared(amina), chiara).reference == "2026-2"


def test_a_year_that_is_not_over_is_a_draft_and_an_impossible_one_is_refused(amina: Any, chiara: Any) -> None:
    run = prepared(amina, now=NOW)

    with pytest.raises(RunOutOfDate):
        commands.approve_run(run_id=run.id, by=chiara, now=NOW)
    for year in (2019, 2028):
        with pytest.raises(InvalidRun):
            prepared(amina, year=year)
    with pytest.raises(InvalidRun, match="threshold"):
        prepared(amina, year=2027)


def test_other_currencies_are_turned_at_the_stored_rate_of_the_day(ada: Any, bola: Any, amina: Any) -> None:
    accepted(ada, amina, form="W9", tax_country="US")
    pay(ada, bola, earned_minor=200_000, currency="EUR", at=NOW)
    pay(ada, bola, earned_minor=10_000, currency="EUR", at=NOW - timedelta(days=20))
    with pytest.raises(RatesMissing, match="EUR on 2026-10-23, EUR on 2026-11-12"):
        prepared(amina)
    for days, rate in ((0, "1.0825"), (22, "1.1")):
        ExchangeRate.objects.create(
            base="EUR",
            quote="USD",
            rate=Decimal(rate),
            as_of=NOW - timedelta(days=days),
            source="ECB",
            reference="file",
            entered_by=amina,
            created_at=NOW,
        )

    run = prepared(amina)

    assert totals(run) == [("1099-NEC", "Ada =Obi", "2275.00", "0.00")]
    assert [(row["day"], row["usd"], row["source"]) for row in run.content["rates"]] == [
        ("2026-10-23", "1.1", "ECB 2026-10-21"),
        ("2026-11-12", "1.0825", "ECB 2026-11-12"),
    ]


def test_pay_that_was_converted_counts_in_the_currency_that_was_earned(ada: Any, bola: Any, amina: Any) -> None:
    accepted(ada, amina, form="W9", tax_country="US")
    pay(ada, bola, earned_minor=250_000, paid_minor=229_947, paid_currency="EUR")

    run = prepared(amina)

    assert totals(run) == [("1099-NEC", "Ada =Obi", "2500.00", "0.00")]
    assert run.content["rates"] == []


@pytest.mark.parametrize(("owed_since", "gross"), [(2025, "3000.00"), (2026, "2900.00")])
def test_what_is_kept_for_a_debt_counts_as_paid_if_the_debt_is_older_than_the_year(
    ada: Any, bola: Any, amina: Any, owed_since: int, gross: str
) -> None:
    accepted(ada, amina, form="W9", tax_country="US")
    post_entry(
        idempotency_key="debt",
        kind="STORY",
        effective_on=date(owed_since, 6, 1),
        lines=[LineSpec(receivable(ada.id, "USD"), expense("clawback", "USD"), Money(10_000, "USD"))],
        source="story",
        by=None,
        now=NOW,
    )
    pay(ada, bola, earned_minor=300_000, recovered_minor=10_000)

    assert [row[2] for row in totals(prepared(amina))] == [gross]


@pytest.mark.usefixtures("year")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE payouts_taxyearrun SET document = replace(document, '2500', '2400')",
        "UPDATE payouts_taxyearrun SET state = 'APPROVED', decided_by_id = prepared_by_id, decided_at = now()",
        "DELETE FROM payouts_taxyearrun",
        """INSERT INTO payouts_taxyearrun (id, year, number, document, sha256, return_count, state, prepared_by_id, prepared_at,
             decision_text, version) SELECT gen_random_uuid(), 2025, 2, document, sha256, 1, 'PREPARED', prepared_by_id, now(),
             '', 1 FROM payouts_taxyearrun""",
        """INSERT INTO payouts_taxyearrun (id, year, number, document, sha256, return_count, state, prepared_by_id, prepared_at,
             decision_text, version) SELECT gen_random_uuid(), 2025, 1, 'other', sha256, 1, 'PREPARED', prepared_by_id, now(),
             '', 1 FROM payouts_taxyearrun""",
    ],
    ids=["document", "one person", "deleted", "a gap", "another sha256"],
)
def test_raw_sql_cannot_change_a_run_nor_number_it_otherwise(amina: Any, sql: str) -> None:
    run = prepared(amina)

    with (
        pytest.raises(Error, match=r"tax_year_run|stands|numbered"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)

    assert TaxYearRun.objects.get().document == run.document


@pytest.mark.usefixtures("year")
def test_verify_names_a_run_whose_document_was_changed_and_a_number_that_is_gone(amina: Any, chiara: Any) -> None:
    first = approved(prepared(amina), chiara)
    second = approved(prepared(amina), chiara)
    assert findings() == []

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE payouts_taxyearrun DISABLE TRIGGER USER")
        cursor.execute("UPDATE payouts_taxyearrun SET document = replace(document, '2500', '2400'), corrects_id = NULL")
        cursor.execute("DELETE FROM payouts_taxyearrun WHERE id = %s", [first.id])

    assert findings() == ["tax_year:2026", f"tax_year_run:{second.id}"]


def findings() -> list[str]:
    [check] = [check for check in run_checks() if check.name == "payouts.taxyears.runs_stand"]
    return [finding.subject for finding in check.findings]


@pytest.mark.usefixtures("year")
def test_by_page_and_api_finance_prepares_and_approves_and_experts_see_nothing(
    amina: Any, chiara: Any, ada: Any
) -> None:
    made = client_of(amina).post("/finance/tax-years/", {"year": "2026"})
    run = TaxYearRun.objects.get()
    page = f"/finance/tax-years/{run.id}/"
    api = f"/api/v1/finance/tax-year-runs/{run.id}/"
    own = client_of(amina).post(f"{page}approve/", {"expected_version": 1})
    early = client_of(chiara).post(f"{page}approve/", {"expected_version": 1})
    shown = client_of(make_person("Hana", "AUDITOR")).get(page).content.decode()
    file = client_of(chiara).get(f"{api}files/1042-s.csv/")

    assert (made.status_code, own.status_code, early.status_code) == (302, 403, 422)
    assert "is not over" in early.content.decode()
    assert all(words in shown for words in ("Ada =Obi", "2,500.00", "the pay has no source there", "•••• 8901"))
    assert file.headers["Content-Disposition"] == 'attachment; filename="draft-2026-1-1042-s.csv"'
    assert client_of(chiara).get(f"{api}files/else.csv/").status_code == 404
    assert [client_of(ada).get(address).status_code for address in (page, api, f"{api}files/run.json/")] == [403] * 3


def client_of(person: Any) -> Client:
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    return client
