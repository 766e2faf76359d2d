"""What the database and ``verify`` ask of statements: true lines, one live statement an earning, corrections in whole."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from common import events
from common.verification import run_checks
from payouts.cycles.models import CycleLine, CycleLineEarning
from payouts.events import PayoutPaid, PayoutReturned
from payouts.statements.commands import correct_statement, issue_statement
from payouts.statements.documents import csv_of, pdf_of
from payouts.statements.models import Statement, StatementLine
from payouts.statements.queries import document_of, get_statement
from payouts.transfers.models import Payout
from tests.payouts.people import NOW, make_person
from tests.payouts.statements.stating import came_back, issued, look_now, paid, refusal
from tests.payouts.support.pdf import texts_of

CHECKS = [
    f"payouts.statements.{name}" for name in ("equal_payouts", "numbers_whole", "paid_are_stated", "earnings_once")
]


def found() -> list[str]:
    return [finding.subject.partition(":")[0] for result in run_checks(CHECKS) for finding in result.findings]


def test_a_returned_payout_gets_a_correcting_statement_with_its_own_number(ada: Any, bola: Any) -> None:
    original = issued(paid(ada, bola, brought=30))
    came_back(original.payout_id)

    correction = correct_statement(payout_id=original.payout_id, now=NOW)
    look_now()

    assert correction is not None
    assert (correction.number, correction.corrects_id, correction.amount_minor) == (2, original.id, -10030)
    taken_back = [-line.amount.amount_minor for line in document_of(correction).lines]
    assert taken_back == [line.amount.amount_minor for line in document_of(original).lines] == [5000, 5000, 30]
    assert correct_statement(payout_id=original.payout_id, now=NOW) == correction
    assert Statement.objects.count() == 2
    assert found() == []


def test_the_documents_of_both_name_each_other(ada: Any, bola: Any) -> None:
    original = issued(paid(ada, bola))
    came_back(original.payout_id)
    correction = correct_statement(payout_id=original.payout_id, now=NOW)
    assert correction is not None

    first, second = (document_of(get_statement(ada, row.id)) for row in (original, correction))

    assert (first.corrected_by, second.corrects) == ("ST-000002", "ST-000001")
    assert "The payment came back: this statement takes back ST-000001 in whole." in texts_of(pdf_of(second))
    assert ",ST-000001," in csv_of(second).splitlines()[1]


def test_a_payout_that_never_arrived_has_no_statement_to_correct(ada: Any, bola: Any) -> None:
    payout_id = paid(ada, bola)
    Payout.objects.filter(id=payout_id).update(paid_at=None, state="RETURNED")

    assert correct_statement(payout_id=payout_id, now=NOW) is None
    assert not Statement.objects.exists()


def test_the_next_payment_of_the_same_work_takes_the_first_statement_back(ada: Any, bola: Any) -> None:
    """Also before the news of the return is delivered: an earning stands on one live statement."""
    first = issued(paid(ada, bola))
    came_back(first.payout_id)
    second = paid_again(first)

    again = issued(second.id)

    assert [(s.number, s.corrects_id) for s in Statement.objects.order_by("number")] == [
        (1, None),
        (again.number, None),
        (3, first.id),
    ]
    assert found() == []


def paid_again(first: Statement) -> Payout:
    """Pay the same earnings by another payout."""
    payout = Payout.objects.get(id=first.payout_id)
    payout.pk, payout.state, payout.reversed_minor, payout.provider_ref = None, "PAID", 0, "tr_again"
    payout.id = Payout._meta.pk.get_default()
    payout.save(force_insert=True)
    line = CycleLine.objects.get(payout_id=first.payout_id)
    members = list(line.earnings.values_list("earning_id", flat=True))
    line.pk = line.id = CycleLine._meta.pk.get_default()
    line.payout_id, line.released_at, line.cycle = payout.id, None, another_cycle(line)
    line.save(force_insert=True)
    CycleLineEarning.objects.bulk_create(CycleLineEarning(line=line, earning_id=member) for member in members)
    return payout


def another_cycle(line: CycleLine) -> Any:
    cycle = line.cycle
    cycle.pk = cycle.id = type(cycle)._meta.pk.get_default()
    cycle.starts_at, cycle.ends_at = cycle.ends_at, NOW.replace(month=12)
    cycle.save(force_insert=True)
    return cycle


def test_news_in_either_order_end_in_the_same_two_statements(ada: Any, bola: Any) -> None:
    payout_id = paid(ada, bola)
    came_back(payout_id)
    facts = {
        "payout_id": payout_id,
        "worker_id": ada.id,
        "cycle_id": Payout.objects.get().cycle_id,
        "currency": "EUR",
        "amount_minor": 10000,
    }
    events.publish(PayoutReturned(**facts, failure_code="account_closed", words="Closed."), now=NOW)
    events.publish(PayoutPaid(**facts), now=NOW)
    assert found() == []

    events.deliver_due(now=NOW)
    look_now()

    assert list(Statement.objects.order_by("number").values_list("amount_minor", flat=True)) == [10000, -10000]
    assert found() == []


_HEAD = (
    "INSERT INTO payouts_statement (id, number, payout_id, cycle_id, worker_id, currency, amount_minor, line_count,"
    " issued_at{more}) SELECT gen_random_uuid(), {number}, p.id, p.cycle_id, p.worker_id, p.currency, {amount}, {lines},"
    " p.created_at{values} FROM payouts_payout p"
)
_LINES = (
    "INSERT INTO payouts_statementline (statement_id, line_no, kind, earning_id, amount_minor) SELECT s.id, {line}"
    " FROM payouts_statement s JOIN payouts_earning e ON true WHERE s.number = {number}"
)
_NUMBERED = "row_number() OVER (ORDER BY e.id), 'EARNING', e.id"


def head(number: int = 1, amount: str = "p.amount_minor", lines: int = 2, corrects: str = "") -> str:
    more, values = (", corrects_id", f", {corrects}") if corrects else ("", "")
    return _HEAD.format(number=number, amount=amount, lines=lines, more=more, values=values)


def lines(line: str, number: int = 1) -> str:
    return _LINES.format(line=line, number=number)


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        (f"{head()}; {lines(f'{_NUMBERED}, e.amount_minor')}", ""),
        (
            f"{head()}; {lines(f'{_NUMBERED}, e.amount_minor + 2 * (row_number() OVER (ORDER BY e.id)) - 3')}",
            "statement_line_is_its_earning",
        ),
        (f"{head(lines=1)}; {lines('1, $$EARNING$$, e.id, 10000')} LIMIT 1", "statement_line_is_its_earning"),
        (f"{head(lines=2)}; {lines('0, $$EARNING$$, e.id, 5000')} LIMIT 1", "statement_line_numbered"),
        (
            f"{head(lines=4)}; {lines(f'{_NUMBERED}, e.amount_minor')};"
            f" {lines('3 + (e.source_key LIKE $$%:2$$)::int, $$HELD$$, NULL, 10 * (-1) ^ (e.source_key LIKE $$%:2$$)::int')}",
            "statement_line_is_its_earning",
        ),
        (
            "UPDATE payouts_cyclelineearning SET line_id = line_id WHERE false; DELETE FROM payouts_cyclelineearning;"
            f" {head()}; {lines(f'{_NUMBERED}, e.amount_minor')}",
            "statement_line_is_its_earning",
        ),
    ],
)
def test_raw_sql_cannot_state_what_was_not_earned(ada: Any, bola: Any, statement: str, constraint: str) -> None:
    paid(ada, bola)

    if not constraint:
        run(statement)
        assert Statement.objects.get().lines.count() == 2
        return
    assert refusal(statement) == constraint
    assert not Statement.objects.exists()


def run(statements: str) -> None:
    with connection.cursor() as cursor:
        for part in statements.split("; "):
            cursor.execute(part)
    look_now()


_COPY = (
    "INSERT INTO payouts_statementline (statement_id, line_no, kind, earning_id, amount_minor)"
    " SELECT s.id, l.line_no, l.kind, l.earning_id, {amount} FROM payouts_statement s, payouts_statementline l"
    " WHERE s.number = 2 AND l.statement_id <> s.id"
)
_FIRST = "(SELECT id FROM payouts_statement WHERE number = 1)"


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        # The same payout twice, a correction that keeps a line, one of the wrong sign, and two of one statement.
        (f"{head(2)}; {_COPY.format(amount='l.amount_minor')}", "statement_once_per_payout"),
        (
            f"{head(2, '-p.amount_minor', 1, _FIRST)}; {_COPY.format(amount='-2 * l.amount_minor')} AND l.line_no = 1",
            "statement_corrects_the_whole",
        ),
        (f"{head(2, corrects=_FIRST)}", "statement_pays_or_corrects"),
        (
            f"{head(2, '-p.amount_minor', 2, _FIRST)}; {_COPY.format(amount='-l.amount_minor')};"
            f" {head(3, '-p.amount_minor', 2, _FIRST)}",
            "payouts_statement_corrects_id_key",
        ),
    ],
)
def test_raw_sql_cannot_state_twice_or_correct_in_part(ada: Any, bola: Any, statement: str, constraint: str) -> None:
    issued(paid(ada, bola))

    assert refusal(statement) == constraint
    assert Statement.objects.count() == 1


def test_raw_sql_cannot_put_an_earning_on_two_live_statements(ada: Any, bola: Any) -> None:
    first = issued(paid(ada, bola))
    CycleLineEarning.objects.update(released_at=NOW)
    second = paid_again(first)

    copies = f"{head(2)} WHERE p.id = '{second.id}'; {_COPY.format(amount='l.amount_minor')}"

    assert refusal(copies) == "statement_earning_once"


@pytest.mark.parametrize(
    ("damage", "subjects"),
    [
        ("DELETE FROM payouts_statementline WHERE statement_id = '{last}'", ["statement"]),
        (
            "DELETE FROM payouts_statementline WHERE statement_id = '{last}';"
            " DELETE FROM payouts_statement WHERE id = '{last}'",
            ["statement", "payout"],
        ),
        ("UPDATE payouts_statementcounter SET last_number = 1", ["statement"]),
        ("UPDATE payouts_statementline SET amount_minor = amount_minor - 3 + 2 * line_no", ["statement", "statement"]),
        ("UPDATE payouts_payout SET state = 'RETURNED', reversed_minor = 1 WHERE worker_id = '{ada}'", ["payout"]),
        (
            "UPDATE payouts_statementline SET earning_id = (SELECT earning_id FROM payouts_statementline"
            " WHERE statement_id <> '{last}' LIMIT 1) WHERE statement_id = '{last}' AND line_no = 1",
            ["statement", "earning"],
        ),
    ],
)
def test_verify_names_what_was_changed_behind_the_triggers(
    ada: Any, bola: Any, damage: str, subjects: list[str]
) -> None:
    issued(paid(ada, bola))
    last = issued(paid(make_person("Chen"), bola))
    assert found() == []

    with connection.cursor() as cursor:
        for table in (Statement, StatementLine):
            cursor.execute(f"ALTER TABLE {table._meta.db_table} DISABLE TRIGGER USER")
        for part in damage.format(last=last.id, ada=ada.id).split("; "):
            cursor.execute(part)

    assert sorted(found()) == sorted(subjects)


def test_a_paid_payout_without_statement_is_named_once_its_news_is_delivered(ada: Any, bola: Any) -> None:
    payout_id = paid(ada, bola)
    assert found() == ["payout"]

    issue_statement(payout_id=payout_id, now=NOW)

    assert found() == []
