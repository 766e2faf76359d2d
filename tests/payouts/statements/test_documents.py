"""One statement as JSON, CSV, XLSX and PDF says the same figures, read back from each."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

from django.test import Client

from common.money import Money
from payouts.cycles.models import CycleLine, PayCycle
from tests.payouts.people import NOW, make_person
from tests.payouts.statements.stating import issued, paid
from tests.payouts.support.pdf import texts_of
from tests.workbooks import read_workbook


def test_json_csv_xlsx_and_pdf_say_the_same_figures(ada: Any, bola: Any, client: Client, settings: Any) -> None:
    settings.LEGAL_ENTITY = "Muster Payments GmbH"
    statement = issued(paid(ada, bola, brought=30, quantity=Decimal("1.5"), project="@mqm"))
    approved_by(make_person("Chiara"))
    client.force_login(make_person("Fatima", "FINANCE_PREPARER"))
    address = f"/api/v1/statements/{statement.id}/"

    told = client.get(address).json()
    rows = list(csv.DictReader(io.StringIO(client.get(f"{address}csv/").content.decode())))
    [sheet] = read_workbook(client.get(f"{address}xlsx/").content)
    printed = texts_of(client.get(f"{address}pdf/").content)

    amounts = [line["amount"]["amount_minor"] for line in told["lines"]]
    assert amounts == [3750, 3750, 30]
    assert sum(amounts) == told["total"]["amount_minor"] == 7530
    assert [int(Decimal(row["amount"]) * 100) for row in rows] == amounts
    column = sheet.rows[0].index("amount")
    assert [(row[column] * 100, row[column + 1]) for row in sheet.rows[1:]] == [(amount, "EUR") for amount in amounts]
    assert (sheet.name, sheet.formulas) == ("ST-000001", 0)
    shown = [text for text in printed if text.startswith("€")]
    assert shown == ["€75.30", "€25.00", "€37.50", "€25.00", "€37.50", "€0.30", "€75.30"]
    assert shown == [Money(minor, "EUR").format() for minor in (7530, 2500, 3750, 2500, 3750, 30, 7530)]


def test_each_line_says_its_work_its_rate_line_and_who_approved_it(ada: Any, bola: Any, client: Client) -> None:
    statement = issued(paid(ada, bola))
    approved_by(make_person("Chiara"))
    client.force_login(make_person("Fatima", "FINANCE_PREPARER"))

    told = client.get(f"/api/v1/statements/{statement.id}/").json()
    line = told["lines"][0]

    assert (told["paid_by"], told["paid_to"], told["approvers"]) == ("Muster", "Ada", ["Chiara"])
    assert (line["approved_by"], line["approver"], line["rate_line_key"]) == (str(bola.id), "Bola", "rate_line:1")
    assert line["source_key"].startswith("Ada:")
    trace = client.get(f"/api/v1/earnings/{line['earning']}/trace/").json()
    assert trace["statement"]["reference"] == "ST-000001"


def test_whoever_reviews_tasks_is_not_named_to_their_author(ada: Any, bola: Any, client: Client) -> None:
    statement = issued(paid(ada, bola, unit="ACCEPTED_TASK"))
    client.force_login(make_person("Fatima", "FINANCE_PREPARER"))

    printed = texts_of(client.get(f"/api/v1/statements/{statement.id}/pdf/").content)

    # Joined: a key of wide letters breaks the line before the last word.
    assert "approved by a reviewer" in "".join(printed)
    assert "Bola" not in "".join(printed)


def test_a_cycle_approved_by_two_people_names_both_everywhere(ada: Any, bola: Any, client: Client) -> None:
    statement = issued(paid(ada, bola))
    approved_by(make_person("Chiara"), first=make_person("Dario"))
    client.force_login(make_person("Fatima", "FINANCE_PREPARER"))
    address = f"/api/v1/statements/{statement.id}/"

    told = client.get(address).json()
    printed = texts_of(client.get(f"{address}pdf/").content)
    page = client.get(f"/statements/{statement.id}/").content.decode()
    trace = client.get(f"/api/v1/trace/{told['reference']}/").json()

    assert told["approvers"] == ["Dario", "Chiara"]
    assert any("Dario and Chiara" in text for text in printed)
    assert "<dd>Dario and Chiara</dd>" in page
    signed = [step["actor"] for step in trace["steps"] if step["kind"] == "CYCLE_APPROVAL"]
    assert signed == ["Dario", "Chiara"]


def approved_by(checker: Any, first: Any = None) -> None:
    PayCycle.objects.update(state="CALCULATED")
    PayCycle.objects.update(state="SUBMITTED", second_approval_over_minor=10**9, lines_hash="f" * 64)
    if first is not None:
        PayCycle.objects.update(first_checker=first, first_approved_at=NOW, first_hash="f" * 64)
    PayCycle.objects.update(state="APPROVED", checker=checker, approved_at=NOW, approved_hash="f" * 64)
    assert CycleLine.objects.count() == 1
