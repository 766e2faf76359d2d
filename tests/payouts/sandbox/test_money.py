"""Transfers, reversals, payouts and balances of the stand-in, through the real library."""

from typing import Any

import pytest
import stripe

from payouts.sandbox.core import Request, Sandbox
from payouts.sandbox.settings import SandboxSettings
from tests.payouts.sandbox.conftest import ACCOUNT, LINK, Clock, transfer_params
from tests.payouts.support.transport import hosted_form, make_client


def switch(sandbox: Sandbox, name: str, body: str) -> None:
    headers = {"authorization": f"Bearer {sandbox.settings.api_key}"}
    assert sandbox.handle(Request("POST", f"/_sandbox/{name}", headers=headers, body=body.encode())).status == 200


def onboard(sandbox: Sandbox, client: stripe.StripeClient, **fields: str) -> str:
    account = client.v2.core.accounts.create(ACCOUNT)
    link = client.v2.core.account_links.create({"account": account.id, "use_case": LINK})
    hosted_form(sandbox, link.url, **fields)
    return account.id


def test_a_transfer_reaches_the_bank_by_itself(client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})

    transfer = client.v1.transfers.create(transfer_params(ada))

    (payout,) = client.v1.payouts.list({}, {"stripe_account": ada}).data
    assert (payout.status, payout.amount, payout.automatic) == ("paid", 2500, True)
    rows = client.v1.balance_transactions.list(
        {"payout": payout.id, "expand": ["data.source"]}, {"stripe_account": ada}
    ).data
    assert [row.source.source_transfer for row in rows if row.type == "payment"] == [transfer.id]
    assert client.v1.balance.retrieve({}, {"stripe_account": ada}).available[0].amount == 0


def test_money_of_a_recipient_is_pending_first(sandbox: Sandbox, ada: str, client: Any, clock: Clock) -> None:
    switch(sandbox, "settings", "availability_seconds=86400&arrival_seconds=172800")
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    client.v1.transfers.create(transfer_params(ada))

    statuses = []
    for hours in (0, 24, 47, 2):
        clock.pass_hours(hours)
        sandbox.advance()
        statuses.append([payout.status for payout in client.v1.payouts.list({}, {"stripe_account": ada}).data])

    assert statuses == [[], ["in_transit"], ["in_transit"], ["paid"]]


@pytest.mark.parametrize(
    ("number", "code"), [("000111111116", "no_account"), ("DE62370400440532013002", "account_closed")]
)
def test_a_bank_may_refuse(sandbox: Sandbox, client: stripe.StripeClient, number: str, code: str) -> None:
    account = onboard(sandbox, client, account_number=number)
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})

    transfer = client.v1.transfers.create(transfer_params(account))

    (payout,) = client.v1.payouts.list({}, {"stripe_account": account}).data
    assert (payout.status, payout.failure_code) == ("failed", code)
    assert client.v1.accounts.retrieve(account).requirements.currently_due == ["external_account"]
    client.v1.transfers.reversals.create(transfer.id, {})
    assert client.v1.balance.retrieve().available[0].amount == 10_000
    assert client.v1.transfers.retrieve(transfer.id).reversed is True


def test_a_reversal_never_exceeds_what_is_left(sandbox: Sandbox, client: stripe.StripeClient, ada: str) -> None:
    switch(sandbox, "settings", "availability_seconds=86400")
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    transfer = client.v1.transfers.create(transfer_params(ada))
    client.v1.transfers.reversals.create(transfer.id, {"amount": 2000})

    with pytest.raises(stripe.InvalidRequestError):
        client.v1.transfers.reversals.create(transfer.id, {"amount": 501})

    assert client.v1.transfers.retrieve(transfer.id).amount_reversed == 2000


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": -5}, "parameter_invalid_integer"),
        ({"destination": "acct_nobody"}, "resource_missing"),
        ({"currency": "dollars"}, None),
        ({"amount": 20_000}, "balance_insufficient"),
    ],
)
def test_bad_transfers_are_refused(
    sandbox: Sandbox, client: stripe.StripeClient, ada: str, changes: dict[str, Any], code: str | None
) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(transfer_params(ada, **changes))

    assert refused.value.code == code
    assert sandbox.store.count("transfer") == 0


def test_a_restricted_account_gets_nothing(sandbox: Sandbox, client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    switch(sandbox, "restrict", f"account={ada}")

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(transfer_params(ada))

    assert refused.value.code == "insufficient_capabilities_for_transfer"
    assert client.v1.balance.retrieve().available[0].amount == 10_000


def test_a_country_out_of_reach_gets_nothing(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v2.core.accounts.create({**ACCOUNT, "identity": {"country": "ng", "entity_type": "individual"}})
    link = client.v2.core.account_links.create({"account": account.id, "use_case": LINK})
    hosted_form(sandbox, link.url)
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.transfers.create(transfer_params(account.id))

    assert refused.value.code == "transfers_not_allowed"


def test_a_transfer_is_found_by_its_group(client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    for group in ("a", "b", "b"):
        client.v1.transfers.create(transfer_params(ada, transfer_group=group, amount=100))

    assert [len(client.v1.transfers.list({"transfer_group": group}).data) for group in ("a", "b", "c")] == [1, 2, 0]


def test_lists_come_in_pages(client: stripe.StripeClient, ada: str) -> None:
    client.v1.topups.create({"amount": 10_000, "currency": "usd"})
    made = [client.v1.transfers.create(transfer_params(ada, amount=100 + n)).id for n in range(5)]

    seen = [item.id for item in client.v1.transfers.list({"limit": 2}).auto_paging_iter()]

    assert seen == made[::-1]


def test_a_strange_key_and_a_strange_account_are_refused(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    with pytest.raises(stripe.PermissionError):
        client.v1.balance.retrieve({}, {"stripe_account": "acct_nobody"})
    with pytest.raises(stripe.AuthenticationError):
        client.v1.balance.retrieve({}, {"api_key": "sk_test_other"})


def test_the_same_seed_gives_the_same_numbers(clock: Clock) -> None:
    def play(seed: int) -> list[str]:
        sandbox = Sandbox(SandboxSettings(seed=seed), clock=clock)
        client = make_client(sandbox)
        account = onboard(sandbox, client)
        client.v1.topups.create({"amount": 10_000, "currency": "usd"})
        return [account, client.v1.transfers.create(transfer_params(account)).id]

    assert play(7) == play(7)
    assert not set(play(7)) & set(play(8))


def test_state_and_keys_survive_a_restart(tmp_path: Any, clock: Clock) -> None:
    settings = SandboxSettings(state=tmp_path / "stripe.sqlite3")
    before = Sandbox(settings, clock=clock)
    account = onboard(before, make_client(before))
    make_client(before).v1.topups.create({"amount": 10_000, "currency": "usd"})
    key: Any = {"idempotency_key": "po_9_1"}
    transfer = make_client(before).v1.transfers.create(transfer_params(account), key)
    before.close()

    after = make_client(Sandbox(settings, clock=clock))

    assert after.v1.transfers.create(transfer_params(account), key).id == transfer.id
    assert after.v1.balance.retrieve().available[0].amount == 7_500


def test_a_live_key_is_refused() -> None:
    with pytest.raises(ValueError, match="live"):
        Sandbox(SandboxSettings(api_key="sk_live_1"))
