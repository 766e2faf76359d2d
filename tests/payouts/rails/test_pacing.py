"""The gate before the provider: one pace and one circuit breaker for all processes."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import stripe
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from common.money import Money
from payouts.rails import commands, registry, rules
from payouts.rails.base import ProviderUnavailable
from payouts.rails.commands import take_slot
from payouts.rails.connect import ConnectRail
from payouts.rails.gate import GatedClient, endpoint_of
from payouts.rails.models import RailCircuit, RailPace
from payouts.rails.queries import database_clock, get_health, is_open
from tests.payouts.people import NOW
from tests.payouts.support.story import Story, euros

PROJECT_DIR = Path(__file__).parents[3]
ENDPOINT = "POST /v1/transfers"


class Scripted(stripe.HTTPClient):
    """A provider that answers what it is told to: a status, or None for no connection."""

    name = "scripted"

    def __init__(self, *script: int | None, replayed: bool = False) -> None:
        super().__init__()
        self.script = list(script)
        self.calls = 0
        self.headers = {"Idempotent-Replayed": "true"} if replayed else {}

    def request(self, method: str, url: str, headers: Any, post_data: Any = None) -> tuple[str, int, Mapping[str, str]]:
        self.calls += 1
        status = self.script.pop(0) if self.script else 200
        if status is None:
            raise stripe.APIConnectionError("no route")
        return "{}", status, self.headers

    def close(self) -> None:
        """Nothing is open."""


def call(gate: GatedClient, path: str = "/v1/transfers") -> int:
    return gate.request("post", f"http://stripe{path}", {}, "")[1]


def fail(gate: GatedClient, times: int) -> None:
    for _ in range(times):
        with pytest.raises(stripe.APIConnectionError):
            call(gate)


@pytest.fixture
def paced(settings: Any, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Twenty calls a second; the waits are noted in place of being slept."""
    settings.STRIPE_CALLS_PER_SECOND = 20.0
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    return waits


# Pure


@given(st.lists(st.integers(0, 300), min_size=1, max_size=60), st.integers(1, 50))
def test_no_second_ever_sees_more_than_the_rate_and_a_burst(gaps: list[int], rate: int) -> None:
    full, moment, slots = None, NOW, []
    for gap in gaps:
        moment += timedelta(milliseconds=gap)
        slot, full = rules.next_slot(full, moment, rate)
        slots.append(slot)
        assert slot >= moment

    for slot in slots:
        within = [other for other in slots if slot <= other < slot + timedelta(seconds=1)]
        assert len(within) <= rate + rules.BURST


def test_a_halved_rate_comes_back_within_a_minute() -> None:
    halved = rules.halved_rate(20.0)

    assert halved == 10.0
    assert rules.recovered_rate(halved, timedelta(seconds=15), 20.0) == 15.0
    assert rules.recovered_rate(halved, timedelta(seconds=30), 20.0) == 20.0
    assert rules.halved_rate(1.5) == 1.0


@pytest.mark.parametrize(
    ("url", "endpoint"),
    [
        ("http://x/v1/transfers/tr_1Abc?limit=1", "GET /v1/transfers/{}"),
        ("http://x/v1/balance_transactions", "GET /v1/balance_transactions"),
        (
            "http://x/v2/money_management/outbound_payments/obp_test_65O",
            "GET /v2/money_management/outbound_payments/{}",
        ),
    ],
)
def test_an_endpoint_is_a_path_without_identifiers(url: str, endpoint: str) -> None:
    assert endpoint_of("get", url) == endpoint


# The pace


