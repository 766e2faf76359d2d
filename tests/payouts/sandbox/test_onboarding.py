"""The hosted form of the stand-in."""

import pytest
import stripe

from payouts.sandbox.core import Request, Sandbox
from tests.payouts.sandbox.conftest import ACCOUNT, LINK, Clock
from tests.payouts.support.transport import hosted_form


def statuses(client: stripe.StripeClient, account: str) -> tuple[str, str, list[str]]:
    view = client.v2.core.accounts.retrieve(account, {"include": ["configuration.recipient", "requirements"]})
    balance = view.configuration.recipient.capabilities.stripe_balance
    return balance.stripe_transfers.status, balance.payouts.status, [e.description for e in view.requirements.entries]


def test_a_person_becomes_payable_by_the_form(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v2.core.accounts.create(ACCOUNT).id
    assert statuses(client, account)[:2] == ("restricted", "restricted")
    assert len(statuses(client, account)[2]) == 4
    link = client.v2.core.account_links.create({"account": account, "use_case": LINK})

    answer = hosted_form(sandbox, link.url)

    assert (answer.status, answer.headers["Location"]) == (303, "http://platform/done")
    assert statuses(client, account) == ("active", "active", [])
    bank = client.v1.accounts.retrieve(account).external_accounts.data[0].to_dict()
    assert bank["last4"] == "6789"
    assert "000123456789" not in str(bank)


def test_the_form_is_a_plain_page(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v2.core.accounts.create(ACCOUNT).id
    link = client.v2.core.account_links.create({"account": account, "use_case": LINK})

    page = sandbox.handle(Request("GET", "/setup/" + link.url.rsplit("/", 1)[1]))

    assert page.status == 200
    assert b'<form method="post">' in page.body
    assert b"<script" not in page.body


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"account_holder": " "}, b"Enter the name"),
        ({"account_number": "12"}, b"Enter the account number"),
        ({"accept": ""}, b"Accept the terms"),
        ({"account_holder": "<b>Ada</b>", "accept": ""}, b"&lt;b&gt;Ada"),
    ],
)
def test_a_bad_form_comes_back_with_the_reason(
    sandbox: Sandbox, client: stripe.StripeClient, fields: dict[str, str], words: bytes
) -> None:
    account = client.v2.core.accounts.create(ACCOUNT).id
    link = client.v2.core.account_links.create({"account": account, "use_case": LINK})

    answer = hosted_form(sandbox, link.url, **fields)

    assert answer.status == 200
    assert words in answer.body
    assert statuses(client, account)[0] == "restricted"


def test_a_link_works_once(sandbox: Sandbox, client: stripe.StripeClient) -> None:
    account = client.v2.core.accounts.create(ACCOUNT).id
    link = client.v2.core.account_links.create({"account": account, "use_case": LINK})
    hosted_form(sandbox, link.url)

    again = hosted_form(sandbox, link.url, account_number="000999999999")

    assert (again.status, again.headers["Location"]) == (303, "http://platform/again")
    assert client.v1.accounts.retrieve(account).external_accounts.data[0].last4 == "6789"


def test_a_link_expires(sandbox: Sandbox, client: stripe.StripeClient, clock: Clock) -> None:
    account = client.v2.core.accounts.create(ACCOUNT).id
    link = client.v2.core.account_links.create({"account": account, "use_case": LINK})
    clock.pass_hours(0.1)

    assert hosted_form(sandbox, link.url).headers["Location"] == "http://platform/again"
    assert statuses(client, account)[0] == "restricted"


def test_a_check_may_take_time(sandbox: Sandbox, client: stripe.StripeClient, clock: Clock) -> None:
    headers = {"authorization": f"Bearer {sandbox.settings.api_key}"}
    sandbox.handle(Request("POST", "/_sandbox/settings", headers=headers, body=b"verification_seconds=3600"))
    account = client.v2.core.accounts.create(ACCOUNT).id
    link = client.v2.core.account_links.create({"account": account, "use_case": LINK})
    hosted_form(sandbox, link.url)

    assert statuses(client, account)[:2] == ("pending", "pending")
    clock.pass_hours(1)
    sandbox.advance()
    assert statuses(client, account)[:2] == ("active", "active")
