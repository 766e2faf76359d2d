"""Posting entries: all or none, under their keys, with floors that hold against many at once."""

from __future__ import annotations

import threading
from datetime import date
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from common.money import Money
from payouts.ledger.commands import post_entries, post_entry, reverse_entry
from payouts.ledger.errors import (
    EntryAlreadyPosted,
    EntryAlreadyReversed,
    EntryIsReversal,
    InsufficientBalance,
    UnknownEntry,
    UnpostableEntry,
)
from payouts.ledger.models import JournalEntry, JournalLine, LedgerAccount, LedgerBalance, Period
from payouts.ledger.queries import get_balance, get_balances, trial_balance
from payouts.ledger.rules import EntrySpec, LineSpec, expense, inflight, payable
from tests.payouts.people import NOW, make_person

DAY = NOW.date()
WORK = expense("work", "EUR")


def euros(minor: int) -> Money:
    return Money(minor, "EUR")


def owe(worker: Any, minor: int, key: str, day: date = DAY) -> EntrySpec:
    return EntrySpec(key, "EARNING", day, (LineSpec(WORK, payable(worker.id, "EUR"), euros(minor)),), key)


def reserve(worker: Any, minor: int, key: str) -> EntrySpec:
    line = LineSpec(payable(worker.id, "EUR"), inflight(worker.id, "EUR"), euros(minor))
    return EntrySpec(key, "RESERVE", DAY, (line,), key)


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (JournalEntry, JournalLine, LedgerAccount, Period))


def test_an_entry_moves_its_amount_between_two_accounts(ada: Any) -> None:
    entry = post_entry(
        idempotency_key="k",
        kind="EARNING",
        effective_on=DAY,
        lines=[LineSpec(WORK, payable(ada.id, "EUR"), euros(1250))],
        source="task:1",
        by=None,
        now=NOW,
    )

    assert (entry.period.month, entry.line_count, entry.created_at) == ("2026-11", 1, NOW)
    assert get_balances([WORK, payable(ada.id, "EUR"), "bank:EUR"]) == {
        WORK: euros(1250),
        payable(ada.id, "EUR"): euros(1250),
        "bank:EUR": euros(0),
    }
    account = LedgerAccount.objects.get(code=payable(ada.id, "EUR"))
    assert (account.worker_id, account.side, account.floor_minor) == (ada.id, "CREDIT", 0)


def test_platform_accounts_keep_no_balance_row(ada: Any) -> None:
    post_entries([owe(ada, 1, "k")], by=None, now=NOW)

    assert list(LedgerBalance.objects.values_list("account__code", flat=True)) == [payable(ada.id, "EUR")]


def test_a_replayed_key_posts_nothing_and_leaves_the_transaction_usable(ada: Any) -> None:
    post_entries([owe(ada, 1, "k")], by=None, now=NOW)
    before = counts()

    with pytest.raises(EntryAlreadyPosted):
        post_entries([owe(ada, 5, "new"), owe(ada, 1, "k")], by=None, now=NOW)

    assert counts() == before
    assert get_balance(payable(ada.id, "EUR")) == euros(1)


def test_one_bad_entry_among_many_leaves_none(ada: Any) -> None:
    with pytest.raises(InsufficientBalance):
        post_entries([owe(ada, 10, "a"), reserve(ada, 11, "b")], by=None, now=NOW)

    assert counts() == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("lines", "detail"),
    [
        ((), "no lines"),
        ((LineSpec(WORK, WORK, euros(1)),), "one account to another"),
        ((LineSpec(WORK, "bank:EUR", euros(0)),), "positive"),
        ((LineSpec(WORK, "bank:EUR", euros(-5)),), "positive"),
        ((LineSpec(WORK, "bank:USD", euros(5)),), "one currency"),
        ((LineSpec("bank:USD", "stripe:balance:USD", euros(5)),), "one currency"),
        ((LineSpec("bank:ZZZ", "bank:EUR", euros(5)),), "not a currency"),
        ((LineSpec("wallet:EUR", "bank:EUR", euros(5)),), "no account code"),
        ((LineSpec("expert:1:payable:EUR", "bank:EUR", euros(5)),), "no account code"),
    ],
)
def test_an_entry_that_cannot_be_is_refused_with_its_position(db: None, lines: Any, detail: str) -> None:
    with pytest.raises(UnpostableEntry, match=detail) as caught:
        post_entries([EntrySpec("k", "TEST", DAY, lines, "s")], by=None, now=NOW)

    assert caught.value.problems[0].pointer == "/entries/0"
    assert counts() == (0, 0, 0, 0)


def test_a_reversal_posts_the_opposite_once(ada: Any) -> None:
    (entry_id,) = post_entries([owe(ada, 700, "k")], by=None, now=NOW)

    reversal = reverse_entry(entry_id=entry_id, idempotency_key="undo", kind="UNDO", source="s", by=None, now=NOW)

    assert reversal.reverses_id == entry_id
    assert get_balance(payable(ada.id, "EUR")) == euros(0)
    with pytest.raises(EntryAlreadyReversed):
        reverse_entry(entry_id=entry_id, idempotency_key="undo2", kind="UNDO", source="s", by=None, now=NOW)
    with pytest.raises(EntryIsReversal):
        reverse_entry(entry_id=reversal.id, idempotency_key="redo", kind="UNDO", source="s", by=None, now=NOW)
    with pytest.raises(UnknownEntry):
        reverse_entry(entry_id=ada.id, idempotency_key="undo3", kind="UNDO", source="s", by=None, now=NOW)


