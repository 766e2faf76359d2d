"""Statements: numbered without gaps, summing to their payout by the database's word, safe to open."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from common.errors import NotFound
from common.identifiers import uuid7
from payouts.statements.commands import issue_statement
from payouts.statements.documents import csv_of, pdf_of
from payouts.statements.models import Statement
from payouts.statements.queries import document_of
from tests.payouts.people import NOW, make_person
from tests.payouts.statements.stating import issued, paid, refusal


def test_a_statement_names_source_rate_line_and_approval_of_each_line(ada: Any, bola: Any) -> None:
    document = document_of(issued(paid(ada, bola)))

    assert (document.reference, document.payee, str(document.total)) == ("ST-000001", "Ada", "100.00 EUR")
    first = document.lines[0]
    assert (first.rate_line_key, first.approved_by, first.project) == ("rate_line:1", str(bola.id), "mqm")
    assert (first.quantity, first.unit, str(first.rate), str(first.amount)) == (
        Decimal(2),
        "HOUR",
        "25.00 EUR",
        "50.00 EUR",
    )
    assert sum(line.amount.amount_minor for line in document.lines) == document.total.amount_minor


def test_what_is_brought_and_left_over_stands_on_its_own_line(ada: Any, bola: Any) -> None:
    statement = issued(paid(ada, bola, brought=30, residue=80, currency="HUF"))

    lines = [(line.kind, line.amount.amount_minor) for line in document_of(statement).lines]

    assert lines[2:] == [("BROUGHT_FORWARD", 30), ("CARRIED_FORWARD", -80)]
    assert sum(amount for _, amount in lines) == statement.amount_minor == 9950


def test_numbers_count_up_without_gaps_and_a_payout_has_one_statement(ada: Any, bola: Any) -> None:
    chen = make_person("Chen")
    first = paid(ada, bola)
    numbers = [issued(first).number, issued(first).number, issued(paid(chen, bola)).number]

    assert numbers == [1, 1, 2]
    assert Statement.objects.count() == 2


def test_a_statement_that_failed_leaves_no_gap(ada: Any, bola: Any) -> None:
    with pytest.raises(NotFound):
        issue_statement(payout_id=uuid7(), now=NOW)

    assert issued(paid(ada, bola)).number == 1


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (
            "UPDATE payouts_statementcounter SET last_number = 7;"
            " INSERT INTO payouts_statement (id, number, payout_id, worker_id, currency, amount_minor, line_count,"
            " issued_at) SELECT gen_random_uuid(), 8, id, worker_id, currency, amount_minor, 1, created_at"
            " FROM payouts_payout",
            "statement_without_gap",
        ),
        (
            "INSERT INTO payouts_statement (id, number, payout_id, worker_id, currency, amount_minor, line_count,"
            " issued_at) SELECT gen_random_uuid(), 1, id, worker_id, currency, amount_minor, 1, created_at"
            " FROM payouts_payout",
            "statement_sums_to_payout",
        ),
    ],
)
def test_raw_sql_cannot_write_a_statement_that_skips_a_number_or_does_not_sum(
    ada: Any, bola: Any, statement: str, constraint: str
) -> None:
    paid(ada, bola)

    assert refusal(statement) == constraint
    assert not Statement.objects.exists()


def test_an_issued_statement_takes_no_line_and_no_change(ada: Any, bola: Any) -> None:
    statement = issued(paid(ada, bola))
    before = list(statement.lines.values_list())

    assert "append-only" in refusal("UPDATE payouts_statement SET amount_minor = 1")
    assert "append-only" in refusal("DELETE FROM payouts_statementline")
    extra = (
        "INSERT INTO payouts_statementline (statement_id, line_no, kind, amount_minor)"
        f" VALUES ('{statement.id}', 3, 'BROUGHT_FORWARD', 1)"
    )
    assert refusal(extra) == "statement_sealed"
    assert list(statement.lines.values_list()) == before


def test_no_cell_of_the_csv_is_a_formula_and_the_amounts_sum_up(ada: Any, bola: Any) -> None:
    statement = issued(paid(ada, bola, description='=HYPERLINK("http://evil","x")', project="@sum"))

    rows = list(csv.DictReader(io.StringIO(csv_of(document_of(statement)))))

    assert rows[0]["description"] == '\'=HYPERLINK("http://evil","x")'
    assert rows[0]["project"] == "'@sum"
    assert sum(Decimal(row["amount"]) for row in rows) == Decimal("100.00")


def test_the_pdf_is_made_and_is_the_same_each_time(ada: Any, bola: Any) -> None:
    document = document_of(issued(paid(ada, bola, description='Übersetzung #raw("x") $1$ [a] عربي')))

    first, second = pdf_of(document), pdf_of(document)

    assert first.startswith(b"%PDF-")
    assert first == second


def test_only_its_owner_and_finance_see_a_statement(ada: Any, bola: Any, client: Client) -> None:
    statement = issued(paid(ada, bola))
    fatima = make_person("Fatima", "FINANCE_PREPARER")
    paths = [f"/api/v1/statements/{statement.id}/{part}" for part in ("", "pdf/", "csv/")]

    client.force_login(fatima)
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]
    client.force_login(bola)
    assert [client.get(path).status_code for path in paths] == [403, 403, 403]
    client.logout()
    assert [client.get(path).status_code for path in paths] == [401, 401, 401]
