"""Every forbidden write of the books, tried in raw SQL as the application's role."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import Error, connection, transaction

from common.identifiers import uuid7
from common.money import Money
from payouts.ledger.commands import post_entry, reverse_entry, seal_entries
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
_ROW = """
SELECT %s::uuid, %s::smallint, d.id, c.id, %s, %s::bigint
  FROM payouts_ledgeraccount d, payouts_ledgeraccount c WHERE d.code = %s AND c.code = %s
"""


def lines_together(count: int) -> str:
    into = "INSERT INTO payouts_journalline (entry_id, line_no, debit_id, credit_id, currency, amount_minor)"
    return f"{into} {'UNION ALL'.join([_ROW] * count)};"


LINE = lines_together(1)


def entry(*, key: str = "raw", day: date = DAY, lines: int = 1, sha256: str = "0" * 64, reverses: Any = None) -> Any:
    return [uuid7(), key, day, lines, NOW, sha256, reverses]


def digest(key: str, *lines: tuple[str, str, str, int], reverses: Any = None) -> str:
    return entry_digest(
        EntryFacts(key, "TEST", DAY, "test", reverses, None, NOW), "".join(line_text(*line) for line in lines)
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


def test_an_entry_with_fewer_lines_than_declared_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    row = entry(lines=2)
    name = refused(ENTRY + LINE, *row, row[0], 1, "EUR", 1, EXPENSE, payable(ada.id, "EUR"))
    assert name == "journal_entry_complete"


def test_an_entry_whose_last_line_alone_is_there_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    row = entry(lines=2)
    name = refused(ENTRY + LINE, *row, row[0], 2, "EUR", 1, EXPENSE, payable(ada.id, "EUR"))
    assert name == "journal_entry_complete"


def test_lines_of_one_entry_that_come_one_after_the_other_are_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    mine = payable(ada.id, "EUR")
    row = entry(lines=2, sha256=digest("raw", (EXPENSE, mine, "EUR", 1), (EXPENSE, mine, "EUR", 2)))
    lines = [row[0], 1, "EUR", 1, EXPENSE, mine, row[0], 2, "EUR", 2, EXPENSE, mine]

    run_to_its_end(ENTRY + lines_together(2), [*row, *lines])
    again = entry(key="again", lines=2)

    assert refused(ENTRY + LINE * 2, *again, again[0], *lines[1:6], again[0], *lines[7:]) == "journal_entry_complete"


def test_a_line_before_its_entry_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    assert refused(LINE, uuid7(), 1, "EUR", 1, EXPENSE, payable(ada.id, "EUR")) == "journal_line_after_entry"


@pytest.mark.parametrize(("line_no", "name"), [(2, "journal_entry_sealed"), (1, "journal_line_once")])
def test_a_line_added_to_a_sealed_entry_is_refused(
    ada: Any, ada_is_owed: JournalEntry, line_no: int, name: str
) -> None:
    assert refused(LINE, ada_is_owed.id, line_no, "EUR", 1, EXPENSE, payable(ada.id, "EUR")) == name


def test_an_entry_with_another_digest_than_its_own_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    mine = payable(ada.id, "EUR")
    row = entry(sha256=digest("raw", (EXPENSE, mine, "EUR", 700)))
    assert refused(ENTRY + LINE, *row, row[0], 1, "EUR", 701, EXPENSE, mine) == "journal_entry_digest"


def test_an_entry_dated_outside_its_period_is_refused(ada_is_owed: JournalEntry) -> None:
    assert refused(ENTRY, *entry(day=date(2026, 12, 1))) == "journal_entry_period_open"


def test_an_entry_into_a_closed_period_is_refused(ada_is_owed: JournalEntry) -> None:
    mark_closed("2026-11")
    assert refused(ENTRY, *entry()) == "journal_entry_period_open"


def take_back(entry: JournalEntry) -> JournalEntry:
    return reverse_entry(entry_id=entry.id, idempotency_key="undo", kind="TEST", source="test", by=None, now=NOW)


def test_a_second_reversal_of_an_entry_is_refused(ada: Any, ada_is_owed: JournalEntry) -> None:
    take_back(ada_is_owed)
    assert "reverses_id" in refused(ENTRY, *entry(reverses=ada_is_owed.id))


@pytest.mark.parametrize(
    "lines",
    [
        [("payable", "expense", 4999)],
        [("expense", "payable", 5000)],
        [("payable", "bank", 5000)],
        [("payable", "expense", 4000), ("payable", "expense", 1000)],
    ],
    ids=["less", "the same way", "another account", "in two parts"],
)
def test_a_reversal_that_is_not_the_opposite_line_by_line_is_refused_at_commit(
    ada: Any, ada_is_owed: JournalEntry, lines: list[tuple[str, str, int]]
) -> None:
    LedgerAccount.objects.create(code="bank:EUR", kind="BANK", side="DEBIT", currency="EUR", created_at=NOW)
    codes = {"payable": payable(ada.id, "EUR"), "expense": EXPENSE, "bank": "bank:EUR"}
    rows = [(codes[debit], codes[credit], "EUR", amount) for debit, credit, amount in lines]
    row = entry(lines=len(rows), reverses=ada_is_owed.id, sha256=digest("raw", *rows, reverses=ada_is_owed.id))
    parameters: list[Any] = [*row]
    for number, (debit, credit, currency, amount) in enumerate(rows, start=1):
        parameters += [row[0], number, currency, amount, debit, credit]

    assert refused(ENTRY + lines_together(len(rows)), *parameters) == "journal_entry_mirrors_reversed"


def test_the_reversal_of_a_reversal_is_refused_at_commit(ada: Any, ada_is_owed: JournalEntry) -> None:
    undone = take_back(ada_is_owed)
    again = (EXPENSE, payable(ada.id, "EUR"), "EUR", 5000)
    row = entry(reverses=undone.id, sha256=digest("raw", again, reverses=undone.id))

    name = refused(ENTRY + LINE, *row, row[0], 1, "EUR", 5000, EXPENSE, payable(ada.id, "EUR"))

    assert name == "journal_entry_reverses_no_reversal"


@pytest.mark.parametrize("role", ["muster_app", "muster_owner"])
@pytest.mark.parametrize("table", ["period", "ledgerbalance"])
def test_truncating_what_follows_from_the_books_is_refused(ada_is_owed: JournalEntry, table: str, role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"SET ROLE {role}")

    message = refused(f"TRUNCATE payouts_{table} CASCADE")

    assert "permission denied" in message or "never truncated" in message or "append-only" in message


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ("state = 'CLOSED'", "ledger_period_four_eyes"),
        (
            "state = 'CLOSED', proposed_by_id = %(ada)s, proposed_at = now(), proposal_text = 'x'",
            "ledger_period_four_eyes",
        ),
        (
            "state = 'CLOSED', proposed_by_id = %(ada)s, proposed_at = now(), proposal_text = 'x', "
            "closed_by_id = %(ada)s, closed_at = now()",
            "ledger_period_four_eyes",
        ),
        ("state = 'GONE'", "ledger_period_proposed"),
        ("closed_by_id = %(ada)s, closed_at = now()", "ledger_period_four_eyes"),
    ],
)
def test_a_month_closed_without_two_people_is_refused(
    ada: Any, ada_is_owed: JournalEntry, changes: str, name: str
) -> None:
    assert refused(f"UPDATE payouts_period SET {changes}" % {"ada": f"'{ada.id}'"}) == name


def test_opening_a_month_before_a_closed_one_is_refused(ada_is_owed: JournalEntry) -> None:
    mark_closed("2026-11")
    sql = "INSERT INTO payouts_period (month, starts_on, ends_on) VALUES ('2026-10', '2026-10-01', '2026-11-01')"
    assert refused(sql) == "ledger_period_in_order"


@pytest.mark.parametrize(
    ("code", "name"),
    [("expert;EUR", "ledger_account_code_form"), ("bank:USD", "ledger_account_code_currency"), (EXPENSE, "code_key")],
)
def test_an_account_of_no_form_another_currency_or_opened_twice_is_refused(
    ada_is_owed: JournalEntry, code: str, name: str
) -> None:
    sql = (
        "INSERT INTO payouts_ledgeraccount (code, kind, side, currency, created_at) "
        "VALUES (%s, 'BANK', 'DEBIT', 'EUR', now())"
    )
    assert name in refused(sql, code)


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
        "ALTER TABLE payouts_period DISABLE TRIGGER USER",
        "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name NAME) RETURNS BOOLEAN AS $$ "
        "BEGIN RETURN TRUE; END; $$ LANGUAGE plpgsql",
        "CREATE RULE quiet AS ON INSERT TO payouts_journalline DO INSTEAD NOTHING",
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
