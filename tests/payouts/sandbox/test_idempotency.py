"""The stand-in keeps keys as Stripe does."""

import threading
from typing import Any

import pytest
import stripe

from payouts.sandbox.core import Request, Sandbox
from payouts.sandbox.errors import Refusal
from tests.payouts.sandbox.conftest import ACCOUNT, Clock, transfer_params

KEY: Any = {"idempotency_key": "po_1_1"}


def test_the_same_key_and_body_move_money_once(sandbox: Sandbox, client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})

    first = client.v1.transfers.create(transfer_params(ada), KEY)
    second = client.v1.transfers.create(transfer_params(ada), KEY)

    assert second.id == first.id
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert sandbox.store.count("transfer") == 1
    assert client.v1.balance.retrieve().available[0].amount == 7_500


def test_other_parameters_under_one_key_are_refused(sandbox: Sandbox, client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    client.v1.transfers.create(transfer_params(ada), KEY)

    with pytest.raises(stripe.IdempotencyError):
        client.v1.transfers.create(transfer_params(ada, amount=2501), KEY)

    assert sandbox.store.count("transfer") == 1


def test_a_key_is_forgotten_after_24_hours(
    sandbox: Sandbox, client: stripe.StripeClient, ada: str, clock: Clock
) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    first = client.v1.transfers.create(transfer_params(ada), KEY)

    clock.pass_hours(23.9)
    assert client.v1.transfers.create(transfer_params(ada), KEY).id == first.id
    clock.pass_hours(0.2)
    assert client.v1.transfers.create(transfer_params(ada), KEY).id != first.id
    assert sandbox.store.count("transfer") == 2


def test_lack_of_funds_is_stored_under_the_key(client: stripe.StripeClient, ada: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(transfer_params(ada), KEY)
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError) as replayed:
        client.v1.transfers.create(transfer_params(ada), KEY)

    assert refused.value.code == replayed.value.code == "balance_insufficient"


def test_a_mistake_in_the_parameters_is_not_stored(client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.transfers.create(transfer_params(ada, amount=0), KEY)

    assert client.v1.transfers.create(transfer_params(ada), KEY).amount == 2500


def test_a_stored_500_is_replayed(sandbox: Sandbox, client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    failures = iter([True, False])

    def fail_once(point: str, request: Request) -> None:
        if point == "before_effect" and request.path == "/v1/transfers" and next(failures):
            raise Refusal(500, "api_error", "An unknown error occurred", executed=True)

    sandbox.hook = fail_once
    for _ in range(2):
        with pytest.raises(stripe.APIError) as failed:
            client.v1.transfers.create(transfer_params(ada), KEY)
        assert failed.value.http_status == 500

    assert sandbox.store.count("transfer") == 0


def test_a_second_request_while_the_first_runs_gets_409(
    sandbox: Sandbox, client: stripe.StripeClient, ada: str
) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    entered, go_on = threading.Event(), threading.Event()

    def wait(point: str, request: Request) -> None:
        if point == "before_effect":
            entered.set()
            assert go_on.wait(5)

    sandbox.hook = wait
    results: list[str] = []
    thread = threading.Thread(target=lambda: results.append(client.v1.transfers.create(transfer_params(ada), KEY).id))
    thread.start()
    assert entered.wait(5)
    with pytest.raises(stripe.APIError) as refused:
        client.v1.transfers.create(transfer_params(ada), KEY)
    go_on.set()
    thread.join(5)

    assert refused.value.http_status == 409
    assert sandbox.store.count("transfer") == len(results) == 1


def test_keys_of_two_accounts_are_apart(sandbox: Sandbox, client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"}, KEY)
    sandbox.handle(_control(sandbox, "settings", "payout_delay_seconds=100"))
    client.v1.transfers.create(transfer_params(ada))

    payout = client.v1.payouts.create({"amount": 500, "currency": "usd"}, {**KEY, "stripe_account": ada})

    assert payout.amount == 500


def test_an_account_is_created_once_under_one_key(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    first = client.v2.core.accounts.create(ACCOUNT, KEY)
    second = client.v2.core.accounts.create(ACCOUNT, KEY)

    assert first.id == second.id
    assert sandbox.store.count("account") == 1


def _control(sandbox: Sandbox, name: str, body: str) -> Request:
    headers = {"authorization": f"Bearer {sandbox.settings.api_key}"}
    return Request("POST", f"/_sandbox/{name}", headers=headers, body=body.encode())
