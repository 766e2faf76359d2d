"""Payouts over Global Payouts: paid, refused by the bank, sent back, called back, and lost on the way."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from common.money import Money
from payouts.ledger.queries import get_balance
from payouts.ledger.rules import inflight, payable, stripe_financial
from payouts.payees.commands import register_payee
from payouts.payees.errors import CountryNotPayable
from payouts.payees.models import Payee
from payouts.rails.base import Failure, Outcome, PayeeOrder, ProviderUnavailable, Reaction
from payouts.rails.capabilities import describe_routes, find_route, list_countries
from payouts.rails.failures import classify_stripe_error
from payouts.sandbox import outbound
from payouts.sandbox.core import Request
from payouts.sandbox.errors import ConnectionDropped, Refusal
from payouts.traces.queries import trace
from payouts.transfers import commands
from payouts.transfers.commands.reserve import transfer_order
from payouts.transfers.errors import ListNotReadable
from payouts.transfers.models import Payout, PayoutAttempt, ProviderEvent, RailStop, TopUp
from tests.payouts.outbound.conftest import dollars
from tests.payouts.people import make_person
from tests.payouts.support.story import SECRET, Story

DAY = timedelta(days=1)


def balances(worker: Any) -> tuple[int, int, int]:
    """Return (payable, in flight, in the financial account) in the books, in cents."""
    codes = (payable(worker.id, "USD"), inflight(worker.id, "USD"), stripe_financial("USD"))
    return tuple(get_balance(code).amount_minor for code in codes)  # type: ignore[return-value]


def bring_news(story: Story) -> int:
    """Deliver every webhook that is owed, thin as v2 sends them, and return how many there were."""
    owed = story.sandbox.next_deliveries()
    for event_id, _, event in owed:
        story.sandbox.record_delivery(event_id, 200, None)
        body, signature = story.webhook(event)
        commands.receive_event(body=body, signature=signature, secrets=[SECRET], now=story.now)
    return len(owed)


def fail_payments(story: Story, point: str, error: Exception, *, times: int = 1) -> None:
    """Let the provider fail at a point of the next orders."""
    left = [times]

    def hook(where: str, request: Request) -> None:
        is_order = request.method == "POST" and request.path == "/v2/money_management/outbound_payments"
        if where == point and is_order and left[0]:
            left[0] -= 1
            raise error

    story.sandbox.hook = hook


# Signing up


def test_somebody_in_bolivia_is_told_how_they_are_paid_and_becomes_payable(story: Story) -> None:
    assert describe_routes("BO") == (
        "You can be paid in Bolivia by Stripe Global Payouts, to your bank account, in USD."
    )
    assert find_route("BO", "USD").words == (
        "You can be paid in Bolivia by Stripe Global Payouts, to your bank account, in USD, where it arrives as BOB."
    )
    lucia = make_person("Lucia")

    payee = story.onboard(lucia, country="BO", currency="USD", number="100012345678")

    assert (payee.rail, payee.state, payee.bank_last4, payee.requirements) == ("global", "ACTIVE", "5678", [])
    account = story.client.v2.core.accounts.retrieve(payee.account_id, {"include": ["configuration.recipient"]})
    capabilities = account.to_dict()["configuration"]["recipient"]["capabilities"]
    assert {name: network["status"] for name, network in capabilities["bank_accounts"].items()} == {
        "local": "active",
        "swift": "active",
    }


def test_before_the_form_is_filled_in_the_bank_account_is_missing(story: Story) -> None:
    lucia = make_person("Lucia")
    register_payee(worker_id=lucia.id, legal_name="Lucia", country="BO", currency="USD", by=lucia, now=story.now)
    facts = story.global_rail.retrieve_account(
        story.global_rail.open_account(_order(Payee.objects.get(worker=lucia), lucia))
    )

    assert (facts.transfers_status, facts.payouts_status, facts.bank_fingerprint) == ("RESTRICTED", "RESTRICTED", "")
    assert "configuration.recipient.default_outbound_destination" in facts.requirements


def _order(payee: Payee, worker: Any) -> Any:
    return PayeeOrder(payee.id, payee.legal_name, worker.email, payee.country, payee.currency)


def test_without_a_financial_account_the_rail_is_not_there(story: Story, settings: Any) -> None:
    settings.STRIPE_FINANCIAL_ACCOUNT = None
    lucia = make_person("Lucia")

    assert "BO" not in list_countries()
    with pytest.raises(CountryNotPayable, match="Bolivia cannot be paid yet"):
        register_payee(worker_id=lucia.id, legal_name="Lucia", country="BO", currency="USD", by=lucia, now=story.now)


def test_a_currency_that_the_financial_account_does_not_hold_is_not_paid_from_it(story: Story, settings: Any) -> None:
    assert find_route("BO", "BOB").words == "A bank in Bolivia cannot be paid in BOB yet; it can be in USD."

    settings.STRIPE_FINANCIAL_CURRENCIES = ["USD", "BOB"]

    assert find_route("BO", "BOB").is_available


# To the bank


def test_a_payout_goes_from_payable_to_a_bank_in_another_currency(story: Story, paid_lucia: Any) -> None:
    payout = story.reserve(paid_lucia, dollars(60))
    assert balances(paid_lucia) == (4000, 6000, 100_000)

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert (payout.rail, payout.state) == ("global", "PAID")
    assert payout.arrives == Money(41_460, "BOB")
    (step,) = [step for step in trace(paid_lucia, payout.provider_ref).steps if step.kind == "TRANSFER"]
    assert step.text == f"It arrives as {payout.arrives}."
    assert balances(paid_lucia) == (4000, 0, 94_000)
    assert [payment["amount"] for payment in story.payments()] == [{"value": 6000, "currency": "usd"}]
    assert story.is_even_on("global", "USD")


def test_an_order_names_the_payout_and_the_bank_account_that_was_approved(story: Story, paid_lucia: Any) -> None:
    payout = story.reserve(paid_lucia, dollars(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)

    attempt = payout.attempts.get()
    assert json.loads(attempt.body) == {
        "amount": {"value": 6000, "currency": "usd"},
        "from": {"financial_account": "fa_test_muster", "currency": "usd"},
        "to": {"recipient": payout.destination, "payout_method": payout.destination_fingerprint, "currency": "bob"},
        "metadata": {"payout": str(payout.id), "attempt": "1"},
    }
    assert attempt.idempotency_key == f"po_{payout.id}_1"
    assert attempt.request_id.startswith("req_")


def test_a_payment_that_has_not_left_is_in_transit(story: Story, paid_lucia: Any) -> None:
    story.switch("settings", availability_seconds=7200)
    payout = story.reserve(paid_lucia, dollars(60))

    story.sweep(hours=0.1)
    payout.refresh_from_db()
    assert payout.state == "IN_TRANSIT"

    story.sweep(hours=4, step_minutes=30)
    payout.refresh_from_db()
    assert payout.state == "PAID"


def test_yen_are_counted_in_yen(story: Story, settings: Any) -> None:
    settings.STRIPE_FINANCIAL_CURRENCIES = ["USD", "JPY"]
    kenji = make_person("Kenji")
    story.onboard(kenji, country="JP", currency="JPY", number="1234567890")
    story.fund(Money(50_000, "JPY"), rail="global")
    story.earn(kenji, Money(12_345, "JPY"))
    payout = story.reserve(kenji, Money(12_345, "JPY"))

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert (payout.state, payout.arrives_minor, payout.arrives_currency) == ("PAID", 12_345, "JPY")
    assert story.payments()[0]["amount"] == {"value": 12_345, "currency": "jpy"}
    assert get_balance(stripe_financial("JPY")) == Money(37_655, "JPY")


# What banks and people do


@pytest.mark.parametrize(
    ("number", "code"),
    [("100000003335", "payout_method_declined"), ("100000001113", "payout_method_closed")],
)
def test_money_that_a_bank_refuses_is_payable_again_by_itself(story: Story, number: str, code: str) -> None:
    lucia = make_person("Lucia")
    story.onboard(lucia, country="BO", currency="USD", number=number)
    story.fund(dollars(1000), rail="global")
    story.earn(lucia, dollars(100))
    payout = story.reserve(lucia, dollars(60))

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert (payout.state, payout.failure_code, payout.reversed_minor) == ("RETURNED", code, 6000)
    assert payout.failure_text.startswith("Your bank")
    assert not PayoutAttempt.objects.filter(kind="REVERSAL").exists()
    assert balances(lucia) == (10_000, 0, 100_000)
    assert story.is_even_on("global", "USD")
    assert Payee.objects.get().state == "RESTRICTED"

    payee = story.mend_bank(lucia, number="100087654321")
    assert payee.state == "ACTIVE"


def test_money_is_not_payable_again_before_the_payees_account_was_read(story: Story, paid_lucia: Any) -> None:
    story.switch("settings", availability_seconds=3600)
    payout = story.reserve(paid_lucia, dollars(60))
    story.sweep()
    (payment,) = story.payments()
    story.switch("settings", availability_seconds=0)
    with story.sandbox.store.transaction():
        outbound.fail(story.sandbox.world, payment, "payout_method_declined")

    def silent(point: str, request: Request) -> None:
        if request.path.startswith("/v2/core/accounts"):
            raise ConnectionDropped

    story.sandbox.hook = silent
    commands.refresh_payout(payout_id=payout.id, now=story.now)
    payout.refresh_from_db()
    assert (payout.state, payout.bank_failure_code) == ("IN_TRANSIT", "payout_method_declined")
    assert balances(paid_lucia) == (4000, 0, 94_000)

    story.sandbox.hook = None
    story.sweep(hours=0.2)
    payout.refresh_from_db()
    assert payout.state == "RETURNED"
    assert Payee.objects.get().state == "RESTRICTED"
    assert balances(paid_lucia) == (10_000, 0, 100_000)


@pytest.mark.parametrize("is_told", [True, False])
def test_a_return_after_it_was_paid_is_found_with_news_and_without(
    story: Story, paid_lucia: Any, is_told: bool
) -> None:
    payout = story.reserve(paid_lucia, dollars(60))
    story.sweep(hours=0.1)
    bring_news(story)
    story.sweep()
    story.pass_time(days=3)
    story.switch("return_outbound_payment", payment=story.payments()[0]["id"], reason="recalled")

    if is_told:
        assert bring_news(story) == 2
        story.sweep()
    else:
        assert commands.find_returns(now=story.now) == 1

    payout.refresh_from_db()
    assert (payout.state, payout.failure_code) == ("RETURNED", "recalled")
    assert balances(paid_lucia) == (10_000, 0, 100_000)
    assert story.is_even_on("global", "USD")


def test_a_payment_that_somebody_calls_back_by_hand_is_payable_again(story: Story, paid_lucia: Any) -> None:
    story.switch("settings", availability_seconds=3600)
    payout = story.reserve(paid_lucia, dollars(60))
    story.sweep()
    answer = story.global_rail.reverse(transfer_id=story.payments()[0]["id"], idempotency_key="by_hand")
    assert answer.transfer is not None

    story.sweep(hours=2, step_minutes=30)

    payout.refresh_from_db()
    assert (payout.state, payout.reversed_minor) == ("REVERSED", 6000)
    assert balances(paid_lucia) == (10_000, 0, 100_000)
    assert Payee.objects.get().state == "ACTIVE"


def test_a_payment_that_left_cannot_be_called_back(story: Story, paid_lucia: Any) -> None:
    payout = story.reserve(paid_lucia, dollars(60))
    story.sweep()
    payout.refresh_from_db()

    answer = story.global_rail.reverse(transfer_id=payout.provider_ref, idempotency_key="late")

    assert answer.failure is not None
    assert (answer.failure.outcome, answer.failure.code) == ("FINAL", "not_cancelable")


def test_another_bank_account_after_the_approval_is_not_paid(story: Story, paid_lucia: Any) -> None:
    payout = story.reserve(paid_lucia, dollars(60))
    story.switch("change_bank", account=payout.destination, account_number="100099999999")

    story.sweep(hours=0.1)

    payout.refresh_from_db()
    # The provider refuses the bank account that the order names, which is no longer in use; nothing went anywhere else.
    assert (payout.state, payout.failure_code) == ("FAILED", "invalid_payout_method")
    assert story.payments() == []
    assert balances(paid_lucia) == (10_000, 0, 100_000)


# What is lost on the way


@pytest.mark.parametrize("point", ["received", "before_effect", "after_effect"])
def test_an_order_without_an_answer_is_sent_again_under_its_key(story: Story, paid_lucia: Any, point: str) -> None:
    fail_payments(story, point, ConnectionDropped())
    payout = story.reserve(paid_lucia, dollars(60))

    story.sweep(hours=0.2)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert payout.attempts.get().sends == 2
    assert len(story.payments()) == 1
    assert story.is_even_on("global", "USD")


@pytest.mark.parametrize("point", ["before_effect", "after_effect"])
def test_after_an_error_the_payment_is_looked_up_before_another_attempt(
    story: Story, paid_lucia: Any, point: str
) -> None:
    fail_payments(story, point, Refusal(500, "api_error", "An unexpected error occurred.", executed=True))
    payout = story.reserve(paid_lucia, dollars(60))

    story.sweep(hours=0.2)
    payout.refresh_from_db()
    assert payout.state == ("UNKNOWN" if point == "before_effect" else "PAID")

    story.sweep(hours=26, step_minutes=20)
    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert len(story.payments()) == 1


def test_a_payment_whose_answer_was_lost_is_found_by_its_news(story: Story, paid_lucia: Any) -> None:
    fail_payments(story, "after_effect", ConnectionDropped())
    payout = story.reserve(paid_lucia, dollars(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)

    assert bring_news(story) > 0
    story.sweep(hours=0.1)

    payout.refresh_from_db()
    assert payout.state == "PAID"
    assert not [row for row in _news_states() if row not in ("DONE", "IGNORED")]


def _news_states() -> list[str]:
    return list(ProviderEvent.objects.values_list("state", flat=True))


def test_news_that_was_lost_is_read_as_a_list(story: Story, paid_lucia: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    story.switch("settings", availability_seconds=60)
    payout = story.reserve(paid_lucia, dollars(60))
    commands.submit_payout(payout_id=payout.id, now=story.now)
    story.pass_time(minutes=2)

    def silent(**_: Any) -> Any:
        raise ProviderUnavailable(Failure(Outcome.RETRYABLE, Reaction.RESEND, "connection_error", "silence"))

    monkeypatch.setattr(story.rail, "list_events", silent)
    with pytest.raises(ListNotReadable):
        commands.poll_all_events(now=story.now)
    # The other rail's list was read all the same.
    assert len(_news_ids()) == 2
    assert commands.poll_events(now=story.now, rail="global") == 0

    for row in _news_ids():
        commands.apply_provider_event(event_row_id=row, now=story.now)
    payout.refresh_from_db()
    assert payout.state == "PAID"


def _news_ids() -> list[Any]:
    return list(ProviderEvent.objects.values_list("id", flat=True))


# Money for it


def test_too_little_money_waits_for_a_top_up_and_another_attempt(story: Story, lucia: Any) -> None:
    story.fund(dollars(10), rail="global")
    story.earn(lucia, dollars(100))
    payout = story.reserve(lucia, dollars(60))
    story.sweep()
    payout.refresh_from_db()
    assert (payout.state, payout.attempts.get().error_code) == ("RESERVED", "insufficient_funds")
    assert commands.check_funds(money=dollars(40), rail="global", now=story.now).missing == dollars(90)

    row = commands.top_up(money=dollars(90), source="pay_cycle:1", by=None, now=story.now, rail="global")
    story.sweep(hours=0.2)

    payout.refresh_from_db()
    assert (row.state, payout.state, payout.attempts.count()) == ("SUCCEEDED", "PAID", 2)
    assert balances(lucia) == (4000, 0, 4000)
    assert story.is_even_on("global", "USD")


def test_a_top_up_whose_answer_was_lost_is_found_by_its_key(story: Story) -> None:
    def hook(point: str, request: Request) -> None:
        if point == "after_effect" and request.method == "POST" and request.path.endswith("/inbound_transfers"):
            raise Refusal(500, "api_error", "An unexpected error occurred.", executed=True)

    story.sandbox.hook = hook
    row = commands.top_up(money=dollars(90), source="pay_cycle:1", by=None, now=story.now, rail="global")

    story.sandbox.hook = None
    assert commands.refresh_top_up(top_up_id=row.id, now=story.now).state == "SUCCEEDED"
    assert get_balance(stripe_financial("USD")) == dollars(90)
    assert story.is_even_on("global", "USD")


def test_without_a_bank_account_to_draw_from_somebody_is_told_to_wire(story: Story) -> None:
    story.global_rail._funding_method = ""

    row = commands.top_up(money=dollars(90), source="pay_cycle:1", by=None, now=story.now, rail="global")

    assert row.state == "FAILED"
    assert "wire the money" in TopUp.objects.get().failure_text


# What errors prove


def test_each_refusal_of_v2_asks_for_what_it_needs(story: Story, paid_lucia: Any) -> None:
    found = {}
    for kind in (
        "insufficient_funds",
        "capability_not_enabled",
        "invalid_payout_method",
        "blocked_by_stripe",
        "financial_account_not_open",
        "feature_not_enabled",
        "quota_exceeded",
        "not_cancelable",
        "rate_limit",
    ):
        fail_payments(story, "received", Refusal(429 if kind == "rate_limit" else 400, kind, "No.", kind))
        prepared = story.global_rail.prepare(_transfer_order(story, paid_lucia))
        answer = story.global_rail.submit(prepared)
        assert answer.failure is not None
        found[kind] = (str(answer.failure.outcome), str(answer.failure.reaction))

    assert found == {
        "insufficient_funds": ("FINAL", "WAIT_FOR_FUNDS"),
        "capability_not_enabled": ("FINAL", "PAYEE_MUST_ACT"),
        "invalid_payout_method": ("FINAL", "PAYEE_MUST_ACT"),
        "blocked_by_stripe": ("FINAL", "PAYEE_MUST_ACT"),
        "financial_account_not_open": ("FINAL", "STOP_ALL"),
        "feature_not_enabled": ("FINAL", "STOP_ALL"),
        "quota_exceeded": ("RETRYABLE", "SLOW_DOWN"),
        "not_cancelable": ("FINAL", "REQUEST_WRONG"),
        "rate_limit": ("RETRYABLE", "SLOW_DOWN"),
    }
    assert story.payments() == []
    assert classify_stripe_error(ValueError("unreadable")).reaction == Reaction.LOOK_UP


def _transfer_order(story: Story, worker: Any) -> Any:
    payee = Payee.objects.get(worker=worker)
    return transfer_order(
        Payout(worker=worker, currency="USD", amount_minor=100, destination=payee.account_id, created_at=story.now),
        1,
        payee,
    )


def test_a_stop_of_one_rail_leaves_the_other_going(story: Story, paid_lucia: Any, ada: Any) -> None:
    story.onboard(ada, currency="USD")
    story.fund(dollars(1000))
    story.earn(ada, dollars(50))
    fail_payments(story, "received", Refusal(403, "invalid_request_error", "No."), times=99)
    stopped, going = story.reserve(paid_lucia, dollars(60)), story.reserve(ada, dollars(50))

    story.sweep(hours=0.2)

    stopped.refresh_from_db()
    going.refresh_from_db()
    assert (stopped.state, going.state, going.rail) == ("SUBMITTING", "PAID", "connect")
    assert list(RailStop.objects.values_list("rail", flat=True)) == ["global"]
