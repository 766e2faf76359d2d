"""Experts are told of each thing that happens to their money, once, with what it means and where to look."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from common import clock, events
from marketplace.notifications.commands import mail_due
from marketplace.notifications.models import Notice
from payouts.adjustments.commands import approve_adjustment, propose_adjustment
from payouts.cycles.commands import approve, calculate, draft_cycle, execute, submit
from payouts.facade import post_earnings
from payouts.holds.commands import end_due_holds, place_hold, release_hold
from payouts.holds.models import Hold
from payouts.rails import registry
from tests.payouts.people import NOW, make_earning, make_person
from tests.payouts.support.story import Story, euros

END = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    with clock.at(NOW):
        yield made


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER")


@pytest.fixture
def chiara(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


@pytest.fixture
def ada(db: None) -> Any:
    return make_person("Ada")


@pytest.fixture
def bola(db: None) -> Any:
    return make_person("Bola")


def told(worker: Any, now: datetime = NOW) -> list[tuple[str, str]]:
    """Deliver the news, twice, and return what the worker reads, oldest first."""
    events.deliver_due(now=now)
    events.deliver_due(now=now)
    return list(Notice.objects.filter(user=worker).order_by("created_at", "id").values_list("title", "body"))


def earn(worker: Any, key: str, approver: Any) -> None:
    post_earnings([make_earning(worker.id, approver.id, key)], now=END - timedelta(days=2))


def hold(worker: Any, by: Any, amount: int | None) -> Hold:
    return place_hold(
        worker_id=worker.id,
        currency="EUR",
        money=euros(amount) if amount else None,
        reason_code="NAME_DIFFERS",
        reason_text="The name at the bank is another one.",
        ends_at=NOW + WEEK,
        by=by,
        now=NOW,
    )


def adjust(kind: str, worker: Any, amina: Any, chiara: Any) -> None:
    row = propose_adjustment(
        kind=kind,
        worker_id=worker.id,
        money=euros(30),
        reason_code="CODE",
        reason_text="Paid twice in May.",
        by=amina,
        now=NOW,
    )
    approve_adjustment(adjustment_id=row.id, by=chiara, now=NOW)


def carry_out(amina: Any, chiara: Any) -> None:
    cycle = draft_cycle(starts_at=END - WEEK, ends_at=END, currency="EUR", by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    calculate(cycle_id=cycle.id, by=amina, now=NOW)
    submit(cycle_id=cycle.id, by=amina, now=NOW)
    approve(cycle_id=cycle.id, by=chiara, now=NOW)
    execute(cycle_id=cycle.id, by=amina, now=NOW)


def test_a_hold_is_told_when_it_is_placed_and_when_it_is_lifted(
    story: Story, ada: Any, amina: Any, chiara: Any
) -> None:
    earn(ada, "t:1", chiara)
    row = hold(ada, amina, 20)
    release_hold(hold_id=row.id, reason_text="The bank says it is hers.", by=chiara, now=NOW)

    assert told(ada) == [
        (
            "€20.00 is on hold",
            "On hold until 2026-11-19 09:30 UTC: The name at the bank is another one. "
            "Your money is safe. If this is not right, open the hold and appeal.",
        ),
        (
            "€20.00 is no longer on hold",
            "It was lifted: The bank says it is hers. The next pay cycle takes the money.",
        ),
    ]
    assert Notice.objects.filter(user=ada).first().path == f"/holds/{row.id}/"  # type: ignore[union-attr]
    mail_due(now=NOW)
    assert [message.to for message in mail.outbox] == [["ada@example.org"]] * 2


def test_a_hold_on_everything_is_told_and_so_is_its_end_by_time(story: Story, ada: Any, amina: Any, bola: Any) -> None:
    earn(ada, "t:1", bola)
    hold(ada, amina, None)
    end_due_holds(now=NOW + WEEK)

    assert [title for title, _ in told(ada, NOW + WEEK)] == [
        "All your pay in EUR is on hold",
        "€50.00 is no longer on hold",
    ]


def test_a_bonus_and_a_correction_are_told(story: Story, ada: Any, amina: Any, chiara: Any) -> None:
    earn(ada, "t:1", chiara)
    adjust("BONUS", ada, amina, chiara)
    adjust("CORRECTION", ada, amina, chiara)

    assert told(ada) == [
        ("A bonus of €30.00 for you", "Paid twice in May. The next pay cycle pays it."),
        ("A correction of €30.00 in your favor", "Paid twice in May. The next pay cycle pays it."),
    ]


def test_a_clawback_and_each_recovery_of_it_are_told_with_what_is_left(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    story.onboard(ada)
    story.fund(euros(1000))
    earn(ada, "t:1", bola)
    adjust("CLAWBACK", ada, amina, chiara)
    carry_out(amina, chiara)

    notices = dict(told(ada))

    assert notices["You owe €30.00"].startswith("Paid twice in May. A share of each later payment")
    assert notices["€12.50 was taken for what you owe"].endswith("You still owe €17.50.")


def test_who_is_carried_over_is_told_once_a_cycle_and_not_when_it_is_only_calculated(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any
) -> None:
    chen = make_person("Chen")
    story.onboard(chen)
    story.fund(euros(1000))
    earn(ada, "t:1", bola)
    earn(chen, "t:2", bola)
    carry_out(amina, chiara)

    assert told(ada) == [("€50.00 waits for the next pay cycle", "Say how you want to be paid. Your money is safe.")]


def test_a_holdback_is_told_with_its_end(
    story: Story, ada: Any, bola: Any, amina: Any, chiara: Any, settings: Any
) -> None:
    settings.PAYOUT_HOLDBACK_BPS = 1000
    story.onboard(ada)
    story.fund(euros(1000))
    earn(ada, "t:1", bola)
    carry_out(amina, chiara)

    notices = dict(told(ada))

    assert notices["€5.00 is held back"] == (
        "On hold until 2026-12-12 09:30 UTC: A share of each payment is kept for a time and paid afterwards. "
        "It is paid by the next cycle after that."
    )