def test_debits_equal_credits_in_the_trial_balance_and_in_the_contract(ada: Any, bola: Any) -> None:
    post_entries([owe(ada, 700, "a"), owe(bola, 41, "b"), reserve(ada, 300, "c")], by=None, now=NOW)

    rows = trial_balance()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), sum(amount_minor), min(currency) FROM contract.postings")
        signed = cursor.fetchone()

    assert sum(row.debits_minor for row in rows) == sum(row.credits_minor for row in rows) == 1041
    assert signed == (6, 0, "EUR")


def test_the_trial_balance_of_a_day_counts_what_was_effective_until_its_end(ada: Any, bola: Any) -> None:
    post_entries([owe(ada, 700, "a", date(2026, 11, 3)), owe(bola, 41, "b", date(2026, 11, 4))], by=None, now=NOW)
    rows = {day: trial_balance(as_of=date(2026, 11, day)) for day in (2, 3, 4)}

    assert rows[2] == []
    assert {row.code: row.balance_minor for row in rows[3]} == {WORK: 700, payable(ada.id, "EUR"): 700}
    assert rows[4] == trial_balance()
    assert [row.balance_minor for row in trial_balance([WORK], as_of=date(2026, 11, 3))] == [700]


class BalancesFollowLines(TestCase):
    """Whatever is posted in whatever portions, balances equal the sums of their lines."""

    @settings(max_examples=25, deadline=None)
    @given(
        amounts=st.lists(st.integers(1, 10**9), min_size=1, max_size=12),
        portions=st.integers(1, 4),
        shares=st.lists(st.integers(0, 10**9), max_size=6),
    )
    def test_balances_follow_lines(self, amounts: list[int], portions: int, shares: list[int]) -> None:
        with transaction.atomic():
            worker = make_person("Ada")
            specs = [owe(worker, amount, f"owe:{n}") for n, amount in enumerate(amounts)]
            for start in range(0, len(specs), portions):
                post_entries(specs[start : start + portions], by=None, now=NOW)
            left = sum(amounts)
            for n, share in enumerate(share for share in shares if share):
                if share <= left:
                    post_entries([reserve(worker, share, f"take:{n}")], by=None, now=NOW)
                    left -= share
                else:
                    with pytest.raises(InsufficientBalance):
                        post_entries([reserve(worker, share, f"take:{n}")], by=None, now=NOW)

            assert get_balance(payable(worker.id, "EUR")) == euros(left)
            assert get_balance(inflight(worker.id, "EUR")) == euros(sum(amounts) - left)
            transaction.set_rollback(True)


def test_of_eight_who_reserve_the_same_last_balance_at_once_one_succeeds(fresh_database: str) -> None:
    ada = make_person("Ada")
    post_entries([owe(ada, 1000, "k")], by=None, now=NOW)
    start, outcomes = threading.Barrier(8), []

    def take(number: int) -> None:
        start.wait()
        try:
            post_entries([reserve(ada, 1000, f"take:{number}")], by=None, now=NOW)
            outcomes.append("taken")
        except InsufficientBalance:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["refused"] * 7 + ["taken"]
    assert get_balance(inflight(ada.id, "EUR")) == euros(1000)
    assert JournalEntry.objects.filter(kind="RESERVE").count() == 1


def test_no_other_transaction_adds_a_line_to_an_entry_that_it_cannot_see_yet(fresh_database: str) -> None:
    ada = make_person("Ada")
    # Of accounts without a balance: the other transaction would wait for that of the first.
    moved = LineSpec("bank:EUR", "suspense:EUR", euros(1))
    post_entries([EntrySpec("first", "TEST", DAY, (moved,), "first")], by=None, now=NOW)
    line = """
        INSERT INTO payouts_journalline (entry_id, line_no, debit_id, credit_id, currency, amount_minor)
        SELECT %s, 2, debit_id, credit_id, currency, amount_minor FROM payouts_journalline WHERE amount_minor = 1
    """

    with psycopg.connect(fresh_database, options="-c lock_timeout=5s") as other:
        with transaction.atomic():
            (entry_id,) = post_entries([owe(ada, 700, "second")], by=None, now=NOW)
            with pytest.raises(psycopg.errors.ForeignKeyViolation, match="lines come after their entry"):
                other.execute(line, [entry_id])
            other.rollback()
        with pytest.raises(psycopg.errors.CheckViolation, match="takes no line 2"):
            other.execute(line, [entry_id])

    assert get_balance(payable(ada.id, "EUR")).amount_minor == 700


def test_accounts_and_the_period_opened_by_many_at_once_are_opened_once(fresh_database: str) -> None:
    ada = make_person("Ada")
    start, failures = threading.Barrier(6), []

    def work(number: int) -> None:
        start.wait()
        try:
            post_entries([owe(ada, 5, f"owe:{number}")], by=None, now=NOW)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert get_balance(payable(ada.id, "EUR")) == euros(30)
    assert counts() == (6, 6, 2, 1)
