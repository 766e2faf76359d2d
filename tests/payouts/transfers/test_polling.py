"""Lost webhooks lose nothing: lists of the provider are read, through the same door; what is nobody's waits for a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from common import clock
from common.errors import NotPermitted
from common.models import AuditEvent
from payouts.reconciliation.commands import reconcile
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped
from payouts.transfers import commands
from payouts.transfers.errors import InvalidOrphanWords, ListNotReadable, NotAnOrphan, UnknownOrphan
from payouts.transfers.models import Payout, ProviderCursor, ProviderEvent
from tests.payouts.console.test_finance_api import Caller
from tests.payouts.people import make_person
from tests.payouts.support.story import Story, euros

ORPHANS = "/api/v1/finance/orphans/"


@pytest.fixture
def amina(db: None) -> Any:
    return make_person("Amina", "FINANCE_PREPARER")


def paid_payout(story: Story, worker: Any) -> Payout:
    payout = story.reserve(worker, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    commands.run_due(now=story.now)
    payout.refresh_from_db()
    assert payout.state == "PAID"
    return payout


@pytest.fixture
def orphan(story: Story) -> ProviderEvent:
    """News of a transfer that somebody made by hand, an hour later."""
    return ProviderEvent.objects.create(
        event_id="evt_hand",
        type="transfer.created",
        object_id="tr_hand",
        is_live=False,
        body='{"object": "event", "data": {"object": {"id": "tr_hand"}}}',
        state="ORPHANED",
        received_at=story.now - timedelta(hours=2),
        processed_at=story.now - timedelta(hours=1),
    )


def test_events_whose_webhooks_were_lost_are_read_and_applied_once(story: Story, paid_ada: Any) -> None:
    story.switch("settings", availability_seconds=86_400)
    payout = story.reserve(paid_ada, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    story.client.v1.transfers.reversals.create(payout.provider_ref, {})

    new = [commands.poll_events(now=story.now) for _ in range(2)]
    commands.run_due(now=story.now)

    assert new == [2, 0]
    assert set(ProviderEvent.objects.values_list("type", "state")) == {
        ("transfer.created", "DONE"),
        ("transfer.reversed", "DONE"),
    }
    payout.refresh_from_db()
    assert payout.state == "REVERSED"
    assert story.is_even()


def test_an_event_that_came_by_webhook_is_not_taken_in_again(story: Story, paid_ada: Any) -> None:
    paid_payout(story, paid_ada)
    (event,) = [event for event in story.events() if event["type"] == "transfer.created"]
    body, header = story.webhook(event)
    commands.receive_event(body=body, signature=header, secrets=["whsec_test"], now=story.now)

    assert commands.poll_events(now=story.now) == 0
    assert ProviderEvent.objects.count() == 1


def test_every_page_of_events_is_read_and_the_cursor_moves_only_at_the_end(story: Story, paid_ada: Any) -> None:
    for _ in range(130):
        story.client.v1.topups.create({"amount": 100, "currency": "eur"})
    pages: list[str] = []
    drop_at = [2]

    def drop_second(where: str, request: Request) -> None:
        if where == "received" and request.path == "/v1/events":
            pages.append(request.query)
            if len(pages) in drop_at:
                drop_at.clear()
                raise ConnectionDropped

    story.sandbox.hook = drop_second
    with pytest.raises(ListNotReadable):
        commands.poll_events(now=story.now)
    assert (ProviderEvent.objects.count(), ProviderCursor.objects.count()) == (100, 0)

    story.pass_time(minutes=5)
    assert commands.poll_events(now=story.now) == 160
    assert ProviderCursor.objects.get().seen_until == story.now
    pages.clear()
    for _ in range(2):
        story.pass_time(hours=3)
        assert commands.poll_events(now=story.now) == 0
    # The first reads the hour before the cursor again, the second has nothing left to read.
    assert len(pages) == 3 + 1


def test_money_that_came_back_after_it_was_paid_is_found_by_a_listing(story: Story, paid_ada: Any) -> None:
    payout = paid_payout(story, paid_ada)
    assert commands.find_returns(now=story.now) == 0
    story.pass_time(days=4)
    story.switch("return_payout", payout=payout.bank_ref, code="account_closed")

    assert commands.find_returns(now=story.now) == 1

    payout.refresh_from_db()
    assert (payout.state, payout.failure_code) == ("RETURNED", "account_closed")
    assert story.balances(paid_ada) == (10_000, 0, 100_000)
    assert story.is_even()
    assert commands.find_returns(now=story.now) == 0


def test_a_transfer_taken_back_after_it_was_paid_is_found_by_the_balance(story: Story, paid_ada: Any) -> None:
    story.switch("settings", arrival_seconds=0)
    payout = paid_payout(story, paid_ada)
    story.switch("return_payout", payout=payout.bank_ref, code="account_closed")
    story.client.v1.transfers.reversals.create(payout.provider_ref, {})

    reconcile(by=None, now=story.now)

    payout.refresh_from_db()
    assert payout.state == "RETURNED"
    assert story.balances(paid_ada) == (10_000, 0, 100_000)


def test_an_orphan_tells_its_next_step_and_is_looked_at_again(story: Story, amina: Any, orphan: ProviderEvent) -> None:
    caller = Caller(amina)
    (row,) = caller.get(ORPHANS).json()["results"]
    assert "made it by hand" in row["next_step"]

    with clock.at(story.now):
        answer = caller.post(f"{ORPHANS}{orphan.id}/retry/")
    assert answer.json()["state"] == "NEW"
    commands.run_due(now=story.now)

    orphan.refresh_from_db()
    assert (orphan.state, orphan.attempts) == ("ORPHANED", 1)


def test_an_orphan_is_settled_with_words(story: Story, amina: Any, orphan: ProviderEvent) -> None:
    caller, path = Caller(amina), f"{ORPHANS}{orphan.id}/settle/"
    assert caller.post(path, {"reason_text": " "}).status_code == 400
    assert caller.post(path, {}).status_code == 400

    assert caller.post(path, {"reason_text": "A test by our own finance."}).json()["state"] == "IGNORED"

    assert caller.get(ORPHANS).json()["results"] == []
    assert AuditEvent.objects.get(action="providerevent.settled").reason_text == "A test by our own finance."
    assert caller.post(path, {"reason_text": "Again."}).status_code == 404


def test_the_pages_settle_and_look_again(story: Story, amina: Any, orphan: ProviderEvent) -> None:
    client, path = Caller(amina).client, f"/finance/orphans/{orphan.id}/"
    assert "tr_hand" in client.get("/finance/orphans/").content.decode()
    assert client.post(path, {"reason_text": ""}).status_code == 422
    assert client.post(f"{path}retry/").status_code == 302
    assert client.get(path).status_code == 404
    commands.run_due(now=clock.now() + timedelta(minutes=1))
    assert client.post(path, {"reason_text": "By hand."}).status_code == 302

    orphan.refresh_from_db()
    assert orphan.state == "IGNORED"


def test_others_do_nothing_about_orphans(story: Story, ada: Any, amina: Any, orphan: ProviderEvent) -> None:
    hana = make_person("Hana", "AUDITOR")
    assert len(Caller(hana).get(ORPHANS).json()["results"]) == 1
    assert [Caller(person).post(f"{ORPHANS}{orphan.id}/retry/").status_code for person in (hana, ada)] == [403, 403]
    assert Caller(ada).get(ORPHANS).status_code == 403
    with pytest.raises(NotPermitted):
        commands.settle_orphan(event_row_id=orphan.id, reason_text="Mine.", by=ada, now=story.now)
    with pytest.raises(InvalidOrphanWords):
        commands.settle_orphan(event_row_id=orphan.id, reason_text="", by=amina, now=story.now)
    with pytest.raises(UnknownOrphan):
        commands.retry_orphan(event_row_id=uuid4(), by=amina, now=story.now)
    ProviderEvent.objects.update(state="DONE")
    with pytest.raises(NotAnOrphan):
        commands.retry_orphan(event_row_id=orphan.id, by=amina, now=story.now)
