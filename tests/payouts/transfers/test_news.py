"""Webhooks and what follows the transfer: any order, any number, only the real ones."""

from __future__ import annotations

import json
from itertools import permutations
from typing import Any

import pytest
from django.test import Client

from common import clock
from common.models import OutboxEvent
from payouts.payees.models import Payee
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped, Refusal
from payouts.sandbox.webhooks import signature_header, thin_form
from payouts.transfers import commands
from payouts.transfers.models import Payout, ProviderEvent
from tests.payouts.support.story import SECRET, Story, euros

PATH = "/webhooks/stripe/"


def post(story: Story, body: bytes, header: str) -> int:
    with clock.at(story.now):
        answer = Client().post(PATH, body, content_type="application/json", headers={"Stripe-Signature": header})
    return answer.status_code


def sent_payout(story: Story, worker: Any) -> Payout:
    payout = story.reserve(worker, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    return payout


def news_of(story: Story, payout: Payout) -> list[dict[str, Any]]:
    kinds = {"transfer.created", "payout.created", "payout.updated", "payout.paid"}
    events = story.events() + story.events(Payout.objects.get(id=payout.id).destination)
    return [event for event in events if event["type"] in kinds]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_news_in_any_order_ends_the_same(story: Story, paid_ada: Any, order: tuple[int, ...]) -> None:
    payout = sent_payout(story, paid_ada)
    news = news_of(story, payout)
    assert len(news) == 4

    for index in order:
        assert post(story, *story.webhook(news[index])) == 200
        commands.run_due(now=story.now)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert story.balances(paid_ada) == (4000, 0, 94_000)
    assert OutboxEvent.objects.filter(name="payouts.payout.paid").count() == 1
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {"DONE"}


def test_the_same_news_five_times_is_kept_once(story: Story, paid_ada: Any) -> None:
    payout = sent_payout(story, paid_ada)
    for event in news_of(story, payout) * 5:
        assert post(story, *story.webhook(event)) == 200
    commands.run_due(now=story.now)

    assert ProviderEvent.objects.count() == 4
    assert OutboxEvent.objects.filter(name="payouts.payout.paid").count() == 1


def test_lost_news_loses_nothing(story: Story, paid_ada: Any) -> None:
    payout = sent_payout(story, paid_ada)

    story.sweep(hours=1.1)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert not ProviderEvent.objects.exists()


def test_a_slow_bank_is_followed_step_by_step(story: Story, paid_ada: Any) -> None:
    story.switch("settings", availability_seconds=86400, arrival_seconds=172800)
    payout = sent_payout(story, paid_ada)
    seen = []
    for hours in (2, 24, 60):
        story.sweep(hours=hours, step_minutes=30)
        payout.refresh_from_db()
        seen.append(payout.state)

    assert seen == ["TRANSFERRED", "IN_TRANSIT", "PAID"]


def test_a_bank_that_refuses_gives_the_money_back(story: Story, ada: Any) -> None:
    story.onboard(ada, number="DE62370400440532013001")
    story.fund(euros(1000))
    story.earn(ada, euros(100))
    payout = sent_payout(story, ada)

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert (payout.state, payout.failure_code) == ("RETURNED", "no_account")
    assert "bank details again" in payout.failure_text
    assert story.balances(ada) == (10_000, 0, 100_000)
    assert story.is_even()
    assert OutboxEvent.objects.get(name="payouts.payout.returned").payload["failure_code"] == "no_account"
    assert payout.attempts.filter(kind="REVERSAL").get().idempotency_key == f"rv_{payout.id}_1"


def test_no_more_is_sent_to_a_bank_that_refused_though_the_news_of_it_was_lost(story: Story, ada: Any) -> None:
    story.onboard(ada, number="DE62370400440532013001")
    story.fund(euros(1000))
    story.earn(ada, euros(100))
    sent_payout(story, ada)

    story.sweep(hours=0.1)

    assert not ProviderEvent.objects.exists()
    assert Payee.objects.get().state == "RESTRICTED"


def test_money_stays_until_the_provider_can_be_asked_about_the_account(story: Story, ada: Any) -> None:
    story.onboard(ada, number="DE62370400440532013001")
    story.fund(euros(1000))
    story.earn(ada, euros(100))

    def drop(where: str, request: Request) -> None:
        if where == "received" and request.path.startswith("/v2/core/accounts/"):
            raise ConnectionDropped

    story.sandbox.hook = drop
    payout = sent_payout(story, ada)
    story.sweep(hours=0.1)
    payout.refresh_from_db()
    seen = payout.state
    story.sandbox.hook = None
    story.sweep(hours=0.2)

    payout.refresh_from_db()
    assert (seen, payout.state) == ("TRANSFERRED", "RETURNED")
    assert story.is_even()


def test_money_that_comes_back_after_it_was_paid_is_payable_again(story: Story, paid_ada: Any) -> None:
    payout = sent_payout(story, paid_ada)
    story.sweep(hours=0.1)
    payout.refresh_from_db()
    assert payout.state == "PAID"

    story.switch("return_payout", payout=payout.bank_ref, code="account_closed")
    failed = story.events(payout.destination)[-2]
    assert failed["type"] == "payout.failed"
    assert post(story, *story.webhook(failed)) == 200
    commands.run_due(now=story.now)

    payout.refresh_from_db()
    assert (payout.state, payout.failure_code) == ("RETURNED", "account_closed")
    assert payout.paid_at is not None
    assert story.balances(paid_ada) == (10_000, 0, 100_000)
    assert story.is_even()


def test_a_reversal_that_met_an_error_is_not_sent_again_for_a_day_and_then_under_another_key(
    story: Story, paid_ada: Any
) -> None:
    payout = sent_payout(story, paid_ada)
    story.sweep(hours=0.1)
    payout.refresh_from_db()

    def break_reversals(where: str, request: Request) -> None:
        if where == "before_effect" and request.path.endswith("/reversals"):
            raise Refusal(500, "api_error", "An unexpected error occurred.", executed=True)

    story.sandbox.hook = break_reversals
    story.switch("return_payout", payout=payout.bank_ref, code="account_closed")
    commands.refresh_payout(payout_id=payout.id, now=story.now)
    story.sandbox.hook = None
    story.sweep(hours=24, step_minutes=30)
    sends = list(payout.attempts.filter(kind="REVERSAL").values_list("sends", flat=True))
    story.sweep(hours=3, step_minutes=30)

    payout.refresh_from_db()
    assert sends == [1]
    assert payout.state == "RETURNED"
    assert list(payout.attempts.filter(kind="REVERSAL").order_by("number").values_list("outcome", flat=True)) == [
        "ABSENT",
        "SUCCEEDED",
    ]
    assert story.is_even()


def test_a_transfer_taken_back_by_hand_is_payable_again(story: Story, paid_ada: Any) -> None:
    story.switch("settings", availability_seconds=86400)
    payout = sent_payout(story, paid_ada)
    payout.refresh_from_db()
    story.client.v1.transfers.reversals.create(payout.provider_ref, {})

    commands.refresh_payout(payout_id=payout.id, now=story.now)

    payout.refresh_from_db()
    assert payout.state == "REVERSED"
    assert story.balances(paid_ada) == (10_000, 0, 100_000)


def test_a_part_taken_back_by_hand_is_for_a_person(story: Story, paid_ada: Any) -> None:
    story.switch("settings", availability_seconds=86400)
    payout = sent_payout(story, paid_ada)
    payout.refresh_from_db()
    story.client.v1.transfers.reversals.create(payout.provider_ref, {"amount": 1000})

    for _ in range(2):
        commands.refresh_payout(payout_id=payout.id, now=story.now)

    payout.refresh_from_db()
    assert (payout.state, payout.needs_person, payout.reversed_minor) == ("TRANSFERRED", True, 1000)
    assert story.balances(paid_ada) == (4000, 0, 95_000)
    assert story.is_even()


def test_a_changed_bank_account_is_heard_of(story: Story, paid_ada: Any) -> None:
    payee_account = sent_payout(story, paid_ada)
    payee_account.refresh_from_db()
    story.switch("change_bank", account=payee_account.destination, account_number="DE02120300000000202051")
    event = story.events(payee_account.destination)[-2]
    assert event["type"] == "account.external_account.updated"
    post(story, *story.webhook(event))
    commands.run_due(now=story.now)

    news = OutboxEvent.objects.get(name="payouts.payee.destination_changed").payload
    assert news["bank_last4"] == "2051"


def test_news_of_nothing_of_ours_becomes_an_orphan_after_an_hour(story: Story) -> None:
    event = {
        "id": "evt_1",
        "object": "event",
        "type": "transfer.created",
        "livemode": False,
        "data": {"object": {"id": "tr_unknown", "object": "transfer"}},
    }
    assert post(story, *story.webhook(event)) == 200
    states = []
    for hours in (0, 0.9, 0.5):
        story.sweep(hours=hours, step_minutes=6)
        states.append(ProviderEvent.objects.get().state)

    assert states == ["NEW", "NEW", "ORPHANED"]


def test_kinds_that_mean_nothing_are_ignored(story: Story) -> None:
    event = {"id": "evt_2", "object": "event", "type": "charge.created", "livemode": False, "data": {"object": {}}}
    assert post(story, *story.webhook(event)) == 200
    commands.run_due(now=story.now)

    assert ProviderEvent.objects.get().state == "IGNORED"


EVENT = {
    "id": "evt_3",
    "object": "event",
    "type": "transfer.created",
    "livemode": False,
    "data": {"object": {"id": "tr_1"}},
}


def signed(story: Story, body: bytes, *, secret: str = SECRET, offset_s: int = 0) -> str:
    return signature_header(secret, body, int(story.now.timestamp()) + offset_s)


def bad_webhooks() -> dict[str, Any]:
    plain = json.dumps(EVENT).encode()
    large = json.dumps({**EVENT, "filler": "x" * (1 << 20)}).encode()
    live = json.dumps({**EVENT, "livemode": True}).encode()
    strange = json.dumps({**EVENT, "id": "evt 3\u0000"}).encode()
    other = json.dumps({**EVENT, "account": "acct_of_somebody_else"}).encode()
    not_utf8 = b'{"object": "event", "id": "\xff"}'
    return {
        "no header": lambda s: (plain, ""),
        "only v0": lambda s: (plain, signed(s, plain).replace("v1=", "v0=")),
        "other secret": lambda s: (plain, signed(s, plain, secret="whsec_other")),
        "changed body": lambda s: (plain.replace(b"tr_1", b"tr_2"), signed(s, plain)),
        "stale": lambda s: (plain, signed(s, plain, offset_s=-301)),
        "future": lambda s: (plain, signed(s, plain, offset_s=301)),
        "two times": lambda s: (plain, "t=1," + signed(s, plain)),
        "huge time": lambda s: (plain, "t=" + "9" * 400 + ",v1=00"),
        "not UTF-8": lambda s: (not_utf8, signed(s, not_utf8)),
        "oversized": lambda s: (large, signed(s, large)),
        "live mode": lambda s: (live, signed(s, live)),
        "other account": lambda s: (other, signed(s, other)),
        "strange id": lambda s: (strange, signed(s, strange)),
        "not JSON": lambda s: (b"hello", signed(s, b"hello")),
        "no event": lambda s: (b"[]", signed(s, b"[]")),
        "deep": lambda s: (b"[" * 100_000, signed(s, b"[" * 100_000)),
        "empty": lambda s: (b"", signed(s, b"")),
    }


THIN = {
    "id": "evt_4",
    "object": "v2.core.event",
    "type": "v1.transfer.created",
    "livemode": False,
    "context": None,
    "related_object": {"id": "tr_1", "type": "transfer", "url": "/v1/transfers/tr_1"},
}


def bad_thin_events() -> dict[str, dict[str, Any]]:
    return {
        "live mode": {"livemode": True},
        "other account": {"context": "acct_of_somebody_else"},
        "other account behind an organization": {"context": "org_1/acct_of_somebody_else"},
        "account that is nobody's": {"related_object": {"id": "acct_9", "type": "v2.core.account"}},
        "context is no text": {"context": ["acct_1"]},
        "object is no object": {"related_object": "tr_1"},
        "object without a name": {"related_object": {"id": 7, "type": "transfer"}},
        "no type": {"type": ""},
        "no id": {"id": None},
        "snapshot's name on a thin body": {"object": "event"},
    }


@pytest.mark.parametrize("kind", bad_thin_events())
def test_a_thin_event_that_is_not_to_be_believed_is_refused(story: Story, kind: str) -> None:
    body = json.dumps(THIN | bad_thin_events()[kind]).encode()

    assert post(story, body, signed(story, body)) == 400
    assert not ProviderEvent.objects.exists()


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1)])
def test_thin_news_in_any_order_ends_as_snapshots_do(story: Story, paid_ada: Any, order: tuple[int, ...]) -> None:
    payout = sent_payout(story, paid_ada)
    news = [thin_form(event) for event in news_of(story, payout)]

    for index in order:
        assert post(story, *story.webhook(news[index])) == 200
        commands.run_due(now=story.now)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert story.balances(paid_ada) == (4000, 0, 94_000)
    assert set(ProviderEvent.objects.values_list("state", flat=True)) == {"DONE"}


