"""The stand-in's money-management API: what a financial account pays to banks, and what becomes of it."""

from typing import Any

import pytest
import stripe

from payouts.sandbox.core import Request, Sandbox
from tests.payouts.sandbox.conftest import LINK, Clock
from tests.payouts.support.transport import hosted_form

FINANCIAL_ACCOUNT = "fa_test_muster"
RECIPIENT: dict[str, Any] = {
    "contact_email": "lucia@example.org",
    "display_name": "Lucia Mamani",
    "identity": {"country": "bo", "entity_type": "individual"},
    "configuration": {"recipient": {"capabilities": {"bank_accounts": {"local": {"requested": True}}}}},
    "include": ["configuration.recipient", "requirements"],
}


@pytest.fixture
def lucia(sandbox: Sandbox, client: stripe.StripeClient) -> str:
    """The id of a recipient in Bolivia whose bank account is known."""
    return recipient(sandbox, client)


def recipient(sandbox: Sandbox, client: stripe.StripeClient, number: str = "100012345678") -> str:
    account = client.v2.core.accounts.create(RECIPIENT)
    link = client.v2.core.account_links.create({"account": account.id, "use_case": LINK})
    assert hosted_form(sandbox, link.url, account_number=number).status == 303
    return str(account.id)


def switch(sandbox: Sandbox, name: str, fields: str) -> None:
    headers = {"authorization": f"Bearer {sandbox.settings.api_key}"}
    answer = sandbox.handle(Request("POST", f"/_sandbox/{name}", headers=headers, body=fields.encode()))
    assert answer.status == 200, answer.body


def order(account: str, value: int = 2500, **changes: Any) -> dict[str, Any]:
    return {
        "amount": {"value": value, "currency": "usd"},
        "from": {"financial_account": FINANCIAL_ACCOUNT, "currency": "usd"},
        "to": {"recipient": account, "currency": "bob"},
        "metadata": {"payout": "1"},
        **changes,
    }


def held(client: stripe.StripeClient, part: str = "available") -> int:
    account = client.v2.money_management.financial_accounts.retrieve(FINANCIAL_ACCOUNT)
    return int(account.balance.to_dict()[part]["usd"]["value"])


def test_a_recipient_can_be_paid_once_the_bank_account_is_known(
    sandbox: Sandbox, client: stripe.StripeClient, lucia: str
) -> None:
    account = client.v2.core.accounts.retrieve(lucia, {"include": ["configuration.recipient", "requirements"]})
    methods = client.v2.money_management.payout_methods.list({}, {"stripe_context": lucia})

    assert account.to_dict()["configuration"]["recipient"]["capabilities"] == {
        "bank_accounts": {"local": {"status": "active", "status_details": []}}
    }
    assert [(row.bank_account.last4, row.usage_status.payments) for row in methods.data] == [("5678", "eligible")]


def test_a_payment_leaves_the_account_and_arrives_in_the_banks_currency(
    sandbox: Sandbox, client: stripe.StripeClient, lucia: str
) -> None:
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")

    made = client.v2.money_management.outbound_payments.create(order(lucia))

    payment = client.v2.money_management.outbound_payments.retrieve(made.id)
    assert (made.status, payment.status) == ("processing", "posted")
    assert (payment.to.credited.value, payment.to.credited.currency) == (17275, "bob")
    assert (held(client), held(client, "outbound_pending")) == (7500, 0)


def test_a_payment_that_has_not_left_can_be_canceled(sandbox: Sandbox, client: stripe.StripeClient, lucia: str) -> None:
    switch(sandbox, "settings", "availability_seconds=3600")
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")
    made = client.v2.money_management.outbound_payments.create(order(lucia))
    assert (held(client), held(client, "outbound_pending")) == (7500, 2500)

    canceled = client.v2.money_management.outbound_payments.cancel(made.id)

    assert (canceled.status, held(client), held(client, "outbound_pending")) == ("canceled", 10000, 0)
    with pytest.raises(stripe.AlreadyCanceledError):
        client.v2.money_management.outbound_payments.cancel(made.id)


@pytest.mark.parametrize(
    ("number", "status", "reason"),
    [
        ("100000001116", "returned", "payout_method_does_not_exist"),
        ("100000001113", "returned", "payout_method_closed"),
        ("100000003335", "failed", "payout_method_declined"),
        ("100000004440", "failed", "payout_method_unsupported"),
    ],
)
def test_a_bad_bank_account_sends_the_money_back_and_takes_no_more(
    sandbox: Sandbox, client: stripe.StripeClient, number: str, status: str, reason: str
) -> None:
    bad = recipient(sandbox, client, number)
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")

    made = client.v2.money_management.outbound_payments.create(order(bad))

    payment = client.v2.money_management.outbound_payments.retrieve(made.id).to_dict()
    assert (payment["status"], payment["status_details"]) == (status, {status: {"reason": reason}})
    assert (held(client), held(client, "outbound_pending")) == (10000, 0)
    with pytest.raises(stripe.InvalidPayoutMethodError):
        client.v2.money_management.outbound_payments.create(order(bad))


