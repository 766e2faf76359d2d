"""Webhooks over real connections, eight at once, in every order and repeated: one end, one effect in the books."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import permutations
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connections

from common import clock
from common.models import OutboxEvent
from payouts.ledger.models import JournalEntry
from payouts.rails import registry
from payouts.transfers import commands
from payouts.transfers.models import Payout, ProviderEvent
from tests.payouts.people import make_person
from tests.payouts.support.story import SECRET, Story, euros
from tests.racing import serve

#: How often each of the four is sent; together eight deliveries an order.
TIMES = (1, 3, 2, 2)
KINDS = ("transfer.created", "payout.updated", "payout.paid", "payout.failed")
NAIVE_STATES = {
    "transfer.created": "TRANSFERRED",
    "payout.updated": "IN_TRANSIT",
    "payout.paid": "PAID",
    "payout.failed": "RETURNED",
}

Delivery = dict[str, Any]


@pytest.fixture(autouse=True)
def frozen_clock() -> None:
    """In place of the frozen clock of the other tests: the web server here has the machine's."""


@pytest.fixture
def story(fresh_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Story]:
    made = Story(now=clock.now())
    monkeypatch.setitem(registry._rails, "connect", made.rail)
    yield made
    made.sandbox.close()


def returned_payout(story: Story, number: int) -> Payout:
    """Send 60 EUR to somebody of their own; the bank says paid and sends it back afterwards. We have heard of neither."""
    worker = make_person(f"Ada{number}")
    story.onboard(worker, number=f"DE89370400440532{number:06d}")
    story.earn(worker, euros(100))
    payout = story.reserve(worker, euros(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    (bank_payout,) = story.sandbox.store.listed("payout", payout.destination)
    story.switch("return_payout", payout=bank_payout.id, code="account_closed")
    return payout


def deliveries(story: Story, payout: Payout, order: Iterable[int]) -> list[Delivery]:
    events = [
        event
        for event in story.events() + story.events(payout.destination)
        if payout.provider_ref == event["data"]["object"]["id"] or event.get("account") == payout.destination
    ]
    found = {event["type"]: event for event in events}
    return [found[KINDS[index]] for index in order for _ in range(TIMES[index])]


def eight_at_once(work: Callable[[Delivery], int], waiting: list[Delivery]) -> Counter[int]:
    """Let eight threads take the deliveries in turn, each with connections of its own; return the answers."""
    turns, answers, start = iter(list(waiting)), [], threading.Barrier(8)
    lock = threading.Lock()

    def run() -> None:
        start.wait()
        try:
            while True:
                with lock:
                    event = next(turns, None)
                if event is None:
                    return
                answers.append(work(event))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(answers)


def naive_end(events: list[Delivery]) -> tuple[str, int]:
    """What a receiver ends with that believes each message as it comes: its state, and how often it moved money back."""
    state, back = "SUBMITTING", 0
    for event in events:
        state = NAIVE_STATES[event["type"]]
        back += event["type"] == "payout.failed"
    return state, back


def test_all_orders_of_four_events_repeated_and_eight_at_once_end_the_same(
    story: Story, fresh_database: str, settings: Any
) -> None:
    story.fund(euros(10_000))
    payouts = [returned_payout(story, number) for number in range(24)]
    orders = [deliveries(story, payout, order) for payout, order in zip(payouts, permutations(range(4)), strict=True)]

    with serve(fresh_database, STRIPE_WEBHOOK_SECRET=SECRET) as address:

        def deliver(event: Delivery) -> int:
            body, header = story.webhook(event)
            connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
            headers = {"Stripe-Signature": header, "Content-Type": "application/json"}
            connection.request("POST", "/webhooks/stripe/", body=body, headers=headers)
            status = connection.getresponse().status
            connection.close()
            for row in ProviderEvent.objects.filter(event_id=event["id"]).values_list("id", flat=True):
                commands.apply_provider_event(event_row_id=row, now=clock.now())
            return status

        answers = eight_at_once(deliver, [event for events in orders for event in events])
    commands.run_due(now=clock.now())

    assert answers == Counter({200: 24 * 8})
    kinds = {payout.id: [] for payout in payouts}
    for source, kind in JournalEntry.objects.order_by("kind").values_list("source", "kind"):
        if source.startswith("payout:"):
            kinds[UUID(source.removeprefix("payout:"))].append(kind)
    assert set(Payout.objects.values_list("state", flat=True)) == {"RETURNED"}
    assert list(kinds.values()) == [["PAYOUT_RESERVED", "PAYOUT_RETURNED", "PAYOUT_SETTLED"]] * 24
    assert OutboxEvent.objects.filter(name="payouts.payout.returned").count() == 24
    assert ProviderEvent.objects.count() == 24 * 4
    assert story.is_even()
    # The power of the test: who believes each message ends in many ways, and gives the money back twice.
    naive = Counter(naive_end(events) for events in orders)
    assert naive == Counter(dict.fromkeys([("TRANSFERRED", 2), ("IN_TRANSIT", 2), ("PAID", 2), ("RETURNED", 2)], 6))