def test_a_thin_event_of_a_transfer_that_we_have_not_settled_is_ours(story: Story, paid_ada: Any) -> None:
    payout = sent_payout(story, paid_ada)
    (created,) = [event for event in story.events() if event["type"] == "transfer.created"]
    Payout.objects.filter(id=payout.id).update(state="UNKNOWN", provider_ref="", transferred_at=None, needs_person=True)
    post(story, *story.webhook(thin_form(created)))
    commands.run_due(now=story.now)

    assert ProviderEvent.objects.get().state == "DONE"


def test_thin_news_of_unknown_objects_waits_and_becomes_an_orphan(story: Story) -> None:
    assert post(story, *story.webhook(THIN)) == 200
    story.sweep(hours=1.4, step_minutes=6)

    row = ProviderEvent.objects.get()
    assert (row.state, row.object_id) == ("ORPHANED", "tr_1")


def test_thin_news_of_an_account_refreshes_its_payee(story: Story, paid_ada: Any) -> None:
    payout = sent_payout(story, paid_ada)
    payout.refresh_from_db()
    story.switch("change_bank", account=payout.destination, account_number="DE02120300000000202051")
    event = {
        "id": "evt_5",
        "object": "v2.core.event",
        "type": "v2.core.account[configuration.recipient].capability_status_updated",
        "livemode": False,
        "context": None,
        "related_object": {"id": payout.destination, "type": "v2.core.account", "url": "/v2/core/accounts/x"},
    }
    assert post(story, *story.webhook(event)) == 200
    commands.run_due(now=story.now)

    assert OutboxEvent.objects.get(name="payouts.payee.destination_changed").payload["bank_last4"] == "2051"


@pytest.mark.parametrize("kind", bad_webhooks())
def test_what_is_not_from_stripe_is_refused(story: Story, kind: str) -> None:
    body, header = bad_webhooks()[kind](story)

    assert post(story, body, header) == 400
    assert not ProviderEvent.objects.exists()


def test_during_a_rotation_either_secret_is_good(story: Story, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_new", SECRET]
    body = json.dumps(EVENT).encode()
    both = f"{signed(story, body, secret='whsec_gone')},v1={signed(story, body).split('v1=')[1]}"

    assert post(story, body, both) == 200
    assert ProviderEvent.objects.count() == 1


def test_without_a_secret_nothing_is_believed(story: Story, settings: Any) -> None:
    settings.STRIPE_WEBHOOK_SECRETS = []
    body = json.dumps(EVENT).encode()

    assert post(story, body, signed(story, body, secret="")) == 400


def test_only_post_is_answered(client: Client) -> None:
    assert client.get(PATH).status_code == 405
