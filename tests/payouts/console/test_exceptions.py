"""The queue of payouts that did not go their way: what stands in it, what helps, and that it leaves."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from common import clock
from payouts.payees.commands import refresh_payee
from payouts.payees.models import Payee
from payouts.rails import registry
from payouts.sandbox.core import Request
from payouts.sandbox.errors import Refusal
from payouts.transfers import commands
from payouts.transfers.models import Payout
from tests.payouts.people import make_person
from tests.payouts.support.story import Story, euros

API = "/api/v1/finance/exceptions/"
PAGE = "/finance/exceptions/"
CLOSED_ACCOUNT = "DE89370400440532013002"


@pytest.fixture
def story(db: None, monkeypatch: pytest.MonkeyPatch) -> Story:
    made = Story()
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    return made


@pytest.fixture
def approver(db: None) -> Any:
    return make_person("Chiara", "FINANCE_APPROVER")


def onboard(story: Story, ada: Any, *, number: str = "DE02120300000000202051") -> None:
    story.onboard(ada, number=number)
    story.fund(euros(1000))
    story.earn(ada, euros(100))


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def ask(story: Story, person: Any, path: str = API) -> list[dict[str, Any]]:
    with clock.at(story.now):
        return list(signed_in(person).get(path).json()["results"])


def hold_for_changed_bank(story: Story, ada: Any) -> Payout:
    payout = story.reserve(ada, euros(60))
    story.fill_in_form(ada, number="DE75512108001245126199")
    refresh_payee(payee_id=Payee.objects.get(worker=ada).id, now=story.now)
    commands.submit_payout(payout_id=payout.id, now=story.now)
    return payout


def test_a_payout_under_way_and_one_that_was_paid_are_no_exceptions(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    story.reserve(ada, euros(60))
    assert ask(story, approver) == []

    story.sweep(hours=0.1)
    assert Payout.objects.get().state == "PAID"
    assert ask(story, approver) == []


def test_a_held_payout_says_what_it_waits_for_and_is_let_go_on_when_it_can(
    story: Story, ada: Any, approver: Any
) -> None:
    onboard(story, ada)
    payout = hold_for_changed_bank(story, ada)

    (row,) = ask(story, approver)
    assert (row["kind"], row["payout"]["id"], row["verbs"]) == ("HELD", str(payout.id), ["cancel"])
    assert "bank account was changed" in row["reason"]
    assert "It can't go on yet" in row["next_step"]

    story.pass_time(hours=73)
    (row,) = ask(story, approver)
    assert row["verbs"] == ["resume", "cancel"]
    with clock.at(story.now):
        answer = signed_in(approver).post(f"{PAGE}{payout.id}/resume/")
    assert answer.status_code == 302
    assert ask(story, approver) == []
    story.sweep(hours=0.1)
    assert Payout.objects.get().state == "PAID"


def test_a_held_payout_is_cancelled_with_words_and_leaves(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    payout = hold_for_changed_bank(story, ada)
    client = signed_in(approver)

    refused = client.post(f"{PAGE}{payout.id}/cancel/", {"reason_text": ""})
    done = client.post(f"{PAGE}{payout.id}/cancel/", {"reason_text": "They asked us to wait."})

    assert (refused.status_code, done.status_code) == (422, 302)
    assert Payout.objects.get().state == "CANCELLED"
    assert story.balances(ada)[:2] == (10_000, 0)
    assert ask(story, approver) == []


def test_a_payout_that_came_back_asks_for_new_details_and_leaves_with_the_next_one(
    story: Story, ada: Any, approver: Any
) -> None:
    onboard(story, ada, number=CLOSED_ACCOUNT)
    payout = story.reserve(ada, euros(100))
    story.sweep(hours=2, step_minutes=5)
    payout.refresh_from_db()
    assert payout.state == "RETURNED"

    (row,) = ask(story, approver, f"{API}?kind=CAME_BACK")
    assert row["reason"] == payout.failure_text
    assert "Ask for new ones" in row["next_step"] or "has to act" in row["next_step"]
    assert row["verbs"] == []

    story.fill_in_form(ada, number="DE02120300000000202051")
    refresh_payee(payee_id=Payee.objects.get(worker=ada).id, now=story.now)
    story.pass_time(hours=73)
    (row,) = ask(story, approver)
    assert row["next_step"] == "Nobody has to act: the next cycle pays the money."
    story.reserve(ada, euros(100))
    assert ask(story, approver) == []


def test_an_unknown_payout_is_told_after_two_hours(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    payout = story.reserve(ada, euros(60))

    def fail(where: str, request: Request) -> None:
        if where == "before_effect" and request.path == "/v1/transfers" and request.method == "POST":
            raise Refusal(500, "api_error", "oops", executed=True)

    story.sandbox.hook = fail
    commands.submit_payout(payout_id=payout.id, now=story.now)
    assert ask(story, approver) == []

    story.pass_time(hours=2)
    (row,) = ask(story, approver)
    assert (row["kind"], row["verbs"]) == ("UNKNOWN", [])
    assert "sent again from 13 Nov, 10:30 UTC if it was never done" in row["next_step"]


def test_a_frozen_payout_goes_on_after_somebody_looked(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    payout = story.reserve(ada, euros(60))
    story.client.v1.topups.create({"amount": 1, "currency": "eur"}, {"idempotency_key": f"po_{payout.id}_1"})
    story.sweep()

    (row,) = ask(story, approver)
    assert (row["kind"], row["verbs"]) == ("FROZEN", ["review"])
    with clock.at(story.now):
        assert signed_in(approver).post(f"{PAGE}{payout.id}/review/").status_code == 302
    assert not Payout.objects.get().needs_person


def test_money_that_is_not_at_the_bank_after_a_week_is_asked_for(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    story.switch("settings", arrival_seconds=30 * 24 * 3600)
    payout = story.reserve(ada, euros(60))
    story.sweep(hours=0.1)
    assert ask(story, approver) == []

    story.pass_time(days=8)
    (row,) = ask(story, approver)
    payout.refresh_from_db()
    assert row["kind"] == "LATE"
    assert f"payout {payout.bank_ref}" in row["next_step"]


def test_only_finance_and_auditors_read_it_and_only_approvers_act(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    payout = hold_for_changed_bank(story, ada)
    preparer, auditor = make_person("Amina", "FINANCE_PREPARER"), make_person("Audrey", "AUDITOR")

    for reader in (preparer, auditor):
        assert len(ask(story, reader)) == 1
        assert signed_in(reader).get(f"{PAGE}{payout.id}/").status_code == 200
        assert signed_in(reader).post(f"{PAGE}{payout.id}/cancel/", {"reason_text": "No."}).status_code == 403
    assert signed_in(ada).get(API).status_code == 403
    assert signed_in(ada).get(PAGE).status_code == 403
    assert Client().get(API).status_code == 401
    assert Payout.objects.get().state == "HELD"


@pytest.mark.parametrize("query", ["?kind=LOST", "?colour=red", "?limit=0"])
def test_bad_filters_are_refused(approver: Any, query: str) -> None:
    assert signed_in(approver).get(API + query).status_code == 400
    if "limit" not in query:
        assert signed_in(approver).get(PAGE + query).status_code == 400


def test_a_payout_that_is_no_exception_has_no_page(story: Story, ada: Any, approver: Any) -> None:
    onboard(story, ada)
    payout = story.reserve(ada, euros(60))

    assert signed_in(approver).get(f"{PAGE}{payout.id}/").status_code == 404
    assert signed_in(approver).post(f"{PAGE}{payout.id}/review/").status_code == 404