def test_after_a_burst_calls_wait_a_twentieth_of_a_second_each(
    db: None, paced: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = GatedClient(Scripted(), "connect")
    moment = database_clock()
    monkeypatch.setattr(commands, "database_clock", lambda: moment)

    for _ in range(9):
        assert call(gate) == 200

    assert paced == pytest.approx([0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.1, 0.15, 0.2])


def test_each_endpoint_has_a_pace_of_its_own(db: None, paced: list[float]) -> None:
    gate = GatedClient(Scripted(), "connect")

    for number in range(rules.BURST):
        call(gate)
        call(gate, f"/v1/transfers/tr_{number}A")

    assert paced == [0.0] * 10
    assert RailPace.objects.count() == 2


def test_who_would_wait_too_long_takes_no_turn(db: None, paced: list[float], settings: Any) -> None:
    settings.STRIPE_CALLS_PER_SECOND = 0.2
    for _ in range(rules.BURST + 2):
        assert take_slot(rail="connect", endpoint=ENDPOINT) is not None
    full_at = RailPace.objects.get().full_at

    with pytest.raises(stripe.APIConnectionError) as refused:
        call(GatedClient(Scripted(), "connect"))

    assert refused.value.code == "too_many_waiting"
    assert RailPace.objects.get().full_at == full_at


def test_a_429_halves_the_rate_once_for_all_refusals_of_a_moment(db: None, paced: list[float]) -> None:
    gate = GatedClient(Scripted(429, 429, 429), "connect")

    assert [call(gate) for _ in range(3)] == [429, 429, 429]

    (pace,) = get_health("connect").paces
    assert 10.0 <= pace.rate_per_s < 11.0
    assert pace.is_slowed


def test_a_slowed_rate_recovers_by_itself(db: None, paced: list[float]) -> None:
    call(GatedClient(Scripted(429), "connect"))

    RailPace.objects.update(slowed_at=database_clock() - timedelta(seconds=31))

    (pace,) = get_health("connect").paces
    assert (pace.rate_per_s, pace.is_slowed) == (20.0, False)


def test_without_a_limit_nothing_is_paced_or_written(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    gate = GatedClient(Scripted(), "connect")

    for _ in range(50):
        call(gate)

    assert set(waits) == {0.0}
    assert not RailPace.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_turn_inside_a_transaction() -> None:
    provider = Scripted()

    with pytest.raises(RuntimeError, match="inside a transaction"), transaction.atomic():
        call(GatedClient(provider, "connect"))

    assert provider.calls == 0


def test_two_processes_together_stay_within_the_rate(fresh_database: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "DATABASE_URL": fresh_database,
        "PYTHONPATH": str(PROJECT_DIR),
    }
    words = [sys.executable, "-m", "tests.payouts.rails.caller", str(tmp_path), "30"]
    callers = [
        subprocess.Popen(
            words, cwd=PROJECT_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("ready-*"))) < 2:
        assert all(caller.poll() is None for caller in callers), [caller.communicate()[1] for caller in callers]
        assert time.monotonic() < deadline
        time.sleep(0.01)
    (tmp_path / "go").touch()
    results = [caller.communicate(timeout=60) for caller in callers]

    assert [caller.returncode for caller in callers] == [0, 0], results
    sent = [sorted(map(float, out.split())) for out, _ in results]
    assert [len(times) for times in sent] == [30, 30]
    assert sent[0][0] < sent[1][-1], "they did not call at once"
    assert sent[1][0] < sent[0][-1], "they did not call at once"
    together = sorted(sent[0] + sent[1])
    assert (len(together) - rules.BURST) / (together[-1] - together[0]) <= 20.5
    assert together[-1] - together[0] < 60 / 20 * 5, "much slower than the pace asks for"


# The circuit breaker


def test_five_failures_in_a_row_open_the_circuit_and_sound_the_alarm(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    provider = Scripted(None, 500, 503, None, 502)
    gate = GatedClient(provider, "connect")

    with caplog.at_level(logging.ERROR):
        for expected in (None, 500, 503, None, 502):
            if expected is None:
                fail(gate, 1)
            else:
                assert call(gate) == expected
        with pytest.raises(stripe.APIConnectionError) as refused:
            call(gate)

    assert refused.value.code == "circuit_open"
    assert provider.calls == 5
    assert is_open("connect")
    assert [record.message for record in caplog.records] == ["payouts.rail.circuit_opened"]


def test_an_answer_in_between_starts_the_count_anew(db: None) -> None:
    gate = GatedClient(Scripted(None, None, None, None, 200, None, None, None, None, 400), "connect")

    fail(gate, 4)
    call(gate)
    fail(gate, 4)
    call(gate)

    assert RailCircuit.objects.get().failures == 0
    assert not is_open("connect")


def test_a_stored_500_says_nothing_of_how_the_provider_is_now(db: None) -> None:
    gate = GatedClient(Scripted(*[500] * 9, replayed=True), "connect")

    assert [call(gate) for _ in range(9)] == [500] * 9

    assert not is_open("connect")


def half_open(gate: GatedClient) -> None:
    fail(gate, 5)
    RailCircuit.objects.update(opened_at=database_clock() - rules.OPEN_FOR)


def test_one_probe_goes_out_after_the_pause_and_closes_the_circuit(db: None) -> None:
    provider = Scripted(*[None] * 5)
    gate = GatedClient(provider, "connect")
    half_open(gate)
    assert get_health("connect").circuit == "HALF_OPEN"

    assert call(gate) == 200

    assert provider.calls == 6
    assert get_health("connect").circuit == "CLOSED"
    assert call(gate) == 200


def test_while_a_probe_is_out_nobody_else_tries(db: None) -> None:
    provider = Scripted(*[None] * 5)
    gate = GatedClient(provider, "connect")
    half_open(gate)
    others: list[str] = []

    def answer(*args: Any, **kwargs: Any) -> Any:
        with pytest.raises(stripe.APIConnectionError) as refused:
            call(GatedClient(Scripted(), "connect"))
        others.append(refused.value.code)
        return "{}", 200, {}

    provider.request = answer  # type: ignore[method-assign]
    call(gate)

    assert others == ["circuit_open"]


def test_a_failed_probe_opens_the_circuit_again(db: None) -> None:
    gate = GatedClient(Scripted(*[None] * 6), "connect")
    half_open(gate)

    fail(gate, 1)

    assert is_open("connect")
    assert RailCircuit.objects.get().probe_until is None


def test_a_probe_that_never_came_back_makes_room_for_another(db: None) -> None:
    gate = GatedClient(Scripted(*[None] * 5), "connect")
    half_open(gate)
    RailCircuit.objects.update(probe_until=database_clock() - timedelta(seconds=1))

    assert call(gate) == 200


# In the way of a payout


@pytest.fixture
def gated(story: Story, monkeypatch: pytest.MonkeyPatch) -> Story:
    """The story's rail behind a gate."""
    client = stripe.StripeClient(
        "sk_test_muster",
        base_addresses={"api": "http://stand-in"},
        max_network_retries=0,
        http_client=GatedClient(story.transport, "connect"),
    )
    monkeypatch.setitem(registry._rails, "connect", ConnectRail(client))
    return story


def test_a_payout_waits_untouched_while_the_circuit_is_open(gated: Story, paid_ada: Any) -> None:
    payout = gated.reserve(paid_ada, euros(60))
    RailCircuit.objects.create(rail="connect", failures=5, opened_at=database_clock())

    gated.sweep()
    payout.refresh_from_db()
    assert payout.state == "RESERVED"
    assert not payout.attempts.exists()
    RailCircuit.objects.update(opened_at=database_clock() - rules.OPEN_FOR)
    gated.sweep(hours=0.2)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert get_health("connect").circuit == "CLOSED"


def test_reading_while_the_circuit_is_open_is_unavailable(gated: Story, db: None) -> None:
    RailCircuit.objects.create(rail="connect", failures=5, opened_at=database_clock())

    with pytest.raises(ProviderUnavailable) as unavailable:
        registry.get_rail().available("EUR")

    assert unavailable.value.failure.code == "circuit_open"
    assert unavailable.value.failure.outcome == "RETRYABLE"


def test_a_payout_goes_its_whole_way_through_the_gate(gated: Story, paid_ada: Any, paced: list[float]) -> None:
    gated.reserve(paid_ada, Money(6000, "EUR"))

    gated.sweep(hours=0.2)

    assert len(gated.transfers()) == 1
    endpoints = set(RailPace.objects.values_list("endpoint", flat=True))
    assert {"POST /v1/transfers", "GET /v1/transfers/{}", "GET /v1/payouts"} <= endpoints
