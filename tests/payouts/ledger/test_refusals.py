"""Every forbidden write of the books, tried in raw SQL as the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import Error, connection, transaction

from common.identifiers import uuid7
from common.money import Money
from payouts.ledger.commands import post_entry, seal_entries
from payouts.ledger.models import JournalEntry, JournalLine, LedgerAccount, LedgerBalance, Period
from payouts.ledger.rules import EntryFacts, LineSpec, entry_digest, expense, line_text, payable
from tests.payouts.people import NOW, mark_closed

EXPENSE = expense("work", "EUR")
DAY = date(2026, 11, 12)


@pytest.fixture
def ada_is_owed(ada: Any) -> Iterator[JournalEntry]:
    entry = post_entry(
        idempotency_key="first",
        kind="EARNING",
        effective_on=DAY,
        lines=[LineSpec(EXPENSE, payable(ada.id, "EUR"), Money(5000, "EUR"))],
        source="task:1",
        by=None,
        now=NOW,
    )
    seal_entries()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SET ROLE muster_app")
        yield entry
        cursor.execute("RESET ROLE")


def refused(sql: str, *parameters: Any) -> str:
    """Run ``sql`` to the end of a transaction, and return what it was refused for; nothing may have changed."""
    before = counts()
    with pytest.raises(Error) as caught:
        run_to_its_end(sql, parameters)
    assert counts() == before
    diagnostics = caught.value.__cause__.diag
    return diagnostics.constraint_name or diagnostics.message_primary


def run_to_its_end(sql: str, parameters: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def counts() -> tuple[Any, ...]:
    return (
        *(model.objects.count() for model in (LedgerAccount, Period, JournalEntry, JournalLine)),
        *LedgerBalance.objects.order_by("account_id").values_list("account_id", "balance_minor"),
    )


ENTRY = """
INSERT INTO payouts_journalentry
  (id, idempotency_key, kind, period_id, effective_on, line_count, source, created_at, sha256, reverses_id)
SELECT %s, %s, 'TEST', id, %s, %s, 'test', %s, %s, %s FROM payouts_period WHERE month = '2026-11';
"""
LINE = """
INSERT INTO payouts_journalline (entry_id, line_no, debit_id, credit_id, currency, amount_minor)
SELECT %s, %s, d.id, c.id, %s, %s
  FROM payouts_ledgeraccount d, payouts_ledgeraccount c WHERE d.code = %s AND c.code = %s;
