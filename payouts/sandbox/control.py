"""Switches that Stripe does not have: what a test or the demo does to the world outside the API.

`POST /_sandbox/NAME` with form fields and the API key.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from payouts.sandbox import accounts, bank, financial, outbound, transfers
from payouts.sandbox.balances import post
from payouts.sandbox.errors import invalid, missing
from payouts.sandbox.forms import amount_minor, currency_code, required_text
from payouts.sandbox.store import Document
from payouts.sandbox.world import PLATFORM, World

_DELAYS = (
    "availability_seconds",
    "payout_delay_seconds",
    "arrival_seconds",
    "verification_seconds",
    "topup_seconds",
)


def fund(world: World, params: dict[str, Any]) -> Document:
    """Give the platform available balance at once."""
    topup = transfers.new_topup(world, params) | {"status": "succeeded"}
    currency = topup["currency"]
    topup["balance_transaction"] = post(world, PLATFORM, "topup", topup["amount"], currency, topup["id"])
    world.store.put("topup", topup)
    return _balance(world, currency)


def fund_financial_account(world: World, params: dict[str, Any]) -> Document:
    """Let somebody send money to the financial account."""
    amount, currency = amount_minor(params), currency_code(params)
    financial.post_entry(
        world, ("received_credit", world.store.new_id("rc")), "received_credit", currency, available=amount
    )
    return {"available": financial.available(world, currency), "currency": currency}


def charge_financial_account(world: World, params: dict[str, Any]) -> Document:
    """Take a fee from the financial account."""
    amount, currency = amount_minor(params), currency_code(params)
    financial.post_entry(world, ("fee_batch", world.store.new_id("feeb")), "stripe_fee", currency, available=-amount)
    return {"available": financial.available(world, currency), "currency": currency}


def charge_fee(world: World, params: dict[str, Any]) -> Document:
    """Take a fee from the platform's balance, as Stripe bills at the end of a day."""
    amount, currency = amount_minor(params), currency_code(params)
    post(world, PLATFORM, "stripe_fee", -amount, currency, None)
    return _balance(world, currency)


def adjust(world: World, params: dict[str, Any]) -> Document:
    """Give the platform money, or with ``sign=minus`` take it, for a reason that only Stripe knows."""
    amount, currency = amount_minor(params), currency_code(params)
    post(world, PLATFORM, "adjustment", -amount if params.get("sign") == "minus" else amount, currency, None)
    return _balance(world, currency)


def _balance(world: World, currency: str) -> Document:
    return {"available": world.store.balance(PLATFORM, currency)[0], "currency": currency}


def change_settings(world: World, params: dict[str, Any]) -> Document:
    """Change delays, in seconds."""
    changes: dict[str, Any] = {}
    for name, value in params.items():
        if name not in _DELAYS or not str(value).isdecimal():
            raise invalid(f"Not a delay in whole seconds: {name}", param=name)
        changes[name] = int(value)
    world.settings = replace(world.settings, **changes)
    return {name: getattr(world.settings, name) for name in _DELAYS}


def restrict_account(world: World, params: dict[str, Any]) -> Document:
    """Let Stripe restrict an account until its data are given again."""
    account = accounts.load(world, required_text(params, "account"))
    account["restricted"] = params.get("reason") or "requirements.past_due"
    accounts.save(world, account)
    return accounts.v1_view(world, account)


def lift_restriction(world: World, params: dict[str, Any]) -> Document:
    """Let Stripe give an account its capabilities back."""
    account = accounts.load(world, required_text(params, "account"))
    account["restricted"] = None
    accounts.save(world, account)
    return accounts.v1_view(world, account)


def change_bank(world: World, params: dict[str, Any]) -> Document:
    """Let a person change the bank account in Stripe's own dashboard."""
    account = accounts.load(world, required_text(params, "account"))
    holder = " ".join(part for part in (account["given_name"], account["surname"]) if part) or "Holder"
    accounts.set_bank(
        world,
        account,
        holder=holder,
        number=required_text(params, "account_number"),
        routing=params.get("routing_number"),
    )
    accounts.save(world, account)
    return accounts.external_accounts(world, account["id"])


def return_payout(world: World, params: dict[str, Any]) -> Document:
    """Let a bank send a payout back, also one that had arrived."""
    row = world.store.find(required_text(params, "payout"), "payout")
    if row is None:
        raise missing("payout", str(params["payout"]))
    if row.body["status"] == "failed":
        raise invalid("The payout has failed already.")
    bank.fail_payout(world, row.account, row.body, str(params.get("code") or "account_closed"))
    return {"id": row.id, "status": "failed"}


def return_outbound_payment(world: World, params: dict[str, Any]) -> Document:
    """Let a bank send an outbound payment back, also one that had arrived."""
    row = world.store.find(required_text(params, "payment"), "outbound_payment")
    if row is None:
        raise missing("outbound_payment", str(params["payment"]))
    if row.body["status"] != "posted":
        raise invalid("Only a payment that left can come back.")
    outbound.return_payment(world, row.body, str(params.get("reason") or "payout_method_closed"))
    return {"id": row.id, "status": "returned"}


def summary(world: World, params: dict[str, Any]) -> Document:
    """Count what exists."""
    kinds = (
        "account",
        "transfer",
        "transfer_reversal",
        "payout",
        "topup",
        "outbound_payment",
        "inbound_transfer",
        "event",
        "v2_event",
    )
    counts = {kind: world.store.count(kind) for kind in kinds}
    return {**counts, "undelivered": world.store.count_undelivered(), "seed": world.store.seed}


CONTROL: dict[str, Callable[[World, dict[str, Any]], Document]] = {
    "fund": fund,
    "charge_fee": charge_fee,
    "adjust": adjust,
    "settings": change_settings,
    "restrict": restrict_account,
    "unrestrict": lift_restriction,
    "change_bank": change_bank,
    "return_payout": return_payout,
    "fund_financial_account": fund_financial_account,
    "charge_financial_account": charge_financial_account,
    "return_outbound_payment": return_outbound_payment,
    "summary": summary,
}
