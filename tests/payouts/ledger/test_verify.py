"""What ``manage.py verify`` finds after somebody with all rights changed the books behind their triggers."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from common.money import Money
from common.verification import run_checks
from payouts.earnings.models import Earning
from payouts.facade import post_earnings
from payouts.ledger.commands import post_entry, reverse_entry
from payouts.ledger.models import JournalEntry
from payouts.ledger.rules import LineSpec, expense, payable
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.tampering import tamper, tamper_as_superuser


@pytest.fixture
def earned(ada: Any, bola: Any) -> list[JournalEntry]:
    views = post_earnings([make_earning(ada.id, bola.id, f"task:{n}") for n in range(3)], now=NOW)
    return [JournalEntry.objects.get(id=view.entry_id) for view in views]


def verify() -> tuple[int, dict[str, Any]]:
    out, code = StringIO(), 0
    try:
        call_command("verify", "--json", stdout=out)
    except SystemExit as exit:
        code = int(exit.code or 0)
    return code, json.loads(out.getvalue())


def findings(report: dict[str, Any]) -> set[tuple[str, str]]:
    return {(check["name"], finding["subject"]) for check in report["checks"] for finding in check["findings"]}


def test_untouched_books_verify(earned: list[JournalEntry]) -> None:
    code, report = verify()

    assert (code, report["ok"], report["differences"]) == (0, True, 0)
    assert {"payouts.ledger.entries_unaltered", "payouts.ledger.balances_equal_lines"} <= {
        check["name"] for check in report["checks"]
    }


def test_a_changed_amount_is_found_and_its_entry_named(earned: list[JournalEntry]) -> None:
    tamper("UPDATE payouts_journalline SET amount_minor = amount_minor + 1 WHERE entry_id = %s", earned[1].id)

    code, report = verify()

    assert code == 1
    assert ("payouts.ledger.entries_unaltered", f"journal_entry:{earned[1].id}") in findings(report)
    assert not any(subject == f"journal_entry:{earned[0].id}" for _, subject in findings(report))


@pytest.mark.parametrize(
    "change", ["kind = 'OTHER'", "source = 'task:9'", "created_at = created_at + interval '1 microsecond'"]
)
def test_a_changed_head_of_an_entry_is_found(earned: list[JournalEntry], change: str) -> None:
    tamper(f"UPDATE payouts_journalentry SET {change} WHERE id = %s", earned[2].id)

    code, report = verify()

    assert code == 1
    assert ("payouts.ledger.entries_unaltered", f"journal_entry:{earned[2].id}") in findings(report)


def test_what_was_changed_in_an_entry_of_several_lines_is_found(ada: Any, earned: list[JournalEntry]) -> None:
    mine, work = payable(ada.id, "EUR"), expense("work", "EUR")
    lines = [LineSpec(work, mine, Money(amount, "EUR")) for amount in (1, 2, 3)]
    told = {"kind": "EARNING", "effective_on": NOW.date(), "lines": lines, "source": "s", "by": None, "now": NOW}
    whole, changed, cut = (post_entry(idempotency_key=key, **told) for key in ("whole", "changed", "cut"))
    tamper("UPDATE payouts_journalline SET amount_minor = 9 WHERE entry_id = %s AND line_no = 2", changed.id)
    tamper("DELETE FROM payouts_journalline WHERE entry_id = %s AND line_no = 2", cut.id)

    (result,) = run_checks(["payouts.ledger.entries_unaltered"])

    assert {finding.subject for finding in result.findings} == {f"journal_entry:{row.id}" for row in (changed, cut)}
    assert "declares 3 lines and has 2" in next(each.detail for each in result.findings if str(cut.id) in each.subject)
    assert whole.line_count == 3


def test_a_line_too_many_is_found(earned: list[JournalEntry]) -> None:
    tamper(
        "INSERT INTO payouts_journalline (entry_id, line_no, debit_id, credit_id, currency, amount_minor) "
        "SELECT entry_id, 2, debit_id, credit_id, currency, 1 FROM payouts_journalline WHERE entry_id = %s",
        earned[1].id,
    )

    (result,) = run_checks(["payouts.ledger.entries_unaltered"])

    (finding,) = result.findings
    assert finding.subject == f"journal_entry:{earned[1].id}"
    assert finding.detail.startswith("declares 1 lines and has 2")


def test_a_reversal_that_no_longer_mirrors_is_found(earned: list[JournalEntry]) -> None:
    undone = reverse_entry(entry_id=earned[0].id, idempotency_key="undo", kind="TEST", source="test", by=None, now=NOW)
    tamper("UPDATE payouts_journalline SET amount_minor = 1 WHERE entry_id = %s", undone.id)

    code, report = verify()

    assert code == 1
    assert ("payouts.ledger.reversals_mirror", f"journal_entry:{undone.id}") in findings(report)


def test_a_removed_line_is_found(earned: list[JournalEntry]) -> None:
    tamper("DELETE FROM payouts_journalline WHERE entry_id = %s", earned[0].id)

    code, report = verify()

    assert code == 1
    assert ("payouts.ledger.entries_unaltered", f"journal_entry:{earned[0].id}") in findings(report)


def test_a_balance_that_its_lines_do_not_give_is_found(ada: Any, earned: list[JournalEntry]) -> None:
    tamper("UPDATE payouts_ledgerbalance SET balance_minor = 1")

    code, report = verify()

    assert code == 1
    assert findings(report) == {("payouts.ledger.balances_equal_lines", f"ledger_account:expert:{ada.id}:payable:EUR")}


def test_an_earning_that_its_entry_does_not_say_is_found(earned: list[JournalEntry]) -> None:
    tamper("UPDATE payouts_earning SET source_key = 'task:other' WHERE source_key = 'task:1'")

    code, report = verify()

    assert code == 1
    assert ("payouts.earnings.posted_alike", "earning:task:other") in findings(report)


def test_an_unknown_check_is_refused_by_name(db: None) -> None:
    with pytest.raises(Exception, match="There is no check books"):
        call_command("verify", "--check", "books")
    assert Earning.objects.count() == 0


def test_a_change_by_a_superuser_in_replica_mode_is_found(fresh_database: str) -> None:
    ada, bola = make_person("Ada"), make_person("Bola")
    first, second = post_earnings([make_earning(ada.id, bola.id, f"task:{n}") for n in (1, 2)], now=NOW)
    tamper_as_superuser(
        fresh_database,
        "UPDATE payouts_journalline SET amount_minor = 1 WHERE entry_id = %(entry)s",
        entry=second.entry_id,
    )

    code, report = verify()

    assert code == 1
    named = {subject for name, subject in findings(report) if name == "payouts.ledger.entries_unaltered"}
    assert named == {f"journal_entry:{second.entry_id}"} != {f"journal_entry:{first.entry_id}"}