def test_a_refused_payment_moves_nothing(sandbox: Sandbox, client: stripe.StripeClient, lucia: str, ada: str) -> None:
    switch(sandbox, "fund_financial_account", "amount=2000&currency=usd")
    create = client.v2.money_management.outbound_payments.create

    with pytest.raises(stripe.InsufficientFundsError):
        create(order(lucia))
    with pytest.raises(stripe.CapabilityNotEnabledError):
        create(order(ada, 1000))
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        create(order("acct_nobody", 1000))
    with pytest.raises(stripe.InvalidRequestError):
        create(order(lucia, 0))

    assert unknown.value.code == "resource_missing"
    assert held(client) == 2000
    assert client.v2.money_management.outbound_payments.list().data == []


def test_one_key_makes_one_payment(sandbox: Sandbox, client: stripe.StripeClient, lucia: str) -> None:
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")
    create = client.v2.money_management.outbound_payments.create

    made = [create(order(lucia), {"idempotency_key": "po_1_1"}).id for _ in range(3)]

    assert len(set(made)) == 1
    assert held(client) == 7500
    with pytest.raises(stripe.IdempotencyError):
        create(order(lucia, 2600), {"idempotency_key": "po_1_1"})


def test_a_balance_is_the_sum_of_its_entries(
    sandbox: Sandbox, client: stripe.StripeClient, clock: Clock, lucia: str
) -> None:
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")
    for at in range(12):
        made = client.v2.money_management.outbound_payments.create(order(lucia, 100 + at))
        clock.pass_hours(1)
    switch(sandbox, "return_outbound_payment", f"payment={made.id}")
    switch(sandbox, "charge_financial_account", "amount=150&currency=usd")

    listed = client.v2.money_management.transaction_entries.list({"limit": 10}).auto_paging_iter()

    rows = [row.to_dict() for row in listed]
    assert sum(row["balance_impact"]["available"]["value"] for row in rows) == held(client)
    assert rows[0]["transaction_details"]["category"] == "stripe_fee"
    assert rows[1]["transaction_details"] == {
        "category": "outbound_payment_reversal",
        "financial_account": FINANCIAL_ACCOUNT,
        "flow": {"type": "outbound_payment", "outbound_payment": made.id},
    }
    assert len({row["id"] for row in rows}) == len(rows) == 27


def test_payments_are_listed_by_recipient_time_and_status(
    sandbox: Sandbox, client: stripe.StripeClient, clock: Clock, lucia: str
) -> None:
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")
    other = recipient(sandbox, client, "200012345678")
    early = client.v2.money_management.outbound_payments.create(order(lucia))
    clock.pass_hours(2)
    late = client.v2.money_management.outbound_payments.create(order(lucia))
    theirs = client.v2.money_management.outbound_payments.create(order(other))
    switch(sandbox, "return_outbound_payment", f"payment={theirs.id}")
    read = client.v2.money_management.outbound_payments.list

    assert [row.id for row in read({"recipient": lucia}).data] == [late.id, early.id]
    assert [row.id for row in read({"recipient": lucia, "created": {"gt": early.created}}).data] == [late.id]
    assert [row.id for row in read({"status": ["returned"]}).data] == [theirs.id]


def test_an_inbound_transfer_arrives_after_a_while(sandbox: Sandbox, client: stripe.StripeClient, clock: Clock) -> None:
    switch(sandbox, "settings", "topup_seconds=3600")
    made = client.v2.money_management.inbound_transfers.create(
        {
            "amount": {"value": 5000, "currency": "usd"},
            "from": {"payment_method": "usba_test_muster"},
            "to": {"financial_account": FINANCIAL_ACCOUNT, "currency": "usd"},
            "description": "tu_1",
        }
    )
    assert (held(client), held(client, "inbound_pending")) == (0, 5000)

    clock.pass_hours(1)
    sandbox.advance()

    settled = client.v2.money_management.inbound_transfers.retrieve(made.id)
    assert [step.type for step in settled.transfer_history] == ["bank_debit_processing", "bank_debit_succeeded"]
    assert (held(client), held(client, "inbound_pending")) == (5000, 0)


def test_each_step_is_told_as_a_thin_event(sandbox: Sandbox, client: stripe.StripeClient, lucia: str) -> None:
    switch(sandbox, "fund_financial_account", "amount=10000&currency=usd")

    made = client.v2.money_management.outbound_payments.create(order(lucia))

    told = [row.to_dict() for row in client.v2.core.events.list({"object_id": made.id}).data]
    assert [event["type"].rpartition(".")[2] for event in told] == ["posted", "created"]
    assert told[0]["related_object"] == {
        "id": made.id,
        "type": "v2.money_management.outbound_payment",
        "url": f"/v2/money_management/outbound_payments/{made.id}",
    }
    owed = [event["type"] for _, _, event in sandbox.next_deliveries() if event["object"] == "v2.core.event"]
    assert owed == [
        "v2.money_management.payout_method.created",
        "v2.money_management.outbound_payment.created",
        "v2.money_management.outbound_payment.posted",
    ]
