"""Sending payouts: once, whatever fails on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from common.errors import NotPermitted
from payouts.ledger.errors import InsufficientBalance
from payouts.payees.commands import refresh_payee
from payouts.payees.models import Payee
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped, Refusal
from payouts.transfers import commands
from payouts.transfers.commands import submit as submit_module
from payouts.transfers.errors import PayeeNotReady, PayoutUnderWay
from payouts.transfers.models import Payout, PayoutAttempt, RailStop
from tests.payouts.people import make_person
from tests.payouts.support.story import Story, euros


class Crash(Exception):
    """The process dies here."""


def fail_transfers(story: Story, point: str, error: Exception, *, times: int = 1) -> None:
    """Let the provider fail at a point of the next transfers."""
    left = [times]

    def hook(where: str, request: Request) -> None:
        if where == point and request.method == "POST" and request.path == "/v1/transfers" and left[0]:
            left[0] -= 1
            raise error

    story.sandbox.hook = hook


def crash_at(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the process die at the first visit of a crash point."""
    visits: list[str] = []

    def visit(point: str) -> None:
        visits.append(point)
        if point == name and visits.count(name) == 1:
            raise Crash(point)

    monkeypatch.setattr(submit_module, "crash_point", visit)


def test_a_payout_goes_from_payable_to_the_bank(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    assert story.balances(paid_ada) == (4000, 6000, 100_000)

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert payout.paid_at is not None
    assert story.balances(paid_ada) == (4000, 0, 94_000)
    assert [item["amount"] for item in story.transfers()] == [6000]
    assert story.is_even()


def test_the_body_carries_what_finds_it_again(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)

    (transfer,) = story.transfers()
    assert transfer["transfer_group"] == f"payout_{payout.id}"
    assert transfer["metadata"] == {"payout": str(payout.id), "attempt": "1"}
    attempt = payout.attempts.get()
    assert attempt.idempotency_key == f"po_{payout.id}_1"
    assert attempt.request_id.startswith("req_")


def test_more_than_is_payable_is_not_reserved(story: Story, paid_ada: Any) -> None:
    with pytest.raises(InsufficientBalance):
        story.reserve(paid_ada, euros(101))

    assert not Payout.objects.exists()
    assert story.balances(paid_ada) == (10_000, 0, 100_000)


def test_nobody_has_two_payouts_under_way(story: Story, paid_ada: Any) -> None:
    story.reserve(paid_ada, euros(60))

    with pytest.raises(PayoutUnderWay):
        story.reserve(paid_ada, euros(40))

    assert Payout.objects.count() == 1
    assert story.balances(paid_ada) == (4000, 6000, 100_000)


def test_who_has_no_account_is_not_reserved_for(story: Story, bola: Any) -> None:
    story.earn(bola, euros(10))

    with pytest.raises(PayeeNotReady):
        story.reserve(bola, euros(10))

    assert not Payout.objects.exists()


@pytest.mark.parametrize(
    "point",
    [
        "payouts.transfer.before_claim",
        "payouts.transfer.before_call",
        "payouts.transfer.after_call",
        "payouts.transfer.after_settle",
    ],
)
def test_a_crash_anywhere_ends_in_one_transfer(
    story: Story, paid_ada: Any, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    payout = story.reserve(paid_ada, euros(60))
    crash_at(monkeypatch, point)
    with pytest.raises(Crash):
        commands.submit_payout(payout_id=payout.id, now=story.now)

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert len(story.transfers()) == 1
    assert payout.attempts.count() == 1
    assert story.balances(paid_ada) == (4000, 0, 94_000)


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_a_timeout_is_sent_again_under_the_same_key(story: Story, paid_ada: Any, point: str) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, point, ConnectionDropped())

    commands.submit_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    assert payout.state == "SUBMITTING"
    assert story.balances(paid_ada) == (4000, 6000, 100_000)
    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert len(story.transfers()) == 1
    assert [attempt.sends for attempt in payout.attempts.all()] == [2]


@pytest.mark.parametrize(("status", "code"), [(409, "idempotency_key_in_use"), (429, "rate_limit")])
def test_a_busy_provider_is_asked_again(story: Story, paid_ada: Any, status: int, code: str) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, "before_effect", Refusal(status, "invalid_request_error", "busy", code))

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert len(story.transfers()) == payout.attempts.count() == 1


def test_a_500_after_the_effect_is_found_by_its_group(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, "after_effect", Refusal(500, "api_error", "oops", executed=True))

    commands.submit_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    assert payout.state == "UNKNOWN"
    story.sweep(hours=0.2)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert [attempt.sends for attempt in payout.attempts.all()] == [1]
    assert len(story.transfers()) == 1


def test_a_stored_500_without_effect_is_replaced_only_after_25_hours(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, "before_effect", Refusal(500, "api_error", "oops", executed=True))

    commands.submit_payout(payout_id=payout.id, now=story.now)
    story.sweep(hours=24.9, step_minutes=6)
    payout.refresh_from_db()
    assert payout.state == "UNKNOWN"
    assert story.transfers() == []
    assert story.balances(paid_ada) == (4000, 6000, 100_000)

    story.sweep(hours=0.5)
    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert [(a.number, a.outcome) for a in payout.attempts.order_by("number")] == [(1, "ABSENT"), (2, "SUCCEEDED")]
    assert len(story.transfers()) == 1