"""


def entry(*, key: str = "raw", day: date = DAY, lines: int = 1, sha256: str = "0" * 64, reverses: Any = None) -> Any:
    return [uuid7(), key, day, lines, NOW, sha256, reverses]


def digest(key: str, *lines: tuple[str, str, str, int]) -> str:
    return entry_digest(
        EntryFacts(key, "TEST", DAY, "test", None, None, NOW), "".join(line_text(*line) for line in lines)
    )


def test_the_control_a_correct_entry_in_raw_sql_is_taken(ada: Any, ada_is_owed: JournalEntry) -> None:
    mine = payable(ada.id, "EUR")
    row = entry(sha256=digest("raw", (EXPENSE, mine, "EUR", 700)))

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ENTRY + LINE, [*row, row[0], 1, "EUR", 700, EXPENSE, mine])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    assert LedgerBalance.objects.get(account__code=mine).balance_minor == 5700


def test_a_replayed_key_is_refused(ada_is_owed: JournalEntry) -> None:
    assert "idempotency_key" in refused(ENTRY, *entry(key="first"))


@pytest.mark.parametrize("amount_minor", [0, -1, -5000, 10**13 + 1])
def test_a_line_that_moves_nothing_or_backwards_or_too_much_is_refused(
    ada: Any, ada_is_owed: JournalEntry, amount_minor: int
) -> None:
    row = entry()
    name = refused(ENTRY + LINE, *row, row[0], 1, "EUR", amount_minor, EXPENSE, payable(ada.id, "EUR"))
    assert name == "journal_line_amount_positive"


def test_a_line_from_an_account_to_itself_is_refused(ada_is_owed: JournalEntry) -> None:
    row = entry()
    assert refused(ENTRY + LINE, *row, row[0], 1, "EUR", 1, EXPENSE, EXPENSE) == "journal_line_two_accounts"


@pytest.mark.parametrize(
    ("debit", "name"),
    [("platform:expense:work:EUR", "journal_line_debit_currency"), ("bank:USD", "journal_line_credit_currency")],
)
def test_a_line_over_accounts_of_another_currency_is_refused(
    ada: Any, ada_is_owed: JournalEntry, debit: str, name: str
) -> None:
    LedgerAccount.objects.create(code="bank:USD", kind="BANK", side="DEBIT", currency="USD", created_at=NOW)
    row = entry()
    assert refused(ENTRY + LINE, *row, row[0], 1, "USD", 1, debit, payable(ada.id, "EUR")) == name


def test_an_entry_without_lines_is_refused_at_commit(ada_is_owed: JournalEntry) -> None:
    assert refused(ENTRY, *entry(sha256=digest("raw"))) == "journal_entry_complete"


def test_an_entry_that_declares_no_lines_is_refused(ada_is_owed: JournalEntry) -> None:
    assert refused(ENTRY, *entry(lines=0)) == "journal_entry_has_lines"


def test_an_entry_with_fewer_lines_than_declared_is_refused_at_commit(ada: Any, ada_is_owed: JournalEntry) -> None:
    row = entry(lines=2)
    name = refused(ENTRY + LINE, *row, row[0], 1, "EUR", 1, EXPENSE, payable(ada.id, "EUR"))
    assert name == "journal_entry_complete"


@pytest.mark.parametrize(("line_no", "name"), [(2, "journal_entry_sealed"), (1, "journal_line_once")])
def test_a_line_added_to_a_sealed_entry_is_refused(
    ada: Any, ada_is_owed: JournalEntry, line_no: int, name: str
) -> None:
    assert refused(LINE, ada_is_owed.id, line_no, "EUR", 1, EXPENSE, payable(ada.id, "EUR")) == name


def test_an_entry_with_another_digest_than_its_own_is_refused_at_commit(ada: Any, ada_is_owed: JournalEntry) -> None:
    mine = payable(ada.id, "EUR")
    row = entry(sha256=digest("raw", (EXPENSE, mine, "EUR", 700)))
    assert refused(ENTRY + LINE, *row, row[0], 1, "EUR", 701, EXPENSE, mine) == "journal_entry_digest"


def test_an_entry_dated_outside_its_period_is_refused(ada_is_owed: JournalEntry) -> None:
    assert refused(ENTRY, *entry(day=date(2026, 12, 1))) == "journal_entry_period_open"


def test_an_entry_into_a_closed_period_is_refused(ada_is_owed: JournalEntry) -> None:
    mark_closed("2026-11")
    assert refused(ENTRY, *entry()) == "journal_entry_period_open"


def test_a_second_reversal_of_an_entry_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    mine = payable(ada.id, "EUR")
    post_entry(
        idempotency_key="reversal",
        kind="TEST",
        effective_on=DAY,
        lines=[LineSpec(mine, EXPENSE, Money(1, "EUR"))],
        source="test",
        by=None,
        now=NOW,
        reverses=ada_is_owed.id,
    )
    assert "reverses_id" in refused(ENTRY, *entry(reverses=ada_is_owed.id))


def test_a_balance_below_its_floor_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    row = entry()
    name = refused(ENTRY + LINE, *row, row[0], 1, "EUR", 5001, payable(ada.id, "EUR"), EXPENSE)
    assert name == "ledger_balance_above_floor"


@pytest.mark.parametrize("table", ["ledgeraccount", "journalentry", "journalline", "entryseal"])
@pytest.mark.parametrize(
    "verb",
    ["UPDATE payouts_{table} SET {key} = {key}", "DELETE FROM payouts_{table}", "TRUNCATE payouts_{table} CASCADE"],
)
@pytest.mark.parametrize("role", ["muster_app", "muster_owner"])
def test_changing_removing_or_truncating_the_books_is_refused_to_the_application_and_the_owner(
    ada_is_owed: JournalEntry, table: str, verb: str, role: str
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"SET ROLE {role}")

    message = refused(verb.format(table=table, key="position" if table == "entryseal" else "id"))

    assert ("permission denied" if role == "muster_app" else "append-only") in message


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_ledgerbalance SET balance_minor = 0",
        "UPDATE payouts_ledgerbalance SET floor_minor = NULL",
        "DELETE FROM payouts_ledgerbalance",
    ],
)
def test_a_balance_written_by_hand_is_refused(ada_is_owed: JournalEntry, statement: str) -> None:
    assert refused(statement) == "ledger_balance_derived"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE payouts_period SET ends_on = '2027-01-01'",
        "UPDATE payouts_period SET month = '2026-10'",
        "DELETE FROM payouts_period",
    ],
)
def test_a_period_cannot_be_moved_or_removed(ada_is_owed: JournalEntry, statement: str) -> None:
    assert refused(statement) == "ledger_period_fixed"


def test_a_closed_period_cannot_be_reopened(ada_is_owed: JournalEntry) -> None:
    mark_closed("2026-11")
    assert (
        refused("UPDATE payouts_period SET state = 'OPEN', closed_at = NULL, closed_by_id = NULL")
        == "ledger_period_fixed"
    )


def test_periods_that_overlap_are_refused(ada_is_owed: JournalEntry) -> None:
    name = refused("INSERT INTO payouts_period (month, starts_on, ends_on) VALUES ('x', '2026-11-30', '2026-12-05')")
    assert name == "ledger_periods_apart"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE payouts_journalline DISABLE TRIGGER ALL",
        "ALTER TABLE payouts_journalline DROP CONSTRAINT journal_line_amount_positive",
        "SET session_replication_role = replica",
        "DROP TABLE payouts_journalline",
    ],
)
def test_the_application_cannot_disarm_the_books(ada_is_owed: JournalEntry, statement: str) -> None:
    assert any(words in refused(statement) for words in ("must be owner", "permission denied"))


def test_the_setting_that_ignores_triggers_means_nothing(ada: Any, ada_is_owed: JournalEntry) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname FROM pg_trigger WHERE tgname LIKE 'pgtrigger_%%'")
        names = ",".join(f"payouts_journalline:{name}" for (name,) in cursor.fetchall())
        cursor.execute("RESET ROLE")
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", ["{" + names + "}"])

    assert "append-only" in refused("UPDATE payouts_journalline SET amount_minor = 1")
