"""What a line says of itself: minimum, hold, debt and what waits, always adding up, in the database too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.money import Money
from payouts.cycles.changes import find_changes
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit
from payouts.cycles.commands import lines as lines_module
from payouts.cycles.models import CycleLine, PayCycle
from payouts.cycles.rules import Due, LineFacts, Terms, carry_over, lines_digest, split_line
from payouts.facade import post_earnings
from payouts.holds.commands import place_hold, release_hold
from payouts.holds.models import Hold
from payouts.ledger.commands import post_entry
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import LineSpec, expense, receivable
from payouts.payees.queries import Payability
from payouts.rails import registry
from payouts.transfers.models import Payout
from tests.payouts.cycles.test_running import POSTED, approved, assert_books_hold, let_it_end
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


def move(debit: str, credit: str, money: Money) -> None:
    post_entry(
        idempotency_key=str(uuid4()),
        kind="STORY",
        effective_on=NOW.date(),
        lines=[LineSpec(debit, credit, money)],
        source="story",
        by=None,
        now=NOW,
    )


def owe(worker: Any, money: Money) -> None:
    move(receivable(worker.id, money.currency), expense("clawback", money.currency), money)


def put_on_hold(worker: Any, money: Money | None, by: Any) -> Hold:
    return place_hold(
        worker_id=worker.id,
        currency="EUR",
        money=money,
        reason_code="NAME_DIFFERS",
        reason_text="The name at the bank is another one.",
        ends_at=NOW + timedelta(days=30),
        by=by,
        now=NOW,
    )


def calculated(by: Any, end: datetime = END, start: datetime | None = None) -> PayCycle:
    cycle = draft_cycle(starts_at=start or end - WEEK, ends_at=end, currency="EUR", by=by, now=NOW)
    return calculate(cycle_id=cycle.id, by=by, now=NOW)


def explained(line: CycleLine) -> dict[str, int]:
    names = ("earned", "bonus", "brought", "held", "holdback", "recovered", "amount", "carried")
    return {name: getattr(line, f"{name}_minor") for name in names if getattr(line, f"{name}_minor")}


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    gross=st.integers(0, 10**12),
    brought=st.integers(-(10**9), 10**9),
    on_hold=st.integers(0, 10**12),
    owed=st.integers(0, 10**12),
    holdback_bps=st.integers(0, 10_000),
    recovery_bps=st.integers(0, 10_000),
    multiple=st.sampled_from([1, 100]),
)
def test_a_split_always_adds_up_and_never_keeps_more_than_its_shares(
    gross: int, brought: int, on_hold: int, owed: int, holdback_bps: int, recovery_bps: int, multiple: int
) -> None:
    due = Due(gross, brought, on_hold, owed)

    split = split_line(due, Terms(holdback_bps, recovery_bps), multiple)

    for way in (split, carry_over(due)):
        parts = (way.held_minor, way.holdback_minor, way.recovered_minor, way.amount_minor, way.carried_minor)
        assert sum(parts) == gross + brought
        assert min(parts[:4]) >= 0
    assert split.recovered_minor * 10_000 <= gross * recovery_bps
    assert split.recovered_minor <= owed
    assert split.holdback_minor * 10_000 <= gross * holdback_bps
    assert split.amount_minor % multiple == 0
    assert split.held_minor <= on_hold


def test_a_digest_without_anything_kept_reads_as_it_always_did() -> None:
    worker, earning = uuid4(), uuid4()
    plain = lines_digest("EUR", [LineFacts(worker, 100, 0, 0, [(earning, 100)])])

    kept = lines_digest("EUR", [LineFacts(worker, 100, 0, 0, [(earning, 100)], recovered_minor=1)])
    held_back = lines_digest("EUR", [LineFacts(worker, 100, 0, 0, [(earning, 100)], holdback_minor=1)])

    assert len({plain, kept, held_back}) == 3


def test_less_than_the_least_of_the_route_waits_with_the_reason_until_it_is_enough(
    amina: Any, ada: Any, bola: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        lines_module,
        "payability",
        lambda worker_ids, currency, now: dict.fromkeys(worker_ids, Payability(True, minimum=euros(80))),
    )
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED - WEEK)
    first = calculated(amina, END - WEEK).lines.get()
    post_earnings([make_earning(ada.id, bola.id, "t:2")], now=POSTED)

    second = calculated(amina).lines.get()

    assert (first.state, first.reason_code, explained(first)) == (
        "CARRIED_OVER",
        "BELOW_MINIMUM",
        {"earned": 5000, "carried": 5000},
    )
    assert "80.00 EUR" in first.reason_text
    assert (second.state, explained(second)) == ("INCLUDED", {"earned": 10000, "amount": 10000})


def test_the_least_amount_comes_from_the_table_of_what_countries_and_rails_can_pay(
    story: Story, amina: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada, number="HU42117730161111101800000000", country="HU", currency="HUF")
    post_earnings(
        [make_earning(ada.id, bola.id, "t:1", currency="HUF", quantity=Decimal(1), rate_minor=99)], now=POSTED
    )

    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="HUF", by=amina, now=NOW)
    line = calculate(cycle_id=cycle.id, by=amina, now=NOW).lines.get()

    assert (line.state, line.reason_code, line.carried_minor) == ("CARRIED_OVER", "BELOW_UNIT", 99)


@pytest.mark.usefixtures("waiting")
def test_a_bonus_stands_apart_from_work(amina: Any, ada: Any, bola: Any) -> None:
    post_earnings(
        [make_earning(ada.id, bola.id, "t:1"), make_earning(ada.id, bola.id, "b:1", unit="BONUS")], now=POSTED
    )

    line = calculated(amina).lines.get()

    assert explained(line) == {"earned": 5000, "bonus": 5000, "amount": 10000}
    assert [(words, money.amount_minor) for words, money in line.parts] == [("Bonuses and corrections", 5000)]


def test_part_on_hold_is_not_paid_and_is_paid_by_the_first_cycle_after_it_is_free(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    hold = put_on_hold(ada, euros(20), amina)
    first = approved(amina, chiara)
    execute(cycle_id=first.id, by=amina, now=NOW)
    let_it_end(story)

    still = calculated(amina, NOW, END).lines.get()
    release_hold(hold_id=hold.id, reason_text="Confirmed.", by=chiara, now=NOW)
    free = calculate(cycle_id=PayCycle.objects.exclude(id=first.id).get().id, by=amina, now=NOW).lines.get()

    assert explained(first.lines.get()) == {"earned": 5000, "held": 2000, "amount": 3000}
    assert (still.reason_code, explained(still)) == ("ON_HOLD", {"brought": 2000, "held": 2000})
    assert explained(free) == {"brought": 2000, "amount": 2000}
    assert_books_hold()


def test_a_debt_is_recovered_by_at_most_a_quarter_of_each_line_until_it_is_settled(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    owe(ada, euros(20))
    seen = []
    for week in (2, 1, 0):
        post_earnings([make_earning(ada.id, bola.id, f"t:{week}")], now=POSTED - week * WEEK)
        cycle = approved(amina, chiara, end=END - week * WEEK)
        execute(cycle_id=cycle.id, by=amina, now=NOW)
        let_it_end(story)
        seen.append(explained(cycle.lines.get()))

    assert seen == [
        {"earned": 5000, "recovered": 1250, "amount": 3750},
        {"earned": 5000, "recovered": 750, "amount": 4250},
        {"earned": 5000, "amount": 5000},
    ]
    assert get_balance(receivable(ada.id, "EUR")) == euros(0)
    assert story.balances(ada)[0] == 0
    assert_books_hold()


def test_what_a_returned_payout_had_recovered_is_owed_again(
    story: Story, amina: Any, chiara: Any, ada: Any, bola: Any
) -> None:
    story.onboard(ada, number="DE62370400440532013001")
    story.fund(euros(1000))
    owe(ada, euros(10))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    cycle = approved(amina, chiara)
    execute(cycle_id=cycle.id, by=amina, now=NOW)
    recovered = get_balance(receivable(ada.id, "EUR"))

    let_it_end(story)

    assert recovered == euros(0)
    assert Payout.objects.get().state == "RETURNED"
    assert get_balance(receivable(ada.id, "EUR")) == euros(10)
    assert story.balances(ada)[:2] == (5000, 0)
    story.mend_bank(ada)
    later = story.now + timedelta(hours=73)
    cycle = draft_cycle(starts_at=END, ends_at=NOW, currency="EUR", by=amina, now=later)
    following = calculate(cycle_id=cycle.id, by=amina, now=later).lines.get()
    assert explained(following) == {"earned": 5000, "recovered": 1000, "amount": 4000}
    assert_books_hold()


def test_a_debt_is_planned_into_one_of_two_cycles_calculated_side_by_side(
    amina: Any, ada: Any, bola: Any, waiting: dict[Any, tuple[str, str]]
) -> None:
    owe(ada, euros(10))
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED - WEEK)
    first = calculated(amina, END - WEEK).lines.get()
    post_earnings([make_earning(ada.id, bola.id, "t:2")], now=POSTED)

    second = calculated(amina).lines.get()

    assert (first.recovered_minor, second.recovered_minor) == (1000, 0)


def test_a_rest_that_was_paid_before_its_payout_came_back_is_taken_off(
    amina: Any, ada: Any, bola: Any, waiting: dict[Any, tuple[str, str]]
) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    early = calculated(amina, END - WEEK)
    CycleLine.objects.create(
        cycle=early, worker=ada, currency="EUR", earned_minor=0, brought_minor=700, amount_minor=700, earnings_count=0
    )

    line = calculated(amina).lines.get()

    assert explained(line) == {"earned": 5000, "brought": -700, "amount": 4300}


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("amount_minor = amount_minor + 1", "cycle_line_adds_up"),
        ("bonus_minor = bonus_minor + 1", "cycle_line_adds_up"),
        ("held_minor = held_minor + 1", "cycle_line_adds_up"),
        ("recovered_minor = 1251, amount_minor = amount_minor - 1251", "cycle_line_keeps_its_shares"),
        ("holdback_minor = 1, amount_minor = amount_minor - 1", "cycle_line_keeps_its_shares"),
        ("held_minor = -1, amount_minor = amount_minor + 1", "cycle_line_not_negative"),
        ("state = 'CARRIED_OVER', reason_code = 'X'", "cycle_line_pays_or_says_why"),
    ],
)
@pytest.mark.usefixtures("waiting")
def test_raw_sql_cannot_write_a_line_that_does_not_explain_itself(
    amina: Any, ada: Any, bola: Any, change: str, constraint: str
) -> None:
    post_earnings([make_earning(ada.id, bola.id, "t:1")], now=POSTED)
    line = calculated(amina).lines.get()

    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE payouts_cycleline SET {change}")

    assert caught.value.__cause__.diag.constraint_name == constraint
    assert explained(CycleLine.objects.get()) == explained(line)


@pytest.mark.usefixtures("waiting")
def test_changes_name_who_is_new_gone_and_paid_differently_by_more_than_the_share(
    amina: Any, chiara: Any, ada: Any, bola: Any, chen: Any
) -> None:
    dele, emeka = make_person("Dele"), make_person("Emeka")
    before = [(ada, 2), (chen, 2), (dele, 2)]
    post_earnings(
        [make_earning(p.id, bola.id, f"a:{p.id}", quantity=Decimal(hours)) for p, hours in before], now=POSTED - WEEK
    )
    last = calculated(amina, END - WEEK)
    submit(cycle_id=last.id, by=amina, now=NOW)
    approve(cycle_id=last.id, by=chiara, now=NOW)
    after = [(ada, 3), (dele, 5), (emeka, 1)]
    post_earnings([make_earning(p.id, bola.id, f"b:{p.id}", quantity=Decimal(hours)) for p, hours in after], now=POSTED)

    changes = find_changes(calculated(amina), over_percent=50)

    assert changes is not None
    assert changes.counts == {"NEW": 1, "GONE": 1, "CHANGED": 1}
    assert [(c.worker_name, c.kind, c.difference.amount_minor, c.share) for c in changes.largest] == [
        ("Dele", "CHANGED", 7500, 1.5),
        ("Chen", "GONE", -5000, -1.0),
        ("Emeka", "NEW", 2500, None),
    ]
    more = find_changes(calculate(cycle_id=PayCycle.objects.latest("id").id, by=amina, now=NOW), over_percent=49)
    assert more is not None
    assert more.counts["CHANGED"] == 2


def test_a_first_cycle_has_no_changes(amina: Any, waiting: dict[Any, tuple[str, str]]) -> None:
    assert find_changes(calculated(amina)) is None