def test_a_silence_of_20_hours_is_looked_up_not_sent_again(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, "after_effect", ConnectionDropped())
    commands.submit_payout(payout_id=payout.id, now=story.now)

    story.pass_time(hours=30)
    commands.submit_payout(payout_id=payout.id, now=story.now)

    payout.refresh_from_db()
    assert payout.state == "TRANSFERRED"
    assert [attempt.sends for attempt in payout.attempts.all()] == [1]
    assert len(story.transfers()) == 1


def test_two_transfers_of_one_payout_freeze_it(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, "after_effect", Refusal(500, "api_error", "oops", executed=True))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    body = payout.attempts.get().body
    story.client.v1.transfers.create(json.loads(body))

    story.sweep(hours=1)

    payout.refresh_from_db()
    assert (payout.state, payout.needs_person, payout.failure_code) == ("UNKNOWN", True, "two_transfers")
    assert story.balances(paid_ada) == (4000, 6000, 100_000)


def test_a_key_used_for_something_else_freezes_the_payout(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    story.client.v1.topups.create({"amount": 1, "currency": "eur"}, {"idempotency_key": f"po_{payout.id}_1"})

    story.sweep(hours=26, step_minutes=60)

    payout.refresh_from_db()
    assert (payout.state, payout.needs_person, payout.failure_code) == ("UNKNOWN", True, "idempotency_error")
    assert payout.attempts.count() == 1
    assert story.balances(paid_ada)[:2] == (4000, 6000)


def test_a_lack_of_funds_waits_and_takes_another_attempt(story: Story, ada: Any) -> None:
    story.onboard(ada)
    story.earn(ada, euros(100))
    payout = story.reserve(ada, euros(60))

    commands.submit_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    assert payout.state == "RESERVED"
    story.fund(euros(100))
    story.sweep(hours=0.2)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert [a.outcome for a in payout.attempts.order_by("number")] == ["REFUSED", "SUCCEEDED"]
    assert len(story.transfers()) == 1
    assert story.is_even()


def test_an_account_that_lost_its_capability_fails_and_releases(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    story.switch("restrict", account=payout.destination)

    commands.submit_payout(payout_id=payout.id, now=story.now)

    payout.refresh_from_db()
    assert (payout.state, payout.failure_code) == ("FAILED", "insufficient_capabilities_for_transfer")
    assert "complete it" in payout.failure_text
    assert story.balances(paid_ada) == (10_000, 0, 100_000)
    assert story.transfers() == []


def test_a_refused_key_of_the_platform_stops_everything(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    fail_transfers(story, "received", Refusal(401, "invalid_request_error", "Invalid API Key"), times=99)

    story.sweep(hours=0.5)
    assert RailStop.objects.filter(lifted_at=None).count() == 1
    payout.refresh_from_db()
    assert payout.state == "SUBMITTING"
    assert payout.attempts.get().sends == 1

    story.sandbox.hook = None
    with pytest.raises(NotPermitted):
        commands.lift_stop(rail="connect", by=paid_ada, now=story.now)
    assert commands.lift_stop(rail="connect", by=make_person("Dele", "FINANCE_APPROVER"), now=story.now) is True
    story.sweep(hours=0.2)
    payout.refresh_from_db()
    assert payout.state == "PAID"


def test_a_changed_bank_account_holds_the_payout(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    story.fill_in_form(paid_ada, number="DE02120300000000202051")
    refresh_payee(payee_id=Payee.objects.get(worker=paid_ada).id, now=story.now)

    commands.submit_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    assert (payout.state, payout.failure_code) == ("HELD", "DESTINATION_CHANGED")
    assert story.transfers() == []

    dele = make_person("Dele", "FINANCE_APPROVER")
    story.pass_time(hours=73)
    commands.resume_payout(payout_id=payout.id, by=dele, now=story.now)
    story.sweep(hours=0.1)
    payout.refresh_from_db()
    assert (payout.state, payout.bank_last4) == ("PAID", "2051")


def test_a_held_payout_can_be_cancelled_and_a_sent_one_cannot(story: Story, paid_ada: Any) -> None:
    dele = make_person("Dele", "FINANCE_APPROVER")
    payout = story.reserve(paid_ada, euros(60))
    commands.cancel_payout(payout_id=payout.id, reason_text="Wrong month", by=dele, now=story.now)
    assert story.balances(paid_ada) == (10_000, 0, 100_000)

    other = story.reserve(paid_ada, euros(60))
    commands.submit_payout(payout_id=other.id, now=story.now)
    with pytest.raises(Exception, match="cannot become CANCELLED"):
        commands.cancel_payout(payout_id=other.id, reason_text="Too late", by=dele, now=story.now)
    assert story.balances(paid_ada) == (4000, 0, 94_000)


def test_what_an_attempt_sends_never_changes(story: Story, paid_ada: Any) -> None:
    payout = story.reserve(paid_ada, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    for model, change in (
        (PayoutAttempt, {"body": "{}"}),
        (PayoutAttempt, {"idempotency_key": "other"}),
        (Payout, {"amount_minor": 1}),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**change)
